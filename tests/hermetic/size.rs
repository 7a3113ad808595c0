//! How much there is to write: the examples in HCL, against the objects that they become in YAML,
//! written into `docs/explanation/size.md`. `UPDATE_EXPECT=1` writes it anew.
//!
//! The YAML is made from the plan: the fields that the configuration asks for, without Plimsoll's own labels
//! and annotations and without what says no more than the API's default. It is not a public
//! manifest, which would differ in what it says and not only in how.

use std::fmt::Write as _;

use plimsoll_tests::examples::{files, folder, lay_out, names};
use plimsoll_tests::world::World;
use serde_json::{Map, Value as Json};

/// Fields that the configuration's objects spell out although the API's default says the same.
fn is_default(steps: &[&str], value: &Json) -> bool {
    let (Some(last), before) = (steps.last(), steps.iter().rev().nth(1)) else { return false };
    let before = before.copied().unwrap_or_default();
    match *last {
        "protocol" => value == "TCP",
        "apiVersion" => before == "fieldRef",
        "failureThreshold" => before.ends_with("Probe") && value == 3,
        "periodSeconds" => before.ends_with("Probe") && value == 10,
        "successThreshold" | "timeoutSeconds" => before.ends_with("Probe") && value == 1,
        "initialDelaySeconds" => before.ends_with("Probe") && value == 0,
        "type" => before == "spec" && value == "ClusterIP",
        "whenDeleted" | "whenScaled" => value == "Retain",
        _ => false,
    }
}

/// Labels and annotations by which Plimsoll knows what is its own.
fn is_own_mark(steps: &[&str]) -> bool {
    let last = steps.last().copied().unwrap_or_default();
    last.starts_with("plimsoll.dev/") && !is_selecting(steps)
        || ["managed-by", "name", "part-of"].iter().any(|w| last == format!("app.kubernetes.io/{w}"))
}

/// Whether the field is how a selector finds the app's pods, or the label that it finds.
fn is_selecting(steps: &[&str]) -> bool {
    steps.last() == Some(&"plimsoll.dev/app")
        && (steps.contains(&"template") || steps.iter().any(|s| s.to_lowercase().contains("selector")))
}

/// Puts a value where the steps lead: `[name=x]` and `[0]` are items of a list, in order of appearance.
fn put(at: &mut Json, steps: &[&str], keys: &mut Vec<(String, String)>, path: String, value: Json) {
    let Some((step, rest)) = steps.split_first() else {
        *at = value;
        return;
    };
    let path = format!("{path}/{step}");
    if step.starts_with('[') {
        if at.is_null() {
            *at = Json::Array(Vec::new());
        }
        let items = at.as_array_mut().unwrap();
        let parent = path.rsplit_once('/').unwrap().0.to_string();
        let known: Vec<_> = keys.iter().filter(|(p, _)| *p == parent).collect();
        let index = known.iter().position(|(_, key)| key == step).unwrap_or(known.len());
        if index == items.len() {
            keys.push((parent, step.to_string()));
            items.push(Json::Null);
        }
        return put(&mut items[index], rest, keys, path, value);
    }
    if at.is_null() {
        *at = Json::Object(Map::new());
    }
    put(at.as_object_mut().unwrap().entry(step.to_string()).or_insert(Json::Null), rest, keys, path, value);
}

/// The YAML of an object that a plan creates.
fn yaml(change: &Json) -> String {
    let after = &change["change"]["after"];
    let mut object = serde_json::json!({
        "apiVersion": after["apiVersion"], "kind": after["kind"],
        "metadata": {"name": after["metadata"]["name"]},
    });
    let mut keys = Vec::new();
    for field in change["plimsoll"]["changes"].as_array().unwrap() {
        let steps: Vec<&str> =
            field["steps"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        let value = match &field["after"]["known"] {
            Json::Null => Json::from("c2VjcmV0"), // sensitive: of some length
            known => known.clone(),
        };
        if field["cause"] != "ours" || is_default(&steps, &value) || is_own_mark(&steps) {
            continue;
        }
        let steps: Vec<&str> =
            steps.into_iter().map(|s| if s == "plimsoll.dev/app" { "app" } else { s }).collect();
        put(&mut object, &steps, &mut keys, String::new(), value);
    }
    serde_saphyr::to_string(&object).unwrap()
}

fn lines(text: &str) -> usize {
    text.lines().filter(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#')).count()
}

/// Characters without those that lay the text out: indentation, blank lines, comments.
fn characters(text: &str) -> usize {
    text.lines().map(str::trim).filter(|l| !l.starts_with('#')).map(|l| l.chars().count()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_examples() {
    let mut out = String::from(include_str!("size.md"));
    let mut total = [0; 5];
    for example in names() {
        let world = World::sandbox();
        let environments = lay_out(&world, &example).await;
        let plan = world.run(&["plan", "-json", "-e", environments.last().unwrap()]).expect_code(0);
        let plan: Json = serde_json::from_str(&plan.stdout).unwrap();
        let objects: Vec<String> = plan["resource_changes"].as_array().unwrap().iter().map(yaml).collect();
        let yaml = objects.join("---\n");
        let hcl: String = files(&example)
            .iter()
            .filter(|f| f.extension().is_some_and(|e| e == "hcl" || e == "yaml"))
            .map(|f| std::fs::read_to_string(folder().join(&example).join(f)).unwrap())
            .collect();
        let row = [objects.len(), lines(&hcl), lines(&yaml), characters(&hcl), characters(&yaml)];
        total.iter_mut().zip(row).for_each(|(sum, n)| *sum += n);
        write_row(&mut out, &format!("[{example}](../../examples/{example})"), row);
    }
    write_row(&mut out, "all", total);
    let page = folder().parent().unwrap().join("docs/explanation/size.md");
    expect_test::expect_file![page].assert_eq(&out);
}

fn write_row(
    out: &mut String,
    name: &str,
    [objects, hcl, yaml, hcl_characters, yaml_characters]: [usize; 5],
) {
    let percent = |part: usize, whole: usize| (100 * part + whole / 2) / whole;
    writeln!(
        out,
        "| {name} | {objects} | {hcl} | {yaml} | {} % | {hcl_characters} | {yaml_characters} | {} % |",
        percent(hcl, yaml),
        percent(hcl_characters, yaml_characters)
    )
    .unwrap();
}

#[test]
fn lists_keep_their_items_apart() {
    let change = serde_json::json!({
        "change": {"after": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}},
        "plimsoll": {"changes": [
            {"cause": "ours", "steps": ["spec", "c", "[name=a]", "image"], "after": {"known": "x:1"}},
            {"cause": "ours", "steps": ["spec", "c", "[name=a]", "ports", "[containerPort=1,protocol=TCP]", "protocol"], "after": {"known": "TCP"}},
            {"cause": "ours", "steps": ["spec", "c", "[name=b]", "image"], "after": {"known": "y:1"}},
            {"cause": "server", "steps": ["spec", "dns"], "after": {"known": "z"}},
            {"cause": "ours", "steps": ["metadata", "labels", "plimsoll.dev/app"], "after": {"known": "p"}},
        ]},
    });
    expect_test::expect![[r#"
        apiVersion: v1
        kind: Pod
        metadata:
          name: p
        spec:
          c:
          - image: x:1
          - image: y:1
    "#]]
    .assert_eq(&yaml(&change));
}
