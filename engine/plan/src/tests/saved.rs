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
    // The argument is marked by the language, because it was made from a sensitive variable.
    fn mark(node: &mut plimsoll_model::Node, text: &str) {
        match node {
            plimsoll_model::Node::Leaf(l) => {
                l.sensitive |= l.value.as_str().is_some_and(|v| v.contains(text))
            }
            plimsoll_model::Node::List(items, _) => items.iter_mut().for_each(|n| mark(n, text)),
            plimsoll_model::Node::Map(map, _) => map.values_mut().for_each(|n| mark(n, text)),
        }
    }
    mark(&mut want.root, canary);
    let (plan, report) = scene.plan();
    expect![[r#"
        0 update secret.db Secret default/db (changed)
          Ours data.password: (sensitive) -> (sensitive)  web.hcl:12
        1 create app.web Deployment default/web (changed)
          10 fields
    "#]]
    .assert_eq(&text(&plan, &report));
    let bytes = String::from_utf8(crate::file::to_bytes(&plan).unwrap()).unwrap();
    for secret in [canary, encoded, "old-secret", "b2xkLXNlY3JldA=="] {
        assert!(!bytes.contains(secret), "{secret} is in the plan");
    }
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
    // Our manager is gone from the same object.
    let mut scene = web("web:1");
    scene.objects.get_mut(&web_id).unwrap()["metadata"]["managedFields"] = json!([]);
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
    assert_eq!(from_bytes(b"plimsoll plan 2\nx\n{}\n"), Err(FileError::Newer { found: 2 }));
}
