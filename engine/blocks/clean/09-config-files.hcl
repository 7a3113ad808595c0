app "web" {
  container "nginx" {
    image = "nginx:1.27"
    mount "/etc/nginx/conf.d" {
      volume    = volume.conf
      read_only = true
    }
    mount "/etc/tls" { volume = volume.tls }
  }
}

volume "conf" {
  config {
    from         = config.nginx
    items        = { "site.conf" = "default.conf" }
    default_mode = "0444"
  }
}

volume "tls" {
  secret {
    from     = secret.tls
    optional = true
  }
}

config "nginx" { data = { "site.conf" = "server {}" } }
secret "tls" { existing = "tls" }
