project "wordpress" {}

variable "password" {
  description = "The password of the database. Set it with PLIMSOLL_VAR_password."
  type        = string
  sensitive   = true
  default     = "change-me"
}

secret "mysql" {
  data = { password = var.password }
}

output "blog" { value = service.wordpress.host }
