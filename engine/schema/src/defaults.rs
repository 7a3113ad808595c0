//! What the API server fills in where an object says nothing.
//!
//! Defaults belong to types: `data/defaults.json` holds those that depend on nothing else, the schema a
//! few more (`protocol: TCP`), and the files below those that depend on other fields. What the server
//! allocates (cluster IPs, node ports) or generates (a Job's selector) is no default and not here.

mod autoscale;
mod image;
mod network;
mod resources;
mod workload;

use std::{collections::BTreeMap, sync::OnceLock};

use serde_json::{Map, json};

use crate::{Json, Kind, Quantity, Shape, Type};

type Object = Map<String, Json>;

/// Brings an object into the form that the API server's types give it and fills in the defaults of the
/// kind's version, inside atomic lists and maps too.
///
/// Nulls and empty values that the server would leave out vanish, quantities become canonical, and
/// fields that it never leaves out appear (`strategy: {}`).
pub fn apply_defaults(kind: &Kind, object: &mut Json) {
    let ty = kind.root.get();
    let emptied = emptied(kind, object);
    clean(ty, object);
    if let Some(map) = object.as_object_mut() {
        of_kind(kind, map);
    }
    fill(ty, object);
    for (above, name) in emptied {
        if let Some(map) = object.pointer_mut(above).and_then(Json::as_object_mut) {
            map.remove(name);
        }
    }
    if let Some(map) = object.as_object_mut() {
        map.insert("apiVersion".into(), json!(kind.gvk.api_version()));
        map.insert("kind".into(), json!(kind.gvk.kind));
    }
}

/// Fields whose default is kept away by an empty value, which then is not stored either.
fn emptied(kind: &Kind, object: &Json) -> Vec<(&'static str, &'static str)> {
    let candidates: &[(&str, &str)] = match kind.gvk.kind.as_str() {
        "HorizontalPodAutoscaler" => {
            &[("/spec/behavior/scaleUp", "policies"), ("/spec/behavior/scaleDown", "policies")]
        }
        "Node" => &[("/status", "allocatable")],
        _ => &[],
    };
    let empty = |value: &Json| !value.is_null() && is_empty(value);
    let is_emptied =
        |(above, name): &&(&str, &str)| object.pointer(above).and_then(|v| v.get(name)).is_some_and(empty);
    candidates.iter().filter(is_emptied).copied().collect()
}

/// Defaults of whole objects, which do not hold where the same type stands inside another.
fn of_kind(kind: &Kind, object: &mut Object) {
    match (kind.gvk.group.as_str(), kind.gvk.kind.as_str()) {
        ("", "Pod") => workload::pod(object),
        ("", "Namespace") => {
            let metadata = map_in(object, "metadata");
            let named = metadata.and_then(|m| Some((text(m, "name")?, map_in(m, "labels")?)));
            if let Some((name, labels)) = named {
                labels.insert("kubernetes.io/metadata.name".into(), json!(name));
            }
        }
        ("", "ReplicationController") => workload::replication_controller(object),
        ("", "PersistentVolume") => {
            set_in(object, "spec", "persistentVolumeReclaimPolicy", json!("Retain"));
            set_in(object, "spec", "volumeMode", json!("Filesystem"));
            set_in(object, "status", "phase", json!("Pending"));
        }
        ("", "Service") => network::load_balancer_status(object),
        ("", "Node") => workload::node(object),
        ("batch", "Job") => workload::job(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => workload::custom_resource_definition(object),
        _ => {}
    }
}

/// Defaults of a struct, wherever it stands.
fn of_type(ty: &Type, object: &mut Object) {
    match ty.name.as_str() {
        "Container" | "EphemeralContainer" => {
            let policy = image::pull_policy(text(object, "image").as_deref().unwrap_or(""));
            set(object, "imagePullPolicy", json!(policy));
        }
        "Volume" => workload::volume(object),
        "PersistentVolumeClaim" => set_in(object, "status", "phase", json!("Pending")),
        "DeploymentStrategy" => {
            rolling(object, &[("maxUnavailable", json!("25%")), ("maxSurge", json!("25%"))])
        }
        "DaemonSetUpdateStrategy" => rolling(object, &[("maxUnavailable", json!(1)), ("maxSurge", json!(0))]),
        "StatefulSetUpdateStrategy" => workload::stateful_set_strategy(object),
        "LimitRangeItem" => resources::limit_range_item(object),
        "ExactDeviceRequest" | "DeviceSubRequest"
            if text(object, "allocationMode").as_deref() == Some("ExactCount") =>
        {
            set(object, "count", json!(1));
        }
        "ServiceSpec" => network::service(object),
        "NetworkPolicySpec" => network::policy(object),
        "Subject" => network::subject(object),
        "HorizontalPodAutoscalerSpec" if ty.field("metrics").is_some() => autoscale::autoscaler(object),
        _ => {}
    }
}

/// A rolling update's own settings, where the strategy is one.
fn rolling(strategy: &mut Object, settings: &[(&str, Json)]) {
    if text(strategy, "type").as_deref() == Some("RollingUpdate") {
        settings.iter().for_each(|(name, value)| set_in(strategy, "rollingUpdate", name, value.clone()));
    }
}

/// Sets a field that is absent.
fn set(object: &mut Object, name: &str, value: Json) {
    if object.get(name).is_none_or(Json::is_null) {
        object.insert(name.to_owned(), value);
    }
}

/// Sets an absent field of the map in a field.
fn set_in(object: &mut Object, outer: &str, name: &str, value: Json) {
    if let Some(map) = map_in(object, outer) {
        set(map, name, value);
    }
}

/// The text of a field, where it is not empty.
fn text(object: &Object, name: &str) -> Option<String> {
    object.get(name).and_then(Json::as_str).filter(|s| !s.is_empty()).map(str::to_owned)
}

/// The map in a field, made where the field is absent; none where it holds something else.
fn map_in<'a>(object: &'a mut Object, name: &str) -> Option<&'a mut Object> {
    object.entry(name).or_insert_with(|| json!({})).as_object_mut()
}

/// The items of a list in a field.
fn items_in<'a>(object: &'a mut Object, name: &str) -> impl Iterator<Item = &'a mut Object> {
    let items = object.get_mut(name).and_then(Json::as_array_mut);
    items.into_iter().flatten().filter_map(Json::as_object_mut)
}

fn table() -> &'static BTreeMap<String, BTreeMap<String, Json>> {
    static TABLE: OnceLock<BTreeMap<String, BTreeMap<String, Json>>> = OnceLock::new();
    // The data is part of the program; a test holds that it can be read.
    TABLE.get_or_init(|| serde_json::from_str(include_str!("../data/defaults.json")).unwrap_or_default())
}

/// As reading into the server's types and writing again would: without nulls and empty values that are
/// left out, quantities canonical.
fn clean(ty: &'static Type, value: &mut Json) {
    match (&ty.shape, &mut *value) {
        (Shape::Struct { fields, .. }, Json::Object(map)) => {
            map.retain(|name, value| {
                let Ok(i) = fields.binary_search_by(|f| f.name.as_str().cmp(name)) else { return true };
                let field = &fields[i];
                if value.is_null() {
                    return false;
                }
                clean(field.ty.get(), value);
                field.kept || !is_empty(value)
            });
        }
        (Shape::Map { value: ty, .. }, Json::Object(map)) => {
            let ty = ty.get();
            map.values_mut().for_each(|value| clean(ty, value));
        }
        (Shape::List { item, .. }, Json::Array(items)) => {
            let ty = item.get();
            items.iter_mut().for_each(|value| clean(ty, value));
        }
        (Shape::Quantity, Json::String(text)) => {
            if let Some(quantity) = Quantity::parse(text) {
                *text = quantity.canonical();
            }
        }
        (Shape::Quantity, Json::Number(number)) => {
            if let Some(quantity) = Quantity::parse(&number.to_string()) {
                *value = Json::String(quantity.canonical());
            }
        }
        (Shape::Bytes, Json::String(text)) => text.retain(|c| !matches!(c, '\n' | '\r')),
        _ => {}
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(b) => !b,
        Json::Number(n) => n.as_f64() == Some(0.0),
        Json::String(s) => s.is_empty(),
        Json::Array(a) => a.is_empty(),
        Json::Object(o) => o.is_empty(),
    }
}

/// Fills in defaults, outer before inner.
fn fill(ty: &'static Type, value: &mut Json) {
    match (&ty.shape, value) {
        (Shape::Struct { fields, .. }, Json::Object(map)) => {
            if let Some(defaults) = table().get(&ty.name) {
                for (name, default) in defaults {
                    // Types of the same name in two groups need not have the same fields.
                    let Some(field) = ty.field(name).filter(|f| f.kept || !is_empty(default)) else {
                        continue;
                    };
                    // A field that is always written counts as absent when it is empty.
                    if field.always && map.get(name).is_some_and(is_empty) {
                        map.remove(name);
                    }
                    set(map, name, default.clone());
                }
            }
            of_type(ty, map);
            for field in fields.iter().filter(|f| f.always || f.filled) {
                match (&field.default, &field.ty.get().shape) {
                    (Some(default), _) => set(map, &field.name, default.clone()),
                    (_, Shape::Struct { .. }) => set(map, &field.name, json!({})),
                    (_, Shape::Quantity) => set(map, &field.name, json!("0")),
                    (_, Shape::IntOrString) => set(map, &field.name, json!(0)),
                    _ => {}
                }
            }
            if ty.name == "NodeAllocatableResourceClaimStatus" {
                // The server does not round these.
                return;
            }
            for (name, value) in map.iter_mut() {
                if let Some(field) = ty.field(name) {
                    fill(field.ty.get(), value);
                }
            }
        }
        (Shape::Map { value: ty, .. }, Json::Object(map)) => {
            let ty = ty.get();
            if ty.shape == Shape::Quantity {
                // Resource lists are kept to a thousandth of a unit.
                map.values_mut().for_each(resources::round_up_to_milli);
            } else {
                map.values_mut().for_each(|value| fill(ty, value));
            }
        }
        (Shape::List { item, .. }, Json::Array(items)) => {
            let ty = item.get();
            items.iter_mut().for_each(|value| fill(ty, value));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
