//! What stands around an app: who it is, who reaches it, how many of it must stay.

use crate::world::World;

fn text(least: &str, except: &str) -> String {
    format!(
        r#"project "around" {{}}

app "web" {{
  replicas        = 2
  service_account = service_account.web
  disruption_budget {{
    min_available                 = "{least}"
    unhealthy_pod_eviction_policy = "AlwaysAllow"
  }}
  container "web" {{
    image = "web:1"
    port "http" {{ container_port = 80 }}
  }}
}}

service_account "web" {{
  image_pull_secrets = [secret.registry]
  role {{
    resources = ["configmaps", "pods/log"]
    verbs     = ["get", "list"]
  }}
  cluster_role {{
    resources = ["nodes"]
    verbs     = ["list"]
  }}
  cluster_role {{
    non_resource_urls = ["/metrics"]
    verbs             = ["get"]
  }}
}}

secret "registry" {{ existing = "registry" }}

network_policy "web" {{
  app = app.web
  ingress {{
    from {{ app = app.web }}
    from {{ namespaces = {{ team = "shop" }} }}
    from {{
      cidr   = "10.0.0.0/8"
      except = ["{except}"]
    }}
    port {{ port = app.web.ports.http }}
  }}
  egress {{
    port {{
      port     = 53
      protocol = "UDP"
    }}
    port {{
      port     = 8000
      end_port = 8999
    }}
  }}
}}
"#
    )
}

/// Accounts, roles, policies and budgets are made, changed and deleted.
pub async fn what_stands_around_an_app(world: World) {
    world.configure(&text("50%", "10.9.0.0/16"));
    let (planned, _) = world.apply_exactly().await;
    let made = [
        "create app.web",
        "create app.web:disruption-budget",
        "create network_policy.web",
        "create service_account.web",
        "create service_account.web:cluster-role",
        "create service_account.web:cluster-role-binding",
        "create service_account.web:role",
        "create service_account.web:role-binding",
    ];
    assert_eq!(planned.summary(), made);

    world.configure(&text("1", "10.8.0.0/16"));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["update app.web:disruption-budget", "update network_policy.web"]);

    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    assert_eq!(world.run(&["state", "list"]).expect_code(0).stdout.trim(), "");
}

fn documents(pods: u32) -> String {
    format!(
        r#"apiVersion: v1
kind: ResourceQuota
metadata:
  name: all
  creationTimestamp: null
spec:
  hard:
    pods: "{pods}"
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: LimitRange
  metadata:
    name: all
  spec:
    limits:
    - type: Container
      defaultRequest:
        cpu: 0.1
"#
    )
}

/// Objects without a block of their own are made, changed and deleted from YAML and from HCL.
pub async fn what_has_no_block(world: World) {
    world.write("all.yaml", documents(10));
    world.configure(
        r#"project "manifests" {}

manifest "limits" { yaml = file("all.yaml") }

manifest "template" {
  object = {
    apiVersion = "v1"
    kind       = "PodTemplate"
    template   = { spec = { containers = [{ name = "c", image = "c:1" }] } }
  }
}
"#,
    );
    let (planned, _) = world.apply_exactly().await;
    let made = [
        "create manifest.limits:LimitRange/all",
        "create manifest.limits:ResourceQuota/all",
        "create manifest.template",
    ];
    assert_eq!(planned.summary(), made);

    world.write("all.yaml", documents(20));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["update manifest.limits:ResourceQuota/all"]);

    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    assert_eq!(world.run(&["state", "list"]).expect_code(0).stdout.trim(), "");
}
