//! What is said of fields in the API's own spelling that the schema of a type does not have, or misses.
//!
//! Whoever writes them, `raw` or a `manifest`, gets the same sentences under codes of its own. Where the
//! findings stand is decided by the caller.

use plimsoll_model::{Diagnostic, Leaf, Node};
use plimsoll_schema::validate::{Misfit, Problem};
use plimsoll_schema::{Json, Kind, Path, PathElement, Shape, Type, required};

use crate::declare::nearest;

/// Who wrote the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// `raw` of a block.
    Raw,
    /// A `manifest`, as an HCL object.
    Object,
    /// A `manifest`, as YAML.
    Yaml,
}

impl Writer {
    /// What is said to whoever writes.
    fn told(self, raw: Diagnostic, manifest: Diagnostic) -> Diagnostic {
        if self == Writer::Raw { raw } else { manifest }
    }
}

/// A misfit as a finding without a place; `at` says where in a text it is, as the end of a sentence.
pub fn finding(writer: Writer, kind: &Kind, misfit: &Misfit, at: &str) -> Diagnostic {
    let (path, gvk) = (&misfit.path, &kind.gvk);
    let wrong_type = || {
        writer.told(
            Diagnostic::error("raw-wrong-type", "field has the wrong type"),
            Diagnostic::error("manifest-wrong-type", "field of the object has the wrong type"),
        )
    };
    let found = match &misfit.problem {
        Problem::Unknown => writer
            .told(
                Diagnostic::error("raw-unknown-field", "field does not exist in the API"),
                Diagnostic::error("manifest-unknown-field", "field does not exist in the API"),
            )
            .detail(format!("{gvk} has no field `{path}`{at}.")),
        Problem::Type { expected, found } => {
            let article = if found.starts_with('i') { "an" } else { "a" };
            wrong_type().detail(format!(
                "`{path}` of {gvk} is of type {expected}, but this is {article} {found}{at}."
            ))
        }
        Problem::Form { expected } => {
            wrong_type().detail(format!("`{path}` of {gvk} is a {expected}, but this is none{at}."))
        }
        Problem::Double => writer
            .told(
                Diagnostic::error("raw-double-item", "list item stands twice"),
                Diagnostic::error("manifest-double-item", "list item of the object stands twice"),
            )
            .detail(format!("`{path}` has the same key as an item before it{at}.")),
        Problem::NoKey => writer
            .told(
                Diagnostic::error("raw-item-without-key", "list item has no key"),
                Diagnostic::error("manifest-item-without-key", "list item of the object has no key"),
            )
            .detail(format!("`{path}` does not say which item of the list it is{at}.")),
    };
    match (misfit.problem == Problem::Unknown).then(|| near_field(kind, path)).flatten() {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found,
    }
}

/// The required fields that an object lacks, but for those whose absence a misfit tells already: the key of an item, a
/// name that is misspelt.
pub fn lacking(kind: &Kind, object: &Json, told: &[Misfit]) -> Vec<Path> {
    let mut found = required::missing(kind, object);
    found.retain(|path| {
        let Some((last, above)) = path.0.split_last() else { return true };
        let tells = |misfit: &Misfit| match misfit.problem {
            Problem::NoKey => misfit.path.0 == above,
            Problem::Unknown => {
                let beside = misfit.path.0.split_last().is_some_and(|(_, own)| own == above);
                beside && near_field(kind, &misfit.path).is_some_and(|n| *last == PathElement::field(n))
            }
            _ => false,
        };
        !told.iter().any(tells)
    });
    found
}

/// A required field that is not there, as a finding without a place.
pub fn missing(writer: Writer, kind: &Kind, path: &Path, at: &str) -> Diagnostic {
    let found = writer
        .told(
            Diagnostic::error("raw-missing-field", "required field is missing"),
            Diagnostic::error("manifest-missing-field", "required field of the object is missing"),
        )
        .detail(format!("{} needs `{path}`{at}.", kind.gvk));
    match path.0.split_last() {
        Some((PathElement::Field(name), above)) => {
            let example = type_at(kind, &path.0).map_or("…", example);
            let is = if writer == Writer::Yaml { ":" } else { " =" };
            let inside = match above.is_empty() {
                true => String::new(),
                false => format!(", in `{}`", Path(above.to_vec())),
            };
            found.help(format!("{name}{is} {example}{inside}"))
        }
        _ => found,
    }
}

/// What a value of a type looks like.
fn example(ty: &'static Type) -> &'static str {
    match ty.shape {
        Shape::List { .. } => "[…]",
        Shape::Map { .. } | Shape::Struct { .. } | Shape::Object => "{…}",
        Shape::String | Shape::Bytes | Shape::Time | Shape::Quantity => "\"…\"",
        Shape::Boolean => "true",
        Shape::Int32 | Shape::Int64 | Shape::Number | Shape::IntOrString => "1",
        Shape::Any | Shape::Raw => "…",
    }
}

fn type_at(kind: &Kind, steps: &[PathElement]) -> Option<&'static Type> {
    steps.iter().try_fold(kind.root.get(), |ty, step| match step {
        PathElement::Field(name) => Some(ty.child(name)?.get()),
        _ => Some(ty.item()?.get()),
    })
}

/// The field that was probably meant.
fn near_field(kind: &Kind, path: &Path) -> Option<String> {
    let (PathElement::Field(name), above) = path.0.split_last()? else { return None };
    let Shape::Struct { fields, .. } = &type_at(kind, above)?.shape else { return None };
    nearest(name, fields.iter().map(|f| f.name.as_str())).map(str::to_string)
}

/// The node at a path, or the nearest one around it.
pub fn node_at<'a>(root: &'a Node, path: &Path) -> &'a Node {
    let step = |node: &'a Node, step: &PathElement| match (node, step) {
        (Node::Map(map, _), PathElement::Field(name)) => map.get(&**name),
        (Node::List(items, _), PathElement::Index(i)) => items.get(*i),
        _ => None,
    };
    let mut node = root;
    for element in &path.0 {
        match step(node, element) {
            Some(next) => node = next,
            None => break,
        }
    }
    node
}

/// An object as the schema is to see it: what is null is not there, what is not known yet is.
pub fn present(node: &Node) -> Json {
    let is_there = |node: &Node| !matches!(node, Node::Leaf(Leaf { value: Json::Null, unknown: None, .. }));
    match node {
        Node::Leaf(leaf) => leaf.value.clone(),
        Node::List(items, _) => items.iter().map(present).collect(),
        Node::Map(map, _) => {
            map.iter().filter(|(_, n)| is_there(n)).map(|(k, n)| (k.clone(), present(n))).collect()
        }
    }
}
