//! The requests of scenarios in which controllers act.

use serde_json::{Value as Json, json};

use crate::play::Step;
use crate::steps::{apply, db, delete, json_patch, merge, path, put, web, whole};

pub fn deployment(ns: &str) -> Vec<Step> {
    let web_path = path(ns, "deployments", "web");
    let scale = format!("{web_path}/scale");
    vec![
        whole(apply("try it", &web_path, "&dryRun=All", web(2, "nginx:1.27"))),
        whole(apply("create it", &web_path, "", web(2, "nginx:1.27"))),
        whole(apply("say the same again", &web_path, "", web(2, "nginx:1.27"))),
        apply("three of them", &web_path, "", web(3, "nginx:1.27")),
        apply("another image", &web_path, "", web(3, "nginx:1.28")),
        apply("the first image again", &web_path, "", web(3, "nginx:1.27")),
        whole(put(
            "scale to one",
            &format!("{scale}?fieldManager=kubectl"),
            json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web", "namespace": ns}, "spec": {"replicas": 1}}),
        )),
        whole(apply("the number is another's", &web_path, "", web(3, "nginx:1.27"))),
        apply("take it back", &web_path, "&force=true", web(2, "nginx:1.27")),
        merge(
            "another's label",
            &format!("{web_path}?fieldManager=kubectl-edit"),
            json!({"metadata": {"annotations": {"team": "blue"}}}),
        ),
        json_patch(
            "another's container",
            &format!("{web_path}?fieldManager=kubectl-edit"),
            json!([{"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "side", "image": "busybox"}}]),
        ),
        apply("ours stays ours", &web_path, "", web(2, "nginx:1.29")),
        delete("delete it", &web_path, json!({"propagationPolicy": "Background"})),
    ]
}

pub fn stateful_set(ns: &str) -> Vec<Step> {
    let db_path = path(ns, "statefulsets", "db");
    let mut parallel = db(2, "postgres:17");
    parallel["spec"]["persistentVolumeClaimRetentionPolicy"] =
        json!({"whenDeleted": "Delete", "whenScaled": "Delete"});
    vec![
        whole(apply("create it", &db_path, "", db(1, "postgres:16"))),
        apply("three of them", &db_path, "", db(3, "postgres:16")),
        apply("one again", &db_path, "", db(1, "postgres:16")),
        apply("two, and another image", &db_path, "", db(2, "postgres:17")),
        delete("lose a pod", &path(ns, "pods", "db-1"), Json::Null),
        apply("claims go with it", &db_path, "", parallel),
        delete("delete it", &db_path, json!({"propagationPolicy": "Foreground"})),
    ]
}

pub fn autoscaler(ns: &str) -> Vec<Step> {
    let at = path(ns, "horizontalpodautoscalers", "web");
    let hpa = |min: i64, max: i64| {
        json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
                "minReplicas": min, "maxReplicas": max,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}],
            },
        })
    };
    vec![
        apply("bounds that are none", &at, "", hpa(5, 2)),
        whole(apply("try it", &at, "&dryRun=All", hpa(1, 4))),
        apply("a target", &path(ns, "deployments", "web"), "", web(2, "nginx:1.27")),
        Step { slow: 20, ..apply("scale it", &at, "", hpa(1, 4)) },
    ]
}

pub fn workloads(ns: &str) -> Vec<Step> {
    let template = |image: &str| json!({"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": image}]}});
    let daemons = |image: &str| {
        json!({
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"},
            "spec": {"selector": {"matchLabels": {"app": "x"}}, "template": template(image)},
        })
    };
    let mut once = template("busybox:1.36");
    once["metadata"] = json!({});
    once["spec"]["restartPolicy"] = json!("Never");
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "agent"},
        "spec": {"minAvailable": "50%", "selector": {"matchLabels": {"app": "x"}}},
    });
    let fixed = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "agent"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "x"}}},
    });
    let for_web = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "web"}}},
    });
    let suspended = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"},
        "spec": {"suspend": true, "template": once},
    });
    let mut running = suspended.clone();
    running["spec"]["suspend"] = json!(false);
    let mut changed = running.clone();
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = json!("busybox:1.37");
    vec![
        apply("one on each node", &path(ns, "daemonsets", "agent"), "", daemons("agent:1")),
        apply("not all at once", &path(ns, "poddisruptionbudgets", "agent"), "", budget),
        apply("one at least", &path(ns, "poddisruptionbudgets", "agent"), "", fixed),
        apply("an app", &path(ns, "deployments", "web"), "", web(3, "nginx:1")),
        apply("one less at most", &path(ns, "poddisruptionbudgets", "web"), "", for_web),
        apply("another image", &path(ns, "daemonsets", "agent"), "", daemons("agent:2")),
        apply("a job that waits", &path(ns, "jobs", "once"), "", suspended),
        apply("let it run", &path(ns, "jobs", "once"), "", running),
        apply("another template", &path(ns, "jobs", "once"), "", changed),
        delete("no job", &path(ns, "jobs", "once"), json!({"propagationPolicy": "Background"})),
    ]
}

pub fn rollouts(ns: &str) -> Vec<Step> {
    let at = path(ns, "deployments", "web");
    let recreate = |image: &str| {
        let mut web = web(2, image);
        web["spec"]["strategy"] = json!({"type": "Recreate"});
        web
    };
    let paused = |image: &str, paused: bool| {
        let mut web = recreate(image);
        web["spec"]["paused"] = json!(paused);
        web["spec"]["revisionHistoryLimit"] = json!(1);
        web
    };
    let db_path = path(ns, "statefulsets", "db");
    let parallel = |replicas: i64, image: &str, partition: i64| {
        let mut db = db(replicas, image);
        db["spec"]["podManagementPolicy"] = json!("Parallel");
        db["spec"]["updateStrategy"] =
            json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}});
        db["spec"]["ordinals"] = json!({"start": 5});
        db["spec"]["persistentVolumeClaimRetentionPolicy"] =
            json!({"whenDeleted": "Retain", "whenScaled": "Delete"});
        db
    };
    vec![
        apply("all at once", &at, "", recreate("nginx:1")),
        apply("all anew", &at, "", recreate("nginx:2")),
        apply("held", &at, "", paused("nginx:3", true)),
        apply("on again", &at, "", paused("nginx:3", false)),
        apply("once more", &at, "", paused("nginx:4", false)),
        merge(
            "restarted by hand",
            &format!("{at}?fieldManager=kubectl-rollout"),
            json!({"spec": {"template": {"metadata": {
                "annotations": {"kubectl.kubernetes.io/restartedAt": "now"},
            }}}}),
        ),
        apply("side by side", &db_path, "", parallel(3, "postgres:16", 0)),
        apply("only the upper ones", &db_path, "", parallel(3, "postgres:17", 1)),
        apply("then the rest", &db_path, "", parallel(3, "postgres:17", 0)),
        apply("one, and its claims alone", &db_path, "", parallel(1, "postgres:17", 0)),
        delete("leave the pods", &db_path, json!({"propagationPolicy": "Orphan"})),
        apply("take them in again", &db_path, "", parallel(1, "postgres:17", 0)),
    ]
}
