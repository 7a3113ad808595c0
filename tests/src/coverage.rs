//! The features that the product promises, one row for each: a small configuration that uses
//! exactly this feature, the fields that it has to become, and what a cluster makes of it.
//!
//! The configurations are `coverage/NAME.hcl`. Each opens with its promises, lines such as
//! `#> Deployment/web spec.replicas = 3`: kind and name of an object, a path in it, the JSON that
//! has to stand there. `$NAMESPACE` and `$ENVIRONMENT` stand for the world's. The tests, mistakes and
//! page of the rows are in `tests/hermetic/coverage.rs`.

use std::path::{Path, PathBuf};

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, ValidationDirective};
use plimsoll_blocks::PlimsollVocabulary;
use plimsoll_lang::{Inputs, NoFacts, evaluate, load_texts};
use plimsoll_model::{Report, Severity};
use serde_json::Value as Json;

use crate::world::{World, get};

/// Hands the names of all rows, in order, to another macro of this crate, behind what it gets itself.
#[macro_export]
macro_rules! rows {
    ($then:ident ! ($($before:tt)*)) => {
        $crate::$then! { $($before)*;
            name, cluster, namespace, replicas, kinds, containers, init_containers, image, always_pull,
            limits, requests, environment, probes, http_probe, tcp_probe, command_probe, probe_times,
            terminal, command, hooks, volumes, claims, network_storage, mounts, logs, log_settings,
            service_name, service_types, service_ports, load_balancer, labels, ingress, access_objects,
            autoscaling, node_affinity, preferred_nodes, pod_affinity, listing, scaling, claim_retention,
            ordinals, persistence
        }
    };
}

/// The names of rows as texts.
#[macro_export]
macro_rules! row_names {
    (; $($name:ident),*) => { &[$(stringify!($name)),*] };
}

/// A test of each row, in a world that the expression makes from the row's name.
#[macro_export]
macro_rules! row_tests {
    ($world:expr; $($name:ident),*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let make = $world;
                $crate::coverage::walk(stringify!($name), make(stringify!($name)).await).await;
            }
        )*
    };
}

/// The rows that [`rows`] names, each of which has a test wherever `rows!(row_tests!(…))` stands.
pub const ROWS: &[&str] = rows!(row_names!());

/// A field that a configuration has to become.
#[derive(Debug, Clone)]
pub struct Promise {
    /// Kind and name of the object.
    pub object: (String, String),
    /// Where in it: names, indexes and keys of list items.
    pub path: String,
    /// What stands there.
    pub value: Json,
}

/// The file of a row's configuration.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/coverage").join(format!("{name}.hcl"))
}

/// A row's configuration.
pub fn text(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_else(|e| panic!("{name}.hcl: {e}"))
}

/// The promises of a configuration, in a namespace of an environment.
pub fn promises(text: &str, namespace: &str, environment: &str) -> Vec<Promise> {
    let text = text.replace("$NAMESPACE", namespace).replace("$ENVIRONMENT", environment);
    let promise = |line: &str| {
        let (place, value) = line.split_once(" = ").unwrap_or_else(|| panic!("no value in {line}"));
        let (object, path) = place.split_once(' ').unwrap_or_else(|| panic!("no path in {line}"));
        let (kind, name) = object.split_once('/').unwrap_or_else(|| panic!("no name in {line}"));
        let value = serde_json::from_str(value).unwrap_or_else(|e| panic!("{e} in {line}"));
        Promise { object: (kind.into(), name.into()), path: path.into(), value }
    };
    let all: Vec<_> = text.lines().filter_map(|l| l.strip_prefix("#> ")).map(promise).collect();
    assert!(!all.is_empty(), "nothing is promised");
    all
}

/// What stands at a path: `a.b`, `a[0]`, `a["key"]`, and `a[x]` for the item whose name is x.
pub fn at<'a>(object: &'a Json, path: &str) -> Option<&'a Json> {
    let (mut here, mut rest) = (object, path);
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(bracket) = rest.strip_prefix('[') {
            let (key, after) = bracket.split_once(']')?;
            here = match (key.strip_prefix('"'), key.parse::<usize>()) {
                (Some(key), _) => here.get(key.strip_suffix('"')?)?,
                (None, Ok(index)) => here.get(index)?,
                (None, Err(_)) => here.as_array()?.iter().find(|item| {
                    let name = item.get("name").or_else(|| item.get("metadata")?.get("name"));
                    name.is_some_and(|n| n == key)
                })?,
            };
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            here = here.get(&rest[..end])?;
            rest = &rest[end..];
        }
    }
    Some(here)
}

/// Asserts that the objects hold what was promised.
pub fn assert_kept(what: &str, promises: &[Promise], objects: &[Json]) {
    for Promise { object: (kind, name), path, value } in promises {
        let object = objects.iter().find(|o| o["kind"] == **kind && o["metadata"]["name"] == **name);
        let object = object.unwrap_or_else(|| panic!("{what}: there is no {kind} {name}"));
        assert_eq!(at(object, path), Some(value), "{what}: {kind} {name} {path}");
    }
}

/// The objects that files compile to, without what is known after apply, in an environment where
/// it is named.
pub fn compiled(files: &[(&str, &str)], environment: Option<&str>) -> Vec<Json> {
    let mut report = Report::new();
    let mut loaded = load_texts(files, &mut report);
    let config =
        evaluate(&mut loaded, environment, &Inputs::default(), &PlimsollVocabulary, &NoFacts, &mut report);
    let desired = config.map(|c| plimsoll_blocks::compile(&c, &mut report)).unwrap_or_default();
    let errors: Vec<_> = report.items().iter().filter(|d| d.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut objects: Vec<_> = desired.objects.iter().map(|o| o.root.to_json()).collect();
    objects.iter_mut().for_each(drop_nulls);
    objects
}

fn drop_nulls(json: &mut Json) {
    match json {
        Json::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Json::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// What the API server would make of each object, with strict validation; it stores nothing.
async fn strict_dry_run(client: &Client, objects: &[Json]) -> Vec<Json> {
    let parameters = PatchParams {
        dry_run: true,
        field_manager: Some("coverage".into()),
        field_validation: Some(ValidationDirective::Strict),
        ..PatchParams::default()
    };
    let mut answers = Vec::new();
    for object in objects {
        let api_version = object["apiVersion"].as_str().expect("apiVersion");
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let gvk = GroupVersionKind::gvk(group, version, object["kind"].as_str().expect("kind"));
        let resource = ApiResource::from_gvk(&gvk);
        let api: Api<DynamicObject> = match object["metadata"]["namespace"].as_str() {
            Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
            None => Api::all_with(client.clone(), &resource),
        };
        let name = object["metadata"]["name"].as_str().expect("a name");
        let answer = api.patch(name, &parameters, &Patch::Apply(object)).await;
        let answer = answer.unwrap_or_else(|e| panic!("{} {name} is refused: {e}", gvk.kind));
        answers.push(serde_json::to_value(answer).unwrap());
    }
    answers
}

/// Compiles a row's configuration, has the objects judged by a strict dry run, applies them by the
/// program, reads them back, and plans once more, for nothing.
pub async fn walk(name: &str, world: World) {
    let text = text(name);
    world.configure(&text);
    let environment = world.environment();
    let named = world.is_real().then_some("test");
    let promises = promises(&text, world.namespace(), named.unwrap_or("default"));

    let objects = compiled(&[("main.hcl", &text), ("environment.hcl", &environment)], named);
    assert_kept("compiled", &promises, &objects);
    let client = world.client().await;
    assert_kept("dry run", &promises, &strict_dry_run(&client, &objects).await);
    drop(client);

    world.apply_exactly().await;
    let client = world.client().await;
    let mut live = Vec::new();
    for object in &objects {
        live.push(
            get(&client, object).await.unwrap_or_else(|| panic!("{} is not there", object["metadata"])),
        );
    }
    assert_kept("read back", &promises, &live);
    if name == "cluster" {
        assert_bound_to(&world, &client, named.unwrap_or("default")).await;
    }
}

/// Asserts that the state names the cluster which the environment leads to.
async fn assert_bound_to(world: &World, client: &Client, environment: &str) {
    let system =
        serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}});
    let system = get(client, &system).await.expect("kube-system");
    let state = world.read(&format!(".plimsoll/state/{environment}/state.json"));
    let state: Json = serde_json::from_str(&state).unwrap();
    assert_eq!(state["cluster_uid"], system["metadata"]["uid"]);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_to_items_by_name_and_by_index() {
        let object =
            json!({"a": {"x.y/z": 1, "list": [{"name": "b", "v": 2}, {"metadata": {"name": "c"}, "v": 3}]}});
        assert_eq!(at(&object, "a[\"x.y/z\"]"), Some(&json!(1)));
        assert_eq!(at(&object, "a.list[b].v"), Some(&json!(2)));
        assert_eq!(at(&object, "a.list[c].v"), Some(&json!(3)));
        assert_eq!(at(&object, "a.list[1].v"), Some(&json!(3)));
        assert_eq!(at(&object, "a.list[d].v"), None);
    }

    #[test]
    #[should_panic(expected = "spec.replicas")]
    fn a_promise_that_is_not_kept_is_told() {
        let promises = promises("#> Deployment/web spec.replicas = 3\n", "n", "e");
        let object = json!({"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 2}});
        assert_kept("compiled", &promises, &[object]);
    }
}
