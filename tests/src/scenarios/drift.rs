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
    assert_eq!(
        now["metadata"]["resourceVersion"], before["metadata"]["resourceVersion"],
        "it was written to"
    );
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

/// In one plan, what was edited stands apart from what the configuration changes; both come true.
pub async fn an_edit_stands_apart_from_a_change_of_the_configuration(world: World) {
    let config = "\nconfig \"site\" {\n  data = { colour = \"blue\" }\n}\n";
    world.configure(&app(config));
    world.apply_exactly().await;
    patch(&world, &web(&world), editor(), Patch::Merge(json!({"spec": {"replicas": 4}}))).await;
    world.configure(&app(config).replace("web:1", "web:2").replace("blue", "red"));
    let plan = world.run(&["plan"]).expect_code(0);
    let lines: Vec<&str> = plan.stdout.lines().map(str::trim).collect();
    let at = |text: &str| {
        let found = lines.iter().position(|l| l.contains(text));
        found.unwrap_or_else(|| panic!("{text}\n{}", plan.all()))
    };
    let apart = at("# changed in the cluster since the last apply, and to be set back:");
    assert!(at("\"web:1\" → \"web:2\"") < apart && apart < at("spec.replicas: 4 → 1"), "{}", plan.all());
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
    let image = "spec.template.spec.containers[name=web].image";
    let expected = [("data.colour", "ours"), ("spec.replicas", "drift"), (image, "ours")];
    assert_eq!(causes(&planned), expected.map(|(p, c)| (p.to_string(), c.to_string())));
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
