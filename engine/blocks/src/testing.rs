//! For tests: configuration text, through the language, to compiled objects and findings.

use expect_test::Expect;
use plimsoll_lang::{Inputs, NoFacts, evaluate, load_texts};
use plimsoll_model::{Address, Body, Config, Desired, DesiredObject, Node, Report, Severity, SourceMap};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::PlimsollVocabulary;

/// A configuration that was compiled.
pub struct Compiled {
    pub desired: Desired,
    pub report: Report,
    pub sources: SourceMap,
}

/// Compiles blocks in the namespace `shop` of the environment `test`.
pub fn compile(text: &str) -> Compiled {
    compile_in(text, "shop")
}

/// Compiles blocks in a namespace.
pub fn compile_in(text: &str, namespace: &str) -> Compiled {
    compile_as("t.hcl", text, namespace)
}

/// Compiles the blocks of a file in a namespace.
pub fn compile_as(file: &str, text: &str, namespace: &str) -> Compiled {
    let rest = format!(
        "project \"shop\" {{}}\nenvironment \"test\" {{\nnamespace = \"{namespace}\"\nsandbox {{}}\n}}\nvariable \"password\" {{\ntype = string\ndefault = \"hunter2\"\nsensitive = true\n}}\n"
    );
    compile_files(&[(file, text), ("project.hcl", &rest)], "test")
}

/// Compiles a whole configuration for one of its environments.
pub fn compile_files(files: &[(&str, &str)], environment: &str) -> Compiled {
    let mut report = Report::new();
    let mut loaded = load_texts(files, &mut report);
    let named = (environment != "default").then_some(environment);
    let config = evaluate(&mut loaded, named, &Inputs::default(), &PlimsollVocabulary, &NoFacts, &mut report);
    let mut desired = Desired::default();
    if let Some(mut config) = config {
        let mut found = Report::new();
        desired = crate::compile(&config, &mut found);
        same_when_checked(&mut config, &desired, &found);
        report.extend(found);
    }
    Compiled { desired, report, sources: loaded.sources }
}

/// What checking says without bodies and without contents is what compiling says.
fn same_when_checked(config: &mut Config, desired: &Desired, found: &Report) {
    let decoded = config.blocks.iter().map(crate::Decoded::new).collect();
    config.blocks.iter_mut().for_each(|b| b.body = Body::empty(b.body.span));
    let mut checked = Report::new();
    let relations = crate::check(config, decoded, &mut checked);
    assert_eq!(checked.items(), found.items());
    assert_eq!(relations.edges, desired.edges);
    assert!(relations.addresses.iter().eq(desired.objects.iter().map(|o| &o.address)));
}

/// What blocks want once the cluster told something.
pub fn compile_live(text: &str, live: &crate::live::Live) -> Desired {
    let mut report = Report::new();
    let text = format!("project \"shop\" {{}}\n{text}");
    let mut loaded = load_texts(&[("t.hcl", text.as_str())], &mut report);
    let config = evaluate(&mut loaded, None, &Inputs::default(), &PlimsollVocabulary, &NoFacts, &mut report);
    config.map(|c| crate::compile_with(&c, live, &mut report)).unwrap_or_default()
}

/// All findings, one paragraph each: severity, summary, detail, places, help.
pub fn findings(report: &Report, sources: &SourceMap) -> String {
    let mut out = String::new();
    for d in report.sorted() {
        let severity = if d.severity == Severity::Error { "error" } else { "warning" };
        out.push_str(&format!("{severity}[{}]: {}\n", d.code, d.summary));
        out.push_str(&format!("  {}\n", d.detail));
        for note in d.at.iter().chain(&d.related) {
            let place = sources.locate(note.span);
            let text = sources.snippet(note.span).lines().next().unwrap_or_default();
            out.push_str(format!("  {place}: {text}   {}", note.message).trim_end());
            out.push('\n');
        }
        if let Some(help) = &d.help {
            out.push_str(&format!("  help: {help}\n"));
        }
    }
    out
}

/// Checks the findings of a configuration.
pub fn check(text: &str, expected: Expect) {
    let compiled = compile(text);
    expected.assert_eq(&findings(&compiled.report, &compiled.sources));
}

/// Checks one compiled object, as YAML without the labels and annotations that all objects have.
pub fn object(text: &str, address: &str, expected: Expect) {
    let compiled = compile(text);
    let errors = compiled.report.items().iter().filter(|d| d.severity == Severity::Error).count();
    assert_eq!(errors, 0, "{}", findings(&compiled.report, &compiled.sources));
    let address: Address = address.parse().unwrap();
    let found = compiled.desired.objects.iter().find(|o| o.address == address).unwrap();
    for object in &compiled.desired.objects {
        round_trip(object);
    }
    let mut json = found.root.to_json();
    if let Some(metadata) = json.get_mut("metadata").and_then(|m| m.as_object_mut()) {
        metadata.remove("labels");
        metadata.remove("annotations");
        metadata.remove("namespace");
    }
    expected.assert_eq(&yaml(&json));
}

/// JSON as YAML.
pub fn yaml(json: &serde_json::Value) -> String {
    serde_saphyr::to_string(json).unwrap()
}

/// An app that has nothing wrong, with something added to its container and to itself.
pub fn app(container: &str, app: &str) -> String {
    format!(
        "app \"web\" {{\n{app}\ncontainer \"web\" {{\nimage = \"web:1\"\nport \"http\" {{ container_port = 80 }}\n{container}\n}}\n}}\n"
    )
}

/// Every field of an object is one that the API's own types have, with a value that they take.
pub fn round_trip(object: &DesiredObject) {
    use k8s_openapi::api::{apps, autoscaling, batch, core, networking, policy, rbac};
    fn through<T: Serialize + DeserializeOwned>(json: &serde_json::Value) -> serde_json::Value {
        let typed: T = serde_json::from_value(json.clone()).unwrap();
        serde_json::to_value(typed).unwrap()
    }
    let json = without_nulls(&object.root);
    let back = match object.id.gvk.kind.as_str() {
        "Deployment" => through::<apps::v1::Deployment>(&json),
        "StatefulSet" => through::<apps::v1::StatefulSet>(&json),
        "DaemonSet" => through::<apps::v1::DaemonSet>(&json),
        "HorizontalPodAutoscaler" => through::<autoscaling::v2::HorizontalPodAutoscaler>(&json),
        "Job" => through::<batch::v1::Job>(&json),
        "CronJob" => through::<batch::v1::CronJob>(&json),
        "NetworkPolicy" => through::<networking::v1::NetworkPolicy>(&json),
        "PodDisruptionBudget" => through::<policy::v1::PodDisruptionBudget>(&json),
        "ServiceAccount" => through::<core::v1::ServiceAccount>(&json),
        "Role" => through::<rbac::v1::Role>(&json),
        "RoleBinding" => through::<rbac::v1::RoleBinding>(&json),
        "ClusterRole" => through::<rbac::v1::ClusterRole>(&json),
        "ClusterRoleBinding" => through::<rbac::v1::ClusterRoleBinding>(&json),
        "Ingress" => through::<networking::v1::Ingress>(&json),
        "Service" => through::<core::v1::Service>(&json),
        "ConfigMap" => through::<core::v1::ConfigMap>(&json),
        "Secret" => through::<core::v1::Secret>(&json),
        "Namespace" => through::<core::v1::Namespace>(&json),
        "PersistentVolume" => through::<core::v1::PersistentVolume>(&json),
        "PersistentVolumeClaim" => through::<core::v1::PersistentVolumeClaim>(&json),
        // No type of the library: the embedded schemas are as strict.
        "HTTPRoute" => {
            let kind = plimsoll_schema::kind(&object.id.gvk).unwrap();
            assert_eq!(plimsoll_schema::validate::faults(kind, &json), []);
            json.clone()
        }
        other => panic!("no type for {other}"),
    };
    assert_eq!(json, back, "{}", object.address);
}

/// An object as JSON, without what is known after apply.
pub fn without_nulls(root: &Node) -> serde_json::Value {
    let mut json = root.to_json();
    drop_nulls(&mut json);
    json
}

fn drop_nulls(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(map) => {
            map.retain(|_, v| !v.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
