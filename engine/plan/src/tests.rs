//! The planner's rules, each with the test that is named after it, over a scripted cluster.

use expect_test::{Expect, expect};
use plimsoll_model::EdgeKind;
use serde_json::json;

use crate::plan::Plan;
use crate::request::{Answer, Refusal};
use crate::scripted::{MANAGER, Scene, deployment, id, labelled, service, stateful_set, text};

#[track_caller]
fn check(scene: &mut Scene, expect: Expect) {
    expect.assert_eq(&scene.text());
}

fn web(image: &str) -> Scene {
    let mut scene = Scene::new();
    scene.want("app.web", deployment("web", image));
    scene.settle();
    scene
}

#[test]
fn an_absent_object_is_made() {
    let mut scene = Scene::new();
    scene.want("app.web", deployment("web", "web:1"));
    check(
        &mut scene,
        expect![[r#"
        0 create app.web Deployment default/web (changed)
          9 fields
    "#]],
    );
    assert_eq!(scene.asked, ["dry-run Deployment default/web as plimsoll:shop"]);
}

#[test]
fn an_unchanged_object_is_proven_here_and_nothing_is_asked() {
    let mut scene = web("web:1");
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
    "#]],
    );
    assert!(scene.asked.is_empty(), "{:?}", scene.asked);
}

#[test]
fn an_unknown_minor_version_asks_for_every_object() {
    let mut scene = web("web:1");
    scene.minor = "1.99";
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
    "#]],
    );
    assert_eq!(scene.asked, ["dry-run Deployment default/web as plimsoll:shop"]);
}

#[test]
fn a_changed_field_is_shown_with_its_line() {
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:26
          Rollout
    "#]],
    );
}

#[test]
fn a_field_that_is_no_longer_set_is_a_removal() {
    let mut scene = web("web:1");
    let mut object = deployment("web", "web:1");
    object["spec"]["template"]["spec"]["containers"][0].as_object_mut().unwrap().remove("resources");
    scene.want("app.web", object);
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          Removed spec.template.spec.containers[name=web].resources.requests.cpu: "100m" -> -
          Rollout
    "#]],
    );
}

#[test]
fn swapped_init_containers_are_a_change() {
    let mut scene = Scene::new();
    let mut object = deployment("web", "web:1");
    object["spec"]["template"]["spec"]["initContainers"] =
        json!([{"name": "one", "image": "one:1"}, {"name": "two", "image": "two:1"}]);
    scene.want("app.web", object.clone());
    scene.settle();
    scene.edited(&id(&object), "kubectl-edit", None, |o| {
        let list = o["spec"]["template"]["spec"]["initContainers"].as_array_mut().unwrap();
        list.swap(0, 1);
    });
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          Ours spec.template.spec.initContainers: ["two","one"] -> ["one","two"] (order)  web.hcl:1
          Rollout
    "#]],
    );
}

#[test]
fn a_value_that_a_person_edited_is_set_back() {
    let mut scene = web("web:1");
    scene.edited(&id(&deployment("web", "")), "kubectl-edit", None, |o| o["spec"]["replicas"] = 7.into());
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed, force)
          Ours spec.replicas: 7 -> 2  web.hcl:9  set by kubectl-edit Update
    "#]],
    );
    assert_eq!(scene.asked.last().unwrap(), "dry-run Deployment default/web as plimsoll:shop, force");
}

#[test]
fn a_person_who_scaled_is_set_back() {
    let mut scene = web("web:1");
    scene.edited(&id(&deployment("web", "")), "kubectl", Some("scale"), |o| o["spec"]["replicas"] = 7.into());
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed, force)
          Ours spec.replicas: 7 -> 2  web.hcl:9  set by kubectl Update
    "#]],
    );
}

#[test]
fn another_controllers_value_is_an_error_that_names_everything() {
    let mut scene = web("web:1");
    let theirs = deployment("web", "theirs:9");
    let image = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": "theirs:9"}]}}}});
    scene.applied(&image, "other-controller");
    assert_eq!(id(&theirs), id(&image));
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error field-conflict: another manager owns a field that the configuration sets | app.web (Deployment default/web): spec.template.spec.containers[name=web].image is "theirs:9" in the cluster, set by other-controller (Apply at 2026-02-01T10:00:00Z). The configuration says "web:1".
    "#]],
    );
}

#[test]
fn an_autoscaler_that_is_not_ours_keeps_its_number() {
    let mut scene = web("web:1");
    let hpa = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "theirs", "namespace": "default"},
        "spec": {"maxReplicas": 9, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}});
    scene.applied(&hpa, "somebody");
    scene.edited(&id(&deployment("web", "")), "kube-controller-manager", Some("scale"), |o| {
        o["spec"]["replicas"] = 5.into()
    });
    scene.want("app.web", deployment("web", "web:2"));
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:26
          left spec.replicas: 5 stays, 2 waits (an autoscaler targets it)
          Rollout
    "#]],
    );
}

#[test]
fn an_autoscaled_app_gets_its_first_number_once() {
    let mut scene = Scene::new();
    let mut object = deployment("web", "web:1");
    object["spec"].as_object_mut().unwrap().remove("replicas");
    scene.want("app.web", object.clone()).first_replicas = Some(3);
    check(
        &mut scene,
        expect![[r#"
        0 create app.web Deployment default/web (changed)
          8 fields
          replicas 3 after
          ReplicasOwned(Some(3))
    "#]],
    );
    scene.settle();
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          ReplicasOwned(Some(3))
    "#]],
    );
    // Somebody scales: the number is nobody's business here.
    scene.edited(&id(&object), "scaler", Some("scale"), |o| o["spec"]["replicas"] = 6.into());
    object["spec"]["template"]["spec"]["containers"][0]["image"] = "web:2".into();
    scene.want("app.web", object).first_replicas = Some(3);
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:24
          Rollout
          ReplicasOwned(Some(6))
    "#]],
    );
}

#[test]
fn an_autoscale_that_arrives_later_takes_the_number_in_force() {
    let mut scene = web("web:1");
    let mut object = deployment("web", "web:1");
    object["spec"].as_object_mut().unwrap().remove("replicas");
    scene.want("app.web", object).first_replicas = Some(4);
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          replicas 2 before
          ReplicasOwned(Some(2))
    "#]],
    );
}

#[test]
fn an_autoscale_that_goes_gives_the_number_back() {
    let mut scene = Scene::new();
    let mut object = deployment("web", "web:1");
    object["spec"].as_object_mut().unwrap().remove("replicas");
    scene.want("app.web", object.clone()).first_replicas = Some(3);
    scene.settle();
    scene
        .edited(&id(&object), "kube-controller-manager", Some("scale"), |o| o["spec"]["replicas"] = 6.into());
    scene.want("app.web", deployment("web", "web:1"));
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed, force)
          Ours spec.replicas: 6 -> 2  web.hcl:22  set by kube-controller-manager Update
          ReplicasTakenBack { from: 6, to: 2 }
    "#]],
    );
}

#[test]
fn a_container_that_kubectl_edit_added_is_named() {
    let mut scene = web("web:1");
    scene.edited(&id(&deployment("web", "")), "kubectl-edit", None, |o| {
        let list = o["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap();
        list.push(json!({"name": "debug", "image": "debug:1"}));
    });
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          other spec.template.spec.containers[name=debug]: {"image":"debug:1","imagePullPolicy":"IfNotPresent","name":"debug","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"} by kubectl-edit
    "#]],
    );
    let (plan, _) = scene.plan();
    assert!(!plan.has_changes() && plan.has_additions());
}

#[test]
fn a_foreign_object_is_refused() {
    let mut scene = Scene::new();
    scene.want("app.web", deployment("web", "web:1"));
    scene.applied(&deployment("web", "theirs:1"), "helm");
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error object-exists: an object of that name exists and is not ours | app.web: Deployment default/web is in the cluster already, and this configuration did not make it. It is managed by helm (Apply).
    "#]],
    );
    // The same without a difference: the dry run goes through with 200.
    let mut scene = Scene::new();
    scene.want("service.web", service("web", 80));
    scene.applied(&service("web", 80), "helm");
    check(
        &mut scene,
        expect![[r#"
        0 none service.web Service default/web (not verified: an error was found)
        Error object-exists: an object of that name exists and is not ours | service.web: Service default/web is in the cluster already, and this configuration did not make it. It is managed by helm (Apply).
    "#]],
    );
    assert_eq!(scene.asked, ["dry-run Service default/web as plimsoll:shop", "get Service default/web"]);
}

#[test]
fn labels_that_somebody_took_away_come_back() {
    let mut scene = web("web:1");
    scene.edited(&id(&deployment("web", "")), "kubectl-edit", None, |o| {
        o["metadata"].as_object_mut().unwrap().remove("labels");
    });
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          Ours metadata.labels.plimsoll.dev/environment: - -> "dev"  web.hcl:5
          Ours metadata.labels.plimsoll.dev/project: - -> "shop"  web.hcl:6
    "#]],
    );
}

#[test]
fn an_immutable_field_is_named_and_refused() {
    let mut scene = web("web:1");
    let mut object = deployment("web", "web:1");
    object["spec"]["selector"]["matchLabels"]["tier"] = "front".into();
    object["spec"]["template"]["metadata"]["labels"]["tier"] = "front".into();
    scene.want("app.web", object);
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error immutable-field: a field that cannot change would change | app.web (Deployment default/web): spec.selector cannot change once it is set. Field is immutable. The object would have to be deleted and made again, which is not done on the way of an update.
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
        0 none app.web Deployment default/web (not verified: an error was found)
        Error immutable-field: a field that cannot change would change | app.web (Deployment default/web): a field cannot change once it is set. The server says: Deployment.apps "web" is invalid: spec.strange: Invalid value: field is immutable. The object would have to be deleted and made again, which is not done on the way of an update.
    "#]],
    );
}

#[test]
fn a_missing_namespace_says_what_to_type() {
    let mut scene = Scene::new();
    let mut object = deployment("web", "web:1");
    object["metadata"]["namespace"] = "shop-dev".into();
    scene.want("app.web", object);
    scene.script.push_back(Answer::Refused(Refusal {
        status: 404,
        reason: "NotFound".into(),
        message: "namespaces \"shop-dev\" not found".into(),
        causes: vec![],
    }));
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment shop-dev/web (not verified: an error was found)
        Error namespace-missing: the namespace does not exist | app.web (Deployment shop-dev/web) goes to namespace shop-dev, which is neither in the cluster nor declared.
    "#]],
    );
}

#[test]
fn what_goes_into_a_namespace_of_the_same_plan_is_verified_at_apply() {
    let mut scene = Scene::new();
    scene
        .want("namespace.dev", json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "dev"}}));
    let mut object = service("web", 80);
    object["metadata"]["namespace"] = "dev".into();
    scene.want("service.web", object);
    check(
        &mut scene,
        expect![[r#"
        0 create namespace.dev Namespace dev (changed)
          3 fields
        1 create service.web Service dev/web (not verified: namespace dev is made by the same plan, after 0)
          6 fields
    "#]],
    );
    let (plan, _) = scene.plan();
    assert_eq!(plan.operations[1].after_unknown["spec"]["clusterIP"], true);
}

#[test]
fn an_object_that_is_being_deleted_is_an_error() {
    let mut scene = web("web:1");
    let live = scene.objects.get_mut(&id(&deployment("web", ""))).unwrap();
    live["metadata"]["deletionTimestamp"] = "2026-02-03T00:00:00Z".into();
    live["metadata"]["finalizers"] = json!(["foregroundDeletion"]);
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error object-terminating: an object is being deleted | app.web (Deployment default/web) is being deleted since 2026-02-03T00:00:00Z, held by foregroundDeletion.
    "#]],
    );
}

#[test]
fn what_is_ours_and_no_longer_declared_is_deleted() {
    let mut scene = web("web:1");
    scene.want("service.web", service("web", 80));
    scene.edge("service.web", "app.web", EdgeKind::Order);
    scene.settle();
    scene.desired.objects.clear();
    scene.desired.edges.clear();
    check(
        &mut scene,
        expect![[r#"
        0 delete service.web Service default/web (changed)
        1 delete app.web Deployment default/web (changed, after 0)
    "#]],
    );
}

#[test]
fn a_delete_waits_for_updates_of_what_depended_on_it() {
    let mut scene = web("web:1");
    scene.want("config.site", json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "site", "namespace": "default"}, "data": {"a": "b"}}));
    scene.edge("app.web", "config.site", EdgeKind::Applied);
    scene.settle();
    scene.desired.objects.clear();
    scene.desired.edges.clear();
    scene.want("app.web", deployment("web", "web:2"));
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:35
          Rollout
        1 delete config.site ConfigMap default/site (changed, after 0)
    "#]],
    );
}

#[test]
fn controllers_copies_of_our_labels_are_left_alone() {
    let mut scene = Scene::new();
    let claim = labelled(
        "app.web",
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "disk-web-0", "namespace": "default"}, "spec": {"accessModes": ["ReadWriteOnce"]}}),
    );
    scene.applied(&claim, "kube-controller-manager");
    check(&mut scene, expect![[""]]);
}

#[test]
fn an_object_that_is_gone_is_forgotten_and_a_recreated_one_survives() {
    let mut scene = web("web:1");
    scene.want("app.other", deployment("other", "x:1"));
    scene.settle();
    scene.desired.objects.clear();
    scene.objects.remove(&id(&deployment("web", "")));
    scene.objects.remove(&id(&deployment("other", "")));
    scene.applied(&deployment("other", "theirs:1"), "helm");
    check(
        &mut scene,
        expect![[r#"
        0 forget app.other Deployment default/other (changed)
        1 forget app.web Deployment default/web (changed)
    "#]],
    );
    assert_eq!(scene.asked, ["get Deployment default/other", "get Deployment default/web"]);
}

#[test]
fn a_lost_state_makes_no_duplicates_and_deletes_nothing_unasked() {
    let mut scene = web("web:1");
    scene.want("app.old", deployment("old", "old:1"));
    scene.settle();
    scene.desired.objects.retain(|o| o.address.name == "web");
    scene.recorded.resources.clear();
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
        unrecorded: 0 delete app.old Deployment default/old (changed)
    "#]],
    );
    let (plan, _) = scene.plan();
    assert!(!plan.has_changes());
    scene.options.delete_unrecorded = true;
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
        1 delete app.old Deployment default/old (changed)
    "#]],
    );
}

#[test]
fn scaling_a_stateful_set_names_pods_and_claims() {
    let mut scene = Scene::new();
    scene.want("app.nginx", stateful_set("nginx", 2));
    check(
        &mut scene,
        expect![[r#"
        0 create app.nginx StatefulSet default/nginx (changed)
          20 fields
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
          PodRemoved("nginx-0")
          ClaimLost("disk-nginx-0")
        Warning claims-lost: claims will be deleted with their data | app.nginx (StatefulSet default/nginx) lets its claims go: disk-nginx-0.
    "#]],
    );
}

#[test]
fn another_kind_under_the_same_address_is_refused() {
    let mut scene = web("web:1");
    scene.want("app.web", stateful_set("web", 1));
    check(
        &mut scene,
        expect![[r#"
        0 create app.web StatefulSet default/web (changed)
          20 fields
          PodAdded("web-0")
          ClaimAdded("disk-web-0")
        1 delete app.web:deployment-web Deployment default/web (changed)
        Error identity-changed: an object would become another one | app.web is Deployment default/web in the cluster and would become StatefulSet default/web: the one would have to be deleted and the other made.
    "#]],
    );
}

#[test]
fn an_object_under_a_new_address_moves_in_the_state() {
    let mut scene = web("web:1");
    let resource = scene.recorded.resources.remove(&"app.web".parse().unwrap()).unwrap();
    scene.recorded.resources.insert("app.web[0]".parse().unwrap(), resource);
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          moved from app.web[0]
    "#]],
    );
}

#[test]
fn operations_follow_the_edges_and_else_their_kinds() {
    let mut scene = Scene::new();
    scene.want("app.web", deployment("web", "web:1"));
    scene.want("service.web", service("web", 80));
    scene.want(
        "config.z",
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "z", "namespace": "default"}}),
    );
    scene.want("app.api", deployment("api", "api:1"));
    scene.edge("app.api", "app.web", EdgeKind::Ready);
    scene.edge("service.web", "app.web", EdgeKind::Order);
    check(
        &mut scene,
        expect![[r#"
        0 create config.z ConfigMap default/z (changed)
          3 fields
        1 create app.web Deployment default/web (changed)
          9 fields
        2 create service.web Service default/web (changed, after 1)
          6 fields
        3 create app.api Deployment default/api (changed, after 1!)
          9 fields
    "#]],
    );
}

#[test]
fn a_finished_job_is_not_made_again() {
    let mut scene = Scene::new();
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "namespace": "default"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "m:1"}]}}}});
    scene.want("job.migrate", job);
    let digest =
        crate::digest::desired_digest(&scene.desired.objects[0].root, &crate::mask::Key::new([7; 32]));
    scene.recorded.completed_jobs.insert("job.migrate".parse().unwrap(), digest);
    check(
        &mut scene,
        expect![[r#"
        0 none job.migrate Job default/migrate (unchanged)
    "#]],
    );
}

#[test]
fn without_probing_everything_is_a_prediction() {
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    scene.options.probe = false;
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (not verified: planned without asking the cluster)
          Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:26
          Rollout
    "#]],
    );
    assert!(scene.asked.is_empty());
}

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
fn an_unknown_leaf_is_known_after_apply_and_stays_once_its_source_does() {
    let mut scene = Scene::new();
    scene.want("service.api", service("api", 80));
    let mut object = deployment("web", "web:1");
    object["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "API", "value": "10.96.0.7"}]);
    scene.want("app.web", object.clone());
    scene.settle();
    let unknown = |scene: &mut Scene| {
        let want = scene.want("app.web", object.clone());
        for path in ["spec", "template", "spec", "containers"].windows(4) {
            let node = path.iter().try_fold(&mut want.root, |node, key| match node {
                plimsoll_model::Node::Map(map, _) => map.get_mut(*key),
                _ => None,
            });
            let Some(plimsoll_model::Node::List(items, _)) = node else { panic!() };
            items[0].set(
                &["env"],
                plimsoll_model::Node::List(
                    vec![{
                        let mut entry = plimsoll_model::Node::from_json(&json!({"name": "API"}));
                        entry.set(
                            &["value"],
                            plimsoll_model::Node::Leaf(plimsoll_model::Leaf {
                                value: serde_json::Value::Null,
                                unknown: Some("service.api.cluster_ip".into()),
                                sensitive: false,
                                origin: plimsoll_model::Origin::NONE,
                            }),
                        );
                        entry
                    }],
                    plimsoll_model::Origin::NONE,
                ),
            );
        }
    };
    unknown(&mut scene);
    check(
        &mut scene,
        expect![[r#"
        0 none service.api Service default/api (unchanged)
        1 none app.web Deployment default/web (unchanged)
    "#]],
    );
    // The service changes: its address may, too.
    scene.want("service.api", service("api", 81));
    check(
        &mut scene,
        expect![[r#"
        0 update service.api Service default/api (changed)
          Removed spec.ports[port=80,protocol=TCP].name: "http" -> -
          Removed spec.ports[port=80,protocol=TCP].port: 80 -> -
          Ours spec.ports[port=81,protocol=TCP].name: - -> "http"  web.hcl:52
          Ours spec.ports[port=81,protocol=TCP].port: - -> 81  web.hcl:53
          Server spec.ports[port=80,protocol=TCP].protocol: "TCP" -> -
          Server spec.ports[port=80,protocol=TCP].targetPort: 80 -> -
          Server spec.ports[port=81,protocol=TCP].protocol: - -> "TCP"
          Server spec.ports[port=81,protocol=TCP].targetPort: - -> 81
        1 update app.web Deployment default/web (not verified: service.api.cluster_ip is known after apply)
          Ours spec.template.spec.containers[name=web].env[name=API].value: "10.96.0.7" -> (known after apply: service.api.cluster_ip)  web.hcl:28
          Rollout
    "#]],
    );
    let (plan, _) = scene.plan();
    let web = plan.operations.iter().find(|o| o.address.name == "web").unwrap();
    assert_eq!(web.after_unknown["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"], true);
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
fn a_field_that_becomes_ours_without_changing_is_an_update() {
    let mut scene = web("web:1");
    let mut object = deployment("web", "web:1");
    object["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 30.into();
    scene.want("app.web", object);
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed)
          ownership of spec.template.spec.terminationGracePeriodSeconds
    "#]],
    );
}

#[test]
fn a_webhook_that_takes_no_dry_run_leaves_the_object_unverified() {
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    scene.script.push_back(Answer::Refused(Refusal {
        status: 400,
        reason: "BadRequest".into(),
        message: "admission webhook \"x.example.com\" does not support dry run".into(),
        causes: vec![],
    }));
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (not verified: an admission webhook cannot be asked: admission webhook "x.example.com" does not support dry run)
          Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:26
          Rollout
    "#]],
    );
}

#[test]
fn a_cluster_that_does_not_answer_is_an_error_and_not_silence() {
    let mut scene = web("web:1");
    scene.want("app.web", deployment("web", "web:2"));
    scene.script.push_back(Answer::Failed("connection reset".into()));
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (not verified: an error was found)
        Error not-verified: the cluster did not answer | app.web (Deployment default/web) could not be verified: connection reset
    "#]],
    );
}

#[test]
fn only_listed_fields_are_called_assigned_or_unknown() {
    let mut scene = Scene::new();
    scene.want("app.web", stateful_set("web", 2));
    scene.want("service.web", service("web", 80));
    let (plan, _) = scene.plan();
    for op in &plan.operations {
        assert_marks_are_listed(&op.id.gvk.kind, &mut Vec::new(), &op.after_unknown);
    }
}

fn assert_marks_are_listed(
    kind: &str,
    path: &mut Vec<plimsoll_schema::PathElement>,
    marks: &serde_json::Value,
) {
    use plimsoll_schema::{Path, PathElement};
    match marks {
        serde_json::Value::Bool(true) => {
            let path = Path(path.clone());
            assert!(crate::assigned::is_listed(kind, &path), "{kind} {path} is not in the list");
        }
        serde_json::Value::Object(map) => {
            for (name, marks) in map {
                path.push(PathElement::field(name));
                assert_marks_are_listed(kind, path, marks);
                path.pop();
            }
        }
        serde_json::Value::Array(items) => {
            for (i, marks) in items.iter().enumerate() {
                path.push(PathElement::Index(i));
                assert_marks_are_listed(kind, path, marks);
                path.pop();
            }
        }
        _ => {}
    }
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
