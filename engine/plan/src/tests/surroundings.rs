//! What stands around the objects that change: classes, hosts of others, quotas, nodes, disks.

use serde_json::Value as Json;

use super::*;

/// Puts an object into the cluster that is nobody's of us.
fn there(scene: &mut Scene, object: Json) {
    scene.objects.insert(id(&object), object);
}

fn findings(scene: &mut Scene) -> String {
    let (_, report) = scene.plan();
    report.sorted().iter().map(|d| format!("{:?} {} | {}\n", d.severity, d.code, d.detail)).collect()
}

fn with(mut object: Json, pointer: &str, value: Json) -> Json {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    object.pointer_mut(parent).unwrap()[key] = value;
    object
}

fn web(pointer: &str, value: Json) -> Json {
    with(deployment("web", "web:1"), pointer, value)
}

#[test]
fn a_plan_without_changes_looks_at_nothing_around() {
    let mut scene = super::web("web:1");
    scene.want("ingress.web", ingress("web", "default", "a.example.com"));
    scene.settle();
    scene.plan();
    assert!(scene.asked.is_empty(), "{:?}", scene.asked);
}

#[test]
fn only_what_starts_pods_asks_for_room() {
    let mut scene = super::web("web:1");
    scene.want("app.web", web("/spec/revisionHistoryLimit", json!(3)));
    scene.plan();
    assert_eq!(scene.asked, ["dry-run Deployment default/web as plimsoll:shop"]);
    scene.want("app.web", web("/spec/replicas", json!(1)));
    scene.plan();
    assert_eq!(scene.asked, ["dry-run Deployment default/web as plimsoll:shop"]);
}

#[test]
fn a_class_that_is_not_there_is_told_where_it_is_named() {
    let mut scene = Scene::new();
    let claim = |class: &str| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "default"},
            "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class, "resources": {"requests": {"storage": "1Gi"}}}})
    };
    scene.want("volume.data", claim("fast"));
    scene.want("app.web", web("/spec/template/spec/priorityClassName", json!("high")));
    scene.want("app.api", {
        let object =
            with(deployment("api", "api:1"), "/spec/template/spec/runtimeClassName", json!("gvisor"));
        with(object, "/spec/template/spec/priorityClassName", json!("system-node-critical"))
    });
    scene.want(
        "ingress.web",
        with(ingress("web", "default", "a.example.com"), "/spec/ingressClassName", json!("nginx")),
    );
    expect![[r#"
        Error pod-class-missing | app.web (Deployment default/web): the cluster has no PriorityClass high, and refuses every pod that names it.
        Error pod-class-missing | app.api (Deployment default/api): the cluster has no RuntimeClass gvisor, and refuses every pod that names it.
        Warning class-missing | volume.data (PersistentVolumeClaim default/data): the cluster has no StorageClass fast. Unless a volume of that class is there already, the claim waits, and its pods with it.
        Warning nothing-serves | The cluster has no IngressClass nginx, so nobody takes the requests of ingress.web until there is one.
    "#]].assert_eq(&findings(&mut scene));
    let asked: Vec<&String> = scene.asked.iter().filter(|q| q.ends_with("Class")).collect();
    assert_eq!(asked, ["list IngressClass", "list PriorityClass", "list RuntimeClass", "list StorageClass"]);
    let class = |api: &str, kind: &str, name: &str| json!({"apiVersion": api, "kind": kind, "metadata": {"name": name}});
    there(&mut scene, class("storage.k8s.io/v1", "StorageClass", "fast"));
    there(&mut scene, class("node.k8s.io/v1", "RuntimeClass", "gvisor"));
    there(&mut scene, class("networking.k8s.io/v1", "IngressClass", "nginx"));
    // What the configuration makes is there in time.
    scene.want(
        "manifest.high",
        with(class("scheduling.k8s.io/v1", "PriorityClass", "high"), "/value", json!(1)),
    );
    expect![""].assert_eq(&findings(&mut scene));
}

#[test]
fn a_claim_without_a_class_needs_a_default_one() {
    let mut scene = Scene::new();
    scene.objects.clear();
    scene.want("app.db", stateful_set("db", 1));
    expect![[r#"
        Warning class-missing | app.db (StatefulSet default/db) names no storage class, and none of the cluster is the default: the claim waits, and its pods with it.
    "#]].assert_eq(&findings(&mut scene));
    // Claims that are there already wait for nothing.
    scene.settle();
    scene.want(
        "app.db",
        with(stateful_set("db", 1), "/spec/template/spec/containers/0/image", json!("nginx:2")),
    );
    expect![""].assert_eq(&findings(&mut scene));
}

#[test]
fn the_old_annotation_makes_a_class_the_default_too() {
    let mut scene = Scene::new();
    scene.objects.clear();
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata":
        {"name": "old", "annotations": {"storageclass.beta.kubernetes.io/is-default-class": "true"}}});
    there(&mut scene, class);
    scene.want("app.db", stateful_set("db", 1));
    expect![""].assert_eq(&findings(&mut scene));
}

#[test]
fn the_next_run_of_a_schedule_needs_its_class() {
    let cron = |pod: Json| {
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "report", "namespace": "default"},
            "spec": {"schedule": "0 5 * * 1", "jobTemplate": {"spec": {"template": {"spec": pod}}}}})
    };
    let containers = || json!([{"name": "a", "image": "a:1"}]);
    let mut scene = Scene::new();
    scene.want("job.report", cron(json!({"restartPolicy": "Never", "containers": containers()})));
    scene.settle();
    let urgent = json!({"restartPolicy": "Never", "containers": containers(), "priorityClassName": "high"});
    scene.want("job.report", cron(urgent));
    expect![[r#"
        Error pod-class-missing | job.report (CronJob default/report): the cluster has no PriorityClass high, and refuses every pod that names it.
    "#]].assert_eq(&findings(&mut scene));
}

fn ingress(name: &str, namespace: &str, host: &str) -> Json {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "namespace": namespace}, "spec": {"rules": [{"host": host}]}})
}

#[test]
fn a_host_that_another_namespace_claims_is_told_once_it_is_new() {
    let mut scene = Scene::new();
    there(&mut scene, ingress("blog", "marketing", "www.example.com"));
    let other =
        with(ingress("other", "marketing", "www.example.com"), "/spec/ingressClassName", json!("traefik"));
    there(&mut scene, other);
    let mut own =
        with(ingress("web", "default", "www.example.com"), "/spec/ingressClassName", json!("nginx"));
    there(
        &mut scene,
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "nginx"}}),
    );
    scene.want("ingress.web", own.clone());
    expect![[r#"
        Warning host-claimed | ingress.web (Ingress default/web) is to answer for www.example.com, which Ingress marketing/blog claims already. Whose paths win is up to the controller.
    "#]].assert_eq(&findings(&mut scene));
    scene.settle();
    own["metadata"]["annotations"] = json!({"a": "b"});
    scene.want("ingress.web", own);
    expect![""].assert_eq(&findings(&mut scene));
    assert!(!scene.asked.contains(&"list Ingress".to_string()), "{:?}", scene.asked);
}

#[test]
fn what_may_not_be_looked_at_is_said_and_fails_nothing() {
    let mut scene = Scene::new();
    scene.want("app.web", deployment("web", "web:1"));
    scene.script.extend([
        Answer::Applied { status: 201, object: labelled("app.web", deployment("web", "web:1")) },
        Answer::Failed("nodes is forbidden".into()),
        Answer::Failed("resourcequotas is forbidden".into()),
    ]);
    let (plan, report) = scene.plan();
    assert!(!plan.errored());
    expect![[r#"
        0 create app.web Deployment default/web (changed)
          9 fields
          effect 2 pods start
        Warning not-checked: something around the objects could not be checked | Nodes of the cluster: nodes is forbidden
        ResourceQuotas of namespace default: resourcequotas is forbidden
    "#]].assert_eq(&text(&plan, &report));
}

fn quota(hard: Json, used: Json) -> Json {
    json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "team", "namespace": "default"},
        "spec": {"hard": hard}, "status": {"hard": hard, "used": used}})
}

/// Two pods of 100m that are rolled, beside a quota.
fn rolled(quotas: Json) -> Scene {
    let mut scene = super::web("web:1");
    there(&mut scene, quotas);
    scene.want("app.web", deployment("web", "web:2"));
    scene
}

#[test]
fn a_quota_below_the_surge_refuses_the_rollout_with_the_numbers() {
    let mut scene = rolled(quota(json!({"requests.cpu": "250m"}), json!({"requests.cpu": "200m"})));
    expect![[r#"
        Error quota-too-small | app.web (Deployment default/web): its pods are replaced without a gap, so a new one, requests.cpu 100m, has to fit beside the 2 old ones. ResourceQuota default/team allows requests.cpu 250m, of which 200m is used: 50m is left.
    "#]].assert_eq(&findings(&mut scene));
    let mut scene = rolled(quota(json!({"pods": "2"}), json!({"pods": "2"})));
    expect![[r#"
        Error quota-too-small | app.web (Deployment default/web): its pods are replaced without a gap, so a new one, pods 1, has to fit beside the 2 old ones. ResourceQuota default/team allows pods 2, of which 2 is used: 0 is left.
    "#]].assert_eq(&findings(&mut scene));
    // With one away, the new pod takes its room.
    scene.want(
        "app.web",
        with(
            deployment("web", "web:2"),
            "/spec/strategy",
            json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}),
        ),
    );
    expect![""].assert_eq(&findings(&mut scene));
    let mut scene = rolled(quota(json!({"requests.cpu": "300m"}), json!({"requests.cpu": "200m"})));
    expect![""].assert_eq(&findings(&mut scene));
}

#[test]
fn a_quota_below_all_pods_refuses_them_together() {
    let mut scene = Scene::new();
    there(
        &mut scene,
        quota(json!({"cpu": "1", "limits.memory": "1Gi"}), json!({"cpu": "700m", "limits.memory": "1Gi"})),
    );
    scene.want("app.web", deployment("web", "web:1"));
    scene.want("app.api", deployment("api", "api:1"));
    // No container says how much memory it may have: a LimitRange may, and nothing is said of it.
    expect![[r#"
        Error quota-too-small | app.api (Deployment default/api): 2 pods of cpu 100m need 200m more; app.web (Deployment default/web): 2 pods of cpu 100m need 200m more. Together that is 400m. ResourceQuota default/team allows cpu 1, of which 700m is used: 300m is left.
    "#]].assert_eq(&findings(&mut scene));
    // What goes with the same plan leaves room.
    let old = deployment("old", "old:1");
    scene.applied(&labelled("app.old", old.clone()), MANAGER);
    scene.record("app.old", &id(&old));
    expect![""].assert_eq(&findings(&mut scene));
    // A quota of some pods only is not judged.
    let mut scene = Scene::new();
    let mut some = quota(json!({"cpu": "100m"}), json!({"cpu": "0"}));
    some["spec"]["scopes"] = json!(["Terminating"]);
    there(&mut scene, some);
    scene.want("app.web", deployment("web", "web:1"));
    expect![""].assert_eq(&findings(&mut scene));
}

#[test]
fn room_that_the_same_plan_frees_is_a_matter_of_order() {
    let full = || quota(json!({"pods": "4"}), json!({"pods": "4"}));
    let old = || deployment("old", "old:1");
    let beside = |other: Json| {
        let mut scene = rolled(full());
        scene.want("app.old", other.clone());
        scene.applied(&labelled("app.old", other.clone()), MANAGER);
        scene.record("app.old", &id(&other));
        scene
    };
    let without = |other: Json, status: Json| {
        let mut scene = beside(other.clone());
        scene.objects.get_mut(&id(&other)).unwrap()["status"] = status;
        scene.desired.objects.retain(|o| o.address.name != "old");
        findings(&mut scene)
    };
    // It stays: there is no room.
    expect![[r#"
        Error quota-too-small | app.web (Deployment default/web): its pods are replaced without a gap, so a new one, pods 1, has to fit beside the 2 old ones. ResourceQuota default/team allows pods 4, of which 4 is used: 0 is left.
    "#]].assert_eq(&findings(&mut beside(old())));
    // It goes, or some of it.
    expect![[r#"
        Warning quota-too-small | app.web (Deployment default/web): its pods are replaced without a gap, so a new one, pods 1, has to fit beside the 2 old ones. ResourceQuota default/team allows pods 4, of which 4 is used: 0 is left. Other pods go with this plan and leave room, but nothing says that they go first.
    "#]].assert_eq(&without(old(), json!({})));
    let mut scene = beside(old());
    scene.want("app.old", with(old(), "/spec/replicas", json!(1)));
    expect![[r#"
        Warning quota-too-small | app.web (Deployment default/web): its pods are replaced without a gap, so a new one, pods 1, has to fit beside the 2 old ones. ResourceQuota default/team allows pods 4, of which 4 is used: 0 is left. Other pods go with this plan and leave room, but nothing says that they go first.
    "#]].assert_eq(&findings(&mut scene));
    // The pods of a DaemonSet and of a job count, as far as somebody counted them.
    let mut agent = old();
    agent["kind"] = "DaemonSet".into();
    agent["spec"].as_object_mut().unwrap().remove("replicas");
    let warned = without(agent.clone(), json!({"desiredNumberScheduled": 2}));
    assert!(warned.starts_with("Warning quota-too-small"), "{warned}");
    let refused = without(agent, json!({"desiredNumberScheduled": 0}));
    assert!(refused.starts_with("Error quota-too-small"), "{refused}");
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "old", "namespace": "default"},
        "spec": {"template": old()["spec"]["template"]}});
    for (status, severity) in
        [(json!({"active": 1}), "Warning"), (json!({"succeeded": 1}), "Error"), (json!({}), "Warning")]
    {
        let told = without(job.clone(), status.clone());
        assert!(told.starts_with(&format!("{severity} quota-too-small")), "{status}: {told}");
    }
}

#[test]
fn what_goes_makes_room_for_what_comes_whatever_its_kind() {
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "old", "namespace": "default"},
        "spec": {"template": deployment("old", "old:1")["spec"]["template"]}});
    let told = |status: Json| {
        let mut scene = Scene::new();
        there(&mut scene, quota(json!({"cpu": "400m"}), json!({"cpu": "300m"})));
        scene.applied(&labelled("job.old", job.clone()), MANAGER);
        scene.record("job.old", &id(&job));
        scene.objects.get_mut(&id(&job)).unwrap()["status"] = status;
        scene.want("app.web", deployment("web", "web:1"));
        findings(&mut scene)
    };
    expect![[r#""#]].assert_eq(&told(json!({"active": 1})));
    expect![[r#"
        Error quota-too-small | app.web (Deployment default/web): 2 pods of cpu 100m need 200m more. Together that is 200m. ResourceQuota default/team allows cpu 400m, of which 300m is used: 100m is left.
    "#]].assert_eq(&told(json!({"succeeded": 1})));
    expect![[r#"
        Warning quota-too-small | app.web (Deployment default/web): 2 pods of cpu 100m need 200m more. Together that is 200m. ResourceQuota default/team allows cpu 400m, of which 300m is used: 100m is left. How much becomes free with this plan is not known.
    "#]].assert_eq(&told(json!({})));
}

#[test]
fn a_quota_that_the_plan_changes_bounds_by_its_new_numbers() {
    let own = |hard: &str| {
        json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "team", "namespace": "default"},
            "spec": {"hard": {"pods": hard}}})
    };
    let changed = |hard: Option<&str>| {
        let mut scene = super::web("web:1");
        scene.want("manifest.team", own("2"));
        scene.settle();
        let live = scene.objects.get_mut(&id(&own("2"))).unwrap();
        live["status"] = json!({"hard": {"pods": "2"}, "used": {"pods": "2"}});
        scene.want("app.web", deployment("web", "web:2"));
        match hard {
            Some(hard) => drop(scene.want("manifest.team", own(hard))),
            None => scene.desired.objects.retain(|o| o.address.name != "team"),
        }
        findings(&mut scene)
    };
    expect![""].assert_eq(&changed(Some("3")));
    expect![""].assert_eq(&changed(None));
    expect![[r#"
        Error quota-too-small | app.web (Deployment default/web): its pods are replaced without a gap, so a new one, pods 1, has to fit beside the 2 old ones. ResourceQuota default/team allows pods 2, of which 2 is used: 0 is left.
    "#]].assert_eq(&changed(Some("2")));
}

#[test]
fn pods_that_are_not_replaced_take_no_more_room() {
    let larger = || json!({"requests": {"cpu": "1"}});
    let told = |before: Json, changes: &[(&str, Json)]| {
        let mut scene = Scene::new();
        scene.want("app.web", before.clone());
        scene.settle();
        there(&mut scene, quota(json!({"requests.cpu": "1"}), json!({"requests.cpu": "200m"})));
        let larger = with(before, "/spec/template/spec/containers/0/resources", larger());
        let after = changes.iter().fold(larger, |after, (at, value)| with(after, at, value.clone()));
        scene.want("app.web", after);
        // What starts pods has the quotas read.
        scene.want("app.new", with(deployment("new", "new:1"), "/spec/replicas", json!(1)));
        findings(&mut scene)
    };
    expect![""].assert_eq(&told(web("/spec/paused", json!(true)), &[]));
    let mut set = stateful_set("db", 2);
    set["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "100m"}});
    let by = |strategy: Json| with(set.clone(), "/spec/updateStrategy", strategy);
    expect![""].assert_eq(&told(by(json!({"type": "OnDelete"})), &[]));
    let partition = |n: i64| by(json!({"type": "RollingUpdate", "rollingUpdate": {"partition": n}}));
    expect![""].assert_eq(&told(partition(2), &[]));
    expect![[r#"
        Error quota-too-small | app.new (Deployment default/new): 1 pod of requests.cpu 100m need 100m more; app.web (StatefulSet default/db): 2 pods of requests.cpu 1 need 900m more. Together that is 1. ResourceQuota default/team allows requests.cpu 1, of which 200m is used: 800m is left.
    "#]].assert_eq(&told(partition(1), &[]));
    // Those that are added are new ones.
    expect![[r#"
        Error quota-too-small | app.new (Deployment default/new): 1 pod of requests.cpu 100m need 100m more; app.web (StatefulSet default/db): 3 pods of requests.cpu 1 need 1 more. Together that is 1100m. ResourceQuota default/team allows requests.cpu 1, of which 200m is used: 800m is left.
    "#]].assert_eq(&told(by(json!({"type": "OnDelete"})), &[("/spec/replicas", json!(3))]));
}

fn node(name: &str, cpu: &str, memory: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"disk": "hdd"}},
        "status": {"allocatable": {"cpu": cpu, "memory": memory}}})
}

#[test]
fn a_pod_that_no_node_can_hold_is_a_warning_with_the_numbers() {
    let asking =
        |requests: Json| web("/spec/template/spec/containers/0/resources", json!({"requests": requests}));
    let mut scene = Scene::new();
    there(&mut scene, node("a", "4", "8Gi"));
    there(&mut scene, node("b", "2", "64Gi"));
    scene.want("app.web", asking(json!({"cpu": "4", "memory": "32Gi"})));
    expect![[r#"
        Warning no-node-holds | app.web (Deployment default/web): a pod asks for cpu 4, memory 32Gi, and no node has that much; the most on one is cpu 4, memory 64Gi (of 2 nodes). The pods wait until a node is added that can.
    "#]].assert_eq(&findings(&mut scene));
    scene.want("app.web", asking(json!({"nvidia.com/gpu": "1"})));
    expect![[r#"
        Warning no-node-holds | app.web (Deployment default/web): a pod asks for nvidia.com/gpu 1, and no node has that much; the most on one is no nvidia.com/gpu (of 2 nodes). The pods wait until a node is added that can.
    "#]].assert_eq(&findings(&mut scene));
    scene.want("app.web", web("/spec/template/spec/nodeSelector", json!({"disk": "ssd"})));
    expect![[r#"
        Warning no-node-holds | app.web (Deployment default/web): a pod goes to a node with disk=ssd, and none has that (of 2 nodes). The pods wait until a node is added that can.
    "#]].assert_eq(&findings(&mut scene));
    scene.want("app.web", asking(json!({"cpu": "4", "memory": "8Gi"})));
    expect![""].assert_eq(&findings(&mut scene));
}

#[test]
fn nodes_are_listed_only_for_new_wishes() {
    let mut scene = super::web("web:1");
    let lists = |scene: &mut Scene| {
        scene.plan();
        scene.asked.contains(&"list Node".to_string())
    };
    scene.want("app.web", deployment("web", "web:2"));
    assert!(!lists(&mut scene), "{:?}", scene.asked);
    scene.want(
        "app.web",
        web("/spec/template/spec/containers/0/resources", json!({"requests": {"cpu": "0.1"}})),
    );
    assert!(!lists(&mut scene), "{:?}", scene.asked);
    scene.want(
        "app.web",
        web("/spec/template/spec/containers/0/resources", json!({"requests": {"cpu": "200m"}})),
    );
    assert!(lists(&mut scene), "{:?}", scene.asked);
    scene.want("app.web", web("/spec/template/spec/nodeSelector", json!({"disk": "ssd"})));
    assert!(lists(&mut scene), "{:?}", scene.asked);
}

/// A Deployment with a claim of its own, on a disk.
fn on_a_disk(mode: &str, replicas: u32, disk: Json) -> Scene {
    let mut scene = Scene::new();
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "default"},
        "spec": {"accessModes": [mode], "storageClassName": "standard", "resources": {"requests": {"storage": "1Gi"}}}});
    scene.want("volume.data", claim.clone());
    scene.want("app.web", with_claim("web:1", replicas));
    scene.settle();
    scene.objects.get_mut(&id(&claim)).unwrap()["spec"]["volumeName"] = "pv-1".into();
    there(
        &mut scene,
        json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-1"}, "spec": disk}),
    );
    there(&mut scene, node("a", "4", "8Gi"));
    there(&mut scene, node("b", "4", "8Gi"));
    scene.want("app.web", with_claim("web:2", replicas));
    scene
}

fn with_claim(image: &str, replicas: u32) -> Json {
    let volumes = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    with(
        with(deployment("web", image), "/spec/replicas", replicas.into()),
        "/spec/template/spec/volumes",
        volumes,
    )
}

#[test]
fn a_rollout_that_needs_two_pods_on_a_claim_for_one_is_refused() {
    let csi = || json!({"csi": {"driver": "disk.example.com"}});
    expect![[r#"
        Warning rollout-shares-claim | app.web (Deployment default/web): claim data is ReadWriteOnce; a new pod is to start beside the old one, on any of 2 nodes, and its disk pv-1 is attached to one. On another node the new pod waits for the disk, and the old one for the new pod.
    "#]].assert_eq(&findings(&mut on_a_disk("ReadWriteOnce", 1, csi())));
    expect![[r#"
        Error rollout-shares-claim | app.web (Deployment default/web): claim data is ReadWriteOncePod; the new pod is to start before the old one stops, and never does.
    "#]].assert_eq(&findings(&mut on_a_disk("ReadWriteOncePod", 1, csi())));
    expect![[r#"
        Error rollout-shares-claim | app.web (Deployment default/web): claim data is ReadWriteOncePod; it is to have 2 pods, and the second one never starts.
    "#]].assert_eq(&findings(&mut on_a_disk("ReadWriteOncePod", 2, csi())));
    expect![""].assert_eq(&findings(&mut on_a_disk("ReadWriteMany", 2, csi())));
    let (_, report) = on_a_disk("ReadWriteOncePod", 1, csi()).plan();
    // In place the API server would refuse it.
    expect!["update_strategy with max_surge = 0 and max_unavailable = 1"]
        .assert_eq(report.items()[0].help.as_deref().unwrap_or_default());
}

#[test]
fn only_nodes_that_take_the_pod_count() {
    let csi = || json!({"csi": {"driver": "disk.example.com"}});
    let beside = |change: &dyn Fn(&mut Json)| {
        let mut scene = on_a_disk("ReadWriteOnce", 1, csi());
        change(scene.objects.get_mut(&id(&node("b", "4", "8Gi"))).unwrap());
        scene
    };
    let taint = |effect: &str| json!([{"key": "role", "value": "db", "effect": effect}]);
    expect![""].assert_eq(&findings(&mut beside(&|node| node["spec"]["unschedulable"] = true.into())));
    expect![""].assert_eq(&findings(&mut beside(&|node| node["spec"]["taints"] = taint("NoSchedule"))));
    let preferred = findings(&mut beside(&|node| node["spec"]["taints"] = taint("PreferNoSchedule")));
    assert!(preferred.contains("on any of 2 nodes"), "{preferred}");
    let mut tolerating = beside(&|node| node["spec"]["taints"] = taint("NoExecute"));
    for (toleration, told) in [
        (json!({"key": "role", "operator": "Exists"}), true),
        (json!({"operator": "Exists", "effect": "NoExecute"}), true),
        (json!({"key": "role", "value": "db"}), true),
        (json!({"key": "role", "value": "web"}), false),
        (json!({"key": "role", "operator": "Exists", "effect": "NoSchedule"}), false),
    ] {
        let app = with(with_claim("web:2", 1), "/spec/template/spec/tolerations", json!([toleration]));
        tolerating.want("app.web", app);
        assert_eq!(findings(&mut tolerating).contains("on any of 2 nodes"), told, "{toleration}");
    }
    let mut scene = beside(&|node| node["metadata"]["labels"]["disk"] = "ssd".into());
    let selecting = with(with_claim("web:2", 1), "/spec/template/spec/nodeSelector", json!({"disk": "ssd"}));
    scene.want("app.web", selecting);
    expect![""].assert_eq(&findings(&mut scene));
}

#[test]
fn a_disk_that_may_come_to_the_new_pod_stops_nothing() {
    let csi = || json!({"csi": {"driver": "disk.example.com"}});
    // Not attached at all.
    expect![""].assert_eq(&findings(&mut on_a_disk("ReadWriteOnce", 1, json!({"nfs": {}}))));
    let mut scene = on_a_disk("ReadWriteOnce", 1, csi());
    there(
        &mut scene,
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver",
        "metadata": {"name": "disk.example.com"}, "spec": {"attachRequired": false}}),
    );
    expect![""].assert_eq(&findings(&mut scene));
    // Bound to one node, by the disk or by the pod, or there is only one.
    let local = json!({"csi": {"driver": "disk.example.com"}, "nodeAffinity": {"required": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["a"]}]}]}}});
    expect![""].assert_eq(&findings(&mut on_a_disk("ReadWriteOnce", 1, local)));
    let mut scene = on_a_disk("ReadWriteOnce", 1, csi());
    let pinned = with(with_claim("web:2", 1), "/spec/template/spec/nodeName", json!("a"));
    scene.want("app.web", pinned);
    expect![""].assert_eq(&findings(&mut scene));
    let mut scene = on_a_disk("ReadWriteOnce", 1, csi());
    scene.objects.remove(&id(&node("b", "4", "8Gi")));
    expect![""].assert_eq(&findings(&mut scene));
    // The old pod goes first.
    let mut scene = on_a_disk("ReadWriteOnce", 1, csi());
    scene.want("app.web", with(with_claim("web:2", 1), "/spec/strategy", json!({"type": "Recreate"})));
    expect![""].assert_eq(&findings(&mut scene));
}
