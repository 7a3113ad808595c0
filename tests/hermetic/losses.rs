//! What is not lost without anybody's word: a namespace with something in it, objects of a
//! protected environment.

use kube::api::{Api, DynamicObject, GroupVersionKind, ListParams};
use plimsoll_tests::world::World;

const NAMESPACE: &str = r#"project "shop" {}

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_namespace_with_claims_that_stay_is_not_deleted() {
    let world = World::sandbox();
    world.write("main.hcl", NAMESPACE);
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    // The plan says what an apply would refuse, and nothing is deleted.
    let planned = world.run(&["plan", "-destroy"]).expect_code(1);
    assert!(planned.all().contains("PersistentVolumeClaim shop/data-db-0 (retained)"), "{}", planned.all());
    let run = world.run(&["destroy", "-auto-approve"]).expect_code(1);
    assert!(world.run(&["state", "list"]).expect_code(0).stdout.contains("app.db"), "the app is gone");
    for part in ["the namespace still holds something", "PersistentVolumeClaim shop/data-db-0"] {
        assert!(run.all().contains(part), "{}", run.all());
    }
    let resource =
        kube::api::ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "PersistentVolumeClaim"));
    let api: Api<DynamicObject> = Api::namespaced_with(world.client().await, "shop", &resource);
    assert_eq!(api.list(&ListParams::default()).await.unwrap().items.len(), 1, "the claim is lost");
    // Without the claim nothing keeps the namespace.
    api.delete("data-db-0", &Default::default()).await.unwrap();
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    assert_eq!(world.run(&["state", "list"]).expect_code(0).stdout.trim(), "");
}

#[test]
fn deletes_in_a_protected_environment_are_allowed_by_name() {
    let world = World::sandbox();
    let text = "project \"shop\" {}\nenvironment \"prod\" {\n  sandbox {}\n  protected = true\n}\napp \"web\" {\n  container \"web\" { image = \"web:1\" }\n}\n";
    world.write("main.hcl", text);
    world.run(&["plan", "-out", "make.plan"]).expect_code(0);
    world.run(&["apply", "make.plan"]).expect_code(0);
    world.run(&["destroy", "-auto-approve"]).expect_code(1);
    world.run(&["plan", "-destroy", "-out", "destroy.plan"]).expect_code(0);
    let refused = world.run(&["apply", "destroy.plan"]).expect_code(1);
    assert!(
        refused.all().contains("app.web") && refused.all().contains("--allow-destroy"),
        "{}",
        refused.all()
    );
    world.run(&["apply", "destroy.plan", "--allow-destroy"]).expect_code(0);
}
