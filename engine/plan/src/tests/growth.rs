//! Claims that grow with their StatefulSet.

use std::collections::VecDeque;

use plimsoll_model::{Gvk, Ignored, ObjectId};
use serde_json::Value as Json;

use super::*;

/// A set of two pods with a claim each of 1Gi, of which one grew already, and a third one of before.
fn grown_to(size: &str) -> Scene {
    let mut scene = Scene::new();
    scene.want("app.db", stateful_set("db", 2));
    scene.settle();
    for (i, size) in ["1Gi", "5Gi", "1Gi"].into_iter().enumerate() {
        claim(&mut scene, &format!("disk-db-{i}"), size, "elastic");
    }
    // Another set's, by its name.
    claim(&mut scene, "disk-db-x-0", "1Gi", "elastic");
    class(&mut scene, "elastic", true);
    scene.want("app.db", sized(size));
    scene
}

fn sized(size: &str) -> Json {
    let mut object = stateful_set("db", 2);
    object["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] = size.into();
    object
}

fn claim(scene: &mut Scene, name: &str, size: &str, class: &str) {
    let claim = labelled(
        "app.db",
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "default"},
            "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class,
                "resources": {"requests": {"storage": size}}}}),
    );
    scene.applied(&claim, "kube-controller-manager");
    scene.objects.get_mut(&id(&claim)).unwrap()["status"]["phase"] = "Bound".into();
}

fn class(scene: &mut Scene, name: &str, grows: bool) {
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name},
        "provisioner": "example.com/disks", "allowVolumeExpansion": grows});
    scene.applied(&class, "admin");
}

#[test]
fn claims_grow_and_the_set_is_made_anew_around_its_pods() {
    let mut scene = grown_to("2Gi");
    check(
        &mut scene,
        expect![[r#"
        0 replace app.db StatefulSet default/db (changed)
          Ours spec.volumeClaimTemplates[0].spec.resources.requests.storage: "1Gi" -> "2Gi"  web.hcl:42
          pods stay
          grows disk-db-0: 1Gi -> 2Gi
          grows disk-db-2: 1Gi -> 2Gi
          effect no restart
    "#]],
    );
    let asked = [
        "list PersistentVolumeClaim in default",
        "list StorageClass",
        "dry-run a patch of PersistentVolumeClaim default/disk-db-0 as plimsoll:shop",
        "dry-run a patch of PersistentVolumeClaim default/disk-db-2 as plimsoll:shop",
    ];
    assert_eq!(scene.asked[..4], asked);
}

#[test]
fn with_another_reason_it_is_a_replacement_like_any_other() {
    let mut scene = grown_to("2Gi");
    let mut object = sized("2Gi");
    object["spec"]["serviceName"] = "other".into();
    scene.want("app.db", object);
    check(
        &mut scene,
        expect![[r#"
        0 none app.db StatefulSet default/db (not verified: an error was found)
        Error replace-not-allowed: a replacement has to be allowed by its address | app.db (StatefulSet default/db): spec.serviceName, spec.volumeClaimTemplates cannot change once they are set. Updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden. The object would be deleted and made again. All of its pods stop before the new ones come; its claims stay.
    "#]],
    );
    scene.options.allow_replace.insert("app.db".parse().unwrap());
    check(
        &mut scene,
        expect![[r#"
        0 replace app.db StatefulSet default/db (changed)
          Ours spec.serviceName: "db-headless" -> "other"  web.hcl:55
          Ours spec.volumeClaimTemplates[0].spec.resources.requests.storage: "1Gi" -> "2Gi"  web.hcl:63
          grows disk-db-0: 1Gi -> 2Gi
          grows disk-db-2: 1Gi -> 2Gi
          effect replaced: 2 pods stop, then 2 start; down until ready: service_name, volume_claim_templates, web.hcl:55
    "#]],
    );
}

#[test]
fn a_changed_template_rolls_the_pods_as_usual() {
    let mut scene = grown_to("2Gi");
    let mut object = sized("2Gi");
    object["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2".into();
    scene.want("app.db", object);
    check(
        &mut scene,
        expect![[r#"
        0 replace app.db StatefulSet default/db (changed)
          Ours spec.template.spec.containers[name=web].image: "nginx:1" -> "nginx:2"  web.hcl:57
          Ours spec.volumeClaimTemplates[0].spec.resources.requests.storage: "1Gi" -> "2Gi"  web.hcl:63
          pods stay
          grows disk-db-0: 1Gi -> 2Gi
          grows disk-db-2: 1Gi -> 2Gi
          effect 2 pods replaced one at a time, at least 1 stays ready: image, web.hcl:57
    "#]],
    );
}

#[test]
fn what_is_ignored_of_the_pods_goes_on() {
    let mut scene = grown_to("2Gi");
    let set = ObjectId {
        gvk: Gvk::new("apps", "v1", "StatefulSet"),
        namespace: Some("default".into()),
        name: "db".into(),
    };
    scene.edited(&set, "ci", None, |set| {
        set["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:7".into();
    });
    let path = plimsoll_schema::parse_path("spec.template.spec.containers[name=web].image");
    let span = Scene::span(400);
    scene.desired.objects[0].ignored = vec![Ignored { path, except: Vec::new(), span }];
    check(
        &mut scene,
        expect![[r#"
        0 replace app.db StatefulSet default/db (changed)
          Ours spec.volumeClaimTemplates[0].spec.resources.requests.storage: "1Gi" -> "2Gi"  web.hcl:42
          ignored spec.template.spec.containers[name=web].image: "nginx:7" stays, not "nginx:1" (web.hcl:400)
          pods stay
          grows disk-db-0: 1Gi -> 2Gi
          grows disk-db-2: 1Gi -> 2Gi
          effect no restart
    "#]],
    );
}

#[test]
fn what_cannot_grow_is_told_before_anything_is_written() {
    let mut scene = grown_to("2Gi");
    class(&mut scene, "elastic", false);
    check(
        &mut scene,
        expect![[r#"
        0 none app.db StatefulSet default/db (not verified: an error was found)
        Error claim-cannot-grow: a claim cannot grow | app.db (StatefulSet default/db): claims disk-db-0, disk-db-2: its storage class elastic does not allow it (allowVolumeExpansion). Nothing is written.
    "#]],
    );
    let mut scene = grown_to("2Gi");
    claim(&mut scene, "disk-db-0", "1Gi", "gone");
    check(
        &mut scene,
        expect![[r#"
        0 none app.db StatefulSet default/db (not verified: an error was found)
        Error claim-cannot-grow: a claim cannot grow | app.db (StatefulSet default/db): claim disk-db-0: its storage class gone is not there. Nothing is written.
    "#]],
    );
    let mut scene = grown_to("2Gi");
    let first = scene.objects.iter_mut().find(|(id, _)| id.name == "disk-db-0").unwrap();
    first.1["status"]["phase"] = "Pending".into();
    check(
        &mut scene,
        expect![[r#"
        0 none app.db StatefulSet default/db (not verified: an error was found)
        Error claim-cannot-grow: a claim cannot grow | app.db (StatefulSet default/db): claim disk-db-0: only a claim that is bound to its disk can grow. Nothing is written.
    "#]],
    );
    let mut scene = grown_to("2Gi");
    scene.script = VecDeque::from([
        scene_list(&scene, "PersistentVolumeClaim"),
        scene_list(&scene, "StorageClass"),
        Answer::Refused(Refusal {
            status: 403,
            reason: "Forbidden".into(),
            message: "exceeded quota: disks".into(),
            causes: vec![],
        }),
    ]);
    check(
        &mut scene,
        expect![[r#"
        0 none app.db StatefulSet default/db (not verified: an error was found)
        Error claim-cannot-grow: a claim cannot grow | app.db (StatefulSet default/db): claim disk-db-0: the cluster refuses it: exceeded quota: disks. Nothing is written.
    "#]],
    );
}

/// What a list of everything of a kind tells.
fn scene_list(scene: &Scene, kind: &str) -> Answer {
    let of = scene.objects.iter().filter(|(id, _)| id.gvk.kind == kind);
    Answer::Listed(of.map(|(_, object)| object.clone()).collect())
}

#[test]
fn claims_do_not_shrink() {
    let mut scene = grown_to("512Mi");
    scene.options.allow_replace.insert("app.db".parse().unwrap());
    check(
        &mut scene,
        expect![[r#"
        0 none app.db StatefulSet default/db (not verified: an error was found)
        Error claim-shrinks: a claim cannot become smaller | app.db (StatefulSet default/db): the claims of template disk have 1Gi, and would get 512Mi. Kubernetes lets claims grow only.
    "#]],
    );
}

#[test]
fn what_is_protected_grows_only_where_it_is_named() {
    let mut scene = grown_to("2Gi");
    scene.desired.objects[0].prevent_destroy = true;
    check(
        &mut scene,
        expect![[r#"
        0 replace app.db StatefulSet default/db (changed)
          Ours spec.volumeClaimTemplates[0].spec.resources.requests.storage: "1Gi" -> "2Gi"  web.hcl:42
          pods stay
          grows disk-db-0: 1Gi -> 2Gi
          grows disk-db-2: 1Gi -> 2Gi
          effect no restart
    "#]],
    );
    scene.protected = true;
    check(
        &mut scene,
        expect![[r#"
        0 none app.db StatefulSet default/db (not verified: an error was found)
        Error replace-not-allowed: a replacement has to be allowed by its address | app.db (StatefulSet default/db): spec.volumeClaimTemplates cannot change once it is set. Updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden. The object would be deleted and made again. Its claims would grow and its pods stay, but the environment is protected: what is made anew is named one by one.
    "#]],
    );
}

/// The pods with these ordinals, as the set made them, and nobody controls them.
fn orphans(scene: &mut Scene, ordinals: &[u32]) {
    for i in ordinals {
        let spec = stateful_set("db", 2)["spec"]["template"]["spec"].clone();
        let pod = labelled(
            "app.db",
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("db-{i}"), "namespace": "default",
                "labels": {"app": "db"}}, "spec": spec}),
        );
        scene.applied(&pod, "kube-controller-manager");
    }
}

/// A set that is gone, with these pods left.
fn left_over(ordinals: &[u32]) -> Scene {
    let mut scene = grown_to("2Gi");
    scene.objects.retain(|id, _| id.gvk.kind != "StatefulSet");
    orphans(&mut scene, ordinals);
    scene
}

fn pod<'s>(scene: &'s mut Scene, name: &str) -> &'s mut Json {
    scene.objects.iter_mut().find(|(id, _)| id.gvk.kind == "Pod" && id.name == name).unwrap().1
}

#[test]
fn pods_that_are_there_before_their_set_are_taken_up() {
    let mut scene = left_over(&[0, 1]);
    pod(&mut scene, "db-1")["metadata"]["ownerReferences"] = json!([{"controller": true}]);
    check(
        &mut scene,
        expect![[r#"
            0 create app.db StatefulSet default/db (changed)
              vanished
              20 fields
              pods stay
              effect 1 pod starts
              PodTakenUp("db-0")
              ClaimReused("disk-db-0")
              PodAdded("db-1")
              ClaimReused("disk-db-1")
            Warning claims-found: a new app will find data of before | app.db (StatefulSet default/db) takes up claims that exist already, with what is on them: disk-db-0, disk-db-1.
        "#]],
    );
}

#[test]
fn a_set_without_claims_takes_its_pods_up_as_well() {
    let mut scene = Scene::new();
    let mut object = stateful_set("db", 2);
    object["spec"].as_object_mut().unwrap().remove("volumeClaimTemplates");
    scene.want("app.db", object);
    orphans(&mut scene, &[0, 1]);
    check(
        &mut scene,
        expect![[r#"
            0 create app.db StatefulSet default/db (changed)
              13 fields
              pods stay
              effect no restart
              PodTakenUp("db-0")
              PodTakenUp("db-1")
        "#]],
    );
}

#[test]
fn pods_that_are_not_as_the_template_says_are_rolled_when_they_are_taken_up() {
    let mut scene = left_over(&[0, 1]);
    pod(&mut scene, "db-1")["spec"]["containers"][0]["image"] = "nginx:7".into();
    check(
        &mut scene,
        expect![[r#"
            0 create app.db StatefulSet default/db (changed)
              vanished
              20 fields
              pods stay
              effect 1 pod replaced, at least 1 stays ready
              PodTakenUp("db-0")
              ClaimReused("disk-db-0")
              PodTakenUp("db-1")
              ClaimReused("disk-db-1")
            Warning claims-found: a new app will find data of before | app.db (StatefulSet default/db) takes up claims that exist already, with what is on them: disk-db-0, disk-db-1.
        "#]],
    );
}

#[test]
fn a_number_that_an_autoscaler_owns_is_enough_for_all_pods_that_are_there() {
    let mut object = sized("2Gi");
    object["spec"].as_object_mut().unwrap().remove("replicas");
    for ordinals in [[0, 3].as_slice(), &[0]] {
        let mut scene = left_over(ordinals);
        scene.want("app.db", object.clone()).first_replicas = Some(2);
        let expected = match ordinals {
            [0] => expect![[r#"
                0 create app.db StatefulSet default/db (changed)
                  vanished
                  19 fields
                  replicas 2 after
                  pods stay
                  effect 1 pod starts
                  PodTakenUp("db-0")
                  ClaimReused("disk-db-0")
                  PodAdded("db-1")
                  ClaimReused("disk-db-1")
                  ReplicasOwned(Some(2))
                Warning claims-found: a new app will find data of before | app.db (StatefulSet default/db) takes up claims that exist already, with what is on them: disk-db-0, disk-db-1.
            "#]],
            _ => expect![[r#"
                0 create app.db StatefulSet default/db (changed)
                  vanished
                  19 fields
                  replicas 4 after
                  pods stay
                  effect 2 pods start, one after the other
                  PodTakenUp("db-0")
                  ClaimReused("disk-db-0")
                  PodAdded("db-1")
                  ClaimReused("disk-db-1")
                  PodAdded("db-2")
                  ClaimReused("disk-db-2")
                  PodTakenUp("db-3")
                  ClaimAdded("disk-db-3")
                  ReplicasLeft { by: None, first: 2, now: 4 }
                Warning claims-found: a new app will find data of before | app.db (StatefulSet default/db) takes up claims that exist already, with what is on them: disk-db-0, disk-db-1, disk-db-2.
            "#]],
        };
        check(&mut scene, expected);
    }
}

#[test]
fn a_number_that_is_ignored_is_enough_for_all_pods_that_are_there() {
    let mut scene = left_over(&[0, 1, 2]);
    let path = plimsoll_schema::parse_path("spec.replicas");
    let span = Scene::span(400);
    scene.desired.objects[0].ignored = vec![Ignored { path, except: Vec::new(), span }];
    check(
        &mut scene,
        expect![[r#"
            0 create app.db StatefulSet default/db (changed)
              vanished
              20 fields
              pods stay
              effect no restart
              PodTakenUp("db-0")
              ClaimReused("disk-db-0")
              PodTakenUp("db-1")
              ClaimReused("disk-db-1")
              PodTakenUp("db-2")
              ClaimReused("disk-db-2")
            Warning claims-found: a new app will find data of before | app.db (StatefulSet default/db) takes up claims that exist already, with what is on them: disk-db-0, disk-db-1, disk-db-2.
        "#]],
    );
}

#[test]
fn pods_beyond_the_number_that_is_declared_are_told_with_their_claims() {
    let mut scene = left_over(&[0, 1, 2]);
    check(
        &mut scene,
        expect![[r#"
            0 create app.db StatefulSet default/db (changed)
              vanished
              20 fields
              pods stay
              effect 1 pod stops
              PodTakenUp("db-0")
              ClaimReused("disk-db-0")
              PodTakenUp("db-1")
              ClaimReused("disk-db-1")
              PodRemoved("db-2")
              ClaimKept("disk-db-2")
            retained PersistentVolumeClaim default/disk-db-2
            Warning claims-found: a new app will find data of before | app.db (StatefulSet default/db) takes up claims that exist already, with what is on them: disk-db-0, disk-db-1.
        "#]],
    );
    let mut object = sized("2Gi");
    object["spec"]["persistentVolumeClaimRetentionPolicy"]["whenScaled"] = "Delete".into();
    scene.want("app.db", object);
    check(
        &mut scene,
        expect![[r#"
            0 create app.db StatefulSet default/db (changed)
              vanished
              20 fields
              pods stay
              effect 1 pod stops
              PodTakenUp("db-0")
              ClaimReused("disk-db-0")
              PodTakenUp("db-1")
              ClaimReused("disk-db-1")
              PodRemoved("db-2")
              ClaimLost("disk-db-2")
            Warning claims-lost: claims will be deleted with their data | app.db (StatefulSet default/db) lets its claims go: disk-db-2.
            Warning claims-found: a new app will find data of before | app.db (StatefulSet default/db) takes up claims that exist already, with what is on them: disk-db-0, disk-db-1.
        "#]],
    );
}

#[test]
fn a_number_that_nobody_declares_goes_on() {
    let mut scene = Scene::new();
    let set = |size: &str| {
        let mut object = sized(size);
        object["spec"].as_object_mut().unwrap().remove("replicas");
        object
    };
    scene.want("app.db", set("1Gi"));
    scene.settle();
    let id = scene.desired.objects[0].id.clone();
    scene.edited(&id, "kubectl", Some("scale"), |set| set["spec"]["replicas"] = 3.into());
    scene.want("app.db", set("2Gi"));
    check(
        &mut scene,
        expect![[r#"
            0 replace app.db StatefulSet default/db (changed)
              Ours spec.volumeClaimTemplates[0].spec.resources.requests.storage: "1Gi" -> "2Gi"  web.hcl:40
              other spec.replicas: 3 by kubectl
              replicas 3 after
              pods stay
              effect no restart
        "#]],
    );
}

#[test]
fn who_may_not_list_the_classes_learns_from_the_trial() {
    let mut scene = grown_to("2Gi");
    let claims = scene_list(&scene, "PersistentVolumeClaim");
    scene.script = VecDeque::from([claims, Answer::Failed("storageclasses is forbidden".into())]);
    check(
        &mut scene,
        expect![[r#"
            0 replace app.db StatefulSet default/db (changed)
              Ours spec.volumeClaimTemplates[0].spec.resources.requests.storage: "1Gi" -> "2Gi"  web.hcl:42
              pods stay
              grows disk-db-0: 1Gi -> 2Gi
              grows disk-db-2: 1Gi -> 2Gi
              effect no restart
        "#]],
    );
}
