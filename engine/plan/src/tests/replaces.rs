//! What cannot change in place: replaced, or refused.

use super::*;

/// A web app whose selector changes.
fn selector() -> Scene {
    let mut scene = web("web:1");
    let mut object = deployment("web", "web:1");
    object["spec"]["selector"]["matchLabels"]["tier"] = "front".into();
    object["spec"]["template"]["metadata"]["labels"]["tier"] = "front".into();
    scene.want("app.web", object);
    scene
}

/// A set whose governing service changes.
fn service_name() -> Scene {
    let mut scene = Scene::new();
    scene.want("app.db", stateful_set("db", 1));
    scene.settle();
    let mut object = stateful_set("db", 1);
    object["spec"]["serviceName"] = "other".into();
    scene.want("app.db", object);
    scene
}

#[test]
fn an_object_whose_field_cannot_change_is_replaced() {
    let mut scene = selector();
    check(
        &mut scene,
        expect![[r#"
            0 replace app.web Deployment default/web (changed)
              Ours spec.selector.matchLabels.tier: - -> "front"  web.hcl:25
              Ours spec.template.metadata.labels.tier: - -> "front"  web.hcl:27
              effect replaced: 2 pods stop, then 2 start; down until ready: selector, labels, web.hcl:25
        "#]],
    );
    assert_eq!(scene.asked[0], "dry-run Deployment default/plimsoll-try-18555bd6 as plimsoll:shop");
}

#[test]
fn without_dry_runs_the_new_object_is_predicted() {
    let mut scene = selector();
    scene.options.probe = false;
    check(
        &mut scene,
        expect![[r#"
            0 replace app.web Deployment default/web (not verified: planned without a dry run)
              Ours spec.selector.matchLabels.tier: - -> "front"  web.hcl:25
              Ours spec.template.metadata.labels.tier: - -> "front"  web.hcl:27
              effect replaced: 2 pods stop, then 2 start; down until ready: selector, labels, web.hcl:25
        "#]],
    );
}

#[test]
fn a_set_is_replaced_only_by_its_address() {
    let mut scene = service_name();
    check(
        &mut scene,
        expect![[r#"
        0 none app.db StatefulSet default/db (not verified: an error was found)
        Error replace-not-allowed: a replacement has to be allowed by its address | app.db (StatefulSet default/db): spec.serviceName cannot change once it is set. Updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden. The object would be deleted and made again. All of its pods stop before the new ones come; its claims stay.
    "#]],
    );
    scene.options.allow_replace.insert("app.db".parse().unwrap());
    check(
        &mut scene,
        expect![[r#"
            0 replace app.db StatefulSet default/db (changed)
              Ours spec.serviceName: "db-headless" -> "other"  web.hcl:34
              effect replaced: 1 pod stops, then 1 starts; down until ready: service_name, web.hcl:34
        "#]],
    );
    scene.options.allow_replace.insert("app.other".parse().unwrap());
    check(
        &mut scene,
        expect![[r#"
            0 replace app.db StatefulSet default/db (changed)
              Ours spec.serviceName: "db-headless" -> "other"  web.hcl:34
              effect replaced: 1 pod stops, then 1 starts; down until ready: service_name, web.hcl:34
            Error address-not-declared: an address names nothing that is declared | -allow-replace app.other: the configuration declares no object of that address.
        "#]],
    );
}

#[test]
fn claims_that_go_with_their_set_are_told_when_it_is_replaced() {
    let set = |service: &str| {
        let mut object = stateful_set("db", 2);
        object["spec"]["serviceName"] = service.into();
        object["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] = "Delete".into();
        object
    };
    let mut scene = Scene::new();
    scene.want("app.db", set("one"));
    scene.settle();
    scene.want("app.db", set("two"));
    scene.options.allow_replace.insert("app.db".parse().unwrap());
    check(
        &mut scene,
        expect![[r#"
            0 replace app.db StatefulSet default/db (changed)
              Ours spec.serviceName: "one" -> "two"  web.hcl:34
              effect replaced: 2 pods stop, then 2 start; down until ready: service_name, web.hcl:34
              ClaimLost("disk-db-0")
              ClaimLost("disk-db-1")
            Warning claims-lost: claims will be deleted with their data | app.db (StatefulSet default/db) lets its claims go: disk-db-0, disk-db-1.
        "#]],
    );
}

#[test]
fn what_is_protected_or_holds_data_is_not_replaced() {
    let mut scene = selector();
    scene.desired.objects[0].prevent_destroy = true;
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error prevent-destroy: a protected object would be deleted | app.web (Deployment default/web) has lifecycle { prevent_destroy = true }, and spec.selector cannot change without replacing it.
    "#]],
    );
    let mut scene = Scene::new();
    let claim = |class: &str| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data", "namespace": "default"},
            "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class,
                "resources": {"requests": {"storage": "1Gi"}}}})
    };
    scene.want("volume.data", claim("slow"));
    scene.settle();
    scene.want("volume.data", claim("fast"));
    scene.options.allow_replace.insert("volume.data".parse().unwrap());
    check(
        &mut scene,
        expect![[r#"
        0 none volume.data PersistentVolumeClaim default/data (not verified: an error was found)
        Error immutable-field: a field that cannot change would change | volume.data (PersistentVolumeClaim default/data): spec.storageClassName cannot change once it is set. Spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims. The object would be deleted and made again. Its data would be gone, and it would stay until the last pod that uses it has ended.
    "#]],
    );
}

#[test]
fn a_refusal_about_an_immutable_field_is_understood() {
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    scene.script.push_back(Answer::Refused(Refusal {
        status: 422,
        reason: "Invalid".into(),
        message: "Deployment.apps \"web\" is invalid: spec.strange: Invalid value: field is immutable".into(),
        causes: vec![],
    }));
    check(
        &mut scene,
        expect![[r#"
            0 replace app.web Deployment default/web (changed)
              Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:26
              effect replaced: 2 pods stop, then 2 start; down until ready: image, web.hcl:26
        "#]],
    );
}

#[test]
fn what_the_server_does_not_want_of_the_new_object_is_told_before_the_old_one_goes() {
    let mut scene = selector();
    scene.script.push_back(Answer::Refused(Refusal {
        status: 422,
        reason: "Invalid".into(),
        message: "Deployment.apps \"plimsoll-try-18555bd6\" is invalid: spec.strange: Required value".into(),
        causes: vec![],
    }));
    check(
        &mut scene,
        expect![[r#"
            0 none app.web Deployment default/web (not verified: an error was found)
            Error refused-by-cluster: the cluster refuses an object | app.web (Deployment default/web): Deployment.apps "web" is invalid: spec.strange: Required value
        "#]],
    );
    // Somebody's rules about what may be made are meant for the new object as well.
    scene.script.push_back(Answer::Refused(Refusal {
        status: 403,
        reason: "Forbidden".into(),
        message: "admission webhook \"kyverno\" denied the request: no".into(),
        causes: vec![],
    }));
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error forbidden-by-cluster: the cluster does not allow this object | app.web (Deployment default/web): admission webhook "kyverno" denied the request: no
    "#]],
    );
    // What it cannot say beside the old one, it is not held to.
    scene.script.push_back(Answer::Refused(Refusal {
        status: 403,
        reason: "Forbidden".into(),
        message: "exceeded quota: q, requested: count/deployments.apps=1".into(),
        causes: vec![],
    }));
    check(
        &mut scene,
        expect![[r#"
            0 replace app.web Deployment default/web (not verified: it cannot be tried while the old one is there)
              Ours spec.selector.matchLabels.tier: - -> "front"  web.hcl:25
              Ours spec.template.metadata.labels.tier: - -> "front"  web.hcl:27
              effect replaced: 2 pods stop, then 2 start; down until ready: selector, labels, web.hcl:25
        "#]],
    );
}
