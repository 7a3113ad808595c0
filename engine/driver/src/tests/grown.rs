//! Sets that are made anew around their pods: what moves between the plan and the delete.

use plimsoll_plan::{Action, Plan};

use super::*;

const SET: &str = r#"
project "shop" {}

volume "data" {
  claim {
    per_replica = true
    size        = "1Gi"
  }
}

app "db" {
  kind     = "StatefulSet"
  replicas = 2
  container "db" {
    image = "db:1"
    port "sql" { container_port = 5432 }
    resources { requests = { cpu = "10m" } }
    mount "/data" { volume = volume.data }
  }
}
"#;

fn set() -> ObjectId {
    ObjectId {
        gvk: Gvk::new("apps", "v1", "StatefulSet"),
        namespace: Some("default".into()),
        name: "db".into(),
    }
}

fn autoscaled() -> String {
    format!(
        "{SET}\nautoscale \"db\" {{\n  target = app.db\n  max_replicas = 9\n  metric \"cpu\" {{ average_utilization = 70 }}\n}}\n"
    )
}

/// A bench in which a set of `text` is to grow, scaled to four, with the plan for it.
async fn growing(text: &str) -> (Bench, Plan) {
    let mut bench = Bench::new(text);
    assert!(bench.apply().await.outcome.succeeded());
    scale(&mut bench.cluster.world(), 4);
    bench.edit(&text.replace("1Gi", "2Gi"));
    let plan = bench.plan().await;
    let op = plan.operations.iter().find(|o| o.id == set()).unwrap();
    assert!(op.action == Action::Replace && op.keeps_pods, "{op:?}");
    bench.cluster.asked();
    (bench, plan)
}

fn scale(world: &mut scripted::World, replicas: i64) {
    let mut object = world.objects[&set()].clone();
    object["spec"]["replicas"] = replicas.into();
    world.update(object, "kube-controller-manager", Some("scale"));
}

/// The number of pods, after making sure that the set asked for no other one since it is there.
fn number(bench: &Bench) -> i64 {
    let object = bench.cluster.world().objects[&set()].clone();
    assert_eq!(object["metadata"]["generation"], 1, "the set was changed after it was made");
    object["spec"]["replicas"].as_i64().unwrap()
}

fn deletes(bench: &Bench) -> usize {
    bench.cluster.writes().iter().filter(|w| *w == "delete StatefulSet default/db").count()
}

#[tokio::test]
async fn a_set_that_is_scaled_after_the_plan_keeps_all_of_its_pods() {
    let (bench, plan) = growing(&autoscaled()).await;
    scale(&mut bench.cluster.world(), 8);
    let told = bench.apply_with(Some(&plan), &Signals::new()).await.unwrap();
    assert!(told.outcome.succeeded(), "{:?}", told.outcome);
    assert_eq!(number(&bench), 8);
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn a_set_that_is_scaled_while_it_is_deleted_keeps_all_of_its_pods() {
    let lost = |sent| Fault::Before(Cause::Unreachable { reason: "connection reset".into(), sent });
    for first_lost in [false, true] {
        let (bench, plan) = growing(&autoscaled()).await;
        if first_lost {
            bench.cluster.fault("delete StatefulSet default/db", lost(true));
        }
        let scaled = Fault::First(Box::new(|world: &mut scripted::World| scale(world, 8)));
        bench.cluster.fault("delete StatefulSet default/db", scaled);
        let told = bench.apply_with(Some(&plan), &Signals::new()).await.unwrap();
        assert!(told.outcome.succeeded(), "{:?}", told.outcome);
        assert_eq!(deletes(&bench), 2 + usize::from(first_lost));
        assert_eq!(number(&bench), 8);
        assert!(!bench.plan().await.has_changes());
    }
}

#[tokio::test]
async fn what_is_ignored_goes_on_as_it_is_when_the_set_is_deleted() {
    let ignoring = SET.replace(
        "kind     = \"StatefulSet\"",
        "kind     = \"StatefulSet\"\n  lifecycle { ignore_changes = [container.db.image, replicas] }",
    );
    let (bench, plan) = growing(&ignoring).await;
    let moved = |world: &mut scripted::World| {
        let mut object = world.objects[&set()].clone();
        object["spec"]["template"]["spec"]["containers"][0]["image"] = "db:7".into();
        world.update(object, "ci", None);
        scale(world, 8);
    };
    bench.cluster.fault("delete StatefulSet default/db", Fault::First(Box::new(moved)));
    let told = bench.apply_with(Some(&plan), &Signals::new()).await.unwrap();
    assert!(told.outcome.succeeded(), "{:?}", told.outcome);
    assert_eq!(number(&bench), 8);
    let image =
        bench.cluster.world().objects[&set()]["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    assert_eq!(image, "db:7");
}

#[tokio::test]
async fn claims_that_came_after_the_plan_stop_it_before_anything_is_deleted() {
    let (bench, plan) = growing(&autoscaled()).await;
    let grows = |world: &mut scripted::World| {
        scale(world, 8);
        let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data-db-7", "namespace": "default"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
        world.update(claim, "kube-controller-manager", None);
    };
    bench.cluster.fault("delete StatefulSet default/db", Fault::First(Box::new(grows)));
    let before = bench.cluster.world().objects[&set()]["metadata"]["uid"].clone();
    let told = bench.apply_with(Some(&plan), &Signals::new()).await.unwrap();
    let failed: Vec<_> =
        told.outcome.failed.iter().map(|(_, d)| (d.code.clone(), d.detail.clone())).collect();
    assert!(failed.len() == 1 && failed[0].0 == "object-moved", "{failed:?}");
    assert!(format!("{failed:?}").contains("data-db-7"), "{failed:?}");
    assert_eq!(bench.cluster.world().objects[&set()]["metadata"]["uid"], before);
}

#[tokio::test]
async fn a_number_that_nobody_declares_is_the_one_that_was_reviewed() {
    let open = SET.replace("  replicas = 2\n", "");
    let mut bench = Bench::new(&open);
    bench.apply().await;
    bench.edit(&open.replace("1Gi", "2Gi"));
    let plan = bench.plan().await;
    scale(&mut bench.cluster.world(), 8);
    let told = bench.apply_with(Some(&plan), &Signals::new()).await.unwrap();
    assert!(told.outcome.failed.iter().any(|(_, d)| d.code == "object-moved"), "{:?}", told.outcome);
    assert!(!bench.cluster.writes().iter().any(|w| w.starts_with("delete")), "something was deleted");
    assert!(bench.apply().await.outcome.succeeded());
    assert_eq!(number(&bench), 8);
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn a_set_that_is_gone_asks_for_all_of_its_pods_from_the_first_moment() {
    let bench = Bench::new(&autoscaled());
    assert!(bench.apply().await.outcome.succeeded());
    {
        let mut world = bench.cluster.world();
        let template = world.objects.remove(&set()).unwrap()["spec"]["template"].clone();
        for i in 0..4 {
            let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("db-{i}"),
                "namespace": "default", "labels": template["metadata"]["labels"]}, "spec": template["spec"]});
            world.update(pod, "kube-controller-manager", None);
        }
    }
    assert!(bench.apply().await.outcome.succeeded());
    assert_eq!(number(&bench), 4);
    assert!(!bench.plan().await.has_changes());
}
