//! What somebody does in the cluster between two applies: told apart, accepted by the edit that is printed,
//! set back, hidden or removed as the configuration says.

use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value as Json, json};

use super::ownership::{app, patch, web};
use crate::world::{World, get};

fn editor() -> PatchParams {
    PatchParams { field_manager: Some("kubectl-edit".into()), ..Default::default() }
}

async fn live(world: &World) -> Json {
    get(&world.client().await, &web(world)).await.expect("the Deployment is there")
}

/// What `drift -json` prints.
#[track_caller]
fn drift(world: &World, code: i32) -> Json {
    let run = world.run(&["drift", "-json"]).expect_code(code);
    serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}\n{}", run.all()))
}

/// Every kind of drift is told with who did it, nothing is written, and the printed edit makes it no drift.
pub async fn drift_is_told_and_accepted_by_the_printed_edit(world: World) {
    world.configure(&app(""));
    world.apply_exactly().await;
    let none = world.run(&["drift"]).expect_code(0);
    assert!(none.stdout.contains("No drift."), "{}", none.all());
    let edit = json!({"metadata": {"annotations": {"example.com/note": "mine"}}, "spec": {"replicas": 4}});
    patch(&world, &web(&world), editor(), Patch::Merge(edit)).await;
    let before = live(&world).await;
    let told = world.run(&["drift"]).expect_code(2);
    for part in [
        "spec.replicas: 1 → 4",
        "set by kubectl-edit, Update, 20",
        "main.hcl:4: `replicas = 4` instead of `replicas = 1`",
        "example.com/note: \"mine\"",
        "Drift: 1 changed, 0 deleted, 1 with something added by others.",
    ] {
        assert!(told.stdout.contains(part), "{part}\n{}", told.all());
    }
    let now = live(&world).await;
    // Controllers go on writing its status.
    let told_of = |object: &Json| (object["metadata"]["generation"].clone(), object["spec"].clone());
    assert_eq!(told_of(&now), told_of(&before), "it was written to");
    let json = drift(&world, 2);
    let change = &json["drift"][0]["changes"][0];
    assert_eq!(
        (&change["path"], &change["configured"], &change["live"]),
        (&json!("spec.replicas"), &json!(1), &json!(4))
    );
    // The edit that was printed.
    let accept = &change["accept"]["edit"];
    let text = world.read("main.hcl");
    let accepted = text.replace(accept["line"].as_str().unwrap(), accept["becomes"].as_str().unwrap());
    assert_ne!(accepted, text);
    world.configure(&accepted);
    assert_eq!(drift(&world, 2)["drift"][0]["changes"], json!([]), "the field is no drift any more");
    world.apply_exactly().await;
    assert_eq!(live(&world).await["spec"]["replicas"], 4);
}

/// In one plan, the object that was edited stands apart from what the configuration changes; both come true.
/// Where the configuration changes the object as well, the edit is told with who made it.
pub async fn an_edit_stands_apart_from_a_change_of_the_configuration(world: World) {
    let config = "\nconfig \"site\" {\n  data = { colour = \"blue\" }\n}\n";
    world.configure(&app(config));
    world.apply_exactly().await;
    patch(&world, &web(&world), editor(), Patch::Merge(json!({"spec": {"replicas": 4}}))).await;
    world.configure(&app(config).replace("blue", "red"));
    let plan = world.run(&["plan"]).expect_code(0);
    let lines: Vec<&str> = plan.stdout.lines().map(str::trim).collect();
    let at = |text: &str| {
        let found = lines.iter().position(|l| l.contains(text));
        found.unwrap_or_else(|| panic!("{text}\n{}", plan.all()))
    };
    let order = [
        at("Changed in the cluster since the last apply, and to be set back:"),
        at("spec.replicas: 4 → 1"),
        at("Plimsoll will do the following:"),
        at("\"blue\" → \"red\""),
    ];
    assert!(order.is_sorted(), "{}", plan.all());
    let causes = |planned: &crate::planned::Planned| {
        let changes = planned.0["resource_changes"].as_array().unwrap().clone();
        let of = changes.into_iter().flat_map(|c| c["plimsoll"]["changes"].as_array().unwrap().clone());
        let mut all: Vec<(String, String)> = of
            .map(|c| (c["path"].as_str().unwrap().to_string(), c["cause"].as_str().unwrap().to_string()))
            .filter(|(_, cause)| cause != "default")
            .collect();
        all.sort();
        all
    };
    let (planned, _) = world.apply_exactly().await;
    let named = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter().map(|(path, cause)| (path.to_string(), cause.to_string())).collect()
    };
    assert_eq!(causes(&planned), named(&[("data.colour", "ours"), ("spec.replicas", "drift")]));
    patch(&world, &web(&world), editor(), Patch::Merge(json!({"spec": {"replicas": 4}}))).await;
    world.configure(&app(config).replace("web:1", "web:2").replace("blue", "red"));
    let plan = world.run(&["plan"]).expect_code(0);
    let told =
        plan.stdout.lines().any(|l| l.contains("spec.replicas: 4 → 1") && l.contains("set by kubectl-edit"));
    assert!(told, "{}", plan.all());
    let (planned, _) = world.apply_exactly().await;
    let image = "spec.template.spec.containers[name=web].image";
    assert_eq!(causes(&planned), named(&[("spec.replicas", "ours"), (image, "ours")]));
    // Without a change of the configuration, an object that somebody deleted is drift alone.
    {
        let resource =
            kube::api::ApiResource::from_gvk(&kube::api::GroupVersionKind::gvk("", "v1", "ConfigMap"));
        let maps: kube::Api<kube::api::DynamicObject> =
            kube::Api::namespaced_with(world.client().await, world.namespace(), &resource);
        maps.delete("site", &DeleteParams::default()).await.unwrap();
    }
    let json = drift(&world, 2);
    assert_eq!(
        (&json["drift"][0]["address"], &json["drift"][0]["deleted"]),
        (&json!("config.site"), &json!(true))
    );
    let plan = world.run(&["plan"]).expect_code(0);
    assert!(plan.stdout.contains("Changed in the cluster since the last apply"), "{}", plan.all());
    assert!(!plan.stdout.contains("Plimsoll will do the following"), "{}", plan.all());
    world.apply_exactly().await;
    world.run(&["drift"]).expect_code(0);
}

/// An app with rules about its one container's image and its replicas.
fn ruled(policy: &str) -> String {
    let rule = format!(
        "  lifecycle {{\n    drift = \"ignore\"\n    conflict \"image-*\" {{\n      path   = \"spec.template.spec.containers[name=web].image\"\n      policy = \"{policy}\"\n    }}\n  }}\n"
    );
    app("").replacen("  container \"web\" {", &format!("{rule}  container \"web\" {{"), 1)
}

/// Sets the image as a controller that applies does.
async fn update_image(world: &World, image: &str) {
    let theirs = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}
    });
    patch(world, &web(world), PatchParams::apply("image-updater").force(), Patch::Apply(theirs)).await;
}

async fn image(world: &World) -> Json {
    live(world).await["spec"]["template"]["spec"]["containers"][0]["image"].clone()
}

/// Who owns the image, sorted.
async fn owners_of_image(world: &World) -> Vec<String> {
    let live = live(world).await;
    let entries = live["metadata"]["managedFields"].as_array().unwrap().clone();
    let holds = |e: &Json| {
        let web = &e["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]["k:{\"name\":\"web\"}"];
        web["f:image"].is_object()
    };
    let mut names: Vec<String> =
        entries.iter().filter(|e| holds(e)).map(|e| e["manager"].as_str().unwrap().to_string()).collect();
    names.sort();
    names
}

/// A field that a controller applies too is left to it, shared with it, or taken, as the rule says.
pub async fn a_rule_decides_whose_value_stands(world: World) {
    world.configure(&ruled("yield"));
    world.apply_exactly().await;
    update_image(&world, "theirs:9").await;
    world.assert_settled();
    // Something else changes: the image stays theirs.
    world.configure(&ruled("yield").replace("replicas = 1", "replicas = 2"));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["update app.web"]);
    assert_eq!(
        (image(&world).await, owners_of_image(&world).await),
        (json!("theirs:9"), vec!["image-updater".into()])
    );
    // Shared.
    world.configure(&ruled("match").replace("replicas = 1", "replicas = 2"));
    world.apply_exactly().await;
    assert_eq!(image(&world).await, "theirs:9");
    assert_eq!(owners_of_image(&world).await, ["image-updater", "plimsoll:shared"]);
    // Taken.
    world.configure(&ruled("force").replace("replicas = 1", "replicas = 2"));
    world.apply_exactly().await;
    assert_eq!(
        (image(&world).await, owners_of_image(&world).await),
        (json!("web:1"), vec!["plimsoll:shared".into()])
    );
}

/// What somebody adds is not told where it is ignored, but counted, and it stays.
pub async fn what_is_added_is_only_counted_where_it_is_ignored(world: World) {
    world.configure(&ruled("force"));
    world.apply_exactly().await;
    let note = json!({"metadata": {"annotations": {"example.com/note": "mine"}}});
    patch(&world, &web(&world), editor(), Patch::Merge(note)).await;
    let plan = world.run(&["plan", "-detailed-exitcode"]).expect_code(0);
    assert!(!plan.stdout.contains("example.com/note"), "{}", plan.all());
    assert!(plan.stdout.contains("One field that others added is not shown"), "{}", plan.all());
    world.run(&["drift"]).expect_code(0);
    world.configure(&ruled("force").replace("replicas = 1", "replicas = 2"));
    world.apply_exactly().await;
    assert_eq!(live(&world).await["metadata"]["annotations"]["example.com/note"], "mine");
}

/// What somebody adds is taken out again, alone and beside a change of ours, and the next plan is empty.
pub async fn what_is_added_is_taken_out_where_the_configuration_says_so(world: World) {
    let text = ruled("force").replace("drift = \"ignore\"", "drift = \"revert\"");
    world.configure(&text);
    world.apply_exactly().await;
    let add = async || {
        let value = json!({"metadata": {"annotations": {"example.com/note": "mine"}}, "spec": {"minReadySeconds": 1, "revisionHistoryLimit": 3}});
        patch(&world, &web(&world), editor(), Patch::Merge(value)).await;
        // A name that is no number, although it looks like one.
        let debug = json!([{"op": "add", "path": "/spec/template/spec/containers/0", "value": {"name": "123", "image": "debug:1"}}]);
        patch(&world, &web(&world), editor(), Patch::Json(serde_json::from_value(debug).unwrap())).await;
    };
    add().await;
    let plan = world.run(&["plan", "-detailed-exitcode"]).expect_code(2);
    assert!(plan.stdout.contains("Changed in the cluster since the last apply"), "{}", plan.all());
    world.apply_exactly().await;
    let gone = |live: &Json| {
        assert_eq!(live["metadata"]["annotations"].get("example.com/note"), None);
        assert_eq!(live["spec"]["revisionHistoryLimit"], 10);
        assert_eq!(live["spec"]["template"]["spec"]["containers"].as_array().unwrap().len(), 1);
    };
    gone(&live(&world).await);
    add().await;
    world.configure(&text.replace("web:1", "web:2"));
    world.apply_exactly().await;
    gone(&live(&world).await);
    assert_eq!(image(&world).await, "web:2");
    // Another value than the reviewed one stays.
    add().await;
    world.run(&["plan", "-out", "revert.plan"]).expect_code(0);
    let other = json!({"metadata": {"annotations": {"example.com/note": "another"}}});
    patch(&world, &web(&world), editor(), Patch::Merge(other)).await;
    world.run(&["apply", "revert.plan"]).expect_code(4);
    assert_eq!(live(&world).await["metadata"]["annotations"]["example.com/note"], "another");
}
