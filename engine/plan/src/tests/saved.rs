//! The saved plan: its bytes, its secrets, and when it is stale.

use super::*;

#[test]
fn the_same_input_gives_the_same_bytes() {
    let bytes = |_| {
        let mut scene = web("web:1");
        scene.want("app.web", deployment("web", "web:2"));
        scene.want("service.web", service("web", 80));
        let (plan, report) = scene.plan();
        (crate::file::to_bytes(&plan).unwrap(), text(&plan, &report))
    };
    let all: Vec<_> = (0..3).map(bytes).collect();
    assert!(all.iter().all(|b| *b == all[0]));
    let plan: Plan = crate::file::from_bytes(&all[0].0).unwrap();
    assert_eq!(crate::file::to_bytes(&plan).unwrap(), all[0].0);
    assert_eq!(plan.header.project, MANAGER.trim_start_matches("plimsoll:"));
}

/// Marks leaves as the language does, because they were made from a sensitive variable.
fn mark(node: &mut plimsoll_model::Node, text: &str) {
    match node {
        plimsoll_model::Node::Leaf(l) => l.sensitive |= l.value.as_str().is_some_and(|v| v.contains(text)),
        plimsoll_model::Node::List(items, _) => items.iter_mut().for_each(|n| mark(n, text)),
        plimsoll_model::Node::Map(map, _) => map.values_mut().for_each(|n| mark(n, text)),
    }
}

#[test]
fn a_secret_is_in_no_plan() {
    let canary = "canary-3f9a";
    let encoded = "Y2FuYXJ5LTNmOWE=";
    let mut scene = Scene::new();
    let secret = |value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "default"}, "data": {"password": value}});
    scene.want("secret.db", secret("b2xkLXNlY3JldA=="));
    scene.settle();
    scene.want("secret.db", secret(encoded));
    let mut object = deployment("web", "web:1");
    object["spec"]["template"]["spec"]["containers"][0]["args"] =
        json!(["--url", format!("db://{canary}@x")]);
    let want = scene.want("app.web", object);
    mark(&mut want.root, canary);
    let (plan, report) = scene.plan();
    expect![[r#"
        0 update secret.db Secret default/db (changed)
          Ours data.password: (sensitive) -> (sensitive)  web.hcl:12
        1 create app.web Deployment default/web (changed)
          10 fields
          effect 2 pods start
    "#]]
    .assert_eq(&text(&plan, &report));
    let bytes = String::from_utf8(crate::file::to_bytes(&plan).unwrap()).unwrap();
    for secret in [canary, encoded, "old-secret", "b2xkLXNlY3JldA=="] {
        assert!(!bytes.contains(secret), "{secret} is in the plan");
    }
}

#[test]
fn a_secret_that_the_configuration_marks_no_longer_is_in_no_plan() {
    let canary = "canary-3f9a";
    let with = |env: serde_json::Value| {
        let mut object = deployment("web", "web:1");
        object["spec"]["template"]["spec"]["containers"][0]["env"] = env;
        object
    };
    let mut scene = Scene::new();
    let want = scene.want("app.web", with(json!([{"name": "PASSWORD", "value": canary}])));
    mark(&mut want.root, canary);
    scene.settle();
    let places = &scene.recorded.resources[&"app.web".parse().unwrap()].sensitive_paths;
    assert_eq!(*places, ["spec/template/spec/containers/*/env/*/value"]);
    let written = |scene: &mut Scene, places: usize| {
        let (plan, report) = scene.plan();
        assert!(plan.operations[0].is_change());
        assert_eq!(plan.operations[0].sensitive_paths.len(), places);
        let bytes = String::from_utf8(crate::file::to_bytes(&plan).unwrap()).unwrap();
        assert!(!bytes.contains(canary) && !format!("{plan:?}").contains(canary));
        text(&plan, &report)
    };
    scene.want("app.web", with(json!([])));
    expect![[r#"
        0 update app.web Deployment default/web (changed)
          Removed spec.template.spec.containers[name=web].env[name=PASSWORD].name: "PASSWORD" -> -
          Removed spec.template.spec.containers[name=web].env[name=PASSWORD].value: (sensitive) -> -
          effect 2 pods replaced one at a time, no gap: env, web.hcl:17
    "#]]
    .assert_eq(&written(&mut scene, 0));
    scene.want("app.web", with(json!([{"name": "PASSWORD", "value": "plain"}])));
    expect![[r#"
        0 update app.web Deployment default/web (changed)
          Ours spec.template.spec.containers[name=web].env[name=PASSWORD].value: (sensitive) -> (sensitive)  web.hcl:43
          effect 2 pods replaced one at a time, no gap: env, web.hcl:43
    "#]].assert_eq(&written(&mut scene, 0));
    scene.desired.objects.clear();
    expect![[r#"
        0 delete app.web Deployment default/web (changed)
          effect 2 pods stop
    "#]]
    .assert_eq(&written(&mut scene, 0));
    // What is not written stays as sensitive as it was, although nothing marks it now.
    scene.want("app.web", with(json!([{"name": "PASSWORD", "value": canary}])));
    let (plan, _) = scene.plan();
    assert!(!plan.operations[0].is_change() && plan.operations[0].sensitive_paths.len() == 1);
    assert!(!plan.operations[0].before.text().contains(canary));
}

#[test]
fn a_secret_and_a_kept_copy_are_hidden_whatever_the_state_says() {
    let canary = "Y2FuYXJ5LTNmOWE=";
    let secret = |value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "default"}, "data": {"password": value}});
    let mut scene = Scene::new();
    scene.want("secret.db", secret(canary));
    scene.settle();
    let secret_id = id(&secret(""));
    scene.edited(&secret_id, "kubectl-client-side-apply", None, |o| {
        o["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = canary.into();
        o["data"]["other"] = canary.into();
    });
    scene.recorded.resources.clear();
    scene.desired.objects.clear();
    scene.options.delete_unrecorded = true;
    let bytes = String::from_utf8(crate::file::to_bytes(&scene.plan().0).unwrap()).unwrap();
    assert!(bytes.contains("secret.db") && !bytes.contains(canary));
}

#[test]
fn places_come_back_from_their_text() {
    use crate::mask::View;
    let gvk = plimsoll_model::Gvk::new("", "v1", "ConfigMap");
    let text = vec!["data/a~1b~0c~2".to_string(), "data/*/x".to_string()];
    let mut again = View::new(&gvk, None).with(&text).places();
    again.sort();
    assert_eq!(again, ["data/*/x", "data/a~1b~0c~2"]);
}

#[test]
fn without_a_key_nothing_of_a_secret_is_in_a_plan_which_still_compares() {
    use crate::stale::{Freshness, compare, recheck};
    let secret = |value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "default"}, "data": {"password": value}});
    let mut scene = Scene::new();
    scene.want("secret.db", secret("b2xkLXNlY3JldA=="));
    scene.settle();
    scene.want("secret.db", secret("bmV3LXNlY3JldA=="));
    scene.key = None;
    let (first, _) = scene.plan();
    let op = &first.operations[0];
    assert_eq!(op.changes[0].after, crate::Side::Sensitive("known after apply".into()));
    assert_eq!(
        (op.desired_digest.as_str(), op.live_digest.as_deref()),
        ("known after apply", Some("known after apply"))
    );
    // Planned again with the key that the apply made: what was reviewed is what would be done.
    scene.key = Some([8; 32]);
    let key = crate::mask::Key::new([8; 32]);
    assert_eq!(recheck(op, scene.objects.get(&op.id), MANAGER, &key), Freshness::Moved);
    assert_eq!(compare(&first, &scene.plan().0), vec![]);
    assert!(crate::digest::fits(&op.desired_digest, &scene.desired.objects[0].root, &key));
    assert!(!crate::digest::fits("another", &scene.desired.objects[0].root, &key));
}

#[test]
fn a_plan_is_stale_when_our_fields_moved_and_not_when_others_did() {
    use crate::stale::{Freshness, compare, recheck};
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    let (plan, _) = scene.plan();
    let key = crate::mask::Key::new([7; 32]);
    let web_id = id(&deployment("web", ""));
    let fresh = |scene: &Scene| recheck(&plan.operations[0], scene.objects.get(&web_id), MANAGER, &key);
    assert_eq!(fresh(&scene), Freshness::Same);
    // Somebody writes elsewhere, as controllers do all the time.
    scene.edited(&web_id, "kube-controller-manager", Some("status"), |o| {
        o["metadata"]["resourceVersion"] = "77".into();
        o["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "4".into();
        o["status"] = json!({"replicas": 2});
    });
    assert_eq!(fresh(&scene), Freshness::Same);
    assert_eq!(compare(&plan, &scene.plan().0), vec![]);
    // Somebody edits a field of ours.
    scene.edited(&web_id, "kubectl-edit", None, |o| o["spec"]["replicas"] = 9.into());
    assert_eq!(fresh(&scene), Freshness::Moved);
    let stale = compare(&plan, &scene.plan().0);
    assert_eq!(stale[0].differences, ["spec.replicas would be changed as well"]);
    // It is gone.
    scene.objects.remove(&web_id);
    assert_eq!(fresh(&scene), Freshness::Moved);
    assert_eq!(
        compare(&plan, &scene.plan().0)[0].differences[0],
        "it was to be updated, now it would be created"
    );
}

#[test]
fn a_delete_is_stale_when_the_object_was_edited_or_taken_over() {
    use crate::stale::{Freshness, compare, recheck};
    let mut scene = web("web:1");
    scene.desired.objects.clear();
    let (plan, _) = scene.plan();
    let key = crate::mask::Key::new([7; 32]);
    let web_id = id(&deployment("web", ""));
    let fresh = |scene: &Scene| recheck(&plan.operations[0], scene.objects.get(&web_id), MANAGER, &key);
    assert_eq!(fresh(&scene), Freshness::Same);
    scene
        .edited(&web_id, "kube-controller-manager", Some("status"), |o| o["status"] = json!({"replicas": 2}));
    assert_eq!(fresh(&scene), Freshness::Same);
    scene.edited(&web_id, "kubectl-edit", None, |o| o["spec"]["replicas"] = 9.into());
    assert_eq!(fresh(&scene), Freshness::Moved);
    let stale = compare(&plan, &scene.plan().0);
    assert_eq!(stale[0].differences, ["it was changed, and would be deleted all the same"]);
    // Our manager is gone from the same object, and another one is there.
    let mut scene = web("web:1");
    scene.applied(&labelled("app.web", deployment("web", "web:1")), "helm");
    let managers = &mut scene.objects.get_mut(&web_id).unwrap()["metadata"]["managedFields"];
    managers.as_array_mut().unwrap().retain(|entry| entry["manager"] == "helm");
    assert_eq!(fresh(&scene), Freshness::Moved);
    // Nobody is there: it is known by its uid and our labels, and holds what was reviewed.
    let mut scene = web("web:1");
    scene.objects.get_mut(&web_id).unwrap()["metadata"]["managedFields"] = json!([]);
    assert_eq!(fresh(&scene), Freshness::Same);
    scene.objects.get_mut(&web_id).unwrap()["spec"]["replicas"] = 9.into();
    assert_eq!(fresh(&scene), Freshness::Moved);
}

#[test]
fn a_saved_plan_that_was_touched_is_refused() {
    use crate::file::{FileError, from_bytes, to_bytes};
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    let bytes = to_bytes(&scene.plan().0).unwrap();
    for i in (0..bytes.len()).step_by(7) {
        let mut broken = bytes.clone();
        broken[i] ^= 0x20;
        assert!(from_bytes(&broken).is_err(), "byte {i}");
    }
    for end in [0, 1, 20, 80, bytes.len() - 1] {
        assert!(from_bytes(&bytes[..end]).is_err(), "cut at {end}");
    }
    assert_eq!(from_bytes(b"PK\x03\x04"), Err(FileError::NotAPlan));
    assert_eq!(from_bytes(b"plimsoll plan 4\nx\n{}\n"), Err(FileError::Newer { found: 4 }));
}

#[test]
fn plans_of_older_formats_are_refused_by_their_number() {
    use crate::file::{FileError, from_bytes};
    let older = [
        (1, include_bytes!("../../fixtures/v1.plan").as_slice()),
        (2, include_bytes!("../../fixtures/v2.plan").as_slice()),
    ];
    assert_eq!(older.len() + 1, usize::try_from(crate::plan::FORMAT).unwrap(), "a format without a fixture");
    for (format, bytes) in older {
        assert!(bytes.starts_with(format!("plimsoll plan {format}\n").as_bytes()));
        assert_eq!(from_bytes(bytes), Err(FileError::Older { found: format }));
        // Whatever it holds: nothing of it is looked at.
        assert_eq!(from_bytes(&bytes[..40]), Err(FileError::Older { found: format }));
    }
}

/// The shape of the format: where this changes, [`crate::plan::FORMAT`] goes up, and a plan of the format before
/// goes to `fixtures`.
#[test]
fn the_shape_of_a_plan_changes_only_with_its_number() {
    fn shape(path: &str, json: &serde_json::Value, out: &mut std::collections::BTreeSet<String>) {
        // Objects of the cluster and field sets are as the API has them.
        let foreign = ["desired", "owned", "before", "after", "after_unknown", "variables"];
        if foreign.iter().any(|f| path.ends_with(&format!(".{f}"))) || path.ends_with("_sensitive") {
            out.insert(path.to_string());
            return;
        }
        match json {
            serde_json::Value::Object(map) => {
                map.iter().for_each(|(key, value)| shape(&format!("{path}.{key}"), value, out));
            }
            serde_json::Value::Array(items) => {
                items.iter().for_each(|item| shape(&format!("{path}[]"), item, out));
            }
            _ => drop(out.insert(path.to_string())),
        }
    }
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    scene.want("service.web", service("web", 80));
    scene.edge("app.web", "service.web", EdgeKind::Order);
    let plan = serde_json::to_value(scene.plan().0).unwrap();
    let mut all = std::collections::BTreeSet::new();
    shape("", &plan, &mut all);
    let text = all.into_iter().map(|path| format!("{path}\n")).collect::<String>();
    expect![[r#"
        format 3
        .header.cluster
        .header.cluster_version
        .header.configuration
        .header.created
        .header.delete_unrecorded
        .header.destroy
        .header.environment
        .header.expires
        .header.format
        .header.lineage
        .header.project
        .header.protected
        .header.sandbox
        .header.serial
        .header.target
        .header.variables
        .operations[].action
        .operations[].address
        .operations[].after
        .operations[].after_sensitive
        .operations[].after_unknown
        .operations[].before
        .operations[].before_sensitive
        .operations[].changes[].after
        .operations[].changes[].before
        .operations[].changes[].cause
        .operations[].changes[].path
        .operations[].changes[].source.line
        .operations[].changes[].source.path
        .operations[].changes[].steps[]
        .operations[].consequences[].effect.at.line
        .operations[].consequences[].effect.at.path
        .operations[].consequences[].effect.because[]
        .operations[].consequences[].effect.pods.rolling.at_once
        .operations[].consequences[].effect.pods.rolling.count
        .operations[].consequences[].effect.pods.rolling.kept
        .operations[].consequences[].effect.pods.rolling.no_gap
        .operations[].consequences[].effect.pods.rolling.ready
        .operations[].desired
        .operations[].desired_digest
        .operations[].edges[]
        .operations[].id.group
        .operations[].id.kind
        .operations[].id.name
        .operations[].id.namespace
        .operations[].id.version
        .operations[].index
        .operations[].live_digest
        .operations[].needs[].because
        .operations[].needs[].index
        .operations[].needs[].ready
        .operations[].owned
        .operations[].source.line
        .operations[].source.path
        .operations[].uid
        .operations[].verdict
        .operations[].wait
    "#]]
    .assert_eq(&format!("format {}\n{text}", crate::plan::FORMAT));
}
