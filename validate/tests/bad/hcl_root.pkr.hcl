packer {
  required_version = ">= 99.0"
  required_plugins { amazon = ">= 1.0" }
}

sources "null" "x" { communicator = "none" }
source "null" {}
builders = []

variable "1st" {
  tipe      = string
  sensitive = "maybe"
  default   = var.other
}
variable "size" {
  type    = number
  default = "large"
  validation {
    condition     = true
    error_message = "too large"
  }
}
# The misspelt block is read on, so its source is there.
build {
  sources = ["null.x"]
}
