//! Fields and objects that others own, too.

use super::*;

#[test]
fn a_value_that_a_person_edited_is_set_back() {
    let mut scene = web("web:1");
    scene.edited(&id(&deployment("web", "")), "kubectl-edit", None, |o| o["spec"]["replicas"] = 7.into());
    check(
        &mut scene,
        expect![[r#"
            0 update app.web Deployment default/web (changed, force)
              Drift spec.replicas: 7 -> 2  web.hcl:9  set by kubectl-edit Update
                stays with Made { at: Location { path: "web.hcl", line: 9 } }
              effect 5 pods stop: replicas, web.hcl:9
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
              Drift spec.replicas: 7 -> 2  web.hcl:9  set by kubectl Update
                stays with Made { at: Location { path: "web.hcl", line: 9 } }
              effect 5 pods stop: replicas, web.hcl:9
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
              effect 5 pods replaced up to 3 at a time, at least 4 stay ready: image, web.hcl:26
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
              effect 3 pods start
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
              effect 6 pods replaced up to 3 at a time, at least 5 stay ready: image, web.hcl:24
              ReplicasLeft { by: None, first: 3, now: 6 }
        "#]],
    );
}

#[test]
fn a_first_number_that_changes_later_is_told_to_be_the_first_only() {
    let mut scene = Scene::new();
    let mut object = deployment("web", "web:1");
    object["spec"].as_object_mut().unwrap().remove("replicas");
    scene.want("app.web", object.clone()).first_replicas = Some(3);
    scene.want("autoscale.busy", json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "busy", "namespace": "default"},
        "spec": {"maxReplicas": 9, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}}));
    scene.settle();
    scene.want("app.web", object).first_replicas = Some(5);
    check(
        &mut scene,
        expect![[r#"
        0 none app.web Deployment default/web (unchanged)
          ReplicasLeft { by: Some("autoscale.busy"), first: 5, now: 3 }
        1 none autoscale.busy HorizontalPodAutoscaler default/busy (unchanged)
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
              effect no restart
              ReplicasLeft { by: None, first: 4, now: 2 }
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
              effect 4 pods stop: replicas, web.hcl:22
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
              Drift metadata.labels.plimsoll.dev/environment: - -> "dev"  web.hcl:5
                stays with Made { at: Location { path: "web.hcl", line: 5 } }
              Drift metadata.labels.plimsoll.dev/project: - -> "shop"  web.hcl:6
                stays with Made { at: Location { path: "web.hcl", line: 6 } }
              effect no restart
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
fn a_field_that_changes_hands_is_told_beside_one_whose_name_begins_alike() {
    let mut scene = Scene::new();
    let config = |extra: serde_json::Value| {
        let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "site", "namespace": "default"}, "data": {"ab": "1"}});
        object["data"].as_object_mut().unwrap().append(&mut extra.as_object().unwrap().clone());
        object
    };
    scene.want("config.site", config(json!({})));
    scene.settle();
    let theirs = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "site", "namespace": "default"}, "data": {"a": "1"}});
    scene.applied(&theirs, "somebody");
    scene.want("config.site", config(json!({"a": "1", "ab": "2"})));
    check(
        &mut scene,
        expect![[r#"
        0 update config.site ConfigMap default/site (changed)
          Ours data.ab: "1" -> "2"  web.hcl:13
          ownership of data.a
    "#]],
    );
}

#[test]
fn an_object_whose_field_managers_were_cleared_is_ours_by_its_uid() {
    let mut scene = web("web:1");
    let web_id = id(&deployment("web", ""));
    scene.objects.get_mut(&web_id).unwrap()["metadata"]["managedFields"] = json!([]);
    scene.want("app.web", deployment("web", "web:2"));
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed, force)
          Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:26  set by before-first-apply Update
          ownership of metadata.annotations.plimsoll.dev/address, metadata.labels.plimsoll.dev/environment, metadata.labels.plimsoll.dev/project, spec.replicas, spec.selector, spec.template.metadata.labels.app, spec.template.spec.containers[name=web].name, spec.template.spec.containers[name=web].resources.requests.cpu
          effect 2 pods replaced one at a time, no gap: image, web.hcl:26
    "#]],
    );
    // Another object under its name is somebody else's.
    scene.objects.get_mut(&web_id).unwrap()["metadata"]["uid"] = "another".into();
    let (plan, _) = scene.plan();
    assert_eq!(plan.notices.iter().map(|n| n.code.as_str()).collect::<Vec<_>>(), ["object-exists"]);
}

#[test]
fn an_autoscaled_workload_without_field_managers_keeps_its_number() {
    let mut scene = Scene::new();
    let mut object = deployment("web", "web:1");
    object["spec"].as_object_mut().unwrap().remove("replicas");
    scene.want("app.web", object.clone()).first_replicas = Some(3);
    scene.settle();
    let live = scene.objects.get_mut(&id(&object)).unwrap();
    live["spec"]["replicas"] = 7.into();
    live["metadata"]["managedFields"] = json!([]);
    object["spec"]["template"]["spec"]["containers"][0]["image"] = "web:2".into();
    scene.want("app.web", object).first_replicas = Some(3);
    check(
        &mut scene,
        expect![[r#"
        0 update app.web Deployment default/web (changed, force)
          Ours spec.template.spec.containers[name=web].image: "web:1" -> "web:2"  web.hcl:24  set by before-first-apply Update
          ownership of metadata.annotations.plimsoll.dev/address, metadata.labels.plimsoll.dev/environment, metadata.labels.plimsoll.dev/project, spec.selector, spec.template.metadata.labels.app, spec.template.spec.containers[name=web].name, spec.template.spec.containers[name=web].resources.requests.cpu
          effect 7 pods replaced up to 3 at a time, at least 6 stay ready: image, web.hcl:24
          ReplicasLeft { by: None, first: 3, now: 7 }
    "#]],
    );
}
