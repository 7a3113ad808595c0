//! How runs end: what is hidden, what is waited for, what is kept.

use super::*;

const SECRET: &str = "project \"shop\" {}\nsecret \"db\" { data = { password = \"canary-9f3\" } }\n";

const STATEFUL: &str = r#"
project "shop" {}
environment "default" {
  sandbox {}
  namespace = "shop"
}
namespace "shop" {}
volume "data" {
  claim {
    per_replica = true
    size        = "1Gi"
  }
}
app "db" {
  kind = "StatefulSet"
  container "db" {
    image = "db:1"
    mount "/data" { volume = volume.data }
  }
}
"#;

fn claim() -> ObjectId {
    ObjectId {
        gvk: Gvk::new("", "v1", "PersistentVolumeClaim"),
        namespace: Some("shop".into()),
        name: "data-db-0".into(),
    }
}

/// The claim of the first replica, with our labels or without.
fn claimed(bench: &Bench, labels: serde_json::Value) {
    let object = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data-db-0", "namespace": "shop", "labels": labels}});
    bench.cluster.world().update(object, "kube-controller-manager", None);
}

#[tokio::test]
async fn what_holds_a_deleted_object_is_told_without_secrets() {
    let mut bench = Bench::new(SECRET);
    bench.apply().await;
    for object in bench.cluster.world().objects.values_mut() {
        object["metadata"]["finalizers"] = json!(["canary-9f3/protection"]);
    }
    bench.options.wait_timeout = Duration::from_millis(30);
    let told = bench.destroy().await;
    told.check(expect![[r#"
        Delete Secret default/db
        waiting Secret default/db: it is held by (sensitive value)/protection
        failed Secret default/db: the object is still being deleted"#]]);
}

#[tokio::test]
async fn what_the_cluster_says_before_the_first_write_is_told_without_secrets() {
    let bench = Bench::new(SECRET);
    let plan = bench.plan().await;
    let quoting = Cause::Forbidden("cannot list canary-9f3".into());
    bench.cluster.fault("list Secret", Fault::Before(quoting));
    let Err(stop) = bench.apply_with(Some(&plan), &Signals::new()).await else { panic!("carried out") };
    let detail = &stop.report.items()[0].detail;
    assert!(detail.contains("cannot list (sensitive value)"), "{detail}");
}

#[tokio::test]
async fn an_interrupt_ends_the_look_for_claims_that_stay() {
    let mut bench = Bench::new(&STATEFUL.replace("namespace \"shop\" {}\n", ""));
    bench.apply().await;
    claimed(&bench, json!({}));
    bench.cluster.fault("get PersistentVolumeClaim shop/data-db-0", Fault::Hang);
    bench.options.destroy = true;
    let signals = Signals::new();
    let interrupt = async {
        let question = "get PersistentVolumeClaim shop/data-db-0";
        while !bench.cluster.world().asked.iter().any(|asked| asked == question) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        signals.interrupt();
    };
    let both = async { tokio::join!(bench.apply_with(None, &signals), interrupt) };
    let (told, ()) =
        tokio::time::timeout(Duration::from_secs(20), both).await.expect("the interrupt is heard");
    let outcome = told.unwrap().outcome;
    assert!(!outcome.left, "{outcome:?}");
    // Nobody knows whether it is there: better one too many than one forgotten.
    assert_eq!(outcome.retained_claims, [claim()]);
    assert!(bench.state().resources.is_empty());
}

#[tokio::test]
async fn a_claim_that_went_with_its_namespace_is_not_kept() {
    let mut bench = Bench::new(STATEFUL);
    bench.apply().await;
    claimed(&bench, json!({"plimsoll.dev/project": "shop", "plimsoll.dev/environment": "default"}));
    {
        let mut world = bench.cluster.world();
        world.objects.get_mut(&claim()).unwrap()["metadata"]["deletionTimestamp"] =
            "2026-01-01T00:00:00Z".into();
    }
    let went = |world: &mut scripted::World| drop(world.objects.remove(&claim()));
    bench.cluster.fault("delete Namespace shop", Fault::First(Box::new(went)));
    let told = bench.destroy().await;
    assert!(told.outcome.succeeded(), "{:?}", told.outcome);
    assert_eq!(told.outcome.retained_claims, []);
    assert!(bench.state().retained_claims.is_empty());
}
