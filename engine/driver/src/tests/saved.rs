//! Saved plans: carried out once, and only where everything is as it was reviewed.

use super::*;

async fn refused(bench: &Bench, plan: &Plan) -> String {
    bench.cluster.asked();
    let Err(stop) = bench.apply_with(Some(plan), &Signals::new()).await else { panic!("carried out") };
    assert_eq!(stop.reason, Reason::Stale);
    assert_eq!(bench.cluster.writes(), [""; 0], "something was sent");
    stop.report.items().iter().map(|d| d.detail.clone()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_saved_plan_is_carried_out_once() {
    let bench = Bench::new(SHOP);
    let plan = bench.plan().await;
    let told = bench.apply_with(Some(&plan), &Signals::new()).await.unwrap();
    assert!(told.outcome.succeeded());
    let why = refused(&bench, &plan).await;
    assert!(why.starts_with("There is a state: the plan was made while there was none"), "{why}");
}

#[tokio::test]
async fn another_cluster_configuration_or_time_is_named() {
    let mut bench = Bench::new(SHOP);
    let plan = bench.plan().await;
    let mut expired = plan.clone();
    expired.header.expires = "2020-01-01T00:00:00Z".into();
    expect![
        "The plan has expired: it was accepted until 2020-01-01T00:00:00Z, and it is 2026-01-01T00:00:00Z."
    ]
    .assert_eq(&refused(&bench, &expired).await);
    let here = bench.cluster.clone();
    bench.cluster = here.elsewhere();
    expect![[r#"The cluster is another one: the plan was made for "cluster-1", and this is "cluster-2"."#]]
        .assert_eq(&refused(&bench, &plan).await);
    bench.cluster = here;
    bench.edit(&SHOP.replace("1.27", "1.28"));
    expect!["The configuration has changed: its files or variables are not those that were planned."]
        .assert_eq(&refused(&bench, &plan).await);
}

#[tokio::test]
async fn a_state_that_went_on_is_named() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.edit(&SHOP.replace("1.27", "1.28"));
    let plan = bench.plan().await;
    bench.apply().await;
    bench.cluster.asked();
    let why = refused(&bench, &plan).await;
    expect!["The state has changed: the plan was made at serial 1, and the state is at 2."].assert_eq(&why);
}

#[tokio::test]
async fn an_object_that_says_something_else_is_named_before_anything_is_written() {
    let bench = Bench::new(SHOP);
    let mut plan = bench.plan().await;
    // The last one that would be written.
    let last = plan.operations.iter_mut().max_by_key(|o| o.index).unwrap();
    assert_eq!(last.address.to_string(), "app.web");
    last.desired_digest = "0123".into();
    expect!["app.web: the configuration no longer says what was reviewed, or a secret has another value."]
        .assert_eq(&refused(&bench, &plan).await);
    assert!(bench.cluster.world().objects.is_empty());
}

#[tokio::test]
async fn an_object_whose_diff_is_another_one_is_named_and_one_that_only_moved_is_not() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.edit(&SHOP.replace("1.27", "1.28"));
    let plan = bench.plan().await;
    {
        let mut world = bench.cluster.world();
        let mut object = world.objects[&deployment("web")].clone();
        object["spec"]["template"]["spec"]["containers"][0]["image"] = "evil".into();
        world.update(object, "kubectl-edit", None);
    }
    let why = refused(&bench, &plan).await;
    expect!["app.web (main.hcl:4), Deployment default/web: spec.template.spec.containers[name=web].image would be changed from or to another value."]
        .assert_eq(&why);
}

#[tokio::test]
async fn a_status_write_after_the_review_is_no_reason_to_refuse() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.edit(&SHOP.replace("1.27", "1.28"));
    let plan = bench.plan().await;
    {
        let mut world = bench.cluster.world();
        let mut object = world.objects[&deployment("web")].clone();
        object["status"] = json!({"replicas": 1});
        world.update(object, "kube-controller-manager", Some("status"));
    }
    assert!(bench.apply_with(Some(&plan), &Signals::new()).await.unwrap().outcome.succeeded());
}

#[tokio::test]
async fn what_was_reviewed_again_and_is_the_same_survives_a_status_write() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.edit(&SHOP.replace("1.27", "1.28"));
    let plan = bench.plan().await;
    // Somebody else holds a field of ours with the same value: the object moved, the diff did not.
    let app = bench.cluster.world().objects[&deployment("web")]["metadata"]["labels"].clone();
    let body = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata":
        {"name": "web", "namespace": "default", "labels": app}});
    let how = Apply { manager: "other".into(), force: false, dry_run: false };
    bench.cluster.apply(&deployment("web"), &body, &how).await.unwrap();
    let status = |world: &mut scripted::World| {
        let mut object = world.objects[&deployment("web")].clone();
        object["status"] = json!({"replicas": 1});
        world.update(object, "kube-controller-manager", Some("status"));
    };
    bench.cluster.fault("apply Deployment default/web", Fault::First(Box::new(status)));
    let told = bench.apply_with(Some(&plan), &Signals::new()).await.unwrap();
    assert!(told.outcome.succeeded(), "{:?}", told.outcome);
}

#[tokio::test]
async fn a_replacement_that_is_refused_at_the_last_moment_deletes_nothing() {
    let shop = |tier: &str| {
        SHOP.replace("app \"web\" {", &format!("app \"web\" {{\n  labels = {{ tier = \"a\", t = \"{tier}\" }}\n  selector = {{ t = \"{tier}\" }}"))
    };
    let mut bench = Bench::new(&shop("one"));
    bench.apply().await;
    bench.edit(&shop("two"));
    let plan = bench.plan().await;
    let replaced = plan.operations.iter().find(|o| o.id == deployment("web")).unwrap();
    assert_eq!(replaced.action, plimsoll_plan::Action::Replace);
    let asked = bench.cluster.asked();
    let trial = asked.iter().find(|a| a.contains("plimsoll-try-")).expect("it was tried while planning");
    bench.cluster.fault(trial, Fault::Before(Cause::Forbidden("no new ones".into())));
    let told = bench.apply_with(Some(&plan), &Signals::new()).await.unwrap();
    assert!(told.outcome.failed.iter().any(|(s, _)| s.id == deployment("web")), "{:?}", told.outcome);
    assert!(!bench.cluster.writes().iter().any(|w| w.starts_with("delete")), "something was deleted");
    // Where it is taken, the object is another one.
    let uid = |bench: &Bench| bench.cluster.world().objects[&deployment("web")]["metadata"]["uid"].clone();
    let before = uid(&bench);
    assert!(bench.apply().await.outcome.succeeded());
    assert_ne!(uid(&bench), before);
    assert!(!bench.plan().await.has_changes());
}
