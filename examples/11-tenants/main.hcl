project "saas" {}

variable "tenants" {
  description = "Who has an instance, and how large it is."
  type = map(object({
    replicas     = optional(number, 1)
    max_replicas = optional(number, 3)
    disk         = optional(string, "5Gi")
    features     = optional(set(string), [])
  }))
  default = {
    acme    = { replicas = 2, max_replicas = 6, disk = "20Gi", features = ["reports", "export"] }
    globex  = {}
    initech = { features = ["reports"] }
  }
}

module "tenant" {
  source   = "./modules/tenant"
  for_each = var.tenants

  tenant       = each.key
  replicas     = each.value.replicas
  max_replicas = each.value.max_replicas
  disk         = each.value.disk
  features     = each.value.features
}

output "hosts" {
  value = { for name, tenant in module.tenant : name => tenant.host }
}
