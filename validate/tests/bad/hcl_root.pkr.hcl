packer {
  required_version = ">= 99.0"
  required_plugins { amazon = ">= 1.0" }
}

sources "null" "x" { communicator = "none" }
source "null" {}
source "null" "y" "z" { communicator = "none" }
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
# The misspelt block and the one with a label too many are read on, so their sources are there; the nameless one may be any.
build {
  sources = ["null.x", "null.y", "null.any"]
}
