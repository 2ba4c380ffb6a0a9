variable "tags" { default = { Name = "x" } }
variable "many" { default = ["a", "b"] }

locals {
  text   = "a ${var.many} b"
  nul    = "${null}x"
  index  = var.many[5]
  key    = var.tags.Nam
  name   = var.many.name
  call   = join(var.many, ",")
  match  = regex("(", "a")
  date   = formatdate("YYYY-XX", timestamp())
  time   = formatdate("YYYY", "today")
  sum    = 1 + "x" + [2]
  either = true ? "a" : ["b"]
  each   = { for v in ["a", "a"] : v => 1 }
  loop   = [for v in "abc" : v]
  env    = env("HOME")
  lower  = Local.text
  bare   = hello
  heredoc = <<-EOT
    one ${upper()}
  EOT
}
