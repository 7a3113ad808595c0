//! Effects of workloads that stand still: paused, suspended, or held back by pods that are not ready.

use serde_json::Value as Json;

use super::effects::{effects, from_to, web, with};
use super::*;

/// What becomes of a workload of which the cluster says `status` when it is changed.
#[track_caller]
fn with_status(before: Json, status: Json, after: Json, expect: Expect) {
    let mut scene = Scene::new();
    scene.want("app.web", before.clone());
    scene.settle();
    scene.objects.get_mut(&id(&before)).unwrap()["status"] = status;
    scene.want("app.web", after);
    effects(&mut scene, expect);
}

#[test]
fn what_was_held_back_goes_on_once_it_is_let_go() {
    let set = |strategy: Json| with(stateful_set("db", 3), &[("/spec/updateStrategy", strategy)]);
    let partition = |n: i64| set(json!({"type": "RollingUpdate", "rollingUpdate": {"partition": n}}));
    let revisions = |updated: i64| json!({"observedGeneration": 1, "replicas": 3, "updatedReplicas": updated, "currentRevision": "db-1", "updateRevision": "db-2"});
    with_status(
        partition(3),
        revisions(0),
        partition(0),
        expect![[r#"
        3 pods replaced one at a time, at least 2 stay ready: update_strategy, web.hcl:42
    "#]],
    );
    with_status(
        partition(2),
        revisions(1),
        partition(1),
        expect![[r#"
        1 of 2 pods replaced, the partition keeps 1, at least 2 stay ready: update_strategy, web.hcl:42
    "#]],
    );
    let on_delete = || set(json!({"type": "OnDelete"}));
    let rolling = || set(json!({"type": "RollingUpdate"}));
    with_status(
        on_delete(),
        revisions(1),
        rolling(),
        expect![[r#"
        2 pods replaced one at a time, at least 2 stay ready: update_strategy, web.hcl:41
    "#]],
    );
    // All of them are new already, whatever the revisions say.
    with_status(
        on_delete(),
        revisions(3),
        rolling(),
        expect![[r#"
        no restart
    "#]],
    );
    let done =
        json!({"observedGeneration": 1, "replicas": 3, "currentRevision": "db-2", "updateRevision": "db-2"});
    with_status(
        partition(3),
        done,
        partition(0),
        expect![[r#"
        no restart
    "#]],
    );
    // A higher partition lets nothing go.
    with_status(
        partition(1),
        revisions(2),
        partition(2),
        expect![[r#"
        no restart
    "#]],
    );
    // Nobody knows: the controller has not said it of what is there now.
    let stale = json!({"observedGeneration": 0, "replicas": 3, "updatedReplicas": 3});
    with_status(
        partition(3),
        stale,
        partition(0),
        expect![[r#"
        pods replaced one at a time: update_strategy, web.hcl:42
    "#]],
    );
    with_status(
        partition(3),
        json!({}),
        partition(0),
        expect![[r#"
        pods replaced one at a time: update_strategy, web.hcl:42
    "#]],
    );

    let paused = || web("web:1", &[("/spec/paused", json!(true))]);
    let of = |updated: i64| json!({"observedGeneration": 1, "replicas": 2, "updatedReplicas": updated});
    with_status(
        paused(),
        of(0),
        web("web:1", &[]),
        expect![[r#"
        2 pods replaced one at a time, no gap: paused, web.hcl:16
    "#]],
    );
    with_status(
        paused(),
        of(2),
        web("web:1", &[]),
        expect![[r#"
        no restart
    "#]],
    );
    with_status(
        paused(),
        json!({"replicas": 2}),
        web("web:1", &[]),
        expect![[r#"
        pods replaced one at a time, no gap: paused, web.hcl:16
    "#]],
    );

    let agent = |strategy: &str| {
        let mut object = deployment("agent", "agent:1");
        object["kind"] = "DaemonSet".into();
        object["spec"].as_object_mut().unwrap().remove("replicas");
        with(object, &[("/spec/updateStrategy", json!({"type": strategy}))])
    };
    let of = |updated: i64| json!({"observedGeneration": 1, "desiredNumberScheduled": 7, "updatedNumberScheduled": updated});
    with_status(
        agent("OnDelete"),
        of(3),
        agent("RollingUpdate"),
        expect![[r#"
        4 pods replaced one at a time, at least 6 stay ready: update_strategy, web.hcl:28
    "#]],
    );
    with_status(
        agent("OnDelete"),
        of(7),
        agent("RollingUpdate"),
        expect![[r#"
        no restart
    "#]],
    );
}

#[test]
fn no_more_pods_stay_ready_than_are_there() {
    let of = |n: u32, image: &str| web(image, &[("/spec/replicas", json!(n))]);
    from_to(
        of(2, "web:1"),
        of(10, "web:2"),
        expect![[r#"
        2 pods replaced all at once, at least 2 stay ready; 8 more start: image, web.hcl:26
    "#]],
    );
    let set = |n: u32, image: &str| {
        with(stateful_set("db", n), &[("/spec/template/spec/containers/0/image", json!(image))])
    };
    from_to(
        set(2, "db:1"),
        set(10, "db:2"),
        expect![[r#"
        2 pods replaced one at a time, at least 2 stay ready; 8 more start: image, web.hcl:36
    "#]],
    );
}

#[test]
fn a_job_that_is_suspended_loses_its_pods() {
    let job = |suspend: bool| {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "namespace": "default"},
            "spec": {"suspend": suspend, "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}}}})
    };
    with_status(
        job(false),
        json!({"active": 2}),
        job(true),
        expect![[r#"
        2 pods stop: suspend, web.hcl:21
    "#]],
    );
    with_status(
        job(false),
        json!({}),
        job(true),
        expect![[r#"
        pods stop: suspend, web.hcl:21
    "#]],
    );
    let done = json!({"conditions": [{"type": "Complete", "status": "True"}]});
    with_status(
        job(false),
        done,
        job(true),
        expect![[r#"
        no restart while it is paused or suspended
    "#]],
    );
    with_status(
        job(true),
        json!({}),
        job(false),
        expect![[r#"
        runs
    "#]],
    );
}

#[test]
fn a_deployment_that_is_made_paused_makes_no_pods_until_it_goes_on() {
    let paused = |image: &str, replicas: i64| {
        web(image, &[("/spec/paused", json!(true)), ("/spec/replicas", json!(replicas))])
    };
    let mut scene = Scene::new();
    scene.want("app.web", paused("web:1", 2));
    let (plan, _) = scene.plan();
    assert!(!plan.operations[0].wait, "there is nothing to wait for");
    effects(
        &mut scene,
        expect![[r#"
        no pod starts while it is paused or suspended: paused, web.hcl:9
    "#]],
    );
    let none = || json!({"observedGeneration": 1});
    with_status(
        paused("web:1", 2),
        none(),
        paused("web:2", 3),
        expect![[r#"
        no pod starts while it is paused or suspended
    "#]],
    );
    with_status(
        paused("web:1", 2),
        none(),
        web("web:1", &[]),
        expect![[r#"
        2 pods start: paused, web.hcl:16
    "#]],
    );
    with_status(
        paused("web:1", 2),
        none(),
        web("web:2", &[("/spec/replicas", json!(3))]),
        expect![[r#"
        3 pods start: paused, web.hcl:16
    "#]],
    );
    // What runs already is scaled.
    let two = json!({"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2});
    with_status(
        paused("web:1", 2),
        two,
        paused("web:1", 3),
        expect![[r#"
        1 pod starts: replicas, web.hcl:25
    "#]],
    );
    // It may also be replaced.
    let mut scene = Scene::new();
    scene.want("app.web", web("web:1", &[]));
    scene.settle();
    scene.options.named.replace = ["app.web".parse().unwrap()].into();
    scene.want("app.web", paused("web:1", 2));
    effects(
        &mut scene,
        expect![[r#"
        replaced: 2 pods stop, then none starts; down until ready: paused, web.hcl:23
    "#]],
    );
}
