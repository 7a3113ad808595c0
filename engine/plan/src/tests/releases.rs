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
