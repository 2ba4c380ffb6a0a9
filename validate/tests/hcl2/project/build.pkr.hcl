build {
  name    = "web"
  sources = ["source.amazon-ebs.server"]

  source "source.amazon-ebs.base" {
    name          = "small"
    instance_type = "t3.nano"
  }
  source "null.local" {}

  provisioner "shell" {
    except = ["null.local"]
    script = "${path.root}/setup.sh"
  }
  provisioner "shell" {
    except       = ["null.local"]
    inline       = ["echo ${source.type} ${source.name} ${build.SourceAMIName}"]
    pause_before = "10s"
    max_retries  = 2
    override = {
      small = { inline = ["echo small"] }
    }
  }
  provisioner "shell-local" {
    only   = ["null.local"]
    inline = ["true"]
  }

  post-processors {
    post-processor "manifest" {
      output = "{{build_name}}.json"
    }
    post-processor "checksum" {
      checksum_types = ["sha256"]
    }
  }
}
