source "amazon-ebs" "web" {
  region             = "eu-west-1"
  instance_type      = "t3.micro"
  ami_name           = "web {{nope}}"
  ssh_username       = "admin"
  source_ami_filter  = { owners = ["self"] }
  tags {
    Name = "web"
  }
  dynamic "launch_block_device_mappings" {
    for_each = 5
    content {}
  }
}

build {
  name    = "my build"
  sources = ["amazon-ebs.web", "amazon-ebs.wob", "web"]
  source "amazon-ebs.web" {
    name   = "second"
    region = "eu-west-2"
  }

  provisioner "shell" {
    only           = ["amazon-ebs.wbe"]
    inline         = ["true"]
  }
  provisioner "shell" {
    only           = ["amazon-ebs.web"]
    except         = ["amazon-ebs.second"]
    inline         = ["echo ${build.SourceAMIs}"]
    pause_before   = "a while"
    override       = "none"
  }
  provisioner {
    inline = ["true"]
  }
  post-processors {
    output = "x"
    provisioner "shell" {}
    post-processor "manifest" { keep_input_artifact = "perhaps" }
  }
}
