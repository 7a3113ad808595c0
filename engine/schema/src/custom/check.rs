//! What a declared schema checks beyond types: required fields, allowed values, patterns, sizes.
//!
//! The order is that of the API server: what is wrong with a value, then what is wrong below it. Patterns that
//! cannot be compiled here (they are Go's) are not checked.

use regex::Regex;

use crate::{Json, Kind, Path, PathElement};

/// A value that breaks the schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// Where; list items by number.
    pub path: Path,
    /// The value; null where it is missing.
    pub value: Json,
    /// What it breaks.
    pub rule: Rule,
}

/// What the schema asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// The field must be there.
    Required,
    /// A type, in the schema's word.
    Type(String),
    /// One of these values.
    Enum(Vec<Json>),
    /// Text of this pattern.
    Pattern(String),
    /// At least this number, or more than it.
    Minimum(Json, bool),
    /// At most this number, or less than it.
    Maximum(Json, bool),
    /// A multiple of this number.
    MultipleOf(Json),
    /// At least so many characters.
    MinLength(u64),
    /// At most so many characters.
    MaxLength(u64),
    /// At least so many items.
    MinItems(u64),
    /// At most so many items.
    MaxItems(u64),
    /// At least so many entries.
    MinProperties(u64),
    /// At most so many entries.
    MaxProperties(u64),
    /// An item that stands in the set, or a key in the list, already.
    Duplicate,
}

impl Rule {
    /// What the value must be, as the end of "it must …".
    pub fn wanted(&self) -> String {
        match self {
            Rule::Required => "be set".into(),
            Rule::Type(ty) => format!("be of type {ty}"),
            Rule::Enum(values) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                format!("be one of {}", values.join(", "))
            }
            Rule::Pattern(pattern) => format!("match `{pattern}`"),
            Rule::Minimum(n, false) => format!("be {n} or more"),
            Rule::Minimum(n, true) => format!("be more than {n}"),
            Rule::Maximum(n, false) => format!("be {n} or less"),
            Rule::Maximum(n, true) => format!("be less than {n}"),
            Rule::MultipleOf(n) => format!("be a multiple of {n}"),
            Rule::MinLength(n) => format!("have {n} characters or more"),
            Rule::MaxLength(n) => format!("have {n} characters or fewer"),
            Rule::MinItems(n) => format!("have {n} items or more"),
            Rule::MaxItems(n) => format!("have {n} items or fewer"),
            Rule::MinProperties(n) => format!("have {n} entries or more"),
            Rule::MaxProperties(n) => format!("have {n} entries or fewer"),
            Rule::Duplicate => "be there once only".into(),
        }
    }
}

/// What an object of a declared kind breaks, defaults not yet filled in counting as they will be: fill them in first.
pub fn broken(kind: &Kind, object: &Json) -> Vec<Broken> {
    let mut checker = Checker { path: Vec::new(), found: Vec::new() };
    if let Some(schema) = &kind.schema {
        checker.value(schema, object, true);
    }
    checker.found
}

/// A rule with a number.
type Limit = fn(u64) -> Rule;

struct Checker {
    path: Vec<PathElement>,
    found: Vec<Broken>,
}

impl Checker {
    fn add(&mut self, value: &Json, rule: Rule) {
        self.found.push(Broken { path: Path(self.path.clone()), value: value.clone(), rule });
    }

    fn below(&mut self, step: PathElement, schema: &Json, value: &Json) {
        self.path.push(step);
        self.value(schema, value, false);
        self.path.pop();
    }

    fn value(&mut self, schema: &Json, value: &Json, root: bool) {
        let flag = |name: &str| schema.get(name) == Some(&Json::Bool(true));
        if value.is_null() && flag("nullable") {
            return;
        }
        let ty = schema.get("type").and_then(Json::as_str);
        if flag("x-kubernetes-int-or-string") {
            if !value.is_string() && !value.is_i64() && !value.is_u64() {
                return self.add(value, Rule::Type("integer,string".into()));
            }
        } else if let Some(ty) = ty.filter(|ty| !fits(ty, value)) {
            return self.add(value, Rule::Type(ty.into()));
        }
        match schema.get("enum").and_then(Json::as_array) {
            Some(allowed) if !allowed.iter().any(|a| crate::equal(a, value)) => {
                self.add(value, Rule::Enum(allowed.clone()));
            }
            _ => {}
        }
        let size = |name: &str| schema.get(name).and_then(Json::as_u64);
        match value {
            Json::String(text) => self.text(schema, value, text, size),
            Json::Number(_) => self.number(schema, value),
            Json::Array(items) => {
                let count = items.len() as u64;
                self.least_and_most(
                    value,
                    count,
                    size("minItems"),
                    size("maxItems"),
                    (Rule::MinItems, Rule::MaxItems),
                );
                self.items(schema, items);
            }
            Json::Object(map) => {
                let count = map.len() as u64;
                let (least, most) = (size("minProperties"), size("maxProperties"));
                self.least_and_most(value, count, least, most, (Rule::MinProperties, Rule::MaxProperties));
                self.map(schema, map, root);
            }
            _ => {}
        }
    }

    fn least_and_most(
        &mut self,
        value: &Json,
        count: u64,
        least: Option<u64>,
        most: Option<u64>,
        (few, many): (Limit, Limit),
    ) {
        if let Some(least) = least.filter(|n| count < *n) {
            self.add(value, few(least));
        }
        if let Some(most) = most.filter(|n| count > *n) {
            self.add(value, many(most));
        }
    }

    fn text(&mut self, schema: &Json, value: &Json, text: &str, size: impl Fn(&str) -> Option<u64>) {
        let length = text.chars().count() as u64;
        let rules: (Limit, Limit) = (Rule::MinLength, Rule::MaxLength);
        self.least_and_most(value, length, size("minLength"), size("maxLength"), rules);
        let pattern = schema.get("pattern").and_then(Json::as_str);
        if let Some(pattern) = pattern.filter(|p| Regex::new(p).is_ok_and(|r| !r.is_match(text))) {
            self.add(value, Rule::Pattern(pattern.into()));
        }
    }

    fn number(&mut self, schema: &Json, value: &Json) {
        let Some(number) = value.as_f64() else { return };
        let exclusive = |name: &str| schema.get(name) == Some(&Json::Bool(true));
        if let Some((bound, limit)) = bound(schema, "minimum") {
            let open = exclusive("exclusiveMinimum");
            if number < limit || (open && number <= limit) {
                self.add(value, Rule::Minimum(bound.clone(), open));
            }
        }
        if let Some((bound, limit)) = bound(schema, "maximum") {
            let open = exclusive("exclusiveMaximum");
            if number > limit || (open && number >= limit) {
                self.add(value, Rule::Maximum(bound.clone(), open));
            }
        }
        if let Some((step, size)) = bound(schema, "multipleOf")
            && size > 0.0
            && (number / size).fract() != 0.0
        {
            self.add(value, Rule::MultipleOf(step.clone()));
        }
    }

    fn items(&mut self, schema: &Json, items: &[Json]) {
        let keys: Vec<&str> = match schema.get("x-kubernetes-list-type").and_then(Json::as_str) {
            Some("map") => {
                let keys = schema.get("x-kubernetes-list-map-keys").and_then(Json::as_array);
                keys.into_iter().flatten().filter_map(Json::as_str).collect()
            }
            _ => Vec::new(),
        };
        let is_set = schema.get("x-kubernetes-list-type").and_then(Json::as_str) == Some("set");
        let mut seen: Vec<Json> = Vec::new();
        for (i, item) in items.iter().enumerate() {
            self.path.push(PathElement::Index(i));
            if is_set || !keys.is_empty() {
                let own = match is_set {
                    true => item.clone(),
                    false => {
                        keys.iter().filter_map(|k| Some(((*k).to_owned(), item.get(k)?.clone()))).collect()
                    }
                };
                match seen.contains(&own) {
                    true => self.add(&own, Rule::Duplicate),
                    false => seen.push(own),
                }
            }
            self.path.pop();
            if let Some(of_items) = schema.get("items") {
                self.below(PathElement::Index(i), of_items, item);
            }
        }
    }

    fn map(&mut self, schema: &Json, map: &serde_json::Map<String, Json>, root: bool) {
        let required = schema.get("required").and_then(Json::as_array);
        let of_every = |name: &str| root && matches!(name, "apiVersion" | "kind" | "metadata");
        for name in required.into_iter().flatten().filter_map(Json::as_str) {
            if !map.contains_key(name) && !of_every(name) {
                self.path.push(PathElement::field(name));
                self.add(&Json::Null, Rule::Required);
                self.path.pop();
            }
        }
        let properties = schema.get("properties").and_then(Json::as_object);
        let others = schema.get("additionalProperties").filter(|s| s.is_object());
        for (name, value) in map {
            if of_every(name) {
                continue;
            }
            if let Some(schema) = properties.and_then(|p| p.get(name)).or(others) {
                self.below(PathElement::field(name), schema, value);
            }
        }
    }
}

fn bound<'s>(schema: &'s Json, name: &str) -> Option<(&'s Json, f64)> {
    let bound = schema.get(name)?;
    Some((bound, bound.as_f64()?))
}

fn fits(ty: &str, value: &Json) -> bool {
    match ty {
        "string" => value.is_string(),
        "integer" => value.as_f64().is_some_and(|n| n.fract() == 0.0),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custom::tests::thing;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn values_are_held_against_the_schema() {
        let kind = thing(json!({"type": "object", "required": ["mode", "size"], "properties": {
            "mode": {"type": "string", "enum": ["on", "off"]},
            "size": {"type": "integer", "minimum": 1, "maximum": 9},
            "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 3},
            "port": {"x-kubernetes-int-or-string": true},
            "tags": {"type": "array", "maxItems": 2, "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "none": {"type": "string", "nullable": true},
            "texts": {"type": "object", "additionalProperties": {"type": "string", "minLength": 2}}}}));
        let object = json!({"spec": {"mode": "of", "name": "ABCD", "port": 1.5, "tags": ["a", "b", "a"], "none": null,
            "texts": {"k": "x"}}});
        let shown: Vec<String> =
            broken(kind, &object).iter().map(|b| format!("{}: must {}", b.path, b.rule.wanted())).collect();
        expect![[r#"
            spec.size: must be set
            spec.mode: must be one of "on", "off"
            spec.name: must have 3 characters or fewer
            spec.name: must match `^[a-z]+$`
            spec.port: must be of type integer,string
            spec.tags: must have 2 items or fewer
            spec.tags[2]: must be there once only
            spec.texts.k: must have 2 characters or more"#]]
        .assert_eq(&shown.join("\n"));
    }

    #[test]
    fn what_fits_has_no_finding() {
        let kind =
            thing(json!({"type": "object", "properties": {"size": {"type": "integer", "minimum": 1}}}));
        assert_eq!(broken(kind, &json!({"metadata": {"name": "x"}, "spec": {"size": 1}})), []);
        assert_eq!(broken(kind, &json!({"spec": {"size": 0}}))[0].rule, Rule::Minimum(json!(1), false));
    }
}
