//! A type that a configuration brings, and objects of it, in one plan.

use serde_json::json;

use crate::world::{World, get};

/// A name that no other world has: definitions belong to the cluster as a whole.
fn group(world: &World) -> String {
    format!("{}.example.com", world.namespace())
}

fn text(world: &World, widget: &str) -> String {
    let group = group(world);
    format!(
        r#"project "widgets" {{}}

manifest "type" {{
  object = {{
    apiVersion = "apiextensions.k8s.io/v1"
    kind       = "CustomResourceDefinition"
    metadata   = {{ name = "widgets.{group}" }}
    spec = {{
      group = "{group}"
      scope = "Namespaced"
      names = {{ kind = "Widget", plural = "widgets" }}
      versions = [{{
        name         = "v1"
        served       = true
        storage      = true
        subresources = {{ status = {{}} }}
        schema = {{ openAPIV3Schema = {{
          type = "object"
          properties = {{ spec = {{
            type     = "object"
            required = ["size"]
            properties = {{
              size  = {{ type = "integer", minimum = 1 }}
              color = {{ type = "string", default = "blue" }}
            }}
          }} }}
        }} }}
      }}]
    }}
  }}
}}
{widget}"#
    )
}

fn widget(world: &World, spec: &str) -> String {
    let group = group(world);
    format!(
        r#"
manifest "widget" {{
  object = {{
    apiVersion = "{group}/v1"
    kind       = "Widget"
    spec       = {{ {spec} }}
  }}
}}
"#
    )
}

/// The definition and its object come with one plan, the object is changed and refused by its schema while planning,
/// goes alone, and the type goes with destroy.
pub async fn a_definition_and_its_resource_in_one_plan(world: World) {
    world.configure(&text(&world, &widget(&world, "size = 3, color = \"red\"")));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["create manifest.type", "create manifest.widget"]);
    let object = json!({"apiVersion": format!("{}/v1", group(&world)), "kind": "Widget",
        "metadata": {"name": "widget", "namespace": world.namespace()}});
    let live = get(&world.client().await, &object).await.unwrap();
    assert_eq!(live["spec"], json!({"size": 3, "color": "red"}));

    world.configure(&text(&world, &widget(&world, "size = 0, color = \"red\"")));
    let refused = world.run(&["plan"]).expect_code(1);
    assert!(refused.all().contains("greater than or equal to 1"), "the server tried it\n{}", refused.all());

    world.configure(&text(&world, &widget(&world, "size = 5, color = \"red\"")));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["update manifest.widget"]);

    world.configure(&text(&world, ""));
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.summary(), ["delete manifest.widget"]);

    world.configure(&text(&world, &widget(&world, "size = 7")));
    // The type is served now, so the plan is tried and shows the definition's default.
    let (planned, _) = world.apply_exactly().await;
    assert_eq!(planned.changes()[0].after["spec"], json!({"size": 7, "color": "blue"}));
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
    assert_eq!(world.run(&["state", "list"]).expect_code(0).stdout.trim(), "");
}
