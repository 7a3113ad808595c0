//! Deletes, what is gone already, lost states, and the order of a plan.

use super::*;

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
              effect 2 pods stop
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
              effect 2 pods replaced one at a time, no gap: image, web.hcl:35
            1 delete config.site ConfigMap default/site (changed, after 0)
        "#]],
    );
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
              effect 2 pods stop
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
              effect 2 pods stop
        "#]],
    );
}

#[test]
fn a_state_that_is_not_there_although_objects_are_is_told() {
    let mut scene = web("web:1");
    scene.recorded.resources.clear();
    scene.recorded.absent = true;
    check(
        &mut scene,
        expect![[r#"
            0 none app.web Deployment default/web (unchanged)
            Warning state-not-found: no state found | 1 object is recognised by labels, as part of environment dev of project shop; the next apply records it again.
        "#]],
    );
    scene.objects.clear();
    let (_, report) = scene.plan();
    assert!(report.items().is_empty(), "a first plan misses nothing");
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
              effect 2 pods start
            2 create service.web Service default/web (changed, after 1)
              6 fields
            3 create app.api Deployment default/api (changed, after 1!)
              9 fields
              effect 2 pods start
        "#]],
    );
}

#[test]
fn an_autoscaler_goes_before_its_target_changes() {
    let mut scene = Scene::new();
    let mut object = deployment("web", "web:1");
    object["spec"].as_object_mut().unwrap().remove("replicas");
    scene.want("app.web", object).first_replicas = Some(3);
    let hpa = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"maxReplicas": 9, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}});
    scene.want("autoscale.web", hpa);
    scene.edge("autoscale.web", "app.web", EdgeKind::Order);
    scene.settle();
    scene.desired.objects.clear();
    scene.desired.edges.clear();
    scene.want("app.web", deployment("web", "web:1"));
    check(
        &mut scene,
        expect![[r#"
            0 delete autoscale.web HorizontalPodAutoscaler default/web (changed)
            1 update app.web Deployment default/web (changed, force, after 0)
              Ours spec.replicas: 3 -> 2  web.hcl:34  set by plimsoll-replicas Apply
              effect 1 pod stops: replicas, web.hcl:34
              ReplicasTakenBack { from: 3, to: 2 }
        "#]],
    );
    // Both go: the autoscaler first.
    scene.options.destroy = true;
    check(
        &mut scene,
        expect![[r#"
            0 delete autoscale.web HorizontalPodAutoscaler default/web (changed)
            1 delete app.web Deployment default/web (changed, after 0)
              effect 3 pods stop
        "#]],
    );
}

#[test]
fn what_a_type_that_is_not_served_holds_is_not_forgotten() {
    let mut scene = web("web:1");
    scene.missing_kinds.insert(id(&deployment("web", "")).gvk);
    scene.desired.objects.clear();
    check(
        &mut scene,
        expect![[r#"
        Error not-verified: the cluster did not answer | Whether app.web (Deployment default/web) is still there could not be found out: the cluster does not serve apps/v1/Deployment.
    "#]],
    );
}

fn in_namespace(mut object: serde_json::Value, namespace: &str) -> serde_json::Value {
    object["metadata"]["namespace"] = namespace.into();
    object
}

fn thing(kind: &str, name: &str) -> serde_json::Value {
    json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "dev"}})
}

/// A namespace with an app in it, and what the server puts there.
fn namespace() -> Scene {
    let mut scene = Scene::new();
    scene
        .want("namespace.dev", json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "dev"}}));
    scene.want("app.nginx", in_namespace(stateful_set("nginx", 1), "dev"));
    scene.settle();
    scene.applied(&thing("ServiceAccount", "default"), "kube-controller-manager");
    scene.applied(&thing("ConfigMap", "kube-root-ca.crt"), "kube-controller-manager");
    scene.applied(&thing("ConfigMap", "istio-ca-root-cert"), "istiod");
    let mut token = thing("Secret", "default-token-x");
    token["type"] = "kubernetes.io/service-account-token".into();
    token["metadata"]["annotations"]["kubernetes.io/service-account.name"] = "default".into();
    scene.applied(&token, "kube-controller-manager");
    let mut owned = thing("Pod", "nginx-0");
    owned["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "nginx", "uid": "x"}]);
    owned["spec"] = json!({"containers": [{"name": "web", "image": "nginx:1"}]});
    scene.applied(&owned, "kube-controller-manager");
    scene.options.destroy = true;
    scene
}

#[test]
fn a_namespace_goes_when_everything_in_it_is_planned_to_go() {
    let mut scene = namespace();
    check(
        &mut scene,
        expect![[r#"
            0 delete app.nginx StatefulSet dev/nginx (changed)
              effect 1 pod stops
              PodRemoved("nginx-0")
              ClaimKept("disk-nginx-0")
            1 delete namespace.dev Namespace dev (changed, after 0)
            retained PersistentVolumeClaim dev/disk-nginx-0
        "#]],
    );
    assert!(scene.asked.iter().any(|a| a == "list everything in dev"), "{:?}", scene.asked);
}

#[test]
fn a_namespace_with_claims_that_stay_and_what_others_made_is_not_deleted() {
    let mut scene = namespace();
    let mut claim = labelled("app.nginx", thing("PersistentVolumeClaim", "disk-nginx-0"));
    claim["spec"] = json!({});
    scene.applied(&claim, "kube-controller-manager");
    scene.applied(&thing("ConfigMap", "theirs"), "helm");
    // What a type owns that nobody asks for is somebody's.
    let mut owned = thing("Secret", "certificate");
    owned["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "cert.example/v1", "kind": "Certificate", "name": "c", "uid": "y"}]);
    scene.applied(&owned, "cert");
    check(
        &mut scene,
        expect![[r#"
            0 delete app.nginx StatefulSet dev/nginx (changed)
              effect 1 pod stops
              PodRemoved("nginx-0")
              ClaimKept("disk-nginx-0")
            1 delete namespace.dev Namespace dev (changed, after 0)
            retained PersistentVolumeClaim dev/disk-nginx-0
            Error namespace-not-empty: the namespace still holds something | Deleting namespace.dev (Namespace dev) would delete what this plan does not: ConfigMap dev/theirs, PersistentVolumeClaim dev/disk-nginx-0 (retained), Secret dev/certificate.
        "#]],
    );
    // The same where only the block is removed.
    scene.options.destroy = false;
    scene.desired.objects.retain(|o| o.id.gvk.kind != "Namespace");
    let (plan, _) = scene.plan();
    assert!(plan.errored());
    assert!(plan.notices[0].detail.contains("ConfigMap dev/theirs"), "{:?}", plan.notices);
}

#[test]
fn a_namespace_that_cannot_be_looked_into_is_not_deleted() {
    let mut scene = namespace();
    scene.script.push_back(Answer::Failed("no rights".into()));
    let (plan, report) = scene.plan();
    assert!(plan.errored());
    assert!(text(&plan, &report).contains("What namespace dev holds could not be found out: no rights"));
    // One that stays is not asked about.
    scene.options.destroy = false;
    assert!(!scene.plan().0.has_changes());
    assert_eq!(scene.asked, [""; 0]);
}

#[test]
fn an_object_without_field_managers_goes_and_one_that_another_took_over_stays() {
    let web_id = id(&deployment("web", ""));
    for destroy in [false, true] {
        for cleared in [json!([]), json!([{}]), json!(null)] {
            let mut scene = web("web:1");
            scene.objects.get_mut(&web_id).unwrap()["metadata"]["managedFields"] = cleared;
            scene.desired.objects.retain(|_| destroy);
            scene.options.destroy = destroy;
            check(
                &mut scene,
                expect![[r#"
                0 delete app.web Deployment default/web (changed)
                  effect 2 pods stop
            "#]],
            );
            // What the plan says, an apply carries out.
            let (plan, _) = scene.plan();
            let (live, key) = (&scene.objects[&web_id], crate::mask::Key::new(scene.key));
            let fresh = crate::stale::recheck(&plan.operations[0], Some(live), MANAGER, &key);
            assert_eq!(fresh, crate::stale::Freshness::Same);
            let mut let_go = live.clone();
            let_go["metadata"]["labels"] = json!({});
            let moved = crate::stale::recheck(&plan.operations[0], Some(&let_go), MANAGER, &key);
            assert_eq!(moved, crate::stale::Freshness::Moved);
        }
        let mut scene = web("web:1");
        scene.applied(&labelled("app.web", deployment("web", "web:1")), "helm");
        let managers = &mut scene.objects.get_mut(&web_id).unwrap()["metadata"]["managedFields"];
        managers.as_array_mut().unwrap().retain(|entry| entry["manager"] == "helm");
        scene.desired.objects.retain(|_| destroy);
        scene.options.destroy = destroy;
        check(
            &mut scene,
            expect![[r#"
            0 forget app.web Deployment default/web (changed)
            Warning object-left-alone: an object is no longer ours | app.web (Deployment default/web) lost our field manager plimsoll:shop; it stays, and is forgotten.
        "#]],
        );
    }
}
