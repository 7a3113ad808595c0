//! Lost answers, busy servers, and others who write at the same time.

use super::*;

fn cut() -> Cause {
    Cause::Unreachable { reason: "connection reset".into(), sent: true }
}

fn failing_server() -> Cause {
    Cause::Unavailable { code: 503, message: "etcd".into() }
}

/// The applies of the web deployment among the writes.
fn applies(bench: &Bench) -> usize {
    bench.cluster.writes().iter().filter(|w| *w == "apply Deployment default/web").count()
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_not_sent_twice() {
    for cause in [cut(), failing_server(), Cause::Timeout(Duration::from_secs(30))] {
        let bench = Bench::new(SHOP);
        bench.cluster.fault("apply Deployment default/web", Fault::After(cause));
        let told = bench.apply().await;
        assert!(told.outcome.succeeded(), "{:?}", told.outcome);
        assert_eq!(applies(&bench), 1);
        assert_eq!(bench.state().resources.len(), 2);
        assert!(!bench.plan().await.has_changes());
    }
}

#[tokio::test]
async fn a_create_that_came_through_although_its_type_was_not_served_is_ours() {
    let definition = r#"
manifest "type" {
  object = {
    apiVersion = "apiextensions.k8s.io/v1"
    kind       = "CustomResourceDefinition"
    metadata   = { name = "widgets.example.com" }
    spec = {
      group = "example.com"
      scope = "Namespaced"
      names = { plural = "widgets", singular = "widget", kind = "Widget", listKind = "WidgetList" }
      versions = [{
        name = "v1", served = true, storage = true
        schema = { openAPIV3Schema = { type = "object" } }
      }]
    }
  }
}
"#;
    let bench = Bench::new(&format!("{SHOP}{definition}"));
    let cause = Cause::NoSuchKind("apps/v1/Deployment".into());
    bench.cluster.fault("apply Deployment default/web", Fault::After(cause));
    let told = bench.apply().await;
    assert!(told.outcome.succeeded(), "{:?}", told.outcome);
    assert_eq!(applies(&bench), 2);
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn a_create_that_did_not_happen_is_sent_again() {
    for cause in [cut(), failing_server(), Cause::TooManyRequests(None)] {
        let bench = Bench::new(SHOP);
        bench.cluster.fault("apply Deployment default/web", Fault::Before(cause));
        let told = bench.apply().await;
        assert!(told.outcome.succeeded(), "{:?}", told.outcome);
        assert_eq!(applies(&bench), 2);
    }
}

#[tokio::test]
async fn an_update_whose_answer_is_lost_is_found_by_a_get() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.edit(&SHOP.replace("1.27", "1.28"));
    bench.cluster.asked();
    bench.cluster.fault("apply Deployment default/web", Fault::After(cut()));
    let told = bench.apply().await;
    assert!(told.outcome.succeeded(), "{:?}", told.outcome);
    assert_eq!(applies(&bench), 1);
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn a_status_write_in_between_does_not_stop_an_update() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.edit(&SHOP.replace("1.27", "1.28"));
    let status = |world: &mut scripted::World| {
        let mut object = world.objects[&deployment("web")].clone();
        object["status"] = json!({"replicas": 1});
        world.update(object, "kube-controller-manager", Some("status"));
    };
    bench.cluster.fault("apply Deployment default/web", Fault::First(Box::new(status)));
    let told = bench.apply().await;
    assert!(told.outcome.succeeded(), "{:?}", told.outcome);
    assert!(!bench.plan().await.has_changes());
}

/// The image of the web deployment.
fn image(bench: &Bench) -> serde_json::Value {
    let deployment = &bench.cluster.world().objects[&deployment("web")];
    deployment["spec"]["template"]["spec"]["containers"][0]["image"].clone()
}

#[tokio::test]
async fn an_update_that_never_arrived_is_sent_again_although_the_version_moved() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.edit(&SHOP.replace("1.27", "1.28"));
    let status = |world: &mut scripted::World| {
        let mut object = world.objects[&deployment("web")].clone();
        object["status"] = json!({"replicas": 1});
        world.update(object, "kube-controller-manager", Some("status"));
    };
    bench.cluster.asked();
    bench.cluster.fault("apply Deployment default/web", Fault::Before(cut()));
    bench.cluster.fault("get Deployment default/web", Fault::First(Box::new(status)));
    let told = bench.apply().await;
    assert!(told.outcome.succeeded(), "{:?}", told.outcome);
    assert_eq!((applies(&bench), image(&bench)), (2, "nginx:1.28".into()));
}

#[tokio::test]
async fn an_edit_after_a_lost_answer_stops_the_update_and_leaves_nothing_open() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.edit(&SHOP.replace("1.27", "1.28"));
    let edit = |world: &mut scripted::World| {
        let mut object = world.objects[&deployment("web")].clone();
        object["spec"]["template"]["spec"]["containers"][0]["image"] = "evil".into();
        world.update(object, "kubectl-edit", None);
    };
    bench.cluster.fault("apply Deployment default/web", Fault::Before(cut()));
    bench.cluster.fault("get Deployment default/web", Fault::First(Box::new(edit)));
    let told = bench.apply().await;
    assert_eq!(told.outcome.failed[0].1.code, "object-moved");
    assert_eq!(image(&bench), "evil");
    assert!(bench.state().unresolved.is_empty());
}

#[tokio::test]
async fn an_edit_of_our_field_in_between_stops_the_update() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.edit(&SHOP.replace("1.27", "1.28"));
    let edit = |world: &mut scripted::World| {
        let mut object = world.objects[&deployment("web")].clone();
        object["spec"]["template"]["spec"]["containers"][0]["image"] = "evil".into();
        world.update(object, "kubectl-edit", None);
    };
    bench.cluster.fault("apply Deployment default/web", Fault::First(Box::new(edit)));
    let told = bench.apply().await;
    assert_eq!(told.outcome.failed[0].1.code, "object-moved");
    let image = bench.cluster.world().objects[&deployment("web")]["spec"]["template"]["spec"]["containers"]
        [0]["image"]
        .clone();
    assert_eq!(image, "evil");
    assert!(bench.state().unresolved.is_empty());
}

#[tokio::test]
async fn a_create_that_somebody_else_was_faster_with_fails_and_is_not_recorded() {
    let bench = Bench::new(SHOP);
    let made = |world: &mut scripted::World| {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "default"}});
        world.update(object, "kubectl-create", None);
    };
    bench.cluster.fault("apply Deployment default/web", Fault::First(Box::new(made)));
    let told = bench.apply().await;
    assert_eq!(told.outcome.failed[0].1.code, "object-moved");
    expect!["Deployment default/web was to be made, and somebody else made it first. It is left as it is."]
        .assert_eq(&told.outcome.failed[0].1.detail);
    let theirs = bench.cluster.world().objects[&deployment("web")].clone();
    assert!(!theirs.to_string().contains("plimsoll"), "our manager is on it: {theirs}");
    assert!(!bench.state().resources.contains_key(&"app.web".parse().unwrap()));
}

#[tokio::test]
async fn replicas_that_somebody_set_past_the_scale_subresource_are_a_conflict() {
    let text = format!(
        "{}\nautoscale \"web\" {{\n  target = app.web\n  max_replicas = 5\n  metric \"cpu\" {{ average_utilization = 70 }}\n}}\n",
        SHOP.replace("app \"web\" {", "app \"web\" {\n  replicas = 2").replace(
            "image = \"nginx:1.27\"",
            "image = \"nginx:1.27\"\n    resources { requests = { cpu = \"100m\" } }"
        )
    );
    for (subresource, succeeds) in [(Some("scale"), true), (None, false)] {
        let bench = Bench::new(&text);
        let set = move |world: &mut scripted::World| {
            let mut object = world.objects[&deployment("web")].clone();
            object["spec"]["replicas"] = 4.into();
            world.update(object, "somebody", subresource);
        };
        bench.cluster.fault("apply Deployment default/web", Fault::First(Box::new(|_| {})));
        bench.cluster.fault("apply Deployment default/web", Fault::First(Box::new(set)));
        let told = bench.apply().await;
        let failed: Vec<_> =
            told.outcome.failed.iter().map(|(s, d)| format!("{}: {}", s.id, d.code)).collect();
        match succeeds {
            true => assert_eq!(failed, [""; 0]),
            false => assert_eq!(failed, ["Deployment default/web: field-conflict"]),
        }
    }
}

#[tokio::test]
async fn a_recreated_object_survives_its_delete() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.cluster.fault(
        "delete Deployment default/web",
        Fault::First(Box::new(|world| world.recreate(&deployment("web")))),
    );
    let told = bench.destroy().await;
    assert!(told.outcome.succeeded(), "{:?}", told.outcome);
    let left: Vec<_> = bench.cluster.world().objects.keys().map(ToString::to_string).collect();
    assert_eq!(left, ["Deployment default/web"]);
}

#[tokio::test]
async fn a_delete_whose_answer_is_lost_is_done_once() {
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.cluster.asked();
    bench.cluster.fault("delete Deployment default/web", Fault::After(cut()));
    bench.cluster.fault("delete Service default/web-svc", Fault::Before(failing_server()));
    let told = bench.destroy().await;
    assert!(told.outcome.succeeded(), "{:?}", told.outcome);
    assert!(bench.cluster.world().objects.is_empty());
    let writes = bench.cluster.writes();
    let count = |what: &str| writes.iter().filter(|w| *w == what).count();
    assert_eq!(count("delete Deployment default/web"), 1);
    assert_eq!(count("delete Service default/web-svc"), 2);
}

#[tokio::test]
async fn an_outcome_that_nobody_can_find_out_is_left_to_the_next_run() {
    let bench = Bench::new(SHOP);
    bench.cluster.fault("apply Deployment default/web", Fault::After(cut()));
    bench.cluster.fault("get Deployment default/web", Fault::Before(Cause::Forbidden("no".into())));
    let told = bench.apply().await;
    assert_eq!(told.outcome.failed[0].1.code, "cluster-unreachable");
    assert_eq!(bench.state().unresolved.len(), 1);
    let told = bench.apply().await;
    assert_eq!(told.resolved, ["an interrupted run left open creating Deployment default/web: it was done"]);
    assert!(bench.state().unresolved.is_empty());
    assert_eq!(bench.state().resources.len(), 2);
}

#[tokio::test]
async fn missing_rights_are_told_for_every_list_and_a_dead_cluster_once() {
    let bench = Bench::new(SHOP);
    let forbidden = |what: &str| Cause::Forbidden(format!("User \"u\" cannot list resource \"{what}\""));
    bench.cluster.fault("list Deployment", Fault::Before(forbidden("deployments")));
    bench.cluster.fault("list Service", Fault::Before(forbidden("services")));
    let store = bench.store();
    let stop = bench.session(&store).plan().await.unwrap_err();
    let codes: Vec<_> = stop.report.items().iter().map(|d| d.code.to_string()).collect();
    assert_eq!(codes, ["cluster-forbidden", "cluster-forbidden"]);
    for kind in ["Deployment", "Service"] {
        bench.cluster.fault(&format!("list {kind}"), Fault::Before(Cause::Unauthorized("no".into())));
    }
    let stop = bench.session(&store).plan().await.unwrap_err();
    assert_eq!(stop.report.items().len(), 1);
}

#[tokio::test]
async fn an_object_whose_type_is_not_served_is_not_verified_and_not_forgotten() {
    for fault in ["list Deployment", "get Deployment default/web"] {
        let mut bench = Bench::new(SHOP);
        bench.apply().await;
        bench.edit("project \"shop\" {}\n");
        // Without its labels no list shows it: it is looked at by itself.
        for object in bench.cluster.world().objects.values_mut() {
            object["metadata"]["labels"] = json!({});
        }
        bench.cluster.fault(fault, Fault::Before(Cause::NoSuchKind("apps/v1/Deployment".into())));
        let plan = bench.plan().await;
        let codes: Vec<_> = plan.notices.iter().filter(|n| n.error).map(|n| n.code.to_string()).collect();
        assert_eq!(codes, ["not-verified"], "{fault}");
        let forgotten = plan.operations.iter().any(|o| o.action == plimsoll_plan::Action::Forget);
        assert!(!forgotten, "{fault}");
    }
}

#[tokio::test]
async fn a_secret_that_the_cluster_quotes_is_not_shown() {
    let text = "project \"shop\" {}\nsecret \"db\" { data = { password = \"canary-9f3\" } }\n";
    let bench = Bench::new(text);
    let message = "data[password]: Invalid value: \"canary-9f3\"".to_string();
    bench
        .cluster
        .fault("apply Secret default/db", Fault::Before(Cause::Invalid { message, causes: Vec::new() }));
    let told = bench.apply().await;
    let detail = &told.outcome.failed[0].1.detail;
    assert!(detail.contains("Invalid value") && !detail.contains("canary-9f3"), "{detail}");
}

#[tokio::test]
async fn an_edit_of_our_field_in_between_stops_a_delete_and_a_status_write_does_not() {
    for (edit, stops) in [(true, true), (false, false)] {
        let mut bench = Bench::new(SHOP);
        bench.apply().await;
        let write = move |world: &mut scripted::World| {
            let mut object = world.objects[&deployment("web")].clone();
            match edit {
                true => object["spec"]["template"]["spec"]["containers"][0]["image"] = "theirs".into(),
                false => object["status"] = json!({"replicas": 1}),
            }
            let (manager, subresource) =
                if edit { ("kubectl-edit", None) } else { ("kube-controller-manager", Some("status")) };
            world.update(object, manager, subresource);
        };
        bench.cluster.fault("delete Deployment default/web", Fault::First(Box::new(write)));
        let told = bench.destroy().await;
        assert_eq!(bench.cluster.world().objects.contains_key(&deployment("web")), stops);
        let codes: Vec<&str> = told.outcome.failed.iter().map(|(_, d)| d.code.as_ref()).collect();
        assert_eq!(codes.contains(&"object-moved"), stops, "{codes:?}");
        assert!(bench.state().unresolved.is_empty());
    }
}

/// What a cluster refuses at the last moment: the cause by its code and the block's place, what does not need it goes on,
/// what does is skipped, and once it is gone the same apply converges.
#[tokio::test]
async fn every_refusal_of_a_write_is_named_where_it_stands_and_the_rest_goes_on() {
    const BRANCHES: &str = r#"
project "shop" {}
config "site" { data = { color = "blue" } }
app "web" {
  container "web" {
    image    = "web:1"
    env_from = [config.site]
  }
}
app "other" {
  container "other" { image = "web:1" }
}
"#;
    let webhook = |down: bool| Cause::Webhook { message: "admission webhook \"guard\" said no".into(), down };
    let causes = [
        (webhook(false), "webhook-denied"),
        (webhook(true), "webhook-down"),
        (Cause::Forbidden("User \"ci\" cannot patch resource \"configmaps\"".into()), "cluster-forbidden"),
        (Cause::QuotaExceeded("exceeded quota: few".into()), "quota-exceeded"),
        (Cause::NamespaceTerminating("it is being terminated".into()), "namespace-terminating"),
        (Cause::Invalid { message: "no".into(), causes: Vec::new() }, "object-refused"),
    ];
    for (cause, code) in causes {
        let bench = Bench::new(BRANCHES);
        // As often as a webhook that does not answer is asked.
        for _ in 0..5 {
            bench.cluster.fault("apply ConfigMap default/site", Fault::Before(cause.clone()));
        }
        let outcome = bench.apply().await.outcome;
        let (failed, diagnostic) = &outcome.failed[0];
        assert_eq!((failed.address.to_string().as_str(), &*diagnostic.code), ("config.site", code));
        assert!(diagnostic.at.is_some(), "{code} has no place");
        let done: Vec<String> = outcome.done.iter().map(|(s, _)| s.address.to_string()).collect();
        let skipped: Vec<String> = outcome.skipped.iter().map(|(s, _)| s.address.to_string()).collect();
        assert_eq!((done, skipped), (vec!["app.other".to_string()], vec!["app.web".to_string()]), "{code}");
        bench.cluster.world().faults.clear();
        assert!(bench.apply().await.outcome.succeeded(), "{code}");
        assert!(!bench.plan().await.has_changes(), "{code}");
    }
}

#[tokio::test]
async fn an_object_without_field_managers_is_deleted_and_one_of_another_manager_is_not() {
    let before = |world: &mut scripted::World, manager| world.give_to(&deployment("web"), manager);
    // Before the plan is made.
    for (manager, stays) in [(None, false), (Some("helm"), true)] {
        let mut bench = Bench::new(SHOP);
        bench.apply().await;
        before(&mut bench.cluster.world(), manager);
        let told = bench.destroy().await;
        assert!(told.outcome.succeeded(), "{manager:?}: {:?}", told.outcome);
        assert_eq!(bench.cluster.world().objects.contains_key(&deployment("web")), stays, "{manager:?}");
        assert!(bench.state().resources.is_empty(), "{manager:?}");
    }
    // Between the plan and the delete, and after a delete of which nobody heard.
    for (manager, stops) in [(None, ""), (Some("helm"), "object-moved")] {
        let mut bench = Bench::new(SHOP);
        bench.apply().await;
        let write = move |world: &mut scripted::World| before(world, manager);
        bench.cluster.fault("delete Deployment default/web", Fault::First(Box::new(write)));
        let told = bench.destroy().await;
        let codes: Vec<&str> = told.outcome.failed.iter().map(|(_, d)| d.code.as_ref()).collect();
        assert_eq!(codes.join(" "), stops);
        assert_eq!(bench.cluster.world().objects.contains_key(&deployment("web")), !stops.is_empty());
    }
    let mut bench = Bench::new(SHOP);
    bench.apply().await;
    bench.cluster.fault("delete Deployment default/web", Fault::Before(cut()));
    let write = move |world: &mut scripted::World| before(world, Some("helm"));
    bench.cluster.fault("get Deployment default/web", Fault::First(Box::new(write)));
    let told = bench.destroy().await;
    assert_eq!(told.outcome.failed[0].1.code, "object-given-away");
    // Planned again, it is forgotten, and said so.
    bench.options.destroy = true;
    let plan = bench.plan().await;
    assert_eq!(plan.notices.iter().map(|n| n.code.as_str()).collect::<Vec<_>>(), ["object-left-alone"]);
    assert!(bench.apply().await.outcome.succeeded());
    assert!(bench.state().resources.is_empty());
}

#[tokio::test]
async fn an_object_without_field_managers_is_replaced() {
    let job = ObjectId { gvk: Gvk::new("batch", "v1", "Job"), ..deployment("migrate") };
    let text =
        "project \"shop\" {}\njob \"migrate\" {\n  container \"migrate\" { image = \"migrate:1\" }\n}\n";
    let mut bench = Bench::new(text);
    bench.apply().await;
    bench.cluster.world().give_to(&job, None);
    bench.edit(&text.replace("migrate:1", "migrate:2"));
    let told = bench.apply().await;
    assert!(told.outcome.succeeded(), "{:?}", told.outcome);
    assert_eq!(told.events[0], "Replace Job default/migrate");
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn what_is_let_go_loses_its_labels_whoever_manages_it() {
    let service = service("web-svc");
    let labels = |bench: &Bench| bench.cluster.world().objects[&service]["metadata"]["labels"].clone();
    let text = SHOP.replace("service \"web\" { app = app.web }", "")
        + "removed {\n  from = service.web\n  lifecycle { destroy = false }\n}\n";
    // With its manager; cleared before the plan, and after it; taken over after it.
    for (early, late) in [(false, None), (true, None), (false, Some(None)), (false, Some(Some("helm")))] {
        let mut bench = Bench::new(SHOP);
        bench.apply().await;
        if early {
            bench.cluster.world().give_to(&service, None);
        }
        if let Some(manager) = late {
            let of = service.clone();
            let write = move |world: &mut scripted::World| world.give_to(&of, manager);
            bench.cluster.fault("patch Service default/web-svc", Fault::First(Box::new(write)));
        }
        bench.edit(&text);
        let told = bench.apply().await;
        assert!(told.outcome.succeeded(), "{early} {late:?}: {:?}", told.outcome);
        assert_eq!(labels(&bench).get("plimsoll.dev/project"), None, "{early} {late:?}");
        let managers = bench.cluster.world().objects[&service]["metadata"]["managedFields"].clone();
        let helm = managers.as_array().unwrap().iter().any(|entry| entry["manager"] == "helm");
        assert_eq!(helm, late == Some(Some("helm")));
        assert_eq!(bench.state().resources.len(), 1);
    }
}
