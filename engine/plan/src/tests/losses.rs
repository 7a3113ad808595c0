//! What is gone after a plan, and who is moved by what changes: addresses, hosts, users of configs.

use serde_json::Value as Json;

use super::*;

fn balanced(kind: &str) -> Json {
    let mut object = service("web", 80);
    object["spec"]["type"] = kind.into();
    object
}

/// A service with a load balancer that has its address.
fn with_address() -> Scene {
    let mut scene = Scene::new();
    scene.want("service.web", balanced("LoadBalancer"));
    scene.settle();
    let live = scene.objects.get_mut(&id(&balanced("LoadBalancer"))).unwrap();
    live["status"] = json!({"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}});
    scene
}

#[test]
fn the_address_of_a_load_balancer_that_goes_is_named() {
    let mut scene = with_address();
    scene.want("service.web", balanced("ClusterIP"));
    check(
        &mut scene,
        expect![[r#"
            0 update service.web Service default/web (changed)
              Ours spec.type: "LoadBalancer" -> "ClusterIP"  web.hcl:24
              AddressLost(["203.0.113.7"])
        "#]],
    );
    scene.options.destroy = true;
    check(
        &mut scene,
        expect![[r#"
            0 delete service.web Service default/web (changed)
              AddressLost(["203.0.113.7"])
        "#]],
    );
}

#[test]
fn a_replaced_service_gets_another_address() {
    let of = |class: &str| {
        let mut object = balanced("LoadBalancer");
        object["spec"]["loadBalancerClass"] = class.into();
        object
    };
    let mut scene = Scene::new();
    scene.want("service.web", of("one/class"));
    scene.settle();
    let live = scene.objects.get_mut(&id(&of("one/class"))).unwrap();
    live["status"] = json!({"loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]}});
    scene.want("service.web", of("other/class"));
    scene.options.allow_replace.insert("service.web".parse().unwrap());
    check(
        &mut scene,
        expect![[r#"
            0 replace service.web Service default/web (changed)
              Ours spec.loadBalancerClass: "one/class" -> "other/class"  web.hcl:22
              AddressChanges { from: ["lb.example.com"], outside: true }
        "#]],
    );
}

fn ingress(name: &str, hosts: &[&str]) -> Json {
    let rules: Vec<Json> = hosts.iter().map(|host| json!({"host": host})).collect();
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "namespace": "default"}, "spec": {"rules": rules}})
}

#[test]
fn a_host_stops_answering_unless_another_object_takes_it() {
    let mut scene = Scene::new();
    scene.want("ingress.a", ingress("a", &["one.example.com", "two.example.com", "x.wild.example.com"]));
    scene.want("ingress.b", ingress("b", &["three.example.com"]));
    scene.settle();
    scene.want("ingress.a", ingress("a", &["three.example.com"]));
    scene.want("ingress.b", ingress("b", &["two.example.com", "*.wild.example.com"]));
    let (plan, _) = scene.plan();
    let told: Vec<String> =
        plan.operations.iter().map(|op| format!("{}: {:?}", op.address, op.consequences)).collect();
    expect![[r#"
        ingress.a: [HostStops("one.example.com")]
        ingress.b: []"#]]
    .assert_eq(&told.join("\n"));
    scene.desired.objects.retain(|o| o.address.to_string() == "ingress.b");
    scene.want("ingress.b", ingress("b", &["three.example.com"]));
    let (plan, _) = scene.plan();
    let told: Vec<String> =
        plan.operations.iter().map(|op| format!("{}: {:?}", op.address, op.consequences)).collect();
    expect![[r#"
        ingress.b: []
        ingress.a: [HostStops("one.example.com"), HostStops("two.example.com"), HostStops("x.wild.example.com")]"#]].assert_eq(&told.join("\n"));
}

#[test]
fn a_host_that_stays_where_it_is_does_not_stop() {
    let mut scene = Scene::new();
    scene.want("ingress.a", ingress("a", &["one.example.com"]));
    scene.want("ingress.b", ingress("b", &["one.example.com"]));
    scene.settle();
    scene.desired.objects.retain(|o| o.address.to_string() == "ingress.b");
    let (plan, _) = scene.plan();
    assert!(plan.operations.iter().all(|op| op.consequences.is_empty()), "{:?}", plan.operations);
}

#[test]
fn a_config_that_changes_names_who_is_rolled_and_the_app_names_the_config() {
    let config = |color: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "site", "namespace": "default"},
            "data": {"color": color}})
    };
    let app = |name: &str, hash: &str| {
        let mut object = deployment(name, "web:1");
        object["spec"]["template"]["metadata"]["annotations"] = json!({"plimsoll.dev/config-hash": hash});
        object
    };
    let mut scene = Scene::new();
    scene.want("config.site", config("blue"));
    for name in ["api", "web"] {
        scene.want(&format!("app.{name}"), app(name, "1"));
        scene.edge(&format!("app.{name}"), "config.site", EdgeKind::Applied);
    }
    scene.settle();
    scene.want("config.site", config("red"));
    scene.want("app.api", app("api", "2"));
    scene.want("app.web", app("web", "2"));
    check(
        &mut scene,
        expect![[r#"
            0 update config.site ConfigMap default/site (changed)
              Ours data.color: "blue" -> "red"  web.hcl:42
              rolls app.api, app.web
            1 update app.api Deployment default/api (changed, after 0)
              Ours spec.template.metadata.annotations.plimsoll.dev/config-hash: "1" -> "2"  web.hcl:59
              effect 2 pods replaced one at a time, no gap: config.site, web.hcl:42
            2 update app.web Deployment default/web (changed, after 0)
              Ours spec.template.metadata.annotations.plimsoll.dev/config-hash: "1" -> "2"  web.hcl:74
              effect 2 pods replaced one at a time, no gap: config.site, web.hcl:42
        "#]],
    );
    // What exists already is in no object of the configuration.
    scene.want("config.site", config("blue"));
    check(
        &mut scene,
        expect![[r#"
        0 none config.site ConfigMap default/site (unchanged)
        1 update app.api Deployment default/api (changed, after 0)
          Ours spec.template.metadata.annotations.plimsoll.dev/config-hash: "1" -> "2"  web.hcl:59
          effect 2 pods replaced one at a time, no gap: data that exists already, web.hcl:59
        2 update app.web Deployment default/web (changed, after 0)
          Ours spec.template.metadata.annotations.plimsoll.dev/config-hash: "1" -> "2"  web.hcl:74
          effect 2 pods replaced one at a time, no gap: data that exists already, web.hcl:74
    "#]],
    );
}

#[test]
fn a_protected_environment_loses_only_what_is_named() {
    let mut scene = with_address();
    scene.protected = true;
    scene.want("service.web", balanced("ClusterIP"));
    check(
        &mut scene,
        expect![[r#"
        0 update service.web Service default/web (changed)
          Ours spec.type: "LoadBalancer" -> "ClusterIP"  web.hcl:24
          AddressLost(["203.0.113.7"])
        Error loss-not-allowed: a loss has to be allowed by its address | service.web (Service default/web) loses its address 203.0.113.7. The environment is protected: what is lost is named one by one.
    "#]],
    );
    scene.options.allow_loss.insert("service.web".parse().unwrap());
    check(
        &mut scene,
        expect![[r#"
        0 update service.web Service default/web (changed)
          Ours spec.type: "LoadBalancer" -> "ClusterIP"  web.hcl:24
          AddressLost(["203.0.113.7"])
    "#]],
    );
    scene.options.allow_loss = ["service.wep".parse().unwrap()].into();
    scene.protected = false;
    check(
        &mut scene,
        expect![[r#"
        0 update service.web Service default/web (changed)
          Ours spec.type: "LoadBalancer" -> "ClusterIP"  web.hcl:24
          AddressLost(["203.0.113.7"])
        Error address-not-declared: an address names nothing that is declared | -allow-loss service.wep: no object of that address is declared or known to the state.
    "#]],
    );
}
