//! Requests and their answers: which verb does what to which resource.

use std::sync::Arc;

use http::Method;
use plimsoll_schema::{Json, merge};
use serde_json::json;

use crate::cluster::Cluster;
use crate::decode::{Misfits, body, checked, match_name, match_namespace};
use crate::delete::{self, DeleteOptions};
use crate::list::{self, Selection, metadata_only};
use crate::object::{self, set, text};
use crate::request::{Call, Form, Place, Target};
use crate::resource::{Key, Resource, known};
use crate::status::{Failure, Fault};
use crate::watch::Watch;
use crate::write::{Ownership, Writer};
use crate::{Sandbox, apply, controllers, discovery, patch, scale};

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
        other => return sandbox.read(|cluster| discover(cluster, call, other)),
    };
    let resource = sandbox
        .read(|cluster| Ok(cluster.store.by_path(&place.group, &place.version, &place.plural)))?
        .ok_or_else(Failure::no_such_path)?;
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

fn discover(cluster: &Cluster, call: &Call, target: &Target) -> Result<Answer, Failure> {
    if call.method != Method::GET {
        return Err(Failure::method_not_allowed());
    }
    let aggregated = call.form() == Form::AggregatedDiscovery;
    let found = match target {
        Target::Health => return Ok(Answer::Text("ok".into())),
        Target::Version => Some(discovery::version()),
        Target::CoreVersions if aggregated => Some(discovery::aggregated(&cluster.store, true)),
        Target::Groups if aggregated => Some(discovery::aggregated(&cluster.store, false)),
        Target::CoreVersions => Some(discovery::core_versions()),
        Target::Groups => Some(discovery::all_groups(&cluster.store)),
        Target::Group(group) => discovery::one_group(&cluster.store, group),
        Target::Resources { group, version } => discovery::resources(&cluster.store, group, version),
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
            let keys: Vec<Key> =
                selection.now(cluster).iter().filter_map(|o| cluster.store.key_of(o)).collect();
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
        return apply::apply(cluster, call, key, subresource);
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
            let (manager, force) = apply::parameters(call)?;
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
                .map_err(|e| apply::refused(key, &replicas, &e))?;
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
