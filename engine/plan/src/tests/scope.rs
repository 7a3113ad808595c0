//! `-target`, `-exclude` and `-replace`.

use super::*;

fn settings(value: &str) -> serde_json::Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "default"}, "data": {"a": value}})
}

/// Two apps that use one config, all three to be changed, and an app of before that nobody declares any
/// more, with the config that it used.
fn shop() -> Scene {
    let mut scene = Scene::new();
    for name in ["api", "old", "web"] {
        scene.want(&format!("app.{name}"), deployment(name, &format!("{name}:1")));
    }
    scene.want("config.settings", settings("1"));
    for name in ["api", "web"] {
        scene.edge(&format!("app.{name}"), "config.settings", EdgeKind::Order);
    }
    scene.settle();
    for name in ["api", "web"] {
        scene.want(&format!("app.{name}"), deployment(name, &format!("{name}:2")));
    }
    scene.want("config.settings", settings("2"));
    scene.desired.objects.retain(|o| o.address.name != "old");
    scene
}

/// What a plan does, and its findings.
fn done(scene: &mut Scene) -> String {
    let (plan, report) = scene.plan();
    let mut lines: Vec<String> =
        plan.operations.iter().map(|o| format!("{:?} {}", o.action, o.address).to_lowercase()).collect();
    lines.extend(report.sorted().iter().map(|d| format!("{}: {}", d.code, d.detail)));
    lines.join("\n")
}

#[track_caller]
fn check_done(scene: &mut Scene, expect: Expect) {
    expect.assert_eq(&done(scene));
}

#[test]
fn a_target_comes_with_what_it_needs_and_nothing_else_is_touched() {
    let mut scene = shop();
    scene.options.named.targets.insert("app.web".parse().unwrap());
    check_done(
        &mut scene,
        expect![[r#"
        update config.settings
        update app.web
        partial-plan: -target app.web: whatever else is declared or left over is not looked at and stays as it is."#]],
    );
    assert!(!scene.asked.iter().any(|q| q.contains("api") || q.contains("old")), "{:?}", scene.asked);
}

#[test]
fn what_is_excluded_stays_with_what_needs_it() {
    let mut scene = shop();
    scene.options.named.exclude.insert("config.settings".parse().unwrap());
    check_done(
        &mut scene,
        expect![[r#"
        delete app.old
        partial-plan: -exclude config.settings: whatever else is declared or left over is not looked at and stays as it is."#]],
    );
    // What is left as it stands keeps what it needs, although nothing declared needs that any more.
    scene.desired.objects.retain(|o| o.address.block != "config");
    scene.desired.edges.clear();
    scene.options.named.exclude = ["app.web".parse().unwrap()].into();
    check_done(
        &mut scene,
        expect![[r#"
            update app.api
            delete app.old
            partial-plan: -exclude app.web: whatever else is declared or left over is not looked at and stays as it is."#]],
    );
    let mut scene = shop();
    scene.options.named.exclude.insert("app.old".parse().unwrap());
    check_done(
        &mut scene,
        expect![[r#"
        update config.settings
        update app.api
        update app.web
        partial-plan: -exclude app.old: whatever else is declared or left over is not looked at and stays as it is."#]],
    );
}

#[test]
fn a_destroyed_target_goes_with_what_needs_it() {
    let mut scene = shop();
    scene.options.destroy = true;
    scene.options.named.targets.insert("config.settings".parse().unwrap());
    check_done(
        &mut scene,
        expect![[r#"
        delete app.api
        delete app.web
        delete config.settings
        partial-plan: -target config.settings: whatever else is declared or left over is not looked at and stays as it is."#]],
    );
    scene.options.named.targets.clear();
    scene.options.named.exclude.insert("app.web".parse().unwrap());
    check_done(
        &mut scene,
        expect![[r#"
        delete app.api
        delete app.old
        partial-plan: -exclude app.web: whatever else is declared or left over is not looked at and stays as it is."#]],
    );
}

#[test]
fn a_part_of_a_protected_environment_needs_a_word() {
    let mut scene = shop();
    scene.protected = true;
    scene.options.named.targets.insert("app.web".parse().unwrap());
    check_done(
        &mut scene,
        expect![[r#"
        update config.settings
        update app.web
        protected: A plan about a part of dev leaves the rest unseen.
        partial-plan: -target app.web: whatever else is declared or left over is not looked at and stays as it is."#]],
    );
    scene.options.named.allowed = true;
    check_done(
        &mut scene,
        expect![[r#"
        update config.settings
        update app.web
        partial-plan: -target app.web: whatever else is declared or left over is not looked at and stays as it is."#]],
    );
}

#[test]
fn what_goes_takes_its_users_along() {
    let mut scene = shop();
    scene.desired.objects.retain(|o| o.address.block != "config");
    scene.desired.edges.clear();
    scene.options.named.targets.insert("config.settings".parse().unwrap());
    check_done(
        &mut scene,
        expect![[r#"
        update app.api
        update app.web
        delete config.settings
        partial-plan: -target config.settings: whatever else is declared or left over is not looked at and stays as it is."#]],
    );
}

#[test]
fn what_is_named_outside_of_the_plan_is_an_error() {
    let mut scene = shop();
    scene.options.named.targets.insert("app.api".parse().unwrap());
    scene.options.named.replace.insert("app.web".parse().unwrap());
    check_done(
        &mut scene,
        expect![[r#"
        update config.settings
        update app.api
        address-not-planned: -replace app.web: -target or -exclude leaves it out.
        partial-plan: -target app.api: whatever else is declared or left over is not looked at and stays as it is."#]],
    );
}

#[test]
fn a_name_that_names_nothing_is_an_error() {
    let mut scene = shop();
    scene.options.named.targets.insert("app.wbe".parse().unwrap());
    scene.options.named.exclude.insert("module.shop".parse().unwrap());
    check_done(
        &mut scene,
        expect![[r#"
        address-not-declared: -target app.wbe: the configuration declares no object of that address.
        address-not-declared: -exclude module.shop: the configuration declares no object of that address.
        partial-plan: -target app.wbe -exclude module.shop: whatever else is declared or left over is not looked at and stays as it is."#]],
    );
}

#[test]
fn what_is_named_is_replaced_although_nothing_forces_it() {
    let mut scene = web("web:1");
    scene.options.named.replace.insert("app.web".parse().unwrap());
    check(
        &mut scene,
        expect![[r#"
        0 replace app.web Deployment default/web (changed)
          effect replaced: 2 pods stop, then 2 start; down until ready
    "#]],
    );
    scene.want("app.web", deployment("web", "web:1")).prevent_destroy = true;
    check_done(
        &mut scene,
        expect![[r#"
        none app.web
        prevent-destroy: app.web (Deployment default/web) has lifecycle { prevent_destroy = true }, and -replace names it."#]],
    );
}

#[test]
fn a_claim_is_not_replaced_by_name_either() {
    let mut scene = Scene::new();
    scene.want("volume.data", json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }));
    scene.settle();
    scene.options.named.replace.insert("volume.data".parse().unwrap());
    check_done(
        &mut scene,
        expect![[r#"
        none volume.data
        never-replaced: volume.data (PersistentVolumeClaim default/data): -replace names it. The object would be deleted and made again. Its data would be gone, and it would stay until the last pod that uses it has ended."#]],
    );
}

#[test]
fn a_host_that_something_outside_of_the_plan_answers_for_does_not_stop() {
    let ingress = |name: &str, host: &str| {
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": name, "namespace": "default"}, "spec": {"rules": [{"host": host}]}})
    };
    let stops = |scene: &mut Scene| scene.text().lines().filter(|l| l.contains("HostStops")).count();
    let mut scene = Scene::new();
    scene.want("ingress.a", ingress("a", "www.example.com"));
    scene.want("ingress.b", ingress("b", "www.example.com"));
    scene.settle();
    scene.want("ingress.a", ingress("a", "new.example.com"));
    assert_eq!(stops(&mut scene), 0, "{}", scene.text());
    scene.options.named.targets.insert("ingress.a".parse().unwrap());
    assert_eq!(stops(&mut scene), 0, "{}", scene.text());
    // What is only declared answers for nothing yet.
    let mut scene = Scene::new();
    scene.want("ingress.a", ingress("a", "www.example.com"));
    scene.settle();
    scene.want("ingress.a", ingress("a", "new.example.com"));
    scene.want("ingress.b", ingress("b", "www.example.com"));
    assert_eq!(stops(&mut scene), 0, "{}", scene.text());
    scene.options.named.targets.insert("ingress.a".parse().unwrap());
    assert_eq!(stops(&mut scene), 1, "{}", scene.text());
}
