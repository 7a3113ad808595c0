volume "content" {
  labels = { app = "wordpress" }
  claim { size = "20Gi" }
}

app "wordpress" {
  labels = { app = "wordpress", tier = "frontend" }
  update_strategy { type = "Recreate" }
  container "wordpress" {
    image = "wordpress:6.2.1-apache"
    env = {
      WORDPRESS_DB_HOST     = service.mysql.host
      WORDPRESS_DB_PASSWORD = secret.mysql.keys.password
      WORDPRESS_DB_USER     = "wordpress"
    }
    port "http" { container_port = 80 }
    mount "/var/www/html" { volume = volume.content }
  }
}

service "wordpress" {
  app  = app.wordpress
  type = "LoadBalancer"
}
