//! What somebody did in the cluster since the last apply, apart from what the configuration changes.

use plimsoll_model::{Leaf, Node, Origin, Span, VariableOrigin, VariableSource};
use plimsoll_schema::Path;

use super::*;
use crate::change::{Accept, Cause};
use crate::fields;

/// Where `text` stands in a file that is added to the sources.
fn written(scene: &mut Scene, file: &str, source: &str, text: &str) -> Span {
    let id = scene.sources.add(file, source);
    let start = source.find(text).unwrap();
    Span::new(id, start, start + text.len())
}

/// The leaf at `path` of a node tree.
fn leaf<'n>(node: &'n mut Node, path: &[&str]) -> &'n mut Leaf {
    let at = path.iter().fold(node, |node, step| match node {
        Node::Map(map, _) => map.get_mut(*step).unwrap(),
        _ => panic!("no map at {step}"),
    });
    match at {
        Node::Leaf(leaf) => leaf,
        _ => panic!("no leaf"),
    }
}

fn edit_replicas(scene: &mut Scene, number: i64) {
    let web = id(&deployment("web", ""));
    scene.edited(&web, "kubectl-edit", None, |o| o["spec"]["replicas"] = number.into());
}

#[test]
fn an_edit_beside_a_change_of_the_configuration_is_told_with_who_made_it() {
    let mut scene = web("web:1");
    edit_replicas(&mut scene, 7);
    let (plan, _) = scene.plan();
    assert!(plan.operations[0].is_drift_alone());
    scene.want("app.web", deployment("web", "web:2"));
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (changed, force)
              Ours spec.replicas: 7 -> 2  web.hcl:23  set by kubectl-edit Update
              Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:26
              effect 2 pods replaced one at a time, no gap; 5 fewer at the end: image, web.hcl:26
        "#]],
    );
    let (plan, _) = scene.plan();
    assert!(!plan.operations[0].is_drift_alone());
}

#[test]
fn a_change_of_the_configuration_is_no_drift() {
    let mut scene = web("web:1");
    let mut object = deployment("web", "web:1");
    object["spec"]["replicas"] = 5.into();
    scene.want("app.web", object);
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (changed)
              Ours spec.replicas: 2 -> 5  web.hcl:23
              effect 3 pods start: replicas, web.hcl:23
        "#]],
    );
}

#[test]
fn a_field_that_was_never_ours_is_no_drift_of_it() {
    let mut scene = web("web:1");
    let web = id(&deployment("web", ""));
    scene.edited(&web, "kubectl-edit", None, |o| o["spec"]["minReadySeconds"] = 3.into());
    let mut object = deployment("web", "web:1");
    object["spec"]["minReadySeconds"] = 5.into();
    scene.want("app.web", object);
    let (plan, _) = scene.plan();
    let [change] = plan.operations[0].changes.as_slice() else { panic!("{:?}", plan.operations[0].changes) };
    assert_eq!(
        (change.path.as_str(), change.cause, change.set_by.as_ref().map(|o| o.manager.as_str())),
        ("spec.minReadySeconds", Cause::Ours, Some("kubectl-edit"))
    );
    assert_eq!(change.accept, None);
}

#[test]
fn what_was_deleted_is_made_again_and_told() {
    let mut scene = web("web:1");
    scene.objects.clear();
    check(
        &mut scene,
        expect![[r#"
            0 create app.web Deployment default/web (changed)
              vanished
              9 fields
              effect 2 pods start
        "#]],
    );
    let (plan, _) = scene.plan();
    assert!(plan.operations[0].is_drift_alone());
}

#[test]
fn a_field_that_was_removed_has_drifted_though_nobody_is_named() {
    let mut scene = web("web:1");
    scene.edited(&id(&deployment("web", "")), "kubectl-edit", None, |o| {
        let web = &mut o["spec"]["template"]["spec"]["containers"][0];
        web["resources"]["requests"].as_object_mut().unwrap().remove("cpu");
    });
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (changed)
              Drift spec.template.spec.containers[name=web].resources.requests.cpu: - -> "100m"  web.hcl:14
                stays with Made { at: Location { path: "web.hcl", line: 14 } }
              effect 2 pods replaced one at a time, no gap: resources, web.hcl:14
        "#]],
    );
}

#[test]
fn the_edit_of_a_literal_that_would_accept_it_is_told() {
    let mut scene = web("web:1");
    let span = written(&mut scene, "app.hcl", "app \"web\" {\n  replicas = 2\n}\n", "2");
    let want = scene.want("app.web", deployment("web", "web:1"));
    leaf(&mut want.root, &["spec", "replicas"]).origin = Origin::at(span);
    edit_replicas(&mut scene, 7);
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (changed, force)
              Drift spec.replicas: 7 -> 2  app.hcl:2  set by kubectl-edit Update
                stays with Edit { at: Location { path: "app.hcl", line: 2 }, line: "replicas = 2", becomes: Some("replicas = 7"), also: 0 }
              effect 5 pods stop: replicas, app.hcl:2
        "#]],
    );
}

#[test]
fn a_value_from_a_variable_names_it_with_the_line_that_sets_it() {
    let mut scene = web("web:1");
    let span = written(&mut scene, "prod.hcl", "replicas = 2\n", "2");
    let variable = VariableOrigin { name: "replicas".into(), source: VariableSource::File(span) };
    let at = written(&mut scene, "app.hcl", "app \"web\" {\n  replicas = var.replicas\n}\n", "var.replicas");
    let want = scene.want("app.web", deployment("web", "web:1"));
    leaf(&mut want.root, &["spec", "replicas"]).origin = Origin::new(Some(at), vec![variable.clone()]);
    // The same variable decides something else.
    leaf(&mut want.root, &["metadata", "name"]).origin = Origin::new(Some(at), vec![variable]);
    edit_replicas(&mut scene, 7);
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (changed, force)
              Drift spec.replicas: 7 -> 2  prod.hcl:1 (var.replicas)  set by kubectl-edit Update
                stays with Edit { at: Location { path: "prod.hcl", line: 1 }, line: "replicas = 2", becomes: Some("replicas = 7"), also: 1 }
              effect 5 pods stop: replicas, prod.hcl:1
        "#]],
    );
    let want = &scene.desired.objects[0];
    assert!(fields::variables_at(&want.root, &Path::fields(["spec", "selector"])).is_empty());
}

/// What is said of how the replicas of an app may stay, where they are written as `text` in `source`.
fn advice(source: &str, text: &str, secret: Option<&str>, edit: impl FnOnce(&mut Scene)) -> Accept {
    let mut scene = web("web:1");
    let span = written(&mut scene, "app.hcl", source, text);
    let want = scene.want("app.web", deployment("web", "web:1"));
    leaf(&mut want.root, &["spec", "replicas"]).origin = Origin::at(span);
    if let Some(secret) = secret {
        let key = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": "default"},
            "stringData": {"key": secret}});
        scene.want("secret.key", key);
    }
    edit(&mut scene);
    let (plan, _) = scene.plan();
    let web = plan.operations.iter().find(|op| op.id.gvk.kind == "Deployment").unwrap();
    web.changes.iter().find_map(|change| change.accept.clone()).unwrap()
}

#[test]
fn what_stands_beside_a_literal_is_never_told() {
    let source = "values = { replicas = 2, db_password = \"hunter2\" } # hunter2\n";
    let told = advice(source, "2", None, |scene| edit_replicas(scene, 7));
    let Accept::Edit { line, becomes, .. } = told else { panic!("{told:?}") };
    assert_eq!((line.as_str(), becomes.as_deref()), ("replicas = 2", Some("replicas = 7")));
    let told = advice("hunter2 = 2\n", " 2", Some("hunter2"), |scene| edit_replicas(scene, 7));
    assert!(matches!(told, Accept::Made { .. }), "{told:?}");
}

#[test]
fn only_a_line_that_holds_nothing_else_may_go() {
    let mut object = deployment("web", "web:1");
    object["spec"]["minReadySeconds"] = 5.into();
    let told = |source: &str, variable: bool| {
        let mut scene = Scene::new();
        scene.want("app.web", object.clone());
        scene.settle();
        let span = written(&mut scene, "app.hcl", source, "5");
        let origin = match variable {
            false => Origin::at(span),
            true => {
                let at = written(&mut scene, "main.hcl", "x = var.wait", "var.wait");
                let source = VariableSource::File(span);
                Origin::new(Some(at), vec![VariableOrigin { name: "wait".into(), source }])
            }
        };
        leaf(&mut scene.desired.objects[0].root, &["spec", "minReadySeconds"]).origin = origin;
        scene.edited(&id(&object), "kubectl-edit", None, |o| {
            o["spec"].as_object_mut().unwrap().remove("minReadySeconds");
        });
        let (plan, _) = scene.plan();
        plan.operations[0].changes.iter().find_map(|change| change.accept.clone()).unwrap()
    };
    let goes = told("  wait = 5 # long\n", false);
    assert!(matches!(&goes, Accept::Edit { line, becomes: None, .. } if line == "wait = 5"), "{goes:?}");
    for (source, variable) in
        [("spec { wait = 5 }", false), ("a = { b = 1, wait = 5 }", false), ("wait = 5", true)]
    {
        let made = told(source, variable);
        assert!(matches!(made, Accept::Made { .. }), "{source}: {made:?}");
    }
}

#[test]
fn an_expression_that_makes_more_of_a_variable_is_not_edited_through_it() {
    let told = |expression: &str| {
        let mut scene = web("web:1");
        let span = written(&mut scene, "prod.hcl", "replicas = 2\n", "2");
        let variable = VariableOrigin { name: "replicas".into(), source: VariableSource::File(span) };
        let at = written(&mut scene, "app.hcl", expression, expression);
        let want = scene.want("app.web", deployment("web", "web:1"));
        leaf(&mut want.root, &["spec", "replicas"]).origin = Origin::new(Some(at), vec![variable]);
        edit_replicas(&mut scene, 7);
        let (plan, _) = scene.plan();
        plan.operations[0].changes.iter().find_map(|change| change.accept.clone()).unwrap()
    };
    assert!(matches!(told("var.replicas"), Accept::Edit { .. }));
    for expression in ["min(2, var.replicas)", "\"${var.replicas}\"", "var.replicas + 0"] {
        assert!(matches!(told(expression), Accept::Made { .. }), "{expression}");
    }
}

#[test]
fn a_default_is_told_from_what_a_webhook_adds() {
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    let (plan, _) = scene.plan();
    assert_eq!(plan.operations[0].server_changes().count(), 0);
    let mut answer = scene.objects[&id(&deployment("web", ""))].clone();
    answer["spec"]["template"]["spec"]["containers"][0]["image"] = "web:2".into();
    answer["spec"]["template"]["spec"]["hostNetwork"] = true.into();
    scene.script.push_back(Answer::Applied { status: 200, object: answer });
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (changed)
              Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:26
              Webhook spec.template.spec.hostNetwork: - -> true
              effect 2 pods replaced one at a time, no gap: image, web.hcl:26
        "#]],
    );
}
