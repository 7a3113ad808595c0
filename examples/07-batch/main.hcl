project "batch" {}

volume "lake" {
  claim {
    size        = "50Gi"
    access_mode = "ReadWriteMany"
  }
}

config "pipeline" {
  data = {
    SOURCE = "https://example.com/orders"
    LAKE   = "/lake"
  }
}

locals {
  image = "registry.example.com/pipeline/tools:2.4.1"
}
