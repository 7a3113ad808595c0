//! Paths into an object: fields, list items by key or value, and list positions.

use std::{cmp::Ordering, fmt};

use serde_json::Value as Json;

use crate::json;

/// One step of a path.
#[derive(Debug, Clone)]
pub enum PathElement {
    /// A field of a struct or a key of a map.
    Field(String),
    /// The item of a keyed list whose fields have these values; sorted by field name.
    Key(Vec<(String, Json)>),
    /// The item of a set with this value.
    Value(Json),
    /// The item of an ordinary list at this position, from zero.
    Index(usize),
}

impl PathElement {
    /// A field.
    pub fn field(name: impl Into<String>) -> PathElement {
        PathElement::Field(name.into())
    }
}

impl Ord for PathElement {
    /// The API server's order: fields, keys, values, positions.
    fn cmp(&self, other: &PathElement) -> Ordering {
        use PathElement::{Field, Index, Key, Value};
        let rank = |e: &PathElement| match e {
            Field(_) => 0,
            Key(_) => 1,
            Value(_) => 2,
            Index(_) => 3,
        };
        match (self, other) {
            (Field(a), Field(b)) => a.cmp(b),
            (Key(a), Key(b)) => {
                let pairs = a.iter().zip(b);
                let mut orders = pairs.map(|((k, v), (l, w))| k.cmp(l).then_with(|| json::compare(v, w)));
                orders.find(|o| o.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (Value(a), Value(b)) => json::compare(a, b),
            (Index(a), Index(b)) => a.cmp(b),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

impl PartialOrd for PathElement {
    fn partial_cmp(&self, other: &PathElement) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for PathElement {
    fn eq(&self, other: &PathElement) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for PathElement {}

/// A path from an object's root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Path(pub Vec<PathElement>);

impl Path {
    /// A path of fields only.
    pub fn fields<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Path {
        Path(names.into_iter().map(PathElement::field).collect())
    }

    /// This path and one step more.
    pub fn join(&self, element: PathElement) -> Path {
        let mut steps = self.0.clone();
        steps.push(element);
        Path(steps)
    }

    /// Whether this path is `other` or stands above it.
    pub fn is_prefix_of(&self, other: &Path) -> bool {
        other.0.starts_with(&self.0)
    }

    /// As the API server writes it in conflicts: `.spec.containers[name="web"].image`.
    pub fn server_form(&self) -> String {
        self.0.iter().map(|e| step(e, |v| v.to_string())).collect()
    }
}

impl fmt::Display for Path {
    /// `spec.template.spec.containers[name=web].image`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |v: &Json| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
        let text: String = self.0.iter().map(|e| step(e, plain)).collect();
        f.write_str(text.strip_prefix('.').unwrap_or(&text))
    }
}

fn step(element: &PathElement, show: impl Fn(&Json) -> String) -> String {
    match element {
        PathElement::Field(name) => format!(".{name}"),
        PathElement::Key(fields) => {
            let pairs: Vec<String> = fields.iter().map(|(k, v)| format!("{k}={}", show(v))).collect();
            format!("[{}]", pairs.join(","))
        }
        PathElement::Value(v) => format!("[={}]", show(v)),
        PathElement::Index(i) => format!("[{i}]"),
    }
}

/// The value at `path`; `None` where there is none.
///
/// An item of a keyed list that leaves out a key field (`protocol` of a port) is found by its other
/// key fields.
pub fn get<'a>(object: &'a Json, path: &Path) -> Option<&'a Json> {
    path.0.iter().try_fold(object, |at, element| match element {
        PathElement::Field(name) => at.get(name),
        PathElement::Index(i) => at.get(i),
        PathElement::Value(v) => at.as_array()?.iter().find(|item| json::equal(item, v)),
        PathElement::Key(key) => {
            let items = at.as_array()?;
            let exact =
                |item: &&Json| key.iter().all(|(k, v)| item.get(k).is_some_and(|w| json::equal(v, w)));
            let loose = |item: &&Json| {
                let agrees = key.iter().all(|(k, v)| item.get(k).is_none_or(|w| json::equal(v, w)));
                agrees && key.iter().any(|(k, _)| item.get(k).is_some())
            };
            items.iter().find(exact).or_else(|| items.iter().find(loose))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn image() -> Path {
        Path(vec![
            PathElement::field("spec"),
            PathElement::field("containers"),
            PathElement::Key(vec![("name".into(), json!("web"))]),
            PathElement::field("image"),
        ])
    }

    #[test]
    fn a_path_reads_as_people_write_it_and_as_the_server_does() {
        assert_eq!(image().to_string(), "spec.containers[name=web].image");
        assert_eq!(image().server_form(), r#".spec.containers[name="web"].image"#);
        let finalizer =
            Path(vec![PathElement::field("f"), PathElement::Value(json!("x")), PathElement::Index(2)]);
        assert_eq!(finalizer.to_string(), "f[=x][2]");
    }

    #[test]
    fn values_are_found_by_key_and_by_the_keys_that_are_there() {
        let pod = json!({"spec": {"containers": [{"name": "a"}, {"name": "web", "image": "nginx"}]}});
        assert_eq!(get(&pod, &image()), Some(&json!("nginx")));
        let ports = json!([{"port": 80, "name": "http"}]);
        let key = PathElement::Key(vec![("port".into(), json!(80)), ("protocol".into(), json!("TCP"))]);
        assert_eq!(get(&ports, &Path(vec![key])), Some(&ports[0]));
        assert_eq!(get(&pod, &Path::fields(["spec", "nothing", "there"])), None);
    }
}
