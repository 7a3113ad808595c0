//! Definitions of custom resources as far as serving them needs it, and custom resources by their schemas.
//!
//! Of what makes a schema structural only that every part of it has a type. Not here: rules in CEL
//! (`x-kubernetes-validations`).

use plimsoll_schema::Json;
use plimsoll_schema::custom::{Rule, broken};
use serde_json::json;

use super::Faults;
use crate::object::{self, items, text};
use crate::resource::Resource;
use crate::status::Fault;

/// A definition: its name says what it declares, and one version is stored.
pub(super) fn definition(definition: &Json, faults: &mut Faults) {
    let spec = &definition["spec"];
    faults.require(&spec["group"], "spec.group", "");
    for name in ["plural", "kind"] {
        faults.require(&spec["names"][name], format!("spec.names.{name}"), "");
    }
    faults.require(&spec["scope"], "spec.scope", "");
    faults.one_of(&spec["scope"], "spec.scope", &["Cluster", "Namespaced"]);
    let wanted = format!("{}.{}", text(spec, &["names", "plural"]), text(spec, &["group"]));
    if object::name(definition) != wanted {
        let why = "must be spec.names.plural+\".\"+spec.group";
        faults.add(Fault::invalid("metadata.name", &json!(object::name(definition)), why));
    }
    let versions = items(spec, &["versions"]);
    if versions.iter().filter(|v| v["storage"] == true).count() != 1 {
        let why = "must have exactly one version marked as storage version";
        faults.add(Fault::invalid("spec.versions", &spec["versions"], why));
    }
    for (i, version) in versions.iter().enumerate() {
        let path = format!("spec.versions[{i}].schema.openAPIV3Schema");
        let schema = &version["schema"]["openAPIV3Schema"];
        if faults.require(schema, path.as_str(), "schemas are required") && schema["type"] != "object" {
            faults.add(Fault::required(format!("{path}.type"), "must not be empty at the root"));
        }
        typed(schema, &path, faults);
    }
}

/// Every part of a schema below its root has a type, unless it says that anything goes there.
fn typed(schema: &Json, path: &str, faults: &mut Faults) {
    let mut part = |part: &Json, at: String, of: &str| {
        if !part.is_object() {
            return;
        }
        let open = |key: &str| part[key] == true;
        let any = open("x-kubernetes-int-or-string") || open("x-kubernetes-preserve-unknown-fields");
        if part["type"].is_null() && !any {
            faults
                .add(Fault::required(format!("{at}.type"), &format!("must not be empty for specified {of}")));
        }
        typed(part, &at, faults);
    };
    for (name, property) in object::entries(schema, &["properties"]) {
        part(property, format!("{path}.properties[{name}]"), "object fields");
    }
    part(&schema["items"], format!("{path}.items"), "array items");
    part(&schema["additionalProperties"], format!("{path}.additionalProperties"), "object fields");
}

/// A custom resource, held against its schema.
pub(super) fn declared(resource: Resource, object: &Json, faults: &mut Faults) {
    for broken in broken(resource.kind(), object) {
        let path = broken.path.to_string();
        let value = &broken.value;
        let body = |what: String| Fault::invalid(path.as_str(), value, &format!("{path} in body {what}"));
        faults.add(match &broken.rule {
            Rule::Required => Fault::required(path.as_str(), ""),
            Rule::Duplicate => Fault::duplicate(path.as_str(), value),
            Rule::Enum(values) => {
                let allowed: Vec<&str> = values.iter().filter_map(Json::as_str).collect();
                match value.as_str() {
                    Some(text) => Fault::unsupported(path.as_str(), text, &allowed),
                    None => Fault::invalid(path.as_str(), value, &format!("must {}", broken.rule.wanted())),
                }
            }
            Rule::Type(ty) => body(format!("must be of type {ty}: {:?}", type_name(value))),
            Rule::Pattern(pattern) => body(format!("should match '{pattern}'")),
            Rule::Minimum(n, false) => body(format!("should be greater than or equal to {n}")),
            Rule::Minimum(n, true) => body(format!("should be greater than {n}")),
            Rule::Maximum(n, false) => body(format!("should be less than or equal to {n}")),
            Rule::Maximum(n, true) => body(format!("should be less than {n}")),
            Rule::MultipleOf(n) => body(format!("should be a multiple of {n}")),
            Rule::MinLength(n) => body(format!("should be at least {n} chars long")),
            Rule::MaxLength(n) => body(format!("should be at most {n} chars long")),
            Rule::MinItems(n) => body(format!("should have at least {n} items")),
            Rule::MaxItems(n) => body(format!("should have at most {n} items")),
            Rule::MinProperties(n) => body(format!("should have at least {n} properties")),
            Rule::MaxProperties(n) => body(format!("should have at most {n} properties")),
        });
    }
}

fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(n) if n.is_f64() => "number",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}
