variable "region" {
  type    = list(string
  default = "eu-west-1"
}
