app "api" {
  automount_service_account_token = false
  security_context {
    run_as_non_root        = true
    run_as_user            = 1000
    fs_group               = 1000
    fs_group_change_policy = "OnRootMismatch"
    supplemental_groups    = [2000]
    sysctls                = { "net.ipv4.ip_local_port_range" = "1024 65535" }
    seccomp_profile { type = "RuntimeDefault" }
  }
  container "api" {
    image = "api:1"
    security_context {
      read_only_root_filesystem  = true
      allow_privilege_escalation = false
      capabilities {
        add  = ["NET_BIND_SERVICE"]
        drop = ["ALL"]
      }
      app_armor_profile {
        type              = "Localhost"
        localhost_profile = "k8s-api"
      }
    }
  }
}
