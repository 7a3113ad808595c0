app "a" {
  disruption_budget {
    min_available = 1
    max_unavailable = 1
  }
  replicas = 2
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

app "b" {
  disruption_budget {

  }
  replicas = 2
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

app "c" {
  disruption_budget {
    max_unavailable = "120%"
  }
  replicas = 2
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

app "d" {
  disruption_budget {
    max_unavailable = 0
  }
  replicas = 2
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

app "e" {
  disruption_budget {
    min_available = 2
  }
  replicas = 2
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

app "f" {
  disruption_budget {
    min_available = "100%"
  }
  replicas = 2
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}

app "g" {
  disruption_budget {
    min_available = "half"
  }
  replicas = 2
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
app "h" {
  kind = "DaemonSet"
  disruption_budget { max_unavailable = 1 }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
app "i" {
  disruption_budget { min_available = 1 }
  container "web" {
    image = "web:1"
    port "http" { container_port = 80 }
  }
}
