//! Whether an object fits its schema: unknown fields, wrong types, doubled list items.
//!
//! Only what the schema tells. What the API server checks beyond it (names, ranges, required together)
//! is not here.

use std::fmt;

use crate::{
    Json, Kind, Lists, Quantity, Shape, Type, TypeRef,
    field_set::{Path, PathElement, element_of},
};

/// A value that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Where.
    pub path: Path,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The type has no such field.
    Unknown,
    /// Something else was expected.
    Type {
        /// What was expected, such as `integer`.
        expected: &'static str,
        /// What was found, such as `string`.
        found: &'static str,
    },
    /// Text that does not have the form which its type asks for.
    Form {
        /// What was expected, such as `quantity`.
        expected: &'static str,
    },
    /// A second item with the same key, or the same item again in a set.
    Double,
    /// An item of a keyed list with none of the key fields, or an item that no set can hold.
    NoKey,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.problem {
            Problem::Unknown => write!(f, "{path}: unknown field"),
            Problem::Type { expected, found } => write!(f, "{path}: expected {expected}, found {found}"),
            Problem::Form { expected } => write!(f, "{path}: not a {expected}"),
            Problem::Double => write!(f, "{path}: duplicate entry"),
            Problem::NoKey => write!(f, "{path}: an item without its key"),
        }
    }
}

/// Fields that the schema does not know, in order; the positions of list items are numbers, as the API
/// server prints them under `fieldValidation=Strict`.
pub fn unknown_fields(kind: &Kind, object: &Json) -> Vec<Path> {
    let found = walk(kind, object, Positions::Numbers);
    found.into_iter().filter(|m| m.problem == Problem::Unknown).map(|m| m.path).collect()
}

/// Values that the API server could not read into the kind's type: wrong types, bad quantities and times.
/// List items are given by number. Unknown fields are not among them.
pub fn mistyped(kind: &Kind, object: &Json) -> Vec<Misfit> {
    let mut found = walk(kind, object, Positions::Numbers);
    found.retain(|m| matches!(m.problem, Problem::Type { .. } | Problem::Form { .. }));
    found
}

/// Everything that keeps an object from being applied: unknown fields, wrong types, doubled list items.
/// List items are given by key where they have one.
pub fn misfits(kind: &Kind, object: &Json) -> Vec<Misfit> {
    let mut found = walk(kind, object, Positions::Keys);
    found.retain(|m| !matches!(m.problem, Problem::Form { .. }));
    found
}

/// Everything that does not fit, in order: unknown fields, wrong types and forms, doubled list items and those
/// without a key. List items are given by number.
pub fn faults(kind: &Kind, object: &Json) -> Vec<Misfit> {
    walk(kind, object, Positions::Numbers)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Positions {
    Numbers,
    Keys,
}

fn walk(kind: &Kind, object: &Json, positions: Positions) -> Vec<Misfit> {
    let mut walker = Walker { positions, path: Vec::new(), found: Vec::new() };
    walker.value(kind.root.get(), object);
    walker.found
}

struct Walker {
    positions: Positions,
    path: Vec<PathElement>,
    found: Vec<Misfit>,
}

impl Walker {
    fn report(&mut self, problem: Problem) {
        self.found.push(Misfit { path: Path(self.path.clone()), problem });
    }

    fn value(&mut self, ty: &'static Type, value: &Json) {
        let expected = match (&ty.shape, value) {
            (_, Json::Null) | (Shape::Any | Shape::Raw, _) => return,
            (Shape::Object, Json::Object(_)) | (Shape::IntOrString, Json::String(_)) => return,
            (Shape::Boolean, Json::Bool(_)) | (Shape::Number, Json::Number(_)) => return,
            (Shape::Struct { .. } | Shape::Map { .. }, Json::Object(map)) => {
                return map.iter().for_each(|(name, value)| self.field(ty, name, value));
            }
            (Shape::List { item, merge }, Json::Array(items)) => return self.items(*item, merge, items),
            (Shape::Int32, Json::Number(n)) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => return,
            (Shape::IntOrString, Json::Number(n)) if n.as_i64().is_some() => return,
            (Shape::Int64, Json::Number(n)) if n.as_i64().is_some() => return,
            (Shape::String, Json::String(_)) => return,
            (Shape::Quantity, Json::Number(_)) => return,
            (Shape::Quantity, Json::String(text)) => {
                return self.form(Quantity::parse(text).is_some(), "quantity");
            }
            (Shape::Bytes, Json::String(text)) => return self.form(is_base64(text), "base64 string"),
            (Shape::Time, Json::String(text)) => return self.form(is_time(text), "time"),
            (Shape::Struct { .. } | Shape::Map { .. } | Shape::Object, _) => "map",
            (Shape::List { .. }, _) => "list",
            (Shape::Int32 | Shape::Int64, _) => "integer",
            (Shape::Number, _) => "number",
            (Shape::Boolean, _) => "boolean",
            (Shape::Quantity, _) => "quantity",
            (Shape::IntOrString, _) => "integer or string",
            (Shape::String | Shape::Bytes | Shape::Time, _) => "string",
        };
        let found = match value {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Number(n) if n.is_f64() => "number with a fraction",
            Json::Number(_) if expected == "integer" => "integer that is too large",
            Json::Number(_) => "integer",
            Json::String(_) => "string",
            Json::Array(_) => "list",
            Json::Object(_) => "map",
        };
        self.report(Problem::Type { expected, found });
    }

    fn form(&mut self, fits: bool, expected: &'static str) {
        if !fits {
            self.report(Problem::Form { expected });
        }
    }

    fn field(&mut self, ty: &'static Type, name: &str, value: &Json) {
        self.path.push(PathElement::field(name));
        match ty.child(name) {
            Some(child) => self.value(child.get(), value),
            None => self.report(Problem::Unknown),
        }
        self.path.pop();
    }

    fn items(&mut self, item: TypeRef, merge: &Lists, items: &[Json]) {
        let mut seen: Vec<PathElement> = Vec::new();
        for (i, value) in items.iter().enumerate() {
            let element = element_of(merge, item, value);
            let step = match (&element, self.positions) {
                (Some(element), Positions::Keys) => element.clone(),
                _ => PathElement::Index(i),
            };
            self.path.push(step);
            match element {
                // A key that is left out has a default, and an empty name is none.
                Some(PathElement::Key(key))
                    if self.positions == Positions::Numbers && key.iter().any(|(_, v)| *v == "") =>
                {
                    self.report(Problem::NoKey);
                }
                Some(element) if seen.contains(&element) => self.report(Problem::Double),
                Some(element) => seen.push(element),
                None if *merge != Lists::Atomic => self.report(Problem::NoKey),
                None => {}
            }
            self.value(item.get(), value);
            self.path.pop();
        }
    }
}

fn is_base64(text: &str) -> bool {
    let text: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    let digits = text.iter().rev().skip_while(|b| **b == b'=').count();
    let padding = text.len() - digits;
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    text.len().is_multiple_of(4) && padding <= 2 && text[..digits].iter().all(plain)
}

/// RFC 3339, such as `2024-01-31T10:00:00Z`, with a fraction or an offset.
fn is_time(text: &str) -> bool {
    let shape = |pattern: &str, text: &str| {
        pattern.len() == text.len()
            && pattern
                .bytes()
                .zip(text.bytes())
                .all(|(p, t)| if p == b'0' { t.is_ascii_digit() } else { p == t })
    };
    let Some((date_time, rest)) = text.split_at_checked(19) else { return false };
    if !shape("0000-00-00T00:00:00", date_time) {
        return false;
    }
    let number = |range: std::ops::Range<usize>| date_time[range].parse::<u32>().unwrap_or(u32::MAX);
    let (month, day) = (number(5..7), number(8..10));
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || number(11..13) > 23 || number(14..16) > 59 {
        return false;
    }
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    zone == "Z" || shape("+00:00", zone) || shape("-00:00", zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;
    use expect_test::{Expect, expect};
    use plimsoll_model::Gvk;
    use serde_json::json;

    fn deployment() -> &'static Kind {
        kind(&Gvk::new("apps", "v1", "Deployment")).unwrap()
    }

    fn check(found: &[impl ToString], want: Expect) {
        want.assert_eq(&found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn unknown_fields_are_found_wherever_they_stand() {
        let object = json!({"spce": {}, "metadata": {"labels": {"any": "thing"}},
            "spec": {"template": {"spec": {"containers": [{"name": "a"}, {"name": "b", "imagee": "x"}]}}}});
        check(
            &unknown_fields(deployment(), &object),
            expect![[r#"
                spce
                spec.template.spec.containers[1].imagee"#]],
        );
    }

    #[test]
    fn wrong_types_say_what_was_expected() {
        let object = json!({"spec": {"replicas": "3", "paused": 1, "minReadySeconds": 1.5, "revisionHistoryLimit": 3000000000u64,
            "selector": [], "template": {"spec": {"containers": {}, "hostname": {}}}}});
        check(
            &mistyped(deployment(), &object),
            expect![[r#"
                spec.minReadySeconds: expected integer, found number with a fraction
                spec.paused: expected boolean, found integer
                spec.replicas: expected integer, found string
                spec.revisionHistoryLimit: expected integer, found integer that is too large
                spec.selector: expected map, found list
                spec.template.spec.containers: expected list, found map
                spec.template.spec.hostname: expected string, found map"#]],
        );
    }

    #[test]
    fn quantities_times_and_bytes_have_a_form() {
        let object = json!({"metadata": {"creationTimestamp": "yesterday"},
            "spec": {"template": {"spec": {"overhead": {"cpu": "one", "memory": "1Gi"}}}}});
        check(
            &mistyped(deployment(), &object),
            expect![[r#"
                metadata.creationTimestamp: not a time
                spec.template.spec.overhead.cpu: not a quantity"#]],
        );
        let secret = kind(&Gvk::new("", "v1", "Secret")).unwrap();
        check(
            &mistyped(secret, &json!({"data": {"a": "eA==", "b": "x"}})),
            expect!["data.b: not a base64 string"],
        );
        for time in ["2024-01-31T10:00:00Z", "2024-01-31T10:00:00.123456Z", "2024-01-31T10:00:00+02:00"] {
            assert!(is_time(time), "{time}");
        }
        for time in ["2024-13-31T10:00:00Z", "2024-01-31 10:00:00Z", "2024-01-31T10:00:00", "", "ä"] {
            assert!(!is_time(time), "{time}");
        }
    }

    #[test]
    fn doubled_items_cannot_be_applied() {
        let object = json!({"metadata": {"finalizers": ["a", "a"]}, "spec": {"template": {"spec": {"containers": [
            {"name": "a", "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}]}, {"name": "a"}]}}}});
        check(
            &misfits(deployment(), &object),
            expect![[r#"
                metadata.finalizers[=a]: duplicate entry
                spec.template.spec.containers[name=a].ports[containerPort=80,protocol=TCP]: duplicate entry
                spec.template.spec.containers[name=a]: duplicate entry"#]],
        );
    }

    #[test]
    fn what_may_be_anything_is_not_looked_into() {
        let revision = kind(&Gvk::new("apps", "v1", "ControllerRevision")).unwrap();
        assert_eq!(misfits(revision, &json!({"data": {"x": [1, {"y": null}]}, "revision": 1})), []);
    }
}
