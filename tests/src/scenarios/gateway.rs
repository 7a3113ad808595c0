//! An application that moves from an ingress class to a gateway, by one line.

use serde_json::json;

use crate::world::{World, get};

fn text(front: &str) -> String {
    format!(
        r#"project "front" {{}}

app "web" {{
  replicas = 1
  container "web" {{
    image = "web:1"
    port "http" {{ container_port = 80 }}
    port "admin" {{ container_port = 8080 }}
  }}
}}
service "web" {{ app = app.web }}

ingress "web" {{
  {front}
  labels      = {{ tier = "edge" }}
  annotations = {{ "example.com/owner" = "web" }}
  rule {{
    host = "shop.io"
    path "/" {{ backend = service.web.ports.http }}
    path "/static" {{ backend = service.web.ports.http }}
    path "/admin" {{
      backend = service.web.ports.admin
      type    = "Exact"
    }}
  }}
  rule {{
    host = "*.shop.io"
    path "/" {{ backend = service.web.ports.http }}
  }}
}}
"#
    )
}

/// One line turns the Ingress into routes and back; what the definition fills in changes nothing.
pub async fn one_line_from_a_class_to_a_gateway(world: World) {
    world.configure(&text("class = \"nginx\""));
    world.apply_exactly().await;

    world.configure(&text("gateway = \"default/public\""));
    let (planned, applied) = world.apply_exactly().await;
    let moved = ["create ingress.web:route", "create ingress.web:route-any-shop-io", "delete ingress.web"];
    assert_eq!(planned.summary(), moved);
    assert!(applied.stdout.contains("It answers at http://shop.io/"), "{}", applied.stdout);
    assert!(!applied.stderr.contains("nothing-serves"), "{}", applied.stderr);
    let route = json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"name": "web", "namespace": world.namespace()}});
    let live = get(&world.client().await, &route).await.unwrap();
    let service =
        |port: u16| json!([{"group": "", "kind": "Service", "name": "web-svc", "port": port, "weight": 1}]);
    let at = |kind: &str, value: &str| json!({"path": {"type": kind, "value": value}});
    let expected = json!({
        "parentRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "public", "namespace": "default"}],
        "hostnames": ["shop.io"],
        "rules": [
            {"matches": [at("PathPrefix", "/"), at("PathPrefix", "/static")], "backendRefs": service(80)},
            {"matches": [at("Exact", "/admin")], "backendRefs": service(8080)},
        ],
    });
    assert_eq!(live["spec"], expected);
    assert_eq!(live["metadata"]["annotations"]["example.com/owner"], "web");

    world.configure(&text("gateway = \"default/nowhere\""));
    let planned = world.run(&["plan", "-detailed-exitcode"]).expect_code(2);
    assert!(planned.stderr.contains("warning[nothing-serves]"), "{}", planned.stderr);
    assert!(planned.stderr.contains("The cluster has no Gateway default/nowhere"), "{}", planned.stderr);

    world.configure(&text("class = \"nowhere\""));
    let planned = world.run(&["plan", "-detailed-exitcode"]).expect_code(2);
    assert!(planned.stderr.contains("The cluster has no IngressClass nowhere"), "{}", planned.stderr);

    world.configure(&text("class = \"nginx\""));
    let (planned, _) = world.apply_exactly().await;
    let back = ["create ingress.web", "delete ingress.web:route", "delete ingress.web:route-any-shop-io"];
    assert_eq!(planned.summary(), back);
    world.configure(&text("gateway = \"default/public\""));
    world.apply_exactly().await;
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    assert_eq!(world.run(&["state", "list"]).expect_code(0).stdout.trim(), "");
}
