variable "x" { }
locals {
  a = local.b
  b = upper(local.a)
  c = var.regio
  d = nope(1)
  e = upper(1, 2)
  f = 1 + "x"
}
source "null" "x" {
  communicator = "none"
  zzz = 1
  ssh_port = "abc"
  ssh_host = ["a"]
}
build {
  sources = ["source.null.y", "null.x"]
  provisioner "shell" {
    inline = "echo"
    inlines = []
  }
  provisioner "shell-local" {
    inline = ["echo ${build.IDD} {{user `x`}}", "a {{ .Foo }}", local.c]
    timeout = 5
  }
  foo {}
}
