variable "region" {
  type    = string
  default = "eu-west-1"
}

locals {
  name = "web-${var.region}"
}

source "amazon-ebs" "web" {
  region        = var.region
  instance_typ  = "t3.micro"
  source_ami    = "ami-0123456789abcdef0"
  ssh_username  = "admin"
  ami_name      = local.name
}

build {
  sources = ["source.amazon-ebs.web"]

  provisioner "shell" {
    inline = ["sudo apt-get update"]
  }

  post-processor "manifest" {
    output = "web.json"
  }
}
