//! Pods and claims of a StatefulSet, by name.

use super::*;

#[test]
fn scaling_a_stateful_set_names_pods_and_claims() {
    let mut scene = Scene::new();
    scene.want("app.nginx", stateful_set("nginx", 2));
    check(
        &mut scene,
        expect![[r#"
            0 create app.nginx StatefulSet default/nginx (changed)
              20 fields
              effect 2 pods start, one after the other
              PodAdded("nginx-0")
              ClaimAdded("disk-nginx-0")
              PodAdded("nginx-1")
              ClaimAdded("disk-nginx-1")
        "#]],
    );
    scene.settle();
    scene.want("app.nginx", stateful_set("nginx", 3));
    check(
        &mut scene,
        expect![[r#"
            0 update app.nginx StatefulSet default/nginx (changed)
              Ours spec.replicas: 2 -> 3  web.hcl:32
              effect 1 pod starts: replicas, web.hcl:32
              PodAdded("nginx-2")
              ClaimAdded("disk-nginx-2")
        "#]],
    );
    scene.want("app.nginx", stateful_set("nginx", 1));
    check(
        &mut scene,
        expect![[r#"
            0 update app.nginx StatefulSet default/nginx (changed)
              Ours spec.replicas: 2 -> 1  web.hcl:53
              effect 1 pod stops: replicas, web.hcl:53
              PodRemoved("nginx-1")
              ClaimKept("disk-nginx-1")
            retained PersistentVolumeClaim default/disk-nginx-1
        "#]],
    );
}

#[test]
fn a_destroy_names_the_claims_that_stay() {
    let mut scene = Scene::new();
    scene.want("app.nginx", stateful_set("nginx", 1));
    scene.settle();
    for i in 0..3 {
        let claim = labelled(
            "app.nginx",
            json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": format!("disk-nginx-{i}"), "namespace": "default"}, "spec": {}}),
        );
        scene.applied(&claim, "kube-controller-manager");
    }
    scene.options.destroy = true;
    check(
        &mut scene,
        expect![[r#"
            0 delete app.nginx StatefulSet default/nginx (changed)
              effect 1 pod stops
              PodRemoved("nginx-0")
              ClaimKept("disk-nginx-0")
              ClaimKept("disk-nginx-1")
              ClaimKept("disk-nginx-2")
            retained PersistentVolumeClaim default/disk-nginx-0
            retained PersistentVolumeClaim default/disk-nginx-1
            retained PersistentVolumeClaim default/disk-nginx-2
        "#]],
    );
}

#[test]
fn claims_that_would_be_lost_and_claims_that_are_found_are_said_loudly() {
    let mut scene = Scene::new();
    let mut object = stateful_set("nginx", 1);
    object["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] = "Delete".into();
    scene.want("app.nginx", object.clone());
    let claim = labelled(
        "app.nginx",
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "disk-nginx-0", "namespace": "default"}, "spec": {}}),
    );
    scene.applied(&claim, "kube-controller-manager");
    check(
        &mut scene,
        expect![[r#"
            0 create app.nginx StatefulSet default/nginx (changed)
              20 fields
              effect 1 pod starts
              PodAdded("nginx-0")
              ClaimReused("disk-nginx-0")
            Warning claims-found: a new app will find data of before | app.nginx (StatefulSet default/nginx) takes up claims that exist already, with what is on them: disk-nginx-0.
        "#]],
    );
    scene.settle();
    scene.options.destroy = true;
    check(
        &mut scene,
        expect![[r#"
            0 delete app.nginx StatefulSet default/nginx (changed)
              effect 1 pod stops
              PodRemoved("nginx-0")
              ClaimLost("disk-nginx-0")
            Warning claims-lost: claims will be deleted with their data | app.nginx (StatefulSet default/nginx) lets its claims go: disk-nginx-0.
        "#]],
    );
}

#[test]
fn a_claim_that_is_deleted_is_said_to_go_with_its_data() {
    let mut scene = Scene::new();
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "files", "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    scene.want("volume.files", claim);
    scene.settle();
    scene.desired.objects.clear();
    check(
        &mut scene,
        expect![[r#"
        0 delete volume.files PersistentVolumeClaim default/files (changed)
          ClaimLost("files")
        Warning claims-lost: claims will be deleted with their data | volume.files (PersistentVolumeClaim default/files) is deleted, and what is on it with it.
    "#]],
    );
}
