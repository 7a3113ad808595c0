//! What somebody else made and the configuration takes over.

use super::*;

/// A web app that somebody else made, with another image, and that the configuration imports.
fn theirs(manager: &str) -> Scene {
    let mut scene = Scene::new();
    let mut object = labelled("app.web", deployment("web", "web:1"));
    scene.want("app.web", object.clone());
    for map in ["labels", "annotations"] {
        object["metadata"].as_object_mut().unwrap().remove(map);
    }
    object["spec"]["template"]["spec"]["containers"][0]["image"] = "web:0".into();
    scene.applied(&object, manager);
    scene
}

fn import(scene: &mut Scene) {
    let span = scene.desired.objects[0].span;
    scene.desired.imports.insert("app.web".parse().unwrap(), span);
}

#[test]
fn an_object_of_somebody_else_is_refused_with_the_block_to_write() {
    let mut scene = theirs("helm");
    let (_, report) = scene.plan();
    expect![[r#"
        to take it over:
        import {
          to = app.web
          id = "web"
        }
        else give the block another `name`"#]]
    .assert_eq(report.items()[0].help.as_deref().unwrap());
}

#[test]
fn an_imported_object_is_taken_over_with_what_changes_and_who_managed_it() {
    let mut scene = theirs("helm");
    import(&mut scene);
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (changed, force)
              Ours metadata.annotations.plimsoll.dev/address: - -> "app.web"  web.hcl:4
              Ours metadata.labels.plimsoll.dev/environment: - -> "dev"  web.hcl:5
              Ours metadata.labels.plimsoll.dev/project: - -> "shop"  web.hcl:6
              Ours spec.template.spec.containers[name=web].image: "web:0" -> "web:1"  web.hcl:12  set by helm Apply
              ownership of spec.replicas, spec.selector, spec.template.metadata.labels.app, spec.template.spec.containers[name=web].name, spec.template.spec.containers[name=web].resources.requests.cpu
              effect 2 pods replaced one at a time, no gap: image, web.hcl:12
              Adopted(["helm (Apply)"])
        "#]],
    );
}

#[test]
fn an_import_without_an_object_is_told_and_one_that_is_done_says_nothing() {
    let mut scene = Scene::new();
    scene.want("app.web", deployment("web", "web:1"));
    import(&mut scene);
    check(
        &mut scene,
        expect![[r#"
            0 create app.web Deployment default/web (changed)
              9 fields
              effect 2 pods start
            Warning import-nothing: there is nothing to take over | Deployment default/web is not in the cluster: app.web will be created.
        "#]],
    );
    scene.settle();
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
    "#]],
    );
}

#[test]
fn what_is_another_environments_is_not_taken_over() {
    let mut scene = theirs("plimsoll:shop");
    import(&mut scene);
    let key = scene.objects.keys().next().unwrap().clone();
    let labels = json!({"plimsoll.dev/project": "shop", "plimsoll.dev/environment": "prod"});
    scene.objects.get_mut(&key).unwrap()["metadata"]["labels"] = labels;
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error object-exists: an object of that name exists and is not ours | app.web: Deployment default/web is in the cluster already, and this configuration did not make it. It belongs to environment "prod" of project "shop".
    "#]],
    );
}

#[test]
fn what_a_controller_looks_after_is_not_taken_over() {
    let mut scene = theirs("operator");
    import(&mut scene);
    let key = scene.objects.keys().next().unwrap().clone();
    let owner =
        json!([{"apiVersion": "x.io/v1", "kind": "Shop", "name": "s", "uid": "u", "controller": true}]);
    scene.objects.get_mut(&key).unwrap()["metadata"]["ownerReferences"] = owner;
    let (plan, report) = scene.plan();
    assert!(plan.errored() && report.items()[0].code == "object-exists");
    assert!(report.items()[0].help.as_deref().unwrap().contains("a controller made it"));
}

#[test]
fn what_is_taken_over_is_not_replaced() {
    let mut scene = theirs("helm");
    import(&mut scene);
    let key = scene.objects.keys().next().unwrap().clone();
    scene.objects.get_mut(&key).unwrap()["spec"]["selector"]["matchLabels"]["tier"] = "front".into();
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error immutable-field: a field that cannot change would change | app.web (Deployment default/web): spec.selector cannot change once it is set. Field is immutable. The object would be deleted and made again. Somebody else made it: it is taken over as it is.
    "#]],
    );
}
