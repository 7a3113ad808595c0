//! Requests and their answers: which verb does what to which resource.

use std::sync::Arc;

use http::Method;
use plimsoll_schema::{Json, Shape, merge, validate};
use serde_json::json;

use crate::cluster::Cluster;
use crate::delete::{self, DeleteOptions};
use crate::list::{self, Selection, metadata_only};
use crate::object::{self, set, take, text};
use crate::request::{Call, FieldValidation, Form, Place, Target};
use crate::resource::{Key, Resource, known};
use crate::status::{Failure, Fault};
use crate::watch::Watch;
use crate::write::{Ownership, Writer};
use crate::{Sandbox, controllers, discovery, patch, scale};

const JSON_PATCH: &str = "application/json-patch+json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const APPLY_PATCHES: [&str; 2] = ["application/apply-patch+yaml", "application/apply-patch+json"];

/// What goes back.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A code and JSON.
    Json(u16, Json),
    /// Plain text.
    Text(String),
    /// Events as they come.
    Watch(Box<Watch>),
}

/// Answers a request.
pub(crate) fn answer(sandbox: &Sandbox, call: &Call) -> Answer {
    match route(sandbox, call) {
        Ok(answer) => answer,
        Err(failure) => Answer::Json(failure.code, failure.to_json()),
    }
}

fn route(sandbox: &Sandbox, call: &Call) -> Result<Answer, Failure> {
    let place = match &call.target {
        Target::Resource(place) => place,
        other => return discover(call, other),
    };
    let resource =
        Resource::by_path(&place.group, &place.version, &place.plural).ok_or_else(Failure::no_such_path)?;
    if resource.namespaced() != place.namespace.is_some() && (place.name.is_some() || !resource.namespaced())
    {
        return Err(Failure::no_such_path());
    }
    match (&place.name, &place.subresource) {
        (None, _) => collection(sandbox, call, resource, place.namespace.as_deref()),
        (Some(name), None) => {
            let key = resource.key(place.namespace.as_deref().unwrap_or_default(), name);
            single(sandbox, call, &key)
        }
        (Some(name), Some(subresource)) => {
            let key = resource.key(place.namespace.as_deref().unwrap_or_default(), name);
            through(sandbox, call, &key, place, subresource)
        }
    }
}

fn discover(call: &Call, target: &Target) -> Result<Answer, Failure> {
    if call.method != Method::GET {
        return Err(Failure::method_not_allowed());
    }
    let aggregated = call.form() == Form::AggregatedDiscovery;
    let found = match target {
        Target::Health => return Ok(Answer::Text("ok".into())),
        Target::Version => Some(discovery::version()),
        Target::CoreVersions if aggregated => Some(discovery::aggregated(true)),
        Target::Groups if aggregated => Some(discovery::aggregated(false)),
        Target::CoreVersions => Some(discovery::core_versions()),
        Target::Groups => Some(discovery::all_groups()),
        Target::Group(group) => discovery::one_group(group),
        Target::Resources { group, version } => discovery::resources(group, version),
        Target::Resource(_) | Target::Unknown => None,
    };
    found.map(|json| Answer::Json(200, json)).ok_or_else(Failure::no_such_path)
}

fn shown(call: &Call, code: u16, object: &Json) -> Answer {
    match call.form() {
        Form::Metadata => Answer::Json(code, metadata_only(object)),
        _ => Answer::Json(code, object.clone()),
    }
}

fn collection(
    sandbox: &Sandbox,
    call: &Call,
    resource: Resource,
    namespace: Option<&str>,
) -> Result<Answer, Failure> {
    if call.method == Method::GET {
        let selection = Selection::of(call, resource, namespace)?;
        if call.flag("watch") {
            let watch = sandbox.read(|cluster| Watch::begin(cluster, call, selection))?;
            return Ok(Answer::Watch(Box::new(watch)));
        }
        return sandbox
            .read(|cluster| list::list(cluster, call, &selection))
            .map(|list| Answer::Json(200, list));
    }
    if resource.namespaced() && namespace.is_none() {
        return Err(Failure::method_not_allowed());
    }
    if call.method == Method::POST {
        let object = sandbox.write(call.dry_run()?, |cluster| post(cluster, call, resource, namespace))?;
        return Ok(shown(call, 201, &object));
    }
    if call.method == Method::DELETE {
        let selection = Selection::of(call, resource, namespace)?;
        let options = delete_options(call)?;
        let deleted = sandbox.write(options.dry_run, |cluster| {
            let keys: Vec<Key> = selection.now(cluster).iter().filter_map(|o| Key::of(o)).collect();
            for key in &keys {
                cluster.delete(key, &options)?;
            }
            Ok(keys.len())
        })?;
        let kind = format!("{}List", resource.name());
        let message = format!("{deleted} deleted");
        return Ok(Answer::Json(
            200,
            json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "message": message,
                "details": {"kind": kind}}),
        ));
    }
    Err(Failure::method_not_allowed())
}

fn single(sandbox: &Sandbox, call: &Call, key: &Key) -> Result<Answer, Failure> {
    match call.method {
        Method::GET => {
            let object = sandbox.read(|cluster| stored(cluster, key))?;
            Ok(shown(call, 200, &object))
        }
        Method::PUT => {
            let object = sandbox.write(call.dry_run()?, |cluster| replace(cluster, call, key, None))?;
            Ok(shown(call, 200, &object))
        }
        Method::PATCH => {
            let (created, object) =
                sandbox.write(call.dry_run()?, |cluster| patched(cluster, call, key, None))?;
            Ok(shown(call, if created { 201 } else { 200 }, &object))
        }
        Method::DELETE => {
            let options = delete_options(call)?;
            let deleted = sandbox.write(options.dry_run, |cluster| cluster.delete(key, &options))?;
            Ok(Answer::Json(200, delete::answer(key.resource, &deleted)))
        }
        _ => Err(Failure::method_not_allowed()),
    }
}

fn through(
    sandbox: &Sandbox,
    call: &Call,
    key: &Key,
    place: &Place,
    subresource: &str,
) -> Result<Answer, Failure> {
    if !key.resource.has_subresource(subresource) {
        return Err(Failure::no_such_path());
    }
    match (subresource, &call.method) {
        ("scale", _) => scaled(sandbox, call, key),
        ("status" | "finalize", &Method::GET) => single(sandbox, call, key),
        ("status" | "finalize", &Method::PUT) => {
            let name = place.subresource.as_deref();
            let object = sandbox.write(call.dry_run()?, |cluster| replace(cluster, call, key, name))?;
            Ok(shown(call, 200, &object))
        }
        ("status", &Method::PATCH) => {
            let (_, object) =
                sandbox.write(call.dry_run()?, |cluster| patched(cluster, call, key, Some("status")))?;
            Ok(shown(call, 200, &object))
        }
        ("log", &Method::GET) => {
            let pod = sandbox.read(|cluster| stored(cluster, key))?;
            controllers::pod::log(&pod, call.parameter("container")).map(Answer::Text)
        }
        ("eviction", &Method::POST) => {
            let options = DeleteOptions::parse(&call.json()?["deleteOptions"])?;
            sandbox.write(options.dry_run || call.dry_run()?, |cluster| cluster.delete(key, &options))?;
            Ok(Answer::Json(
                201,
                json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}),
            ))
        }
        _ => Err(Failure::method_not_allowed()),
    }
}

fn stored(cluster: &Cluster, key: &Key) -> Result<Arc<Json>, Failure> {
    cluster.get(key).ok_or_else(|| key.resource.not_found(&key.name))
}

fn delete_options(call: &Call) -> Result<DeleteOptions, Failure> {
    let mut body = call.json()?;
    let policy = call.parameter("propagationPolicy");
    if !policy.is_empty() {
        set(&mut body, &["propagationPolicy"], json!(policy));
    }
    if let Some(grace) = call.number("gracePeriodSeconds")? {
        set(&mut body, &["gracePeriodSeconds"], json!(grace));
    }
    let mut options = DeleteOptions::parse(&body)?;
    options.dry_run |= call.dry_run()?;
    Ok(options)
}

fn post(
    cluster: &mut Cluster,
    call: &Call,
    resource: Resource,
    namespace: Option<&str>,
) -> Result<Arc<Json>, Failure> {
    let mut object = body(call, resource, Misfits::Decoding)?;
    match_namespace(&mut object, namespace)?;
    if object::name(&object).is_empty() && text(&object, &["metadata", "generateName"]).is_empty() {
        let fault = Fault::required("metadata.name", "name or generateName is required");
        return Err(Failure::invalid(resource.group(), resource.name(), "", &[fault]));
    }
    if !object::resource_version(&object).is_empty() {
        return Err(Failure::bad_request("resourceVersion should not be set on objects to be created"));
    }
    cluster.create(object, Ownership::Record(Writer::named(&call.manager())))
}

/// Where an unknown field or a wrong type was met, which decides what the refusal looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Misfits {
    Decoding,
    Patching,
}

/// The body as an object of the resource. What the schema does not know is refused or left out, as asked.
fn body(call: &Call, resource: Resource, misfits: Misfits) -> Result<Json, Failure> {
    let gvk = &resource.kind().gvk;
    let object = call.object(&gvk.api_version(), &gvk.kind)?;
    checked(call, resource, object, misfits)
}

fn checked(call: &Call, resource: Resource, mut object: Json, misfits: Misfits) -> Result<Json, Failure> {
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
    if let Some(wrong) = validate::mistyped(kind, &object).first() {
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
fn decoding_error(kind: &plimsoll_schema::Kind, misfit: &validate::Misfit) -> String {
    let (mut here, mut owner, mut way) = (kind.root.get(), "", Vec::new());
    for step in &misfit.path.0 {
        let next = match step {
            plimsoll_schema::PathElement::Field(name) => {
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

fn remove_path(object: &mut Json, path: &plimsoll_schema::Path) {
    use plimsoll_schema::PathElement::{Field, Index};
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

fn match_namespace(object: &mut Json, namespace: Option<&str>) -> Result<(), Failure> {
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

fn match_name(object: &Json, key: &Key) -> Result<(), Failure> {
    let given = object::name(object);
    if given == key.name {
        return Ok(());
    }
    Err(Failure::bad_request(format!(
        "the name of the object ({given}) does not match the name on the URL ({})",
        key.name
    )))
}

fn replace(
    cluster: &mut Cluster,
    call: &Call,
    key: &Key,
    subresource: Option<&str>,
) -> Result<Arc<Json>, Failure> {
    let resource = key.resource;
    let mut object = body(call, resource, Misfits::Decoding)?;
    match_name(&object, key)?;
    match_namespace(&mut object, resource.namespaced().then_some(&key.namespace))?;
    let old = stored(cluster, key)?;
    let (given, uid) = (object::uid(&object), object::uid(&old));
    if !given.is_empty() && given != uid {
        let stored = [resource.plural(), &key.namespace, &key.name].join("/").replace("//", "/");
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: /registry/{stored}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {given}, UID in object meta: {uid}"
        );
        return Err(Failure::conflict(resource.group(), resource.plural(), &key.name, &why));
    }
    let manager = call.manager();
    cluster.update(object, Ownership::Record(Writer { manager: &manager, subresource }))
}

/// The object after a patch of any kind, and whether the patch made it.
fn patched(
    cluster: &mut Cluster,
    call: &Call,
    key: &Key,
    subresource: Option<&str>,
) -> Result<(bool, Arc<Json>), Failure> {
    let media = call.media_type();
    if APPLY_PATCHES.contains(&media) {
        return apply(cluster, call, key, subresource);
    }
    let old = stored(cluster, key)?;
    let object = patched_json(call, &old)?;
    let mut object = checked(call, key.resource, object, Misfits::Patching)?;
    match_name(&object, key)?;
    match_namespace(&mut object, key.resource.namespaced().then_some(&key.namespace))?;
    let manager = call.manager();
    cluster.update(object, Ownership::Record(Writer { manager: &manager, subresource })).map(|o| (false, o))
}

fn patched_json(call: &Call, old: &Json) -> Result<Json, Failure> {
    match call.media_type() {
        JSON_PATCH => patch::json_patch(old, &call.json()?),
        MERGE_PATCH => {
            let change = call.json()?;
            if !change.is_object() {
                return Err(Failure::bad_request("error decoding patch: a merge patch is an object"));
            }
            Ok(patch::merge_patch(old, &change))
        }
        _ => Err(Failure::unsupported_media_type()),
    }
}

fn apply_parameters(call: &Call) -> Result<(&str, bool), Failure> {
    let manager = call.parameter("fieldManager");
    if manager.is_empty() {
        let fault = Fault::required("fieldManager", "is required for apply patch");
        return Err(Failure::invalid("meta.k8s.io", "PatchOptions", "", &[fault]));
    }
    Ok((manager, call.flag("force")))
}

fn apply(
    cluster: &mut Cluster,
    call: &Call,
    key: &Key,
    subresource: Option<&str>,
) -> Result<(bool, Arc<Json>), Failure> {
    let resource = key.resource;
    let kind = resource.kind();
    let (manager, force) = apply_parameters(call)?;
    let applied = call.object(&kind.gvk.api_version(), &kind.gvk.kind)?;
    let namespace = resource.namespaced().then_some(key.namespace.as_str());
    let live = cluster.get(key);
    if live.is_none() && subresource.is_some() {
        return Err(resource.not_found(&key.name));
    }
    let now = cluster.time();
    let write = merge::Write { manager, subresource, now: &now };
    let mut merged = merge::apply_to(kind, live.as_deref(), &applied, force, &write)
        .map_err(|e| refused_merge(key, &applied, &e))?;
    match_namespace(&mut merged, namespace)?;
    if live.is_none() && !object::uid(&merged).is_empty() {
        let why = format!(
            "uid mismatch: the provided object specified uid {}, and no existing object was found",
            object::uid(&merged)
        );
        return Err(Failure::conflict(resource.group(), resource.plural(), &key.name, &why));
    }
    match_name(&merged, key)?;
    let Some(live) = live else {
        take(&mut merged, &["metadata", "resourceVersion"]);
        return cluster.create(merged, Ownership::Merged).map(|o| (true, o));
    };
    if subresource == Some("status") {
        let (status, managed) =
            (take(&mut merged, &["status"]), take(&mut merged, &["metadata", "managedFields"]));
        let version = object::resource_version(&merged).to_owned();
        merged = (*live).clone();
        object::put(&mut merged, &["metadata", "managedFields"], &managed);
        set(&mut merged, &["metadata", "resourceVersion"], json!(version));
        return cluster.apply_status(&live, merged, status).map(|o| (false, o));
    }
    cluster.update(merged, Ownership::Merged).map(|o| (false, o))
}

fn refused_merge(key: &Key, applied: &Json, error: &merge::MergeError) -> Failure {
    match error {
        merge::MergeError::Conflicts(conflicts) => {
            let list: Vec<_> = conflicts.iter().map(|c| (owner(c), c.path.server_form())).collect();
            Failure::apply_conflict(&list)
        }
        merge::MergeError::Invalid(misfits) => {
            let gvk = &key.resource.kind().gvk;
            let what = format!(
                "{}/{}; {}, Kind={}",
                object::namespace(applied),
                object::name(applied),
                gvk.api_version(),
                gvk.kind
            );
            let list: Vec<_> = misfits.iter().map(server_misfit).collect();
            let list = match list.as_slice() {
                [one] => one.clone(),
                many => format!("errors:\n  {}", many.join("\n  ")),
            };
            Failure::bare(format!("failed to create typed patch object ({what}): {list}"))
        }
        merge::MergeError::ManagedFieldsGiven => Failure::bad_request("metadata.managedFields must be nil"),
    }
}

/// The owner of a field as the server names it: never with a time.
fn owner(conflict: &merge::Conflict) -> String {
    let mut text = format!("{:?}", conflict.manager);
    if let Some(subresource) = &conflict.subresource {
        text += &format!(" with subresource {subresource:?}");
    }
    if conflict.operation == merge::Operation::Update {
        text += &format!(" using {}", conflict.api_version);
    }
    text
}

fn server_misfit(misfit: &validate::Misfit) -> String {
    let path = misfit.path.server_form();
    match &misfit.problem {
        validate::Problem::Unknown => format!("{path}: field not declared in schema"),
        validate::Problem::Type { expected: "integer" | "number", found } => {
            format!("{path}: expected numeric (int or float), got {found}")
        }
        validate::Problem::Type { expected, found } => format!("{path}: expected {expected}, got {found}"),
        validate::Problem::Double => format!("{path}: duplicate entries for key"),
        other => format!("{path}: {other:?}"),
    }
}

fn scaled(sandbox: &Sandbox, call: &Call, key: &Key) -> Result<Answer, Failure> {
    let resource = key.resource;
    if call.method == Method::GET {
        let object = sandbox.read(|cluster| stored(cluster, key))?;
        return Ok(Answer::Json(200, scale::of(&object)));
    }
    if call.method != Method::PUT && call.method != Method::PATCH {
        return Err(Failure::method_not_allowed());
    }
    let object = sandbox.write(call.dry_run()?, |cluster| {
        let old = stored(cluster, key)?;
        if call.method == Method::PATCH && APPLY_PATCHES.contains(&call.media_type()) {
            let (manager, force) = apply_parameters(call)?;
            let applied = call.object("autoscaling/v1", "Scale")?;
            let gvk = &resource.kind().gvk;
            let replicas = json!({
                "apiVersion": gvk.api_version(), "kind": gvk.kind,
                "metadata": {"name": key.name, "namespace": key.namespace},
                "spec": {"replicas": scale::into(resource, &old, &applied)?["spec"]["replicas"]},
            });
            let now = cluster.time();
            let write = merge::Write { manager, subresource: Some("scale"), now: &now };
            let merged = merge::apply_to(resource.kind(), Some(&old), &replicas, force, &write)
                .map_err(|e| refused_merge(key, &replicas, &e))?;
            return cluster.update(merged, Ownership::Merged);
        }
        let wanted = if call.method == Method::PUT {
            call.object("autoscaling/v1", "Scale")?
        } else {
            patched_json(call, &scale::of(&old))?
        };
        let new = scale::into(resource, &old, &wanted)?;
        let manager = call.manager();
        cluster.update(new, Ownership::Record(Writer { manager: &manager, subresource: Some("scale") }))
    })?;
    Ok(Answer::Json(200, scale::of(&object)))
}

/// The uid of the cluster: that of its namespace `kube-system`.
pub(crate) fn cluster_uid(cluster: &Cluster) -> String {
    known()
        .and_then(|k| cluster.get(&k.namespaces.key("", "kube-system")))
        .map(|n| object::uid(&n).to_owned())
        .unwrap_or_default()
}
