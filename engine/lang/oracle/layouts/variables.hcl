variable "plain" { type = string }
variable "old" {
  type    = "string"
  default = "${"x"}"
}
variable "old_list" { type = "list" }
variable "old_map" { type = "map" }
variable "bare_list" { type = list }
variable "bare_map" {
  type = map
}
variable "bare_set" {
  type = set
}
variable "object" {
  type = object({
    name     = string
    replicas = optional(number, 1)
    tags     = map(list(string))
  })
  default = {
    name = "x"
    tags = {}
  }
  description = <<-EOT
    What it is.
  EOT
  validation {
    condition     = var.object.replicas > 0
    error_message = "At least one."
    type          = "list"
  }
}
type = list
variable type { type = "number" }
