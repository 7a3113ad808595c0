app "web" {
  container "web" {
    image = "web:1"
    mount "/vault" {
      volume              = volume.vault
      read_only           = true
      recursive_read_only = "IfPossible"
    }
    mount "/data" { volume = volume.data }
  }
}

volume "vault" {
  inline_csi {
    driver     = "secrets-store.csi.k8s.io"
    read_only  = true
    attributes = { secretProviderClass = "vault" }
  }
}

volume "data" {
  csi {
    driver            = "disk.shop.io"
    volume_handle     = "d-123"
    fs_type           = "ext4"
    size              = "10Gi"
    node_stage_secret = secret.disk
  }
}

secret "disk" { existing = "disk" }
