//! Required fields that an object lacks.
//!
//! Of the fields that the schemas require, the API server takes some as empty where they are absent. Asked for is only
//! what its own validation misses at every place (`data/required.txt`, written by a test), and what definitions of
//! custom resources require: those are held against their schemas. Kinds that the oracle does not validate are asked for
//! nothing. Whether a field that is there holds something is not looked at.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::{Json, Kind, Path, PathElement, Shape, Type};

/// Lines of a type, a field that its schema requires, and at how many places the API server misses it, of how many.
const MISSED: &str = include_str!("../data/required.txt");

/// Type and field of what the API server misses everywhere.
fn asked() -> &'static HashSet<(&'static str, &'static str)> {
    static ASKED: LazyLock<HashSet<(&str, &str)>> = LazyLock::new(|| {
        let asked = |line: &'static str| {
            let (ty, rest) = line.split_once(' ')?;
            let (field, counted) = rest.split_once(' ')?;
            let (missed, places) = counted.split_once('/')?;
            (missed == places && places != "0").then_some((ty, field))
        };
        MISSED.lines().filter_map(asked).collect()
    });
    &ASKED
}

/// The required fields that are not there, list items by number, in the order of what holds them. What `status` says
/// is the cluster's, and is not looked at.
pub fn missing(kind: &Kind, object: &Json) -> Vec<Path> {
    let mut walker = Walker { custom: kind.custom, path: Vec::new(), found: Vec::new() };
    walker.value(kind.root.get(), object);
    walker.found
}

struct Walker {
    custom: bool,
    path: Vec<PathElement>,
    found: Vec<Path>,
}

impl Walker {
    fn value(&mut self, ty: &'static Type, value: &Json) {
        match (&ty.shape, value) {
            (Shape::Struct { fields, .. }, Json::Object(map)) => {
                let absent = fields.iter().filter(|f| f.required && !f.filled && !map.contains_key(&f.name));
                for field in absent {
                    if self.custom || asked().contains(&(ty.name.as_str(), field.name.as_str())) {
                        let path = self.path.iter().cloned().chain([PathElement::field(&field.name)]);
                        self.found.push(Path(path.collect()));
                    }
                }
                let at_root = self.path.is_empty();
                for (name, value) in map.iter().filter(|(name, _)| !at_root || *name != "status") {
                    self.below(ty.field(name).map(|f| f.ty.get()), PathElement::field(name), value);
                }
            }
            (Shape::Map { value: ty, .. }, Json::Object(map)) => {
                map.iter().for_each(|(name, v)| self.below(Some(ty.get()), PathElement::field(name), v));
            }
            (Shape::List { item, .. }, Json::Array(items)) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(i, v)| self.below(Some(item.get()), PathElement::Index(i), v));
            }
            _ => {}
        }
    }

    fn below(&mut self, ty: Option<&'static Type>, step: PathElement, value: &Json) {
        let Some(ty) = ty else { return };
        self.path.push(step);
        self.value(ty, value);
        self.path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use plimsoll_model::Gvk;
    use serde_json::json;

    #[test]
    fn required_fields_are_asked_for_where_their_struct_stands() {
        let deployment = crate::kind(&Gvk::new("apps", "v1", "Deployment")).unwrap();
        let object = json!({"spec": {"template": {"spec": {"containers": [{"image": "x"}, {"name": "b",
            "env": [{"value": "1"}], "livenessProbe": {"httpGet": {"path": "/"}}}]}}}, "status": {"conditions": [{}]}});
        let shown: Vec<String> = missing(deployment, &object).iter().map(ToString::to_string).collect();
        expect![[r#"
            spec.selector
            spec.template.spec.containers[0].name
            spec.template.spec.containers[1].env[0].name
            spec.template.spec.containers[1].livenessProbe.httpGet.port"#]]
        .assert_eq(&shown.join("\n"));
        assert_eq!(missing(deployment, &json!({"metadata": {"name": "x"}})), []);
        let class = crate::kind(&Gvk::new("gateway.networking.k8s.io", "v1", "GatewayClass")).unwrap();
        assert_eq!(missing(class, &json!({"spec": {}}))[0].to_string(), "spec.controllerName");
    }

    #[test]
    fn what_is_recorded_are_fields_that_schemas_require() {
        let lines: Vec<&str> = MISSED.lines().collect();
        assert!(lines.is_sorted() && asked().len() > 130, "{} of {}", asked().len(), lines.len());
        assert!(asked().contains(&("Container", "name")) && !asked().contains(&("HTTPHeader", "value")));
    }
}
