source "amazon-ebs" "server" {
  ami_name      = "${local.name}-${source.name}"
  instance_type = "t3.micro"
  region        = var.region
  ssh_username  = "admin"
  tags          = local.tags

  source_ami_filter {
    filters = {
      name = "debian-12-amd64-*"
    }
    owners      = ["136693071363"]
    most_recent = true
  }

  dynamic "launch_block_device_mappings" {
    for_each = var.volumes
    content {
      device_name = "/dev/sd${launch_block_device_mappings.key}"
      volume_size = launch_block_device_mappings.value
    }
  }
}

source "amazon-ebs" "base" {
  ami_name     = "${local.name}-small"
  region       = var.region
  source_ami   = "ami-12345678"
  ssh_username = "admin"
}

source "null" "local" {
  communicator = "none"
}
