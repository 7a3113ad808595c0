//! Rules of the configuration about fields that others set, and about what others add.

use plimsoll_model::{ConflictPolicy, ConflictRule, Drift};

use super::*;

const IMAGE: &str = "spec.template.spec.containers[name=web].image";

fn rule(manager: &str, path: &str, policy: ConflictPolicy) -> ConflictRule {
    ConflictRule {
        manager: manager.into(),
        subresource: None,
        path: path.into(),
        policy,
        span: Scene::span(400),
    }
}

/// An app whose image a controller applied over ours, and rules about that.
fn contested(rules: Vec<ConflictRule>) -> Scene {
    let mut scene = web("web:1");
    scene.desired.objects[0].conflicts = rules;
    let image = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": "theirs:9"}]}}}});
    scene.applied(&image, "image-updater");
    scene
}

#[test]
fn force_takes_a_controllers_field() {
    check(
        &mut contested(vec![rule("image-*", IMAGE, ConflictPolicy::Force)]),
        expect![[r#"
        0 update app.web Deployment default/web (changed, force)
          Drift spec.template.spec.containers[name=web].image: "theirs:9" -> "web:1"  web.hcl:12  set by image-updater Apply
            stays with Made { at: Location { path: "web.hcl", line: 12 } }
          effect 2 pods replaced one at a time, no gap: image, web.hcl:12
    "#]],
    );
}

#[test]
fn yield_leaves_the_field_to_its_manager_and_the_plan_is_empty() {
    let mut scene = contested(vec![rule("image-updater", "spec.template", ConflictPolicy::Yield)]);
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          left spec.template.spec.containers[name=web].image: "theirs:9" stays, "web:1" waits (left to it, web.hcl:400)
    "#]],
    );
    // What else changes is planned without it.
    let mut object = deployment("web", "web:1");
    object["spec"]["replicas"] = 3.into();
    let conflicts = scene.desired.objects[0].conflicts.clone();
    scene.want("app.web", object).conflicts = conflicts;
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          Ours spec.replicas: 2 -> 3  web.hcl:23
          left spec.template.spec.containers[name=web].image: "theirs:9" stays, "web:1" waits (left to it, web.hcl:400)
          effect 1 pod starts: replicas, web.hcl:23
    "#]],
    );
}

#[test]
fn match_applies_their_value_with_ours_and_the_next_plan_is_empty() {
    let mut scene = contested(vec![rule("image-updater", IMAGE, ConflictPolicy::Match)]);
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          ownership of spec.template.spec.containers[name=web].image
          shared spec.template.spec.containers[name=web].image: "theirs:9" stays, "web:1" waits (its value is taken over, web.hcl:400)
          effect no restart
    "#]],
    );
    // What an apply of that makes.
    let shared = labelled("app.web", deployment("web", "theirs:9"));
    scene.applied(&shared, MANAGER);
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          shared spec.template.spec.containers[name=web].image: "theirs:9" stays, "web:1" waits (its value is taken over, web.hcl:400)
    "#]],
    );
    let (plan, _) = scene.plan();
    assert!(!plan.has_changes());
}

#[test]
fn the_first_rule_that_fits_holds_and_a_subresource_narrows_it() {
    let mut scene = web("web:1");
    let scale = |policy| ConflictRule {
        subresource: Some("scale".into()),
        ..rule("kubectl*", "spec.replicas", policy)
    };
    scene.desired.objects[0].conflicts =
        vec![scale(ConflictPolicy::Yield), rule("*", "spec", ConflictPolicy::Force)];
    let web = id(&deployment("web", ""));
    scene.edited(&web, "kubectl", Some("scale"), |o| o["spec"]["replicas"] = 7.into());
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          left spec.replicas: 7 stays, 2 waits (left to it, web.hcl:400)
    "#]],
    );
    // The same person with another command.
    scene.edited(&web, "kubectl-edit", None, |o| o["spec"]["replicas"] = 8.into());
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed, force)
          Drift spec.replicas: 8 -> 2  web.hcl:9  set by kubectl-edit Update
            stays with Made { at: Location { path: "web.hcl", line: 9 } }
          effect 6 pods stop: replicas, web.hcl:9
    "#]],
    );
}

#[test]
fn a_refusal_prints_the_rule_to_write() {
    let mut scene = contested(vec![rule("somebody-else", IMAGE, ConflictPolicy::Force)]);
    let (_, report) = scene.plan();
    let help = report.items()[0].help.clone().unwrap();
    expect![[r#"
        let image-updater give the field up, or leave it out here; or decide it in app.web:
        lifecycle {
          conflict "image-updater" {
            path = "spec.template.spec.containers[name=web].image"
            policy = "force"
          }
        }
        force sets what stands here, yield leaves the field to it, match takes its value over"#]]
    .assert_eq(&help);
}

#[test]
fn what_others_added_is_counted_where_it_is_ignored() {
    let mut scene = web("web:1");
    scene.edited(&id(&deployment("web", "")), "kubectl-edit", None, |o| {
        o["metadata"]["annotations"]["example.com/note"] = "mine".into();
    });
    let (plan, _) = scene.plan();
    assert!(plan.has_additions());
    scene.desired.objects[0].drift = Drift::Ignore;
    let (plan, _) = scene.plan();
    assert!(!plan.has_additions() && plan.operations[0].hidden == 1);
    let mut changed = deployment("web", "web:2");
    changed["spec"]["replicas"] = 2.into();
    scene.want("app.web", changed).drift = Drift::Ignore;
    let (plan, _) = scene.plan();
    assert!(!plan.has_additions() && plan.operations[0].hidden == 1 && plan.has_changes());
}

fn note_and_debug(scene: &mut Scene) {
    scene.edited(&id(&deployment("web", "")), "kubectl-edit", None, |o| {
        o["metadata"]["annotations"]["example.com/note"] = "mine".into();
        o["spec"]["revisionHistoryLimit"] = 3.into();
        let list = o["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap();
        list.insert(0, json!({"name": "debug", "image": "debug:1"}));
    });
}

#[test]
fn what_others_added_is_taken_out_where_the_configuration_says_so() {
    let mut scene = web("web:1");
    scene.desired.objects[0].drift = Drift::Revert;
    let before = scene.objects.clone();
    note_and_debug(&mut scene);
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          Drift metadata.annotations.example.com/note: "mine" -> -  set by kubectl-edit Update
          Drift spec.revisionHistoryLimit: 3 -> 10  set by kubectl-edit Update
          Drift spec.template.spec.containers[name=debug].image: "debug:1" -> -  set by kubectl-edit Update
          Drift spec.template.spec.containers[name=debug].imagePullPolicy: "IfNotPresent" -> -  set by kubectl-edit Update
          Drift spec.template.spec.containers[name=debug].name: "debug" -> -  set by kubectl-edit Update
          Drift spec.template.spec.containers[name=debug].resources: {} -> -  set by kubectl-edit Update
          Drift spec.template.spec.containers[name=debug].terminationMessagePath: "/dev/termination-log" -> -  set by kubectl-edit Update
          Drift spec.template.spec.containers[name=debug].terminationMessagePolicy: "File" -> -  set by kubectl-edit Update
          without metadata.annotations[example.com/note], spec.revisionHistoryLimit, spec.template.spec.containers[name=debug]
          effect 2 pods replaced one at a time, no gap: image, image_pull_policy and 4 more, web.hcl:1
    "#]],
    );
    // The lists are those of what stands around a change.
    let asked: Vec<_> = scene.asked.iter().filter(|q| !q.starts_with("list ")).collect();
    assert_eq!(asked, ["dry-run a patch of Deployment default/web as plimsoll:shop"]);
    let (plan, _) = scene.plan();
    let op = &plan.operations[0];
    assert!(op.is_drift_alone() && !op.is_applied() && !plan.has_additions());
    // Afterwards it is what it was, and what the server filled in is nobody's addition.
    let strip = |object: &serde_json::Value| crate::mask::trimmed(object);
    let web = id(&deployment("web", ""));
    assert_eq!(op.after.value()["spec"], strip(&before[&web])["spec"]);
    scene.edited(&web, MANAGER, None, |o| {
        o["metadata"]["annotations"].as_object_mut().unwrap().remove("example.com/note");
        o["spec"]["revisionHistoryLimit"] = 10.into();
        o["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap().remove(0);
    });
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
    "#]],
    );
}

#[test]
fn what_a_plan_takes_out_is_found_again_whatever_its_name_looks_like() {
    let mut scene = web("web:1");
    scene.desired.objects[0].drift = Drift::Revert;
    let web = id(&deployment("web", ""));
    let before = scene.objects[&web]["spec"]["template"]["spec"].clone();
    scene.edited(&web, "kubectl-edit", None, |o| {
        let pod = &mut o["spec"]["template"]["spec"];
        pod["volumes"] = json!([{"name": "123", "emptyDir": {}}]);
        let containers = pod["containers"].as_array_mut().unwrap();
        containers[0]["env"] = json!([{"name": "true", "value": "x"}, {"name": "A,B", "value": "y"}]);
        containers.push(json!({"name": "1e3", "image": "debug:1"}));
    });
    let (plan, report) = scene.plan();
    let reverts = &plan.operations[0].reverts;
    assert!(!reverts.is_empty(), "{report:?}");
    let paths: Vec<_> = reverts.iter().map(|path| plimsoll_schema::parse_path(path)).collect();
    let live = &scene.objects[&web];
    let patch = crate::revert::patch(live, &paths);
    assert_eq!(patch.as_array().unwrap().len(), 2 * paths.len() + 1, "{reverts:?} {patch}");
    let after = plan.operations[0].after.value();
    let pod = &after["spec"]["template"]["spec"];
    assert_eq!((&pod["containers"], &pod["volumes"]), (&before["containers"], &before["volumes"]));
}

#[test]
fn what_is_taken_out_stands_beside_what_the_configuration_changes() {
    let mut scene = web("web:1");
    note_and_debug(&mut scene);
    scene.want("app.web", deployment("web", "web:2")).drift = Drift::Revert;
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          Drift metadata.annotations.example.com/note: "mine" -> -  set by kubectl-edit Update
          Drift spec.revisionHistoryLimit: 3 -> 10  set by kubectl-edit Update
          Drift spec.template.spec.containers[name=debug].image: "debug:1" -> -  set by kubectl-edit Update
          Drift spec.template.spec.containers[name=debug].imagePullPolicy: "IfNotPresent" -> -  set by kubectl-edit Update
          Drift spec.template.spec.containers[name=debug].name: "debug" -> -  set by kubectl-edit Update
          Drift spec.template.spec.containers[name=debug].resources: {} -> -  set by kubectl-edit Update
          Drift spec.template.spec.containers[name=debug].terminationMessagePath: "/dev/termination-log" -> -  set by kubectl-edit Update
          Drift spec.template.spec.containers[name=debug].terminationMessagePolicy: "File" -> -  set by kubectl-edit Update
          Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:26
          applied, then without metadata.annotations[example.com/note], spec.revisionHistoryLimit, spec.template.spec.containers[name=debug]
          effect 2 pods replaced one at a time, no gap: image, image_pull_policy and 4 more, web.hcl:26
    "#]],
    );
    let (plan, _) = scene.plan();
    let containers = &plan.operations[0].after.value()["spec"]["template"]["spec"]["containers"];
    assert_eq!((containers.as_array().unwrap().len(), &containers[0]["image"]), (1, &json!("web:2")));
}

#[test]
fn what_the_cluster_does_not_give_up_is_told() {
    let mut scene = web("web:1");
    scene.desired.objects[0].drift = Drift::Revert;
    note_and_debug(&mut scene);
    let refused = Answer::Refused(Refusal {
        status: 422,
        reason: "Invalid".into(),
        message: "field is immutable".into(),
        causes: Vec::new(),
    });
    // A write of somebody else in between is refused as well: only what is refused of the object as it is now is told.
    let live = scene.objects.values().next().cloned();
    let looks = [refused.clone(), Answer::Found(live.clone()), refused.clone(), Answer::Found(live), refused];
    scene.script.extend(looks);
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error revert-refused: what others added cannot be taken out | app.web (Deployment default/web): without metadata.annotations.example.com/note, spec.revisionHistoryLimit, spec.template.spec.containers[name=debug] the cluster refuses it: field is immutable
    "#]],
    );
}
