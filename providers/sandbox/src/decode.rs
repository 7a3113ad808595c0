//! Bodies as objects of a resource: what does not fit the schema is refused in the server's words, or left out.

use plimsoll_schema::{Json, Kind, Path, PathElement, Shape, validate};
use serde_json::json;

use crate::object::{self, set};
use crate::request::{Call, FieldValidation};
use crate::resource::{Key, Resource};
use crate::status::{Failure, Fault};

/// Where an unknown field or a wrong type was met, which decides what the refusal looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfits {
    Decoding,
    Patching,
}

/// The body as an object of the resource. What the schema does not know is refused or left out, as asked.
pub(crate) fn body(call: &Call, resource: Resource, misfits: Misfits) -> Result<Json, Failure> {
    let gvk = &resource.kind().gvk;
    let object = call.object(&gvk.api_version(), &gvk.kind)?;
    checked(call, resource, object, misfits)
}

/// The object without what the schema does not know; refused where it does not fit, or where all must be known.
pub(crate) fn checked(
    call: &Call,
    resource: Resource,
    mut object: Json,
    misfits: Misfits,
) -> Result<Json, Failure> {
    let kind = resource.kind();
    let refuse = |why: String| match misfits {
        Misfits::Decoding => Failure::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: {why}",
            kind.gvk.kind, kind.gvk.version, kind.gvk.kind
        )),
        Misfits::Patching => {
            Failure::invalid("", "", "", &[Fault::invalid("patch", &json!(object.to_string()), &why)])
        }
    };
    // Of a custom resource only the metadata is decoded into a struct; its schema judges the rest.
    let decoded = |path: &Path| match path.0.first() {
        Some(PathElement::Field(name)) => !resource.is_declared() || name == "metadata",
        _ => true,
    };
    if let Some(wrong) = validate::mistyped(kind, &object).iter().find(|m| decoded(&m.path)) {
        return Err(refuse(decoding_error(kind, wrong)));
    }
    let unknown = validate::unknown_fields(kind, &object);
    if !unknown.is_empty() && call.field_validation()? == FieldValidation::Strict {
        let list: Vec<_> = unknown.iter().map(|p| format!("unknown field {:?}", p.to_string())).collect();
        return Err(refuse(format!("strict decoding error: {}", list.join(", "))));
    }
    for path in unknown {
        remove_path(&mut object, &path);
    }
    Ok(object)
}

/// A value that does not fit, as the server's decoder tells it: with the struct, the way there and the Go type.
fn decoding_error(kind: &Kind, misfit: &validate::Misfit) -> String {
    let (mut here, mut owner, mut way) = (kind.root.get(), "", Vec::new());
    for step in &misfit.path.0 {
        let next = match step {
            PathElement::Field(name) => {
                owner = if here.name.is_empty() { owner } else { &here.name };
                way.push(name.as_str());
                here.child(name)
            }
            _ => here.item(),
        };
        here = match next {
            Some(next) => next.get(),
            None => break,
        };
    }
    let go = match here.shape {
        Shape::String => "string",
        Shape::Int32 => "int32",
        Shape::Int64 => "int64",
        Shape::Boolean => "bool",
        _ => return misfit.to_string(),
    };
    let found = match &misfit.problem {
        validate::Problem::Type { found: "integer" | "number with a fraction", .. } => "number",
        validate::Problem::Type { found: "boolean", .. } => "bool",
        validate::Problem::Type { found: "list", .. } => "array",
        validate::Problem::Type { found: "map", .. } => "object",
        validate::Problem::Type { found, .. } => found,
        _ => return misfit.to_string(),
    };
    format!("json: cannot unmarshal {found} into Go struct field {owner}.{} of type {go}", way.join("."))
}

fn remove_path(object: &mut Json, path: &Path) {
    use PathElement::{Field, Index};
    let Some((last, way)) = path.0.split_last() else { return };
    let mut here = object;
    for step in way {
        let next = match step {
            Field(name) => here.get_mut(name.as_str()),
            Index(i) => here.get_mut(*i),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => return,
        }
    }
    if let (Field(name), Some(map)) = (last, here.as_object_mut()) {
        map.remove(name);
    }
}

/// Puts the object into the namespace of the request; another one is refused.
pub(crate) fn match_namespace(object: &mut Json, namespace: Option<&str>) -> Result<(), Failure> {
    let Some(namespace) = namespace else { return Ok(()) };
    let given = object::namespace(object);
    if !given.is_empty() && given != namespace {
        return Err(Failure::bad_request(format!(
            "the namespace of the provided object does not match the namespace sent on the request (given {given:?}, sent {namespace:?})"
        )));
    }
    set(object, &["metadata", "namespace"], json!(namespace));
    Ok(())
}

/// The object must have the name of the path.
pub(crate) fn match_name(object: &Json, key: &Key) -> Result<(), Failure> {
    let given = object::name(object);
    if given == key.name {
        return Ok(());
    }
    Err(Failure::bad_request(format!(
        "the name of the object ({given}) does not match the name on the URL ({})",
        key.name
    )))
}
