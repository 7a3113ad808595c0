volume "mysql" {
  labels = { app = "wordpress" }
  claim { size = "20Gi" }
}

app "mysql" {
  labels = { app = "wordpress", tier = "mysql" }
  # A disk that one node holds: the old pod must let go of it first.
  update_strategy { type = "Recreate" }
  container "mysql" {
    image = "mysql:8.0"
    env = {
      MYSQL_ROOT_PASSWORD = secret.mysql.keys.password
      MYSQL_DATABASE      = "wordpress"
      MYSQL_USER          = "wordpress"
      MYSQL_PASSWORD      = secret.mysql.keys.password
    }
    port "mysql" { container_port = 3306 }
    mount "/var/lib/mysql" { volume = volume.mysql }
  }
}

service "mysql" {
  app  = app.mysql
  type = "Headless"
}
