#> Deployment/web spec.template.spec.containers[web].env[TIER].value = "web"
#> Deployment/web spec.template.spec.containers[web].env[POD].valueFrom.fieldRef.fieldPath = "metadata.name"
#> Deployment/web spec.template.spec.containers[web].env[CPU].valueFrom.resourceFieldRef.resource = "limits.cpu"
#> Deployment/web spec.template.spec.containers[web].env[COLOR].valueFrom.configMapKeyRef = {"key":"color","name":"site"}
#> Deployment/web spec.template.spec.containers[web].env[PASSWORD].valueFrom.secretKeyRef = {"key":"password","name":"db"}
#> Deployment/web spec.template.spec.containers[web].envFrom[0].configMapRef.name = "site"
#> Deployment/web spec.template.spec.containers[web].envFrom[1].secretRef.name = "db"
#> Deployment/web spec.template.spec.containers[web].envFrom[1].prefix = "DB_"

project "coverage" {}

app "web" {
  container "web" {
    image = "web:1"
    resources { limits = { cpu = "1" } }
    env = {
      TIER     = "web"
      POD      = field("metadata.name")
      CPU      = resource("limits.cpu")
      COLOR    = config.site.keys.color
      PASSWORD = secret.db.keys.password
    }
    env_from = [config.site, { from = secret.db, prefix = "DB_" }]
  }
}

config "site" { data = { color = "blue" } }
secret "db" { data = { password = "open" } }
