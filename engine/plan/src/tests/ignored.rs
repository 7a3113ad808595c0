//! What is ignored of an object that exists.

use expect_test::expect;
use plimsoll_model::{Ignored, Node, ObjectId, Path};
use serde_json::json;

use crate::change::Side;
use crate::scripted::{MANAGER, Scene, deployment, id, text};
use crate::{Action, stale};
use plimsoll_schema::parse_path;

/// A deployment that was applied, of which fields are ignored.
fn scene(paths: &[&str]) -> (Scene, ObjectId) {
    let mut scene = Scene::new();
    scene.want("app.web", deployment("web", "web:1"));
    scene.settle();
    ignore(&mut scene, paths);
    (scene, id(&deployment("web", "web:1")))
}

fn ignore(scene: &mut Scene, paths: &[&str]) {
    let one = |path: &&str| Ignored { path: parse_path(path), except: Vec::new(), span: Scene::span(1) };
    scene.desired.objects[0].ignored = paths.iter().map(one).collect();
}

/// Wants another image, and keeps what is ignored.
fn want(scene: &mut Scene, object: serde_json::Value) {
    let ignored = scene.desired.objects[0].ignored.clone();
    scene.want("app.web", object).ignored = ignored;
}

const IMAGE: &str = "spec.template.spec.containers[name=web].image";

#[test]
fn a_change_of_the_configuration_is_not_planned() {
    let (mut scene, _) = scene(&[IMAGE, "spec.replicas"]);
    let mut other = deployment("web", "web:2");
    other["spec"]["replicas"] = 5.into();
    want(&mut scene, other.clone());
    expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          ignored spec.replicas: 2 stays, not 5 (web.hcl:1)
          ignored spec.template.spec.containers[name=web].image: "web:1" stays, not "web:2" (web.hcl:1)
    "#]]
    .assert_eq(&scene.text());
    // It is not even asked.
    assert_eq!(scene.asked, Vec::<String>::new());
    // Nor is leaving it out.
    other["spec"].as_object_mut().unwrap().remove("replicas");
    want(&mut scene, other.clone());
    expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          ignored spec.replicas: 2 stays, not - (web.hcl:1)
          ignored spec.template.spec.containers[name=web].image: "web:1" stays, not "web:2" (web.hcl:1)
    "#]]
    .assert_eq(&scene.text());
    // What is not ignored any more is planned.
    scene.desired.objects[0].ignored.pop();
    expect![[r#"
        0 update app.web Deployment default/web (changed)
          Removed spec.replicas: 2 -> 1
          ignored spec.template.spec.containers[name=web].image: "web:1" stays, not "web:2" (web.hcl:1)
          effect 1 pod stops: replicas, web.hcl:29
    "#]]
    .assert_eq(&scene.text());
    // Another change leaves it as it is.
    ignore(&mut scene, &[IMAGE, "spec.replicas"]);
    other["spec"]["paused"] = true.into();
    want(&mut scene, other);
    expect![[r#"
        0 update app.web Deployment default/web (changed)
          Ours spec.paused: - -> true  web.hcl:50
          ignored spec.replicas: 2 stays, not - (web.hcl:1)
          ignored spec.template.spec.containers[name=web].image: "web:1" stays, not "web:2" (web.hcl:1)
          effect no restart
    "#]]
    .assert_eq(&scene.text());
}

#[test]
fn a_change_in_the_cluster_is_left_to_whoever_made_it() {
    let (mut scene, web) = scene(&[IMAGE]);
    let edit =
        |o: &mut serde_json::Value| o["spec"]["template"]["spec"]["containers"][0]["image"] = "web:9".into();
    scene.edited(&web, "argocd-image-updater", None, edit);
    expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          ignored spec.template.spec.containers[name=web].image: "web:9" stays, not "web:1" (web.hcl:1)
    "#]]
    .assert_eq(&scene.text());
    // Nothing is said of what is the same.
    want(&mut scene, deployment("web", "web:9"));
    expect![[r#"
        0 none app.web Deployment default/web (unchanged)
    "#]]
    .assert_eq(&scene.text());
    ignore(&mut scene, &[]);
    want(&mut scene, deployment("web", "web:1"));
    expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error field-conflict: another manager owns a field that the configuration sets | app.web (Deployment default/web): spec.template.spec.containers[name=web].image is "web:9" in the cluster, set by argocd-image-updater (Update at 2026-02-02T11:00:00Z). The configuration says "web:1".
    "#]].assert_eq(&scene.text());
}

#[test]
fn what_was_removed_beside_what_is_ignored_has_drifted() {
    let mut scene = Scene::new();
    scene.want("app.web", deployment("web", "web:1"));
    ignore(&mut scene, &[IMAGE]);
    scene.settle();
    scene.edited(&id(&deployment("web", "")), "kubectl-edit", None, |o| {
        let web = &mut o["spec"]["template"]["spec"]["containers"][0];
        web["resources"]["requests"].as_object_mut().unwrap().remove("cpu");
    });
    // The configuration of what is ignored changes nothing about it.
    want(&mut scene, deployment("web", "web:2"));
    let (plan, _) = scene.plan();
    assert!(plan.operations[0].is_drift_alone(), "{:?}", plan.operations[0].changes);
}

#[test]
fn an_object_that_is_made_anew_waits_for_what_was_ignored() {
    let (mut scene, _) = scene(&[IMAGE]);
    let mut other = deployment("web", "web:1");
    other["spec"]["selector"]["matchLabels"] = json!({"app": "other"});
    other["spec"]["template"]["metadata"]["labels"] = json!({"app": "other"});
    want(&mut scene, other);
    let root = &mut scene.desired.objects[0].root;
    let image =
        ["spec", "template", "spec", "containers", "0", "image"].iter().fold(root, |node, step| match node {
            Node::Map(map, _) => map.get_mut(*step).unwrap(),
            Node::List(items, _) => &mut items[0],
            Node::Leaf(_) => panic!("a leaf above {step}"),
        });
    let Node::Leaf(leaf) = image else { panic!("no leaf") };
    (leaf.value, leaf.unknown) = (serde_json::Value::Null, Some("the image of app.other".into()));
    let (plan, report) = scene.plan();
    let op = &plan.operations[0];
    assert_eq!(op.action, Action::Replace, "{report:?}");
    let changed = op.changes.iter().find(|change| change.path == IMAGE).unwrap();
    assert_eq!(changed.after, Side::Unknown("the image of app.other".into()));
    assert!(!scene.asked.iter().any(|asked| asked.contains("plimsoll-try-")), "{:?}", scene.asked);
}

#[test]
fn what_is_new_is_made_as_it_is_declared() {
    let (mut scene, web) = scene(&[
        "spec.template.spec.containers[name=helper].image",
        "spec.template.spec.containers[name=web].env[name=A]",
    ]);
    let mut two = deployment("web", "web:1");
    let containers = two["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap();
    containers[0]["env"] = json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]);
    containers.push(json!({"name": "helper", "image": "helper:1"}));
    want(&mut scene, two);
    // The item itself is ignored, so it is not made later on.
    expect![[r#"
        0 update app.web Deployment default/web (changed)
          Ours spec.template.spec.containers[name=helper].image: - -> "helper:1"  web.hcl:33
          Ours spec.template.spec.containers[name=helper].name: - -> "helper"  web.hcl:34
          Ours spec.template.spec.containers[name=web].env[name=B].name: - -> "B"  web.hcl:28
          Ours spec.template.spec.containers[name=web].env[name=B].value: - -> "2"  web.hcl:29
          Default spec.template.spec.containers[name=helper].imagePullPolicy: - -> "IfNotPresent"
          Default spec.template.spec.containers[name=helper].resources: - -> {}
          Default spec.template.spec.containers[name=helper].terminationMessagePath: - -> "/dev/termination-log"
          Default spec.template.spec.containers[name=helper].terminationMessagePolicy: - -> "File"
          ignored spec.template.spec.containers[name=web].env[name=A].value: - stays, not "1" (web.hcl:1)
          effect 2 pods replaced one at a time, no gap: image, name, env, web.hcl:33
    "#]].assert_eq(&scene.text());
    scene.objects.remove(&web);
    let (plan, _) = scene.plan();
    assert_eq!(plan.operations[0].action, Action::Create);
    assert!(plan.operations[0].changes.iter().any(|c| c.path.ends_with("env[name=A].value")));
    assert!(plan.operations[0].left.is_empty());
}

#[test]
fn items_keep_their_order() {
    let (mut scene, web) = scene(&[
        "spec.template.spec.containers[name=web].env[name=A]",
        "spec.template.spec.containers[name=web].env[name=C]",
    ]);
    let mut three = deployment("web", "web:1");
    let env = |names: &[&str]| names.iter().map(|n| json!({"name": n, "value": "1"})).collect::<Vec<_>>();
    three["spec"]["template"]["spec"]["containers"][0]["env"] = env(&["A", "B", "C"]).into();
    scene.applied(&crate::scripted::labelled("app.web", three.clone()), MANAGER);
    // Neither is declared any more, both are ours and stay where they are.
    three["spec"]["template"]["spec"]["containers"][0]["env"] = env(&["B"]).into();
    want(&mut scene, three.clone());
    expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          ignored spec.template.spec.containers[name=web].env[name=A].value: "1" stays, not - (web.hcl:1)
          ignored spec.template.spec.containers[name=web].env[name=C].value: "1" stays, not - (web.hcl:1)
    "#]]
    .assert_eq(&scene.text());
    assert_eq!(scene.asked, Vec::<String>::new());
    scene.edited(&web, "kubectl-edit", None, |o| {
        o["spec"]["template"]["spec"]["containers"][0]["env"].as_array_mut().unwrap().remove(0);
    });
    expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          ignored spec.template.spec.containers[name=web].env[name=C].value: "1" stays, not - (web.hcl:1)
    "#]]
    .assert_eq(&scene.text());
}

#[test]
fn a_map_is_ignored_but_for_what_others_set_in_it() {
    let (mut scene, web) = scene(&[]);
    let mut labelled = deployment("web", "web:1");
    labelled["metadata"]["labels"] = json!({"team": "a", "tier": "b"});
    scene.applied(&crate::scripted::labelled("app.web", labelled.clone()), MANAGER);
    let labels = Path::fields(["metadata", "labels"]);
    let except = [crate::observe::PROJECT_LABEL, crate::observe::ENVIRONMENT_LABEL];
    let except = except.map(|key| labels.join(plimsoll_schema::PathElement::field(key))).to_vec();
    scene.desired.objects[0].ignored = vec![Ignored { path: labels, except, span: Scene::span(1) }];
    labelled["metadata"]["labels"] = json!({"team": "x", "more": "y"});
    want(&mut scene, labelled.clone());
    scene.edited(&web, "kubectl-label", None, |o| o["metadata"]["labels"]["own"] = "z".into());
    expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          ignored metadata.labels.more: - stays, not "y" (web.hcl:1)
          ignored metadata.labels.team: "a" stays, not "x" (web.hcl:1)
          ignored metadata.labels.tier: "b" stays, not - (web.hcl:1)
    "#]]
    .assert_eq(&scene.text());
}

#[test]
fn everything_can_be_ignored() {
    let (mut scene, _) = scene(&[]);
    let address = Path::fields(["metadata", "annotations", crate::observe::ADDRESS_ANNOTATION]);
    scene.desired.objects[0].ignored = vec![Ignored {
        path: Path::default(),
        except: vec![Path::fields(["metadata", "labels"]), address],
        span: Scene::span(1),
    }];
    let mut other = deployment("web", "web:2");
    other["spec"]["replicas"] = 7.into();
    other["spec"]["template"]["spec"]["containers"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "b", "image": "b"}));
    want(&mut scene, other);
    expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          ignored spec.replicas: 2 stays, not 7 (web.hcl:1)
          ignored spec.template.spec.containers[name=b].image: - stays, not "b" (web.hcl:1)
          ignored spec.template.spec.containers[name=web].image: "web:1" stays, not "web:2" (web.hcl:1)
    "#]]
    .assert_eq(&scene.text());
}

#[test]
fn between_plan_and_apply_it_may_change() {
    let (mut scene, web) = scene(&[IMAGE]);
    let mut other = deployment("web", "web:2");
    other["spec"]["replicas"] = 5.into();
    want(&mut scene, other);
    let (plan, report) = scene.plan();
    expect![[r#"
        0 update app.web Deployment default/web (changed)
          Ours spec.replicas: 2 -> 5  web.hcl:23
          ignored spec.template.spec.containers[name=web].image: "web:1" stays, not "web:2" (web.hcl:1)
          effect 3 pods start: replicas, web.hcl:23
    "#]]
    .assert_eq(&text(&plan, &report));
    let operation = &plan.operations[0];
    let fresh = |scene: &Scene| {
        let key = crate::mask::Key::new(scene.key);
        stale::recheck(operation, scene.objects.get(&web), MANAGER, &key)
    };
    assert_eq!(fresh(&scene), stale::Freshness::Same);
    let image =
        |o: &mut serde_json::Value| o["spec"]["template"]["spec"]["containers"][0]["image"] = "web:9".into();
    scene.edited(&web, "argocd-image-updater", None, image);
    assert_eq!(fresh(&scene), stale::Freshness::Same);
    // What is sent then leaves it, and what comes out of it is what was reviewed.
    let want = scene.desired.objects[0].clone();
    let mut body = want.root.to_json();
    crate::ignored::leave(&want, &mut body, &scene.objects[&web], MANAGER);
    assert!(body["spec"]["template"]["spec"]["containers"][0]["image"].is_null());
    scene.applied(&body, MANAGER);
    assert_eq!(stale::first_mismatch(operation, &want, &scene.objects[&web]), None);
    scene.edited(&web, "kubectl-scale", Some("scale"), |o| o["spec"]["replicas"] = 9.into());
    assert_eq!(fresh(&scene), stale::Freshness::Moved);
    let mismatch = stale::first_mismatch(operation, &want, &scene.objects[&web]);
    assert_eq!(mismatch.unwrap().to_string(), "spec.replicas");
}

#[test]
fn a_job_that_ran_is_not_made_again_for_what_is_ignored() {
    let job = |image: &str| {
        json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once", "namespace": "default"},
            "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "web", "image": image}]}}},
        })
    };
    let key = crate::mask::Key::new([7; 32]);
    let action = |now: &str, ignored_then: bool, ignored_now: bool| {
        let mut scene = Scene::new();
        let ignored = vec![Ignored { path: parse_path(IMAGE), except: Vec::new(), span: Scene::span(1) }];
        scene.want("job.once", job("job:1"));
        if ignored_then {
            scene.desired.objects[0].ignored = ignored.clone();
        }
        let made = crate::digest::made_from(&scene.desired.objects[0], &key);
        scene.recorded.completed_jobs.insert("job.once".parse().unwrap(), made);
        scene.want("job.once", job(now));
        if ignored_now {
            scene.desired.objects[0].ignored = ignored;
        }
        scene.plan().0.operations[0].action
    };
    assert_eq!(action("job:2", true, true), Action::None);
    assert_eq!(action("job:1", false, true), Action::None);
    assert_eq!(action("job:2", false, true), Action::Create);
    assert_eq!(action("job:2", false, false), Action::Create);
}
