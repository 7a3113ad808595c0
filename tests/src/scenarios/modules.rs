//! Modules: instances that come and go as a whole.

use kube::api::{Api, ListParams};

use crate::world::World;

const MODULE: &str = r#"
variable "replicas" { type = number }
variable "host" { type = string }
config "site" {
  data = { HOST = var.host }
}
app "web" {
  replicas = var.replicas
  container "web" {
    image    = "nginx:1.27"
    env_from = [config.site]
    port "http" { container_port = 80 }
  }
}
service "web" { app = app.web }
output "url" { value = service.web.ports.http.url }
"#;

fn tenants(lines: &str) -> String {
    format!(
        r#"
project "saas" {{}}
module "tenant" {{
  source   = "./modules/tenant"
  for_each = {{
{lines}
  }}
  replicas = each.value
  host     = "${{each.key}}.saas.example.com"
}}
app "proxy" {{
  container "proxy" {{
    image = "haproxy:3"
    env   = {{ for key, tenant in module.tenant : upper(key) => tenant.url }}
  }}
}}
output "urls" {{ value = {{ for key, tenant in module.tenant : key => tenant.url }} }}
"#
    )
}

/// Names of the Deployments, sorted.
async fn deployments(world: &World) -> Vec<String> {
    let api: Api<k8s_openapi::api::apps::v1::Deployment> =
        Api::namespaced(world.client().await, world.namespace());
    let list = api.list(&ListParams::default()).await.unwrap();
    let mut names: Vec<String> = list.items.into_iter().filter_map(|d| d.metadata.name).collect();
    names.sort();
    names
}

/// Two tenants of one module are applied; one is scaled, one is taken away: exactly its objects go.
pub async fn a_tenant_comes_and_goes(world: World) {
    std::fs::create_dir_all(world.path().join("modules/tenant")).unwrap();
    world.write("modules/tenant/main.hcl", MODULE);
    world.configure(&tenants("eu = 1\n us = 2"));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.changes().len(), 7);
    assert_eq!(deployments(&world).await, ["proxy", "tenant-eu-web", "tenant-us-web"]);
    let listed = world.run(&["state", "list"]).expect_code(0);
    assert_eq!(
        listed.stdout.lines().collect::<Vec<_>>(),
        [
            "app.proxy",
            "module.tenant[\"eu\"].app.web",
            "module.tenant[\"eu\"].config.site",
            "module.tenant[\"eu\"].service.web",
            "module.tenant[\"us\"].app.web",
            "module.tenant[\"us\"].config.site",
            "module.tenant[\"us\"].service.web",
        ]
    );

    world.configure(&tenants("eu = 3\n us = 2"));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["update module.tenant[\"eu\"].app.web"]);

    world.configure(&tenants("eu = 3"));
    let (planned, _) = world.apply_exactly().await;
    let mut summary = planned.summary();
    summary.sort();
    assert_eq!(
        summary,
        [
            "delete module.tenant[\"us\"].app.web",
            "delete module.tenant[\"us\"].config.site",
            "delete module.tenant[\"us\"].service.web",
            "update app.proxy",
        ]
    );
    assert_eq!(deployments(&world).await, ["proxy", "tenant-eu-web"]);
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    assert!(deployments(&world).await.is_empty());
}
