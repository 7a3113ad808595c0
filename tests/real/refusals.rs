//! What a real API server refuses at the last moment: webhooks that are down or silent, policies, missing rights, quotas. The
//! cause is named with its place, what does not depend on it is done, what does is skipped, and a second apply
//! converges.

use std::time::Duration;

use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, PostParams};
use plimsoll_tests::server::{Reply, Server};
use plimsoll_tests::world::World;
use serde_json::{Value as Json, json};

/// Two branches: `web` reads the config, `other` does not.
const BRANCHES: &str = r#"project "shop" {}

config "site" {
  data = { color = "blue" }
}

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

async fn api(world: &World, group: &str, version: &str, kind: &str, namespaced: bool) -> Api<DynamicObject> {
    let mut resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    if kind.ends_with("Policy") {
        resource.plural = "validatingadmissionpolicies".into();
    }
    match namespaced {
        true => Api::namespaced_with(world.client().await, world.namespace(), &resource),
        false => Api::all_with(world.client().await, &resource),
    }
}

async fn make(world: &World, object: Json, namespaced: bool) -> (Api<DynamicObject>, String) {
    let (group, version) = object["apiVersion"].as_str().unwrap().rsplit_once('/').unwrap_or(("", "v1"));
    let api = api(world, group, version, object["kind"].as_str().unwrap(), namespaced).await;
    let name = object["metadata"]["name"].as_str().unwrap().to_string();
    api.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap();
    (api, name)
}

/// Waits until a config map can (or cannot) be made in the world's namespace.
async fn until_configs_are(world: &World, taken: bool) {
    let configs = api(world, "", "v1", "ConfigMap", true).await;
    let probe: DynamicObject = serde_json::from_value(json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "probe", "namespace": world.namespace()}}))
    .unwrap();
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    for _ in 0..300 {
        if configs.create(&dry, &probe).await.is_ok() == taken {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("config maps are never {}", if taken { "taken" } else { "refused" });
}

/// The plan is made before the obstacle comes: it is met while applying. Then it is met while planning, and then it goes.
async fn met(
    world: &World,
    obstacles: Vec<(Api<DynamicObject>, String)>,
    applying: &[&str],
    planning: &[&str],
) {
    until_configs_are(world, false).await;
    let failed = world.run(&["apply", "p.plan"]).expect_code(1);
    let report = [
        "main.hcl:3",
        "Done (1):\n  app.other",
        "Failed (1):\n  config.site",
        "Skipped (1):\n  app.web: it needs config.site",
    ];
    for part in applying.iter().chain(&report) {
        assert!(failed.all().contains(part), "the apply tells {part}\n{}", failed.all());
    }
    let refused = world.run(&["plan"]).expect_code(1);
    for part in planning.iter().chain(&["main.hcl:3"]) {
        assert!(refused.all().contains(part), "the plan tells {part}\n{}", refused.all());
    }
    for (api, name) in obstacles {
        api.delete(&name, &DeleteParams::default()).await.unwrap();
    }
    until_configs_are(world, true).await;
    world.apply_exactly().await;
}

async fn planned(name: &str) -> World {
    let world = World::real(name).await;
    world.configure(BRANCHES);
    world.run(&["plan", "-out", "p.plan"]).expect_code(0);
    world
}

fn webhook(world: &World, address: &str) -> Json {
    json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
    "metadata": {"name": world.namespace()},
    "webhooks": [{
        "name": "guard.plimsoll.test",
        "clientConfig": {"url": format!("https://{address}/guard")},
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace()}},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}],
        "failurePolicy": "Fail", "sideEffects": "None", "timeoutSeconds": 1, "admissionReviewVersions": ["v1"],
    }]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_is_down_stops_one_branch() {
    let world = planned("webhook-down").await;
    // Port 1 of the loopback interface: nobody listens there.
    let guard = make(&world, webhook(&world, "127.0.0.1:1"), false).await;
    let words = ["error[webhook-down]", "guard.plimsoll.test", "connection refused"];
    met(&world, vec![guard], &words, &words[1..]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_never_answers_stops_one_branch() {
    let world = planned("webhook-silent").await;
    let server = Server::start(Reply::Silence);
    let guard = make(&world, webhook(&world, &server.address()), false).await;
    let words = ["error[webhook-down]", "guard.plimsoll.test", "deadline exceeded"];
    met(&world, vec![guard], &words, &words[1..2]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admission_that_rejects_stops_one_branch() {
    let world = planned("admission").await;
    let name = world.namespace();
    let policy = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {"failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"],
                "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}]},
            "validations": [{"expression": "false", "message": "no config today"}]}});
    let binding = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}}});
    let obstacles = vec![make(&world, policy, false).await, make(&world, binding, false).await];
    met(
        &world,
        obstacles,
        &["error[object-refused]", "no config today"],
        &["error[refused-by-cluster]", "no config today"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_that_is_used_up_stops_one_branch() {
    let world = planned("quota").await;
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few", "namespace": world.namespace()},
        "spec": {"hard": {"count/configmaps": "0"}}});
    let obstacle = make(&world, quota, true).await;
    let words = ["error[quota-exceeded]", "exceeded quota: few"];
    met(&world, vec![obstacle], &words, &words).await;
}

/// Somebody who may do everything in the namespace but write config maps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_that_is_missing_for_one_kind_stops_one_branch() {
    let world = World::real("rights").await;
    let name = world.namespace().to_string();
    let kubeconfig = std::env::var("PLIMSOLL_TEST_KUBECONFIG").unwrap();
    // The same administrator, who acts as somebody else.
    let acting = std::fs::read_to_string(&kubeconfig)
        .unwrap()
        .replace("- name: admin\n  user:\n", &format!("- name: admin\n  user:\n    as: limited-{name}\n"));
    assert!(acting.contains("as: limited"), "{acting}");
    world.configure(BRANCHES);
    world.write("kubeconfig", &acting);
    let environment = world.environment().replace(&kubeconfig, "kubeconfig");
    world.write("environment.hcl", &environment);

    let verbs =
        |of: &[&str], resources: &[&str]| json!({"apiGroups": ["*"], "verbs": of, "resources": resources});
    let role = |config: &[&str]| {
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "limited", "namespace": name},
            "rules": [verbs(&["*"], &["deployments", "services", "pods", "replicasets", "events", "persistentvolumeclaims"]),
                verbs(&["get", "list", "watch"], &["*"]), verbs(config, &["configmaps"])]})
    };
    let subjects =
        json!([{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": format!("limited-{name}")}]);
    let binding = |kind: &str, to: &str, of: &str| {
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": of, "namespace": name},
            "subjects": subjects, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": to, "name": "limited"}})
    };
    let mut cluster_role = role(&[]);
    cluster_role["kind"] = "ClusterRole".into();
    cluster_role["metadata"] = json!({"name": name});
    cluster_role["rules"] = json!([verbs(&["get", "list", "watch"], &["*"])]);
    let mut cluster_binding = binding("ClusterRoleBinding", "ClusterRole", &name);
    cluster_binding["metadata"] = json!({"name": name});
    cluster_binding["roleRef"]["name"] = json!(name);
    let everywhere = [make(&world, cluster_role, false).await, make(&world, cluster_binding, false).await];
    make(&world, binding("RoleBinding", "Role", "limited"), true).await;
    let (roles, _) = make(&world, role(&["*"]), true).await;
    let rights = async |config: &[&str]| {
        let new: DynamicObject = serde_json::from_value(role(config)).unwrap();
        let params = kube::api::PatchParams::default();
        roles
            .patch("limited", &params, &kube::api::Patch::Merge(json!({"rules": new.data["rules"]})))
            .await
            .unwrap();
        // Rights are read a moment later.
        tokio::time::sleep(Duration::from_secs(2)).await;
    };
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.run(&["plan", "-out", "p.plan"]).expect_code(0);

    rights(&["get"]).await;
    let failed = world.run(&["apply", "p.plan"]).expect_code(1);
    let report = [
        "error[cluster-forbidden]",
        "cannot patch resource \"configmaps\"",
        "main.hcl:3",
        "kubectl auth can-i patch configmaps",
        "Done (1):\n  app.other",
        "Failed (1):\n  config.site",
        "Skipped (1):\n  app.web: it needs config.site",
    ];
    for part in report {
        assert!(failed.all().contains(part), "the apply tells {part}\n{}", failed.all());
    }
    let refused = world.run(&["plan"]).expect_code(1);
    for part in ["error[forbidden-by-cluster]", "cannot patch resource \"configmaps\"", "main.hcl:3"] {
        assert!(refused.all().contains(part), "the plan tells {part}\n{}", refused.all());
    }
    // The rest can be planned without it.
    world.run(&["plan", "-exclude", "config.site", "-detailed-exitcode"]).expect_code(0);
    rights(&["*"]).await;
    world.run(&["apply", "-auto-approve"]).expect_code(0);
    world.assert_settled();
    for (api, name) in everywhere {
        api.delete(&name, &DeleteParams::default()).await.unwrap();
    }
}
