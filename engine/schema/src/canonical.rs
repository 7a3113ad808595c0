//! The canonical form of a desired object: as the API server would store what it says.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Map, json};

use crate::{Json, Kind, Shape, Type, TypeRef, defaults::apply_defaults};

/// The object as the API server would store it: defaults filled in (inside atomic lists and maps too),
/// quantities in their canonical form, `stringData` in `data`, nulls and empty values dropped, and the few
/// fields that the server derives from others (a claim template's kind, a pod's old `serviceAccount`).
///
/// What the server allocates, and what controllers or webhooks add, is not in it.
pub fn canonical(kind: &Kind, object: &Json) -> Json {
    let mut object = object.clone();
    make_canonical(kind, &mut object);
    object
}

/// As [`canonical`], in place.
pub fn make_canonical(kind: &Kind, object: &mut Json) {
    apply_defaults(kind, object);
    derive(kind.root.get(), object);
}

/// What the server derives when it converts from its versioned types to its own and back.
fn derive(ty: &'static Type, value: &mut Json) {
    let Json::Object(map) = value else { return };
    match ty.name.as_str() {
        "Secret" => return encode_string_data(map),
        // Nothing deeper in them is derived.
        "PodSpec" => return alias_service_account(map),
        "ObjectMeta" => return,
        "StatefulSetSpec" => name_claim_templates(map),
        "DaemonSet" => count_template(map),
        _ => {}
    }
    for (name, value) in map.iter_mut() {
        if let Some(field) = ty.field(name) {
            derive(field.ty.get(), value);
        }
    }
}

fn encode_string_data(secret: &mut Map<String, Json>) {
    let Some(Json::Object(texts)) = secret.remove("stringData") else { return };
    if let Some(data) = secret.entry("data").or_insert_with(|| json!({})).as_object_mut() {
        for (key, text) in texts {
            data.insert(key, json!(BASE64.encode(text.as_str().unwrap_or_default())));
        }
    }
}

/// The number of a daemon set's template is kept in an annotation; the first is 1.
fn count_template(object: &mut Map<String, Json>) {
    let metadata = object.get_mut("metadata").and_then(Json::as_object_mut);
    let annotations =
        metadata.and_then(|m| m.entry("annotations").or_insert_with(|| json!({})).as_object_mut());
    if let Some(annotations) = annotations {
        annotations.entry("deprecated.daemonset.template.generation").or_insert_with(|| json!("1"));
    }
}

fn name_claim_templates(spec: &mut Map<String, Json>) {
    let templates = spec.get_mut("volumeClaimTemplates").and_then(Json::as_array_mut);
    for template in templates.into_iter().flatten().filter_map(Json::as_object_mut) {
        template.entry("apiVersion").or_insert_with(|| json!("v1"));
        template.entry("kind").or_insert_with(|| json!("PersistentVolumeClaim"));
    }
}

/// The name stands in two fields; the newer one wins.
fn alias_service_account(spec: &mut Map<String, Json>) {
    let name = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount")).cloned();
    if let Some(name) = name {
        spec.insert("serviceAccountName".into(), name.clone());
        spec.insert("serviceAccount".into(), name);
    }
}

/// Without nulls, except where the schema lets anything stand.
pub fn without_nulls(kind: &Kind, object: &Json) -> Json {
    strip_nulls(kind.root.get(), object)
}

fn strip_nulls(ty: &'static Type, value: &Json) -> Json {
    match (value, &ty.shape) {
        (Json::Object(map), Shape::Struct { .. } | Shape::Map { .. }) => {
            let kept = map.iter().filter(|(_, v)| !v.is_null());
            let stripped = kept.map(|(name, v)| {
                let v = ty.child(name).map_or_else(|| v.clone(), |child| strip_nulls(child.get(), v));
                (name.clone(), v)
            });
            Json::Object(stripped.collect())
        }
        (Json::Array(items), Shape::List { item, .. }) => {
            Json::Array(items.iter().map(|v| strip_nulls(item.get(), v)).collect())
        }
        _ => value.clone(),
    }
}

/// An object of the kind that says nothing: only the fields that the API server never leaves out.
pub(crate) fn skeleton(kind: &Kind) -> Json {
    let mut object = empty(kind.root.get());
    if let Some(map) = object.as_object_mut() {
        map.insert("apiVersion".into(), json!(kind.gvk.api_version()));
        map.insert("kind".into(), json!(kind.gvk.kind));
    }
    object
}

fn empty(ty: &'static Type) -> Json {
    match &ty.shape {
        Shape::Struct { fields, .. } => {
            let always = fields.iter().filter(|f| f.always);
            let map: Map<String, Json> = always
                .map(|f| (f.name.clone(), f.default.clone().unwrap_or_else(|| empty(TypeRef::get(f.ty)))))
                .collect();
            Json::Object(map)
        }
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;
    use plimsoll_model::Gvk;

    fn check(api: &str, name: &str, object: Json, pointer: &str, want: Json) {
        let canonical = canonical(kind(&Gvk::from_api_version(api, name)).unwrap(), &object);
        assert_eq!(canonical.pointer(pointer), Some(&want), "{canonical}");
    }

    #[test]
    fn string_data_becomes_data_and_wins() {
        let secret = json!({"data": {"a": "eA==", "b": "eQ=="}, "stringData": {"a": "z", "c": ""}});
        check("v1", "Secret", secret, "/data", json!({"a": "eg==", "b": "eQ==", "c": ""}));
    }

    #[test]
    fn a_service_account_stands_in_two_fields() {
        let pod = |spec: Json| json!({"spec": {"template": {"spec": spec}}});
        let both = json!("x");
        for given in
            [json!({"serviceAccount": "x"}), json!({"serviceAccountName": "x", "serviceAccount": "old"})]
        {
            check(
                "apps/v1",
                "Deployment",
                pod(given.clone()),
                "/spec/template/spec/serviceAccount",
                both.clone(),
            );
            check(
                "apps/v1",
                "Deployment",
                pod(given),
                "/spec/template/spec/serviceAccountName",
                both.clone(),
            );
        }
    }

    #[test]
    fn claim_templates_carry_their_kind() {
        let set = json!({"spec": {"volumeClaimTemplates": [{"metadata": {"name": "d"}}]}});
        check(
            "apps/v1",
            "StatefulSet",
            set.clone(),
            "/spec/volumeClaimTemplates/0/kind",
            json!("PersistentVolumeClaim"),
        );
        check(
            "apps/v1",
            "StatefulSet",
            set,
            "/spec/volumeClaimTemplates/0/status",
            json!({"phase": "Pending"}),
        );
    }

    #[test]
    fn quantities_take_the_form_that_is_stored() {
        let claim = json!({"spec": {"resources": {"requests": {"storage": "1024Mi", "x": 0.5}}}});
        let want = json!({"storage": "1Gi", "x": "500m"});
        check("v1", "PersistentVolumeClaim", claim, "/spec/resources/requests", want);
    }

    #[test]
    fn the_skeleton_has_what_is_never_left_out() {
        let skeleton = skeleton(kind(&Gvk::new("apps", "v1", "Deployment")).unwrap());
        assert_eq!(skeleton["spec"]["strategy"], json!({}));
        assert_eq!(skeleton["spec"]["template"]["spec"], json!({"containers": null}));
        assert_eq!(skeleton.get("data"), None);
    }
}
