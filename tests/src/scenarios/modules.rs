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

/// A block that is renamed, and one that goes into a module, keep their objects with `moved`.
pub async fn a_moved_block_keeps_its_objects(world: World) {
    let app = |name: &str| {
        format!(
            "app \"{name}\" {{\n  container \"c\" {{ image = \"web:1\" }}\n}}\nservice \"{name}\" {{ app = app.{name} }}\n"
        )
    };
    let port = |text: String| {
        text.replace(
            "{ image = \"web:1\" }",
            "{\n    image = \"web:1\"\n    port \"http\" { container_port = 80 }\n  }",
        )
    };
    world.configure(&format!("project \"p\" {{}}\n{}{}", port(app("first")), port(app("second"))));
    world.apply_exactly().await;
    std::fs::create_dir_all(world.path().join("web")).unwrap();
    world.write("web/main.hcl", port(app("main")));
    world.configure(&format!(
        r#"
project "p" {{}}
{}
moved {{
  from = app.first
  to   = app.renamed
}}
moved {{
  from = service.first
  to   = service.renamed
}}
module "web" {{ source = "./web" }}
moved {{
  from = app.second
  to   = module.web.app.main
}}
moved {{
  from = service.second
  to   = module.web.service.main
}}
"#,
        port(app("renamed"))
    ));
    let (planned, _) = world.apply_exactly().await;
    let mut summary = planned.summary();
    summary.sort();
    assert_eq!(
        summary,
        [
            "update app.renamed",
            "update module.web.app.main",
            "update module.web.service.main",
            "update service.renamed",
        ]
    );
    assert_eq!(deployments(&world).await, ["first", "second"]);
    let listed = world.run(&["state", "list"]).expect_code(0);
    assert!(listed.stdout.contains("module.web.app.main") && !listed.stdout.contains("app.second"));
}
