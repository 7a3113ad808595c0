//! What is named and refused.

use super::*;

#[test]
fn a_missing_namespace_says_what_to_type() {
    let mut scene = Scene::new();
    let mut object = deployment("web", "web:1");
    object["metadata"]["namespace"] = "shop-dev".into();
    scene.want("app.web", object);
    scene.script.push_back(Answer::Refused(Refusal {
        status: 404,
        reason: "NotFound".into(),
        message: "namespaces \"shop-dev\" not found".into(),
        causes: vec![],
    }));
    check(
        &mut scene,
        expect![[r#"
            0 none app.web Deployment shop-dev/web (not verified: an error was found)
            Error namespace-missing: the namespace does not exist | app.web goes to namespace shop-dev, which is neither in the cluster nor declared.
        "#]],
    );
}

#[test]
fn an_object_that_is_being_deleted_is_an_error() {
    let mut scene = web("web:1");
    let live = scene.objects.get_mut(&id(&deployment("web", ""))).unwrap();
    live["metadata"]["deletionTimestamp"] = "2026-02-03T00:00:00Z".into();
    live["metadata"]["finalizers"] = json!(["foregroundDeletion"]);
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error object-terminating: an object is being deleted | app.web (Deployment default/web) is being deleted since 2026-02-03T00:00:00Z, held by foregroundDeletion.
    "#]],
    );
}

#[test]
fn another_kind_under_the_same_address_is_refused() {
    let mut scene = web("web:1");
    scene.want("app.web", stateful_set("web", 1));
    check(
        &mut scene,
        expect![[r#"
            0 none app.web StatefulSet default/web (not verified: an error was found)
            Error identity-changed: an object would become another one | app.web is Deployment default/web in the cluster and would become StatefulSet default/web: the one would have to be deleted and the other made.
        "#]],
    );
}

#[test]
fn a_missing_namespace_is_told_once_whatever_goes_there() {
    let mut scene = Scene::new();
    for name in ["a", "b", "c"] {
        let mut object = deployment(name, "web:1");
        object["metadata"]["namespace"] = if name == "c" { "other" } else { "shop-dev" }.into();
        scene.want(&format!("app.{name}"), object);
        scene.script.push_back(Answer::Refused(Refusal {
            status: 404,
            reason: "NotFound".into(),
            message: format!("namespaces \"{}\" not found", if name == "c" { "other" } else { "shop-dev" }),
            causes: vec![],
        }));
    }
    scene.namespace = "shop-dev".into();
    let (_, report) = scene.plan();
    let told: Vec<String> = report
        .sorted()
        .into_iter()
        .map(|d| format!("{} at {} places\nhelp: {}", d.detail, d.related.len() + 1, d.help.clone().unwrap()))
        .collect();
    expect![[r#"
        app.a and app.b go to namespace shop-dev, which is neither in the cluster nor declared. at 2 places
        help: add: namespace "shop" { name = env.namespace }, or make it yourself: kubectl create namespace shop-dev
        app.c goes to namespace other, which is neither in the cluster nor declared. at 1 places
        help: add: namespace "other" {}
    "#]]
    .assert_eq(&(told.join("\n") + "\n"));
}

#[test]
fn a_renamed_block_is_told_how_to_keep_its_objects() {
    let mut scene = web("web:1");
    scene.want("app.web:extra", service("web-extra", 80));
    scene.settle();
    for (address, part) in [("app.web", "app.site"), ("app.web:extra", "app.site:extra")] {
        let resource = scene.recorded.resources.remove(&address.parse().unwrap()).unwrap();
        scene.recorded.resources.insert(part.parse().unwrap(), resource);
    }
    scene.desired.objects.clear();
    scene.want("app.site", deployment("site", "web:1"));
    scene.want("app.site:extra", service("site-extra", 80));
    check(
        &mut scene,
        expect![[r#"
            0 none app.site:extra Service default/site-extra (not verified: an error was found)
            1 none app.site Deployment default/site (not verified: an error was found)
            Error identity-changed: an object would become another one | app.site is Deployment default/web in the cluster and would become Deployment default/site; app.site:extra is Service default/web-extra in the cluster and would become Service default/site-extra: the one would have to be deleted and the other made.
        "#]],
    );
    let (_, report) = scene.plan();
    let help = report.items()[0].help.clone().unwrap();
    assert_eq!(help, "to keep it, give the block its name: name = \"web\" in app.site");
}

#[test]
fn a_change_to_recreate_that_the_server_cannot_make_says_what_to_type() {
    let mut scene = web("web:1");
    let mut object = deployment("web", "web:1");
    object["spec"]["strategy"] = json!({"type": "Recreate"});
    scene.want("app.web", object);
    let message = "Deployment.apps \"web\" is invalid: spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'";
    scene.script.push_back(Answer::Refused(Refusal {
        status: 422,
        reason: "Invalid".into(),
        message: message.into(),
        causes: vec![],
    }));
    let (plan, _) = scene.plan();
    assert!(plan.notices[0].help.as_ref().unwrap().ends_with("plimsoll plan -replace app.web"));
}

#[test]
fn a_quota_that_is_used_up_is_no_missing_right() {
    let mut scene = Scene::new();
    scene.want("app.web", deployment("web", "web:1"));
    scene.script.push_back(Answer::Refused(Refusal {
        status: 403,
        reason: "Forbidden".into(),
        message: "deployments.apps \"web\" is forbidden: exceeded quota: few".into(),
        causes: Vec::new(),
    }));
    let (plan, _) = scene.plan();
    let notice = &plan.notices[0];
    assert_eq!((notice.code.as_str(), notice.at.as_ref().map(|at| at.line)), ("quota-exceeded", Some(1)));
    assert_eq!(notice.help.as_deref(), Some("kubectl get resourcequota -n default"));
}
