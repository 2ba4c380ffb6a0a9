variable "region" {
  type    = string
  default = "us-east-1"
}
variable "team" { default = "nobody" }
variable "zones" {
  type    = list(string)
  default = []
}
variable "volumes" {
  type    = map(number)
  default = {}
}
variable "password" {
  type      = string
  sensitive = true
  validation {
    condition     = length(var.password) > 0
    error_message = "A password is needed."
  }
}

locals {
  name   = lower("${local.prefix}-${local.team}")
  prefix = "WEB"
}
locals {
  team = coalesce(var.team, "nobody")
  tags = merge({ Team = local.team }, { Zones = join(",", var.zones) })
}
