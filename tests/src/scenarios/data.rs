//! Secrets and configs that change: who is rolled by it, what nobody sees, and what exists already.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Value as Json, json};

use crate::world::World;

const SALT: &str = "plimsoll.dev/salt";

fn shop(password: &str) -> String {
    format!(
        r#"
project "shop" {{}}
secret "db" {{ data = {{ password = "{password}" }} }}
secret "other" {{ data = {{ password = "canary-of-another" }} }}
app "api" {{
  container "api" {{
    image = "api:1"
    env   = {{ PASSWORD = secret.db.keys.password }}
  }}
}}
app "web" {{
  container "web" {{
    image    = "web:1"
    env_from = [secret.other]
  }}
}}
"#
    )
}

async fn salt(world: &World, name: &str) -> Option<String> {
    let api: Api<Secret> = Api::namespaced(world.client().await, world.namespace());
    api.get(name).await.unwrap().metadata.annotations.unwrap_or_default().remove(SALT)
}

async fn hash(world: &World, app: &str) -> Option<String> {
    let api: Api<Deployment> = Api::namespaced(world.client().await, world.namespace());
    let template = api.get(app).await.unwrap().spec.unwrap().template;
    template.metadata?.annotations?.remove("plimsoll.dev/secret-hash")
}

/// A secret that changes rolls the app that reads it and no other; neither its value nor its salt is in any
/// file or output; a salt that is lost is drawn anew, and the plan says that pods are replaced.
pub async fn a_changed_secret_rolls_its_app(world: World) {
    let first = "canary-41c9e7";
    world.configure(&shop(first));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.changes().len(), 4);
    let (drawn, other) = (salt(&world, "db").await.unwrap(), salt(&world, "other").await.unwrap());
    assert!(drawn.len() == 32 && drawn != other, "{drawn} {other}");
    let (api, web) = (hash(&world, "api").await.unwrap(), hash(&world, "web").await.unwrap());

    let second = "canary-b80d21";
    world.configure(&shop(second));
    let (planned, run) = world.apply_exactly().await;
    let mut summary = planned.summary();
    summary.sort();
    assert_eq!(summary, ["update app.api", "update secret.db"]);
    assert_eq!(salt(&world, "db").await.as_ref(), Some(&drawn));
    assert_ne!(hash(&world, "api").await.unwrap(), api);
    assert_eq!(hash(&world, "web").await.unwrap(), web);

    let shown = world.run(&["show", "exact.plan"]).expect_code(0);
    assert!(shown.stdout.contains("1 pod replaced, no gap: "), "{}", shown.all());
    for canary in [first, second, &drawn, &other] {
        let told = format!("{}{}", run.all(), shown.all());
        assert!(!told.contains(canary), "{canary} is told: {told}");
        // The embedded cluster stands for a cluster: its own file holds what a cluster would.
        let files = world
            .files()
            .into_iter()
            .filter(|(path, _)| !path.ends_with("main.hcl") && !path.contains("/.plimsoll/sandbox/"));
        for (path, bytes) in files {
            let found = bytes.windows(canary.len()).any(|w| w == canary.as_bytes());
            assert!(!found, "{canary} is in {path}");
        }
    }

    let secrets: Api<Secret> = Api::namespaced(world.client().await, world.namespace());
    for taken in [Json::Null, "00000000000000000000000000000000".into()] {
        let patch = json!({"metadata": {"annotations": {SALT: taken}}});
        let how = PatchParams { field_manager: Some("kubectl-edit".into()), ..Default::default() };
        let before = hash(&world, "api").await;
        secrets.patch("db", &how, &Patch::Merge(&patch)).await.unwrap();
        let (planned, _) = world.apply_exactly().await;
        let mut summary = planned.summary();
        summary.sort();
        assert_eq!(summary, ["update app.api", "update secret.db"]);
        let shown = world.run(&["show", "exact.plan"]).expect_code(0);
        assert!(shown.stdout.contains("1 pod replaced, no gap: "), "{}", shown.all());
        let now = salt(&world, "db").await.unwrap();
        assert!(now != drawn && now != "00000000000000000000000000000000", "{now}");
        assert_ne!(hash(&world, "api").await, before);
    }
}

fn existing(key: &str) -> String {
    format!(
        r#"
project "shop" {{}}
config "site" {{
  existing = "site"
  keys     = ["app.conf", "missing"]
}}
secret "db" {{
  existing       = "db"
  keys           = ["password"]
  roll_on_change = true
}}
app "web" {{
  container "web" {{
    image = "web:1"
    args  = ["--conf=${{config.site.keys["{key}"]}}"]
    env   = {{ PASSWORD = secret.db.keys.password }}
  }}
}}
output "conf" {{ value = config.site.keys["{key}"] }}
"#
    )
}

/// What is in an existing config is text like any other, read while planning; an existing secret rolls its
/// app where that is asked for; what is not there is told with its line.
pub async fn what_exists_is_read_while_planning(world: World) {
    world.configure(&existing("app.conf"));
    let run = world.run(&["plan"]).expect_code(1);
    assert!(run.all().contains("existing-missing"), "{}", run.all());
    assert!(run.all().contains("main.hcl:4"), "{}", run.all());

    let client = world.client().await;
    let configs: Api<ConfigMap> = Api::namespaced(client.clone(), world.namespace());
    let secrets: Api<Secret> = Api::namespaced(client, world.namespace());
    let config = json!({"metadata": {"name": "site"}, "data": {"app.conf": "first"}});
    configs.create(&Default::default(), &serde_json::from_value(config).unwrap()).await.unwrap();
    let secret = json!({"metadata": {"name": "db"}, "stringData": {"password": "canary-of-others"}});
    secrets.create(&Default::default(), &serde_json::from_value(secret).unwrap()).await.unwrap();

    world.apply_exactly().await;
    let output = world.run(&["output", "conf"]).expect_code(0);
    assert!(output.stdout.contains("first"), "{}", output.all());
    let args = async |world: &World| {
        let api: Api<Deployment> = Api::namespaced(world.client().await, world.namespace());
        api.get("web").await.unwrap().spec.unwrap().template.spec.unwrap().containers[0].args.clone().unwrap()
    };
    assert_eq!(args(&world).await, ["--conf=first"]);

    let patch = json!({"data": {"app.conf": "second"}});
    configs.patch("site", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["update app.web"]);
    assert_eq!(args(&world).await, ["--conf=second"]);

    let before = hash(&world, "web").await.unwrap();
    let patch = json!({"stringData": {"password": "canary-of-theirs"}});
    secrets.patch("db", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    let (planned, run) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["update app.web"]);
    assert_ne!(hash(&world, "web").await.unwrap(), before);
    assert!(!run.all().contains("canary-of-theirs"), "{}", run.all());

    world.configure(&existing("missing"));
    let run = world.run(&["plan"]).expect_code(1);
    assert!(run.all().contains("existing-key-missing"), "{}", run.all());
    assert!(run.all().contains("main.hcl:15"), "{}", run.all());
}
