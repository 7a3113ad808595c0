//! Runs without faults of the network: order, waits, skips, stops, what the state learns.

use super::*;

#[tokio::test]
async fn a_second_plan_is_empty_and_sends_no_patch() {
    let bench = Bench::new(SHOP);
    let told = bench.apply().await;
    told.check(expect![[r#"
        Create Service default/web-svc
        done Service default/web-svc
        Create Deployment default/web
        written Deployment default/web
        done Deployment default/web"#]]);
    assert!(told.outcome.succeeded());
    assert_eq!(told.outcome.answers_at.as_deref(), Some("http://web-svc.default.svc"));
    bench.cluster.asked();
    let plan = bench.plan().await;
    assert!(!plan.has_changes());
    assert_eq!(bench.cluster.asked(), [""; 0]);
    let state = bench.state();
    assert_eq!(state.resources.len(), 2);
    assert_eq!(state.history.len(), 1);
    assert!(!path_exists(&bench.store().folder().join("journal")));
}

#[tokio::test]
async fn an_edit_updates_one_object_and_a_removed_block_is_deleted() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.cluster.asked();
    bench.edit(&SHOP.replace("1.27", "1.28").replace("service \"web\" { app = app.web }", ""));
    let told = bench.apply().await;
    assert!(told.outcome.succeeded(), "{:?}", told.events);
    assert_eq!(bench.cluster.writes(), ["apply Deployment default/web", "delete Service default/web-svc"]);
    assert_eq!(bench.state().resources.keys().map(ToString::to_string).collect::<Vec<_>>(), ["app.web"]);
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn what_is_only_written_otherwise_is_recorded_as_it_is_written_now() {
    let text = |cpu: &str| {
        SHOP.replace(
            "port \"http\"",
            &format!("resources {{ requests = {{ cpu = \"{cpu}\" }} }}\n    port \"http\""),
        )
    };
    let mut bench = Bench::new(&text("1000m"));
    assert!(bench.apply().await.outcome.succeeded());
    let digest = |bench: &Bench| bench.state().resources[&"app.web".parse().unwrap()].digest.clone();
    let before = digest(&bench);
    bench.edit(&text("1"));
    assert!(!bench.plan().await.has_changes());
    bench.cluster.asked();
    assert!(bench.apply().await.outcome.succeeded());
    assert_eq!(bench.cluster.writes(), [""; 0]);
    let after = digest(&bench);
    assert_ne!(after, before);
    // What is removed now has drifted.
    let mut object = bench.cluster.world().objects[&deployment("web")].clone();
    object["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({});
    bench.cluster.world().update(object, "kubectl-edit", None);
    let plan = bench.plan().await;
    let op = plan.operations.iter().find(|op| op.id == deployment("web")).unwrap();
    assert!(op.is_drift_alone(), "{:?}", op.changes);
}

#[tokio::test]
async fn destroy_leaves_nothing_behind() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    let told = bench.destroy().await;
    assert!(told.outcome.succeeded());
    assert!(bench.cluster.world().objects.is_empty());
    assert!(bench.state().resources.is_empty());
}

#[tokio::test]
async fn what_needs_something_that_failed_is_skipped_and_the_rest_goes_on() {
    let text = r#"
project "shop" {}
config "site" { data = { ip = service.web.cluster_ip } }
app "web" {
  container "web" {
    image = "nginx:1.27"
    port "http" { container_port = 80 }
  }
}
app "other" {
  container "other" { image = "nginx:1.27" }
}
service "web" { app = app.web }
"#;
    let bench = Bench::new(text);
    let cause = Cause::Invalid { message: "no".into(), causes: Vec::new() };
    bench.cluster.fault("apply Service default/web-svc", Fault::Before(cause));
    let told = bench.apply().await;
    assert_eq!(
        told.outcome.failed.iter().map(|(s, _)| s.id.to_string()).collect::<Vec<_>>(),
        ["Service default/web-svc"]
    );
    assert!(told.events.contains(&"done Deployment default/other".to_string()), "{:#?}", told.events);
    let skipped: Vec<_> = told.outcome.skipped.iter().map(|(s, b)| format!("{}: {b:?}", s.id)).collect();
    assert!(skipped.iter().any(|s| s.starts_with("ConfigMap default/site: Needs(")), "{skipped:#?}");
    // Once more, without the fault, everything converges.
    assert!(bench.apply().await.outcome.succeeded());
    let config = ObjectId { gvk: Gvk::new("", "v1", "ConfigMap"), ..service("site") };
    let (told_ip, real_ip) = {
        let world = bench.cluster.world();
        let ip = world.objects[&service("web-svc")]["spec"]["clusterIP"].clone();
        (world.objects[&config]["data"]["ip"].clone(), ip)
    };
    assert_eq!(told_ip, real_ip);
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn readiness_is_waited_for_and_told() {
    let bench = Bench::new(SHOP);
    let waiting = Readiness::Waiting("0 of 1 pods available".into());
    bench.cluster.world().unready.insert("web".into(), waiting);
    let later = async {
        bench.told("waiting Deployment default/web: 0 of 1 pods available").await;
        bench.cluster.world().unready.clear();
    };
    let signals = Signals::new();
    let (told, ()) = tokio::join!(bench.apply_with(None, &signals), later);
    let told = told.unwrap();
    assert!(told.outcome.succeeded());
}

#[tokio::test]
async fn a_failing_container_ends_the_wait_with_its_output() {
    let bench = Bench::new(SHOP);
    bench.cluster.world().unready.insert("web".into(), failing(true));
    let told = bench.apply().await;
    let (_, diagnostic) = &told.outcome.failed[0];
    expect![[r#"
        Deployment default/web: container web of pod web-1: ImagePullBackOff.
        BackOff: about web-1
        The last lines of container web:
        last words of web"#]]
    .assert_eq(&diagnostic.detail);
    assert!(diagnostic.at.is_some());
    // It was written: the state knows it.
    assert_eq!(bench.state().resources.len(), 2);
}

#[tokio::test]
async fn what_an_earlier_apply_left_unready_is_waited_for() {
    let mut bench = Bench::new(SHOP);
    let waiting = Readiness::Waiting("0 of 1 pods available".into());
    bench.cluster.world().unready.insert("web".into(), waiting);
    bench.options.wait = false;
    assert!(bench.apply().await.outcome.succeeded());
    // Not where nobody is to wait.
    bench.apply().await.check(expect![[""]]);
    bench.options.wait = true;
    let later = async {
        bench.told("waiting Deployment default/web: 0 of 1 pods available").await;
        bench.cluster.world().unready.clear();
    };
    let signals = Signals::new();
    let (told, ()) = tokio::join!(bench.apply_with(None, &signals), later);
    let told = told.unwrap();
    told.check(expect![[r#"
        waiting Deployment default/web: 0 of 1 pods available
        ready Deployment default/web"#]]);
    assert!(told.outcome.succeeded() && told.outcome.done.is_empty());
    // What the lists show ready is not asked for.
    bench.cluster.asked();
    bench.apply().await.check(expect![[""]]);
    assert_eq!(bench.cluster.asked(), [""; 0]);
}

#[tokio::test]
async fn an_apply_without_changes_fails_over_a_broken_rollout_as_the_first_one_did() {
    let bench = Bench::new(SHOP);
    bench.cluster.world().unready.insert("web".into(), failing(true));
    let first = bench.apply().await.outcome.failed.remove(0).1;
    let plan = bench.plan().await;
    assert!(!plan.has_changes());
    for saved in [None, Some(&plan)] {
        let told = bench.apply_with(saved, &Signals::new()).await.unwrap();
        assert!(!told.outcome.succeeded());
        assert_eq!(told.outcome.failed[0].1, first);
    }
    assert!(!bench.plan().await.has_changes());
}

const MIGRATE: &str = r#"
project "shop" {}

job "migrate" {
  ttl_seconds_after_finished = 0
  container "migrate" { image = "migrate:1" }
}
"#;

fn job() -> ObjectId {
    ObjectId { gvk: Gvk::new("batch", "v1", "Job"), ..deployment("migrate") }
}

#[tokio::test]
async fn a_job_that_any_apply_sees_complete_does_not_run_again() {
    let mut bench = Bench::new(MIGRATE);
    bench.options.wait = false;
    bench.apply().await;
    assert!(bench.state().completed_jobs.is_empty());
    let mut done = bench.cluster.world().objects[&job()].clone();
    done["status"] = json!({"conditions": [{"type": "Complete", "status": "True"}]});
    bench.cluster.world().update(done, "kube-controller-manager", Some("status"));
    // Not waited for, and seen.
    assert!(bench.apply().await.events.is_empty());
    assert_eq!(bench.state().completed_jobs.len(), 1);
    bench.cluster.world().objects.remove(&job());
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn the_end_of_somebody_elses_job_is_not_written_down() {
    let mut bench = Bench::new(MIGRATE);
    bench.options.wait = false;
    bench.apply().await;
    {
        let mut world = bench.cluster.world();
        world.recreate(&job());
        world.give_to(&job(), Some("helm"));
        let status = json!({"conditions": [{"type": "Complete", "status": "True"}]});
        world.objects.get_mut(&job()).unwrap()["status"] = status;
    }
    bench.edit("project \"shop\" {}\n");
    let told = bench.apply().await;
    assert!(told.outcome.succeeded(), "{:?}", told.outcome);
    assert_eq!(bench.state().completed_jobs.len(), 0);
    assert!(bench.state().resources.is_empty() && bench.cluster.world().objects.contains_key(&job()));
}

#[tokio::test]
async fn the_first_interrupt_drains_and_the_second_leaves() {
    let bench = Bench::new(SHOP);
    bench.cluster.world().unready.insert("web".into(), Readiness::Waiting("no".into()));
    let signals = Signals::new();
    let interrupt = async {
        bench.told("waiting Deployment default/web: no").await;
        signals.interrupt();
    };
    let (told, ()) = tokio::join!(bench.apply_with(None, &signals), interrupt);
    let outcome = told.unwrap().outcome;
    assert!(outcome.stopped && !outcome.left);
    assert_eq!(outcome.unready.len(), 1);
    assert_eq!(bench.state().resources.len(), 2);

    let bench = Bench::new(SHOP);
    bench.cluster.fault("apply Deployment default/web", Fault::Hang);
    let signals = Signals::new();
    let twice = async {
        // The request is carried out and never answered.
        while !bench.cluster.world().objects.contains_key(&deployment("web")) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        signals.interrupt();
        signals.interrupt();
    };
    let (told, ()) = tokio::join!(bench.apply_with(None, &signals), twice);
    assert!(told.unwrap().outcome.left);
    assert!(path_exists(&bench.store().folder().join("journal")));
    // The create that nobody heard of is found again by a GET.
    let told = bench.apply().await;
    assert_eq!(told.resolved, ["an interrupted run left open creating Deployment default/web: it was done"]);
    assert!(told.events.is_empty(), "{:?}", told.events);
    assert_eq!(bench.state().resources.len(), 2);
}

#[tokio::test]
async fn a_lost_state_is_rebuilt_without_duplicates() {
    let bench = Bench::new(SHOP);
    bench.apply().await;
    let before = bench.state();
    std::fs::remove_dir_all(bench.store().folder()).unwrap();
    bench.cluster.asked();
    let told = bench.apply().await;
    assert!(told.events.is_empty(), "{:?}", told.events);
    assert_eq!(bench.cluster.writes(), [""; 0]);
    assert_eq!(bench.state().resources, before.resources);
}

#[tokio::test]
async fn the_state_of_another_cluster_is_refused() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.cluster = bench.cluster.elsewhere();
    let store = bench.store();
    let stop = bench.session(&store).plan().await.unwrap_err();
    assert_eq!(stop.reason, Reason::Error);
    assert_eq!(stop.report.items()[0].code, "state-identity");
}

#[tokio::test]
async fn a_cluster_that_cannot_be_asked_or_is_another_one_is_told_without_its_lists() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    let store = bench.store();
    bench.cluster.fault("list Deployment", Fault::Hang);
    bench.cluster.fault("identity", Fault::Before(Cause::Unauthorized("no".into())));
    let stop = bench.session(&store).plan().await.unwrap_err();
    assert_eq!(stop.report.items()[0].code, "cluster-unauthorized");
    bench.cluster = bench.cluster.elsewhere();
    bench.cluster.fault("list Deployment", Fault::Hang);
    let stop = bench.session(&store).plan().await.unwrap_err();
    assert_eq!(stop.report.items()[0].code, "state-identity");
}

#[tokio::test]
async fn a_held_lock_is_told_apart() {
    let bench = Bench::new(SHOP);
    let store = bench.store();
    let session = bench.session(&store);
    let _held = session.lock("apply", Duration::ZERO).await.unwrap();
    let stop = session.lock("apply", Duration::ZERO).await.unwrap_err();
    assert_eq!(stop.reason, Reason::Locked);
}

#[tokio::test]
async fn an_autoscaler_owns_the_replicas_after_the_first_number() {
    let text = format!(
        "{}\nautoscale \"web\" {{\n  target = app.web\n  max_replicas = 5\n  metric \"cpu\" {{ average_utilization = 70 }}\n}}\n",
        SHOP.replace("app \"web\" {", "app \"web\" {\n  replicas = 2").replace(
            "image = \"nginx:1.27\"",
            "image = \"nginx:1.27\"\n    resources { requests = { cpu = \"100m\" } }"
        )
    );
    let mut bench = Bench::new(&text);
    bench.apply().await;
    let replicas =
        |bench: &Bench| bench.cluster.world().objects[&deployment("web")]["spec"]["replicas"].clone();
    assert_eq!(replicas(&bench), 2);
    {
        let mut world = bench.cluster.world();
        let mut scaled = world.objects[&deployment("web")].clone();
        scaled["spec"]["replicas"] = 4.into();
        world.update(scaled, "kube-controller-manager", Some("scale"));
    }
    assert!(!bench.plan().await.has_changes());
    bench.edit(&text.replace("1.27", "1.28"));
    assert!(bench.apply().await.outcome.succeeded());
    assert_eq!(replicas(&bench), 4);
    assert!(!bench.plan().await.has_changes());
    // Nobody knows any more who set it: it stays all the same.
    bench.cluster.world().give_to(&deployment("web"), None);
    bench.edit(&text.replace("1.27", "1.29"));
    assert!(bench.apply().await.outcome.succeeded());
    assert_eq!(replicas(&bench), 4);
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn outputs_are_kept_without_sensitive_ones() {
    let text = format!(
        "{SHOP}\nvariable \"p\" {{\n  type = string\n  default = \"x\"\n  sensitive = true\n}}\noutput \"ip\" {{ value = service.web.cluster_ip }}\noutput \"secret\" {{\n  value = var.p\n  sensitive = true\n}}\n"
    );
    let bench = Bench::new(&text);
    let told = bench.apply().await;
    let ip = bench.cluster.world().objects[&service("web-svc")]["spec"]["clusterIP"].clone();
    assert_eq!(told.outcome.outputs.get("ip"), Some(&ip));
    assert_eq!(told.outcome.sensitive_outputs, ["secret"]);
    assert_eq!(bench.state().outputs, told.outcome.outputs);
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn status_tells_what_is_there() {
    let bench = Bench::new(SHOP);
    bench.apply().await;
    let uid = bench.cluster.world().objects[&deployment("web")]["metadata"]["uid"].clone();
    let labels = json!({"plimsoll.dev/project": "shop"});
    for (kind, api, name, owner) in
        [("ReplicaSet", "apps/v1", "web-1", uid), ("Pod", "v1", "web-1-a", json!("uid-3"))]
    {
        let object = json!({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "default",
            "labels": labels, "ownerReferences": [{"apiVersion": "v1", "kind": "X", "name": "x", "uid": owner}]}});
        bench.cluster.world().update(object, "kube-controller-manager", None);
    }
    let store = bench.store();
    let rows = bench.session(&store).status().await.unwrap();
    let rows: Vec<_> = rows
        .iter()
        .map(|r| format!("{} {}", r.address.as_ref().map_or(String::new(), ToString::to_string), r.id))
        .collect();
    assert_eq!(
        rows,
        ["app.web Deployment default/web", "service.web Service default/web-svc", " Pod default/web-1-a"]
    );
}

#[tokio::test]
async fn an_object_that_comes_out_otherwise_is_told_and_recorded() {
    let bench = Bench::new(SHOP);
    bench.cluster.world().webhook = Some(|object| {
        if object["kind"] == "Deployment" {
            object["spec"]["template"]["spec"]["containers"][0]["image"] = "mirror/nginx:1.27".into();
        }
    });
    let told = bench.apply().await;
    let [(subject, why)] = told.outcome.failed.as_slice() else { panic!("{:?}", told.outcome) };
    assert_eq!(subject.id, deployment("web"));
    expect!["app.web (Deployment default/web) is written, and its spec.template.spec.containers[name=web].image is not what the plan showed."]
        .assert_eq(&why.detail);
    // It is ours all the same, and the next plan shows what is different.
    assert!(bench.state().resources.values().any(|r| r.object == deployment("web")));
    assert!(bench.plan().await.has_changes());
}
