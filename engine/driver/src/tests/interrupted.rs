//! Updates that a run left open: what the next one makes of them.

use super::*;

/// A bench whose update of the image was left open, carried out or not.
async fn left_open(carried_out: bool) -> Bench {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.edit(&SHOP.replace("1.27", "1.28"));
    let cut = Cause::Unreachable { reason: "connection reset".into(), sent: true };
    let fault = if carried_out { Fault::After(cut) } else { Fault::Before(cut) };
    bench.cluster.fault("apply Deployment default/web", fault);
    bench.cluster.fault("get Deployment default/web", Fault::Before(Cause::Forbidden("no".into())));
    bench.apply().await;
    assert_eq!(bench.state().unresolved.len(), 1);
    bench
}

fn changed(bench: &Bench, manager: &str, subresource: Option<&str>, change: fn(&mut serde_json::Value)) {
    let mut world = bench.cluster.world();
    let mut object = world.objects[&deployment("web")].clone();
    change(&mut object);
    world.update(object, manager, subresource);
}

fn status_written(bench: &Bench) {
    changed(bench, "kube-controller-manager", Some("status"), |o| o["status"] = json!({"replicas": 1}));
}

fn digest(bench: &Bench) -> String {
    bench.state().resources[&"app.web".parse().unwrap()].digest.clone()
}

#[tokio::test]
async fn an_update_that_never_arrived_is_not_taken_as_done_because_the_version_moved() {
    let bench = left_open(false).await;
    status_written(&bench);
    let before = digest(&bench);
    let told = bench.apply().await;
    assert_eq!(
        told.resolved,
        ["an interrupted run left open updating Deployment default/web: it was not done"]
    );
    assert!(told.events.contains(&"done Deployment default/web".into()), "{:?}", told.events);
    assert_ne!(digest(&bench), before);
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn an_update_that_came_through_is_recorded_although_the_status_was_written_since() {
    let bench = left_open(true).await;
    status_written(&bench);
    let told = bench.apply().await;
    assert_eq!(told.resolved, ["an interrupted run left open updating Deployment default/web: it was done"]);
    assert!(told.events.is_empty(), "{:?}", told.events);
}

#[tokio::test]
async fn an_update_of_which_nobody_can_tell_is_not_recorded_as_done() {
    let bench = left_open(true).await;
    changed(&bench, "kubectl-edit", None, |o| {
        o["spec"]["template"]["spec"]["containers"][0]["image"] = "other".into();
    });
    let before = digest(&bench);
    let store = bench.store();
    let session = bench.session(&store);
    let locked = session.lock("apply", Duration::ZERO).await.unwrap();
    expect!["an interrupted run left open updating Deployment default/web: whether it was done cannot be told, since the object changed again; the plan compares it afresh"]
        .assert_eq(&locked.resolved()[0].message());
    drop(locked);
    assert_eq!(digest(&bench), before);
    assert!(bench.state().unresolved.is_empty());
    assert!(bench.plan().await.has_changes());
}

#[tokio::test]
async fn an_open_handover_of_replicas_is_told_by_what_the_second_manager_holds() {
    let text = format!(
        "{}\nautoscale \"web\" {{\n  target = app.web\n  max_replicas = 5\n  metric \"cpu\" {{ average_utilization = 70 }}\n}}\n",
        SHOP.replace("app \"web\" {", "app \"web\" {\n  replicas = 2").replace(
            "image = \"nginx:1.27\"",
            "image = \"nginx:1.27\"\n    resources { requests = { cpu = \"100m\" } }"
        )
    );
    let bench = Bench::new(&text);
    bench.cluster.fault("apply Deployment default/web", Fault::First(Box::new(|_| {})));
    bench.cluster.fault("apply Deployment default/web", Fault::Hang);
    let signals = Signals::new();
    let twice = async {
        let held = |o: &serde_json::Value| o.to_string().contains("plimsoll-replicas");
        while !bench.cluster.world().objects.get(&deployment("web")).is_some_and(held) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        signals.interrupt();
        signals.interrupt();
    };
    let (told, ()) = tokio::join!(bench.apply_with(None, &signals), twice);
    assert!(told.unwrap().outcome.left);
    status_written(&bench);
    let told = bench.apply().await;
    assert_eq!(told.resolved, ["an interrupted run left open updating Deployment default/web: it was done"]);
}
