variable "tenant" {
  type = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.tenant))
    error_message = "A tenant's name has lower-case letters, digits and \"-\": \"${var.tenant}\" does not."
  }
}

variable "replicas" {
  type = number
}

variable "max_replicas" {
  type = number
  validation {
    condition     = var.max_replicas >= var.replicas
    error_message = "The most pods are fewer than the first number, ${var.replicas}."
  }
}

variable "disk" {
  type = string
}

variable "features" {
  type = set(string)
}

output "host" { value = ingress.web.host }
