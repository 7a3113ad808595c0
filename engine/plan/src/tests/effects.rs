//! What becomes of pods, in one line for each workload with its cause.

use serde_json::Value as Json;

use super::*;
use crate::change::Consequence;

/// The effects that a plan tells, a line each.
#[track_caller]
pub(super) fn effects(scene: &mut Scene, expect: Expect) {
    let (plan, report) = scene.plan();
    assert!(!report.has_errors(), "{}", text(&plan, &report));
    let told = plan.operations.iter().flat_map(|op| &op.consequences).filter_map(|c| match c {
        Consequence::Effect(effect) => Some(format!("{effect}\n")),
        _ => None,
    });
    expect.assert_eq(&told.collect::<String>());
}

/// What becomes of a workload that is changed from one object to another.
#[track_caller]
pub(super) fn from_to(before: Json, after: Json, expect: Expect) {
    let mut scene = Scene::new();
    scene.want("app.web", before);
    scene.settle();
    scene.want("app.web", after);
    effects(&mut scene, expect);
}

pub(super) fn with(mut object: Json, changes: &[(&str, Json)]) -> Json {
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[key] = value.clone();
    }
    object
}

pub(super) fn web(image: &str, changes: &[(&str, Json)]) -> Json {
    with(deployment("web", image), changes)
}

#[test]
fn a_deployment_rolls_as_its_strategy_says() {
    let roll =
        |changes: &[(&str, Json)], expect| from_to(web("web:1", changes), web("web:2", changes), expect);
    roll(
        &[("/spec/replicas", json!(3))],
        expect![[r#"
        3 pods replaced one at a time, no gap: image, web.hcl:26
    "#]],
    );
    roll(
        &[("/spec/replicas", json!(10))],
        expect![[r#"
        10 pods replaced up to 5 at a time, at least 8 stay ready: image, web.hcl:26
    "#]],
    );
    roll(
        &[("/spec/replicas", json!(1))],
        expect![[r#"
        1 pod replaced, no gap: image, web.hcl:26
    "#]],
    );
    let rolling = |surge: Json, away: Json| json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": away}});
    roll(
        &[("/spec/strategy", rolling(json!(0), json!(1)))],
        expect![[r#"
            2 pods replaced one at a time, at least 1 stays ready: image, web.hcl:32
        "#]],
    );
    roll(
        &[("/spec/strategy", rolling(json!("0%"), json!("100%")))],
        expect![[r#"
            2 pods replaced all at once, down until ready: image, web.hcl:32
        "#]],
    );
    roll(
        &[("/spec/strategy", json!({"type": "Recreate"}))],
        expect![[r#"
            Recreate: 2 pods stop, then 2 start; down until ready: image, web.hcl:28
        "#]],
    );
    roll(
        &[("/spec/progressDeadlineSeconds", json!(90))],
        expect![[r#"
            2 pods replaced one at a time, no gap, given up after 90 s without progress: image, web.hcl:28
        "#]],
    );
    roll(
        &[("/spec/paused", json!(true))],
        expect![[r#"
            no restart while it is paused or suspended: image, web.hcl:28
        "#]],
    );
    roll(
        &[("/spec/replicas", json!(0))],
        expect![[r#"
        no restart
    "#]],
    );
}

#[test]
fn the_causes_are_named_with_the_place_of_the_first() {
    let container = |rest: Json| {
        let mut container = json!({"name": "web", "image": "web:2"});
        container.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        web("web:1", &[("/spec/template/spec/containers", json!([container]))])
    };
    from_to(
        web("web:1", &[]),
        container(json!({"args": ["-v"]})),
        expect![[r#"
            2 pods replaced one at a time, no gap: args, image, resources, web.hcl:15
        "#]],
    );
    let many = json!({"args": ["-v"], "command": ["web"], "env": [{"name": "A", "value": "1"}]});
    from_to(
        web("web:1", &[]),
        container(many),
        expect![[r#"
            2 pods replaced one at a time, no gap: args, command and 3 more, web.hcl:15
        "#]],
    );
    let labelled = [("/spec/template/metadata/labels/tier", json!("front"))];
    from_to(
        web("web:1", &labelled),
        web("web:1", &[]),
        expect![[r#"
        2 pods replaced one at a time, no gap: labels, web.hcl:16
    "#]],
    );
}

#[test]
fn what_is_no_part_of_the_pods_restarts_none() {
    from_to(
        web("web:1", &[]),
        web("web:1", &[("/metadata/labels", json!({"a": "b"}))]),
        expect![[r#"
        no restart
    "#]],
    );
    from_to(
        web("web:1", &[]),
        web("web:1", &[("/spec/revisionHistoryLimit", json!(3))]),
        expect![[r#"
        no restart
    "#]],
    );
}

#[test]
fn pods_that_come_and_go_are_counted() {
    let of = |n: u32, image: &str| web(image, &[("/spec/replicas", json!(n))]);
    let mut scene = Scene::new();
    scene.want("app.web", of(3, "web:1"));
    effects(
        &mut scene,
        expect![[r#"
        3 pods start
    "#]],
    );
    scene.settle();
    scene.options.destroy = true;
    effects(
        &mut scene,
        expect![[r#"
        3 pods stop
    "#]],
    );
    from_to(
        of(2, "web:1"),
        of(3, "web:1"),
        expect![[r#"
            1 pod starts: replicas, web.hcl:23
        "#]],
    );
    from_to(
        of(3, "web:1"),
        of(1, "web:1"),
        expect![[r#"
            2 pods stop: replicas, web.hcl:23
        "#]],
    );
    from_to(
        of(0, "web:1"),
        of(2, "web:2"),
        expect![[r#"
            2 pods start: replicas, web.hcl:23
        "#]],
    );
    from_to(
        of(2, "web:1"),
        of(0, "web:2"),
        expect![[r#"
            2 pods stop: replicas, web.hcl:23
        "#]],
    );
    from_to(
        of(2, "web:1"),
        of(4, "web:2"),
        expect![[r#"
            2 pods replaced all at once, at least 2 stay ready; 2 more start: image, web.hcl:26
        "#]],
    );
    from_to(
        of(3, "web:1"),
        of(2, "web:2"),
        expect![[r#"
        2 pods replaced one at a time, no gap; 1 fewer at the end: image, web.hcl:26
    "#]],
    );
}

#[test]
fn an_autoscalers_number_is_what_rolls() {
    let mut scene = Scene::new();
    let without = || {
        let mut object = deployment("web", "web:1");
        object["spec"].as_object_mut().unwrap().remove("replicas");
        object
    };
    scene.want("app.web", without()).first_replicas = Some(2);
    scene.settle();
    let web = id(&deployment("web", "web:1"));
    scene.edited(&web, "kube-controller-manager", Some("scale"), |o| o["spec"]["replicas"] = json!(8));
    let after = with(without(), &[("/spec/template/spec/containers/0/image", json!("web:2"))]);
    scene.want("app.web", after).first_replicas = Some(2);
    effects(
        &mut scene,
        expect![[r#"
        8 pods replaced up to 4 at a time, at least 6 stay ready: image, web.hcl:24
    "#]],
    );
}

#[test]
fn a_set_rolls_in_turn_above_its_partition() {
    let set = |n: u32, image: &str, strategy: Json| {
        with(
            stateful_set("db", n),
            &[("/spec/updateStrategy", strategy), ("/spec/template/spec/containers/0/image", json!(image))],
        )
    };
    let roll = |n, strategy: Json, expect| {
        from_to(set(n, "db:1", strategy.clone()), set(n, "db:2", strategy), expect)
    };
    let rolling = |rolling: Json| json!({"type": "RollingUpdate", "rollingUpdate": rolling});
    roll(
        3,
        json!({"type": "RollingUpdate"}),
        expect![[r#"
            3 pods replaced one at a time, at least 2 stay ready: image, web.hcl:37
        "#]],
    );
    roll(
        1,
        json!({"type": "RollingUpdate"}),
        expect![[r#"
            1 pod replaced, down until ready: image, web.hcl:37
        "#]],
    );
    roll(
        3,
        rolling(json!({"partition": 2})),
        expect![[r#"
            1 of 3 pods replaced, the partition keeps 2, at least 2 stay ready: image, web.hcl:38
        "#]],
    );
    roll(
        3,
        rolling(json!({"partition": 5})),
        expect![[r#"
            no restart, the partition keeps 3 pods: image, web.hcl:38
        "#]],
    );
    roll(
        5,
        rolling(json!({"maxUnavailable": "50%"})),
        expect![[r#"
            5 pods replaced up to 2 at a time, at least 3 stay ready: image, web.hcl:38
        "#]],
    );
    roll(
        3,
        json!({"type": "OnDelete"}),
        expect![[r#"
            no restart: each of 3 pods changes when somebody deletes it (OnDelete): image, web.hcl:37
        "#]],
    );
    let mut scene = Scene::new();
    scene.want("app.db", stateful_set("db", 3));
    effects(
        &mut scene,
        expect![[r#"
        3 pods start, one after the other
    "#]],
    );
}

#[test]
fn a_daemon_set_rolls_node_by_node() {
    let agent = |image: &str, rolling: Json| {
        let mut object = deployment("agent", image);
        object["kind"] = "DaemonSet".into();
        object["spec"].as_object_mut().unwrap().remove("replicas");
        object["spec"]["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": rolling});
        object
    };
    let roll = |nodes: Option<i64>, rolling: Json, expect| {
        let mut scene = Scene::new();
        scene.want("app.agent", agent("agent:1", rolling.clone()));
        scene.settle();
        let live = scene.objects.get_mut(&id(&agent("agent:1", json!({})))).unwrap();
        live["status"] = json!({"desiredNumberScheduled": nodes});
        scene.want("app.agent", agent("agent:2", rolling));
        effects(&mut scene, expect);
    };
    roll(
        Some(7),
        json!({}),
        expect![[r#"
            7 pods replaced one at a time, at least 6 stay ready: image, web.hcl:25
        "#]],
    );
    roll(
        Some(7),
        json!({"maxUnavailable": "20%"}),
        expect![[r#"
            7 pods replaced up to 2 at a time, at least 5 stay ready: image, web.hcl:26
        "#]],
    );
    roll(
        Some(7),
        json!({"maxSurge": 1, "maxUnavailable": 0}),
        expect![[r#"
            7 pods replaced one at a time, no gap: image, web.hcl:27
        "#]],
    );
    roll(
        None,
        json!({}),
        expect![[r#"
            pods replaced one at a time, down until ready: image, web.hcl:25
        "#]],
    );
    let mut scene = Scene::new();
    scene.want("app.agent", agent("agent:1", json!({})));
    effects(
        &mut scene,
        expect![[r#"
        a pod starts on each node that takes one
    "#]],
    );
}

#[test]
fn jobs_run_and_schedules_go_on() {
    let pods = |image: &str| json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": image}]}});
    let job = |image: &str| {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "namespace": "default"},
            "spec": {"template": pods(image)}})
    };
    let cron = |image: &str, schedule: &str| {
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "report", "namespace": "default"},
            "spec": {"schedule": schedule, "jobTemplate": {"spec": {"template": pods(image)}}}})
    };
    let mut scene = Scene::new();
    scene.want("job.migrate", job("a:1"));
    scene.want("job.report", cron("a:1", "0 5 * * 1"));
    effects(
        &mut scene,
        expect![[r#"
            runs
            runs by its schedule, 0 5 * * 1
        "#]],
    );
    scene.settle();
    scene.want("job.migrate", job("a:2"));
    scene.want("job.report", cron("a:2", "0 5 * * 1"));
    effects(
        &mut scene,
        expect![[r#"
            runs again: image, web.hcl:32
            no restart, the next run takes it: image, web.hcl:43
        "#]],
    );
    scene.want("job.migrate", with(job("a:1"), &[("/spec/ttlSecondsAfterFinished", json!(60))]));
    scene.want("job.report", cron("a:1", "0 6 * * 1"));
    effects(
        &mut scene,
        expect![[r#"
            no restart
            no restart, the next run takes it: schedule, web.hcl:70
        "#]],
    );
    scene.options.destroy = true;
    effects(
        &mut scene,
        expect![[r#"
        ends, if it still runs
        no more runs
    "#]],
    );
}

#[test]
fn a_replaced_workload_is_down() {
    let after = web(
        "web:1",
        &[
            ("/spec/selector/matchLabels/tier", json!("front")),
            ("/spec/template/metadata/labels/tier", json!("front")),
        ],
    );
    from_to(
        web("web:1", &[]),
        after,
        expect![[r#"
        replaced: 2 pods stop, then 2 start; down until ready: selector, labels, web.hcl:25
    "#]],
    );
}
