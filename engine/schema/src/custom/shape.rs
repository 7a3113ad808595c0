//! The schema of a definition as types: what is merged how, what is pruned, which defaults are filled in.

use crate::{Field, Json, Lists, Shape, TypeRef, kinds};

/// Deeper schemas are taken as free below this.
const MAX_DEPTH: usize = 64;

/// The type of objects: what every object has, and what the schema says.
pub(super) fn root(schema: &Json) -> TypeRef {
    let mut fields = fields_of(schema, 0);
    fields.retain(|f| !matches!(f.name.as_str(), "apiVersion" | "kind" | "metadata"));
    fields.extend(every_object());
    structure(fields, schema, false)
}

/// `apiVersion`, `kind` and `metadata`, as the embedded schemas have them.
fn every_object() -> impl Iterator<Item = Field> {
    let namespace = kinds().find(|k| k.gvk.group.is_empty() && k.gvk.kind == "ConfigMap");
    ["apiVersion", "kind", "metadata"].into_iter().filter_map(move |name| {
        let mut field = namespace?.root.get().field(name)?.clone();
        field.always = false;
        Some(field)
    })
}

fn flag(schema: &Json, name: &str) -> bool {
    schema.get(name) == Some(&Json::Bool(true))
}

fn preserves(schema: &Json) -> bool {
    flag(schema, "x-kubernetes-preserve-unknown-fields")
}

fn structure(mut fields: Vec<Field>, schema: &Json, open: bool) -> TypeRef {
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    let atomic = schema.get("x-kubernetes-map-type").and_then(Json::as_str) == Some("atomic");
    plain(Shape::Struct { fields, atomic, open: open || preserves(schema) })
}

fn plain(shape: Shape) -> TypeRef {
    TypeRef::declared(shape)
}

fn fields_of(schema: &Json, depth: usize) -> Vec<Field> {
    let required = schema.get("required").and_then(Json::as_array);
    let is_required = |name: &str| required.is_some_and(|r| r.iter().any(|n| n == name));
    let properties = schema.get("properties").and_then(Json::as_object);
    let field = |(name, schema): (&String, &Json)| Field {
        name: name.clone(),
        ty: type_of(schema, depth + 1),
        required: is_required(name),
        always: false,
        kept: true,
        default: schema.get("default").cloned(),
        filled: schema.get("default").is_some(),
    };
    properties.into_iter().flatten().map(field).collect()
}

fn type_of(schema: &Json, depth: usize) -> TypeRef {
    if depth > MAX_DEPTH {
        return plain(Shape::Any);
    }
    if flag(schema, "x-kubernetes-int-or-string") {
        return plain(Shape::IntOrString);
    }
    match schema.get("type").and_then(Json::as_str) {
        Some("string") => plain(Shape::String),
        Some("integer") => plain(Shape::Int64),
        Some("number") => plain(Shape::Number),
        Some("boolean") => plain(Shape::Boolean),
        Some("array") => list(schema, depth),
        Some("object") => object(schema, depth),
        _ => plain(Shape::Any),
    }
}

fn list(schema: &Json, depth: usize) -> TypeRef {
    let item = schema.get("items").map_or_else(|| plain(Shape::Any), |items| type_of(items, depth + 1));
    let keys = schema.get("x-kubernetes-list-map-keys").and_then(Json::as_array);
    let keys = || keys.into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect();
    let merge = match schema.get("x-kubernetes-list-type").and_then(Json::as_str) {
        Some("set") => Lists::Set,
        Some("map") => Lists::Map(keys()),
        _ => Lists::Atomic,
    };
    plain(Shape::List { item, merge })
}

fn object(schema: &Json, depth: usize) -> TypeRef {
    let atomic = schema.get("x-kubernetes-map-type").and_then(Json::as_str) == Some("atomic");
    match schema.get("additionalProperties") {
        Some(Json::Object(_)) => {
            let value = type_of(&schema["additionalProperties"], depth + 1);
            return plain(Shape::Map { value, atomic });
        }
        Some(Json::Bool(true)) => return plain(Shape::Map { value: plain(Shape::Any), atomic }),
        _ => {}
    }
    let mut fields = fields_of(schema, depth);
    if flag(schema, "x-kubernetes-embedded-resource") {
        fields.retain(|f| !matches!(f.name.as_str(), "apiVersion" | "kind" | "metadata"));
        fields.extend(every_object());
    }
    match fields.is_empty() && preserves(schema) && !atomic {
        true => plain(Shape::Object),
        false => structure(fields, schema, false),
    }
}
