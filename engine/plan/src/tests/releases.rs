//! What is declared no more and stays: `removed` with `destroy = false`.

use plimsoll_model::Released;

use super::*;

/// A web app and its service, declared no more; `from` lets go.
fn released(from: &str) -> Scene {
    let mut scene = web("web:1");
    scene.want("service.web", service("web", 80)).prevent_destroy = true;
    scene.settle();
    scene.desired.objects.clear();
    let span = Scene::span(300);
    scene.desired.released = vec![Released { from: from.parse().unwrap(), span }];
    scene
}

#[test]
fn what_is_let_go_is_not_deleted() {
    let mut scene = released("service.web");
    check(
        &mut scene,
        expect![[r#"
        0 delete app.web Deployment default/web (changed)
          effect 2 pods stop
        1 release service.web Service default/web (changed)
    "#]],
    );
    let (plan, _) = scene.plan();
    let gone = plan.operations.iter().find(|op| op.action == crate::Action::Release).unwrap();
    let after = gone.after.value();
    assert_eq!(after["metadata"].get("labels"), None, "{after}");
    assert_eq!(after["metadata"].get("annotations"), None, "{after}");
    assert_eq!(after["spec"], gone.before.value()["spec"]);
}

#[test]
fn what_destroy_takes_leaves_what_is_let_go() {
    let mut scene = released("service.web");
    scene.options.destroy = true;
    check(
        &mut scene,
        expect![[r#"
        0 delete app.web Deployment default/web (changed)
          effect 2 pods stop
        1 release service.web Service default/web (changed)
    "#]],
    );
}

#[test]
fn what_only_labels_mark_is_let_go_too() {
    let mut scene = released("service.web");
    scene.recorded.resources.clear();
    check(
        &mut scene,
        expect![[r#"
        0 release service.web Service default/web (changed)
        unrecorded: 0 delete app.web Deployment default/web (changed)
          effect 2 pods stop
    "#]],
    );
}

#[test]
fn what_is_nobodys_already_is_only_forgotten() {
    let mut scene = released("service.web");
    let id = scene.objects.keys().find(|id| id.gvk.kind == "Service").cloned().unwrap();
    let object = scene.objects.get_mut(&id).unwrap();
    *object = crate::release::without_marks(object, MANAGER);
    check(
        &mut scene,
        expect![[r#"
        0 delete app.web Deployment default/web (changed)
          effect 2 pods stop
        1 forget service.web Service default/web (changed)
    "#]],
    );
    // Without the block it is told.
    scene.desired.released.clear();
    check(
        &mut scene,
        expect![[r#"
        0 delete app.web Deployment default/web (changed)
          effect 2 pods stop
        1 forget service.web Service default/web (changed)
        Warning object-left-alone: an object is no longer ours | service.web (Service default/web) lost our field manager plimsoll:shop; it stays, and is forgotten.
    "#]],
    );
}

#[test]
fn what_was_protected_may_be_let_go() {
    let mut scene = released("service.web");
    let address = "service.web".parse().unwrap();
    scene.recorded.resources.get_mut(&address).unwrap().protected = true;
    scene.desired.released.push(Released { from: "app.web".parse().unwrap(), span: Scene::span(301) });
    check(
        &mut scene,
        expect![[r#"
        0 release app.web Deployment default/web (changed)
        1 release service.web Service default/web (changed)
    "#]],
    );
}

#[test]
fn what_nobody_manages_is_let_go_with_its_labels() {
    let mut scene = released("service.web");
    let id = scene.objects.keys().find(|id| id.gvk.kind == "Service").cloned().unwrap();
    scene.objects.get_mut(&id).unwrap()["metadata"]["managedFields"] = json!([]);
    check(
        &mut scene,
        expect![[r#"
        0 delete app.web Deployment default/web (changed)
          effect 2 pods stop
        1 release service.web Service default/web (changed)
    "#]],
    );
}

/// A definition and an object of its type, both in the cluster and declared no more.
fn widget(manager: &str) -> Scene {
    let mut scene = Scene::new();
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object"}}}]}});
    scene.want("manifest.type", definition);
    scene.settle();
    let mut object = labelled(
        "manifest.widget",
        json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "default"}}),
    );
    object["metadata"]["uid"] = "uid-w".into();
    object["metadata"]["managedFields"] = json!([{"manager": manager, "operation": "Apply",
        "apiVersion": "example.com/v1", "fieldsType": "FieldsV1", "fieldsV1": {}}]);
    scene.objects.insert(id(&object), object.clone());
    scene.record("manifest.widget", &id(&object));
    scene.desired.objects.clear();
    scene
}

fn lets_go(scene: &mut Scene, from: &str) {
    scene.desired.released.push(Released { from: from.parse().unwrap(), span: Scene::span(300) });
}

#[test]
fn a_definition_does_not_go_while_an_object_of_its_type_stays() {
    let errors = |scene: &mut Scene| {
        let (plan, _) = scene.plan();
        plan.notices.iter().filter(|n| n.error).map(|n| n.code.clone()).collect::<Vec<_>>()
    };
    let mut scene = widget(MANAGER);
    assert_eq!(errors(&mut scene), [""; 0], "both go");
    lets_go(&mut scene, "manifest.widget");
    check(
        &mut scene,
        expect![[r#"
        0 release manifest.widget Widget default/w (changed)
        1 delete manifest.type CustomResourceDefinition widgets.example.com (changed, after 0)
        Error kept-object-lost: an object that stays would go with its type | manifest.type (CustomResourceDefinition widgets.example.com) would be deleted, and the cluster deletes every object of its type with it. This plan leaves in the cluster: manifest.widget (Widget default/w).
    "#]],
    );
    lets_go(&mut scene, "manifest.type");
    assert_eq!(errors(&mut scene), [""; 0], "both stay");
    // Forgotten, because it is somebody else's now.
    let mut scene = widget("helm");
    assert_eq!(errors(&mut scene), ["kept-object-lost"]);
    scene.objects.retain(|id, _| id.gvk.kind != "Widget");
    assert_eq!(errors(&mut scene), [""; 0], "it is gone already");
}
