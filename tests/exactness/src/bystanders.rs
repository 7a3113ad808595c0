//! Objects of others that stand beside ours, and look like them: nobody may touch them.

use kube::api::{DeleteParams, PostParams};
use serde_json::{Value as Json, json};

use crate::outside::api;
use crate::place::Place;
use crate::snapshot::Snapshot;

/// The label that tells them.
const LABEL: &str = "example.com/bystander";

/// Makes the namespace, what configurations expect to exist, and the bystanders.
pub async fn make(place: &Place, namespace: &str) -> Result<(), String> {
    create(place, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})).await?;
    let ours = json!({
        LABEL: "yes", "plimsoll.dev/project": "exact", "plimsoll.dev/environment": place.unique,
        "app.kubernetes.io/managed-by": "plimsoll",
    });
    let theirs =
        json!({LABEL: "yes", "plimsoll.dev/project": "other", "app.kubernetes.io/managed-by": "plimsoll"});
    let plain = json!({LABEL: "yes"});
    let meta = |name: &str, labels: &Json| json!({"name": name, "namespace": namespace, "labels": labels});
    let pods = json!({
        "metadata": {"labels": {"app": "bystander"}},
        "spec": {"containers": [{"name": "c", "image": "c:1"}]},
    });
    let selector = json!({"matchLabels": {"app": "bystander"}});
    let objects = [
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": meta("r", &plain), "stringData": {"a": "1"}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": meta("q", &plain), "stringData": {"a": "1"}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": meta("x", &theirs), "stringData": {"a": "1"}}),
        // Controllers copy labels: they do not make an object ours.
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("copied", &ours), "data": {"a": "1"}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("theirs", &theirs), "data": {"a": "1"}}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta("x", &plain)}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": meta("bystander", &theirs),
            "spec": {"selector": {"app": "bystander"}, "ports": [{"port": 80}]}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("bystander", &ours),
            "spec": {"replicas": 1, "selector": selector, "template": pods}}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": meta("bystander", &theirs),
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
    ];
    for object in objects {
        create(place, object).await?;
    }
    Ok(())
}

/// Deletes the namespaces of a place, and what it made in the cluster as a whole.
pub async fn clear(place: &Place) -> Result<(), String> {
    let now = Snapshot::take(place).await?;
    for object in now.0.values().filter(|o| o["metadata"]["namespace"].is_null()) {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        match api(place, object).delete(name, &DeleteParams::background()).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(e) => return Err(format!("clearing {name}: {e}")),
        }
    }
    Ok(())
}

async fn create(place: &Place, object: Json) -> Result<(), String> {
    let parameters = PostParams { field_manager: Some("bystander".into()), ..Default::default() };
    let api = api(place, &object);
    let object = serde_json::from_value(object).map_err(|e| e.to_string())?;
    api.create(&parameters, &object).await.map(|_| ()).map_err(|e| format!("a bystander: {e}"))
}

/// Bystanders that are not what they were: the version tells, except where controllers write a status.
pub fn touched(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let is_one = |o: &&Json| o["metadata"]["labels"][LABEL] == "yes";
    let quiet = |o: &Json| o.get("status").is_none();
    let mut out = Vec::new();
    for (name, was) in before.0.iter().filter(|(_, o)| is_one(o)) {
        match after.0.get(name) {
            None => out.push(format!("the bystander {name} is gone")),
            Some(is) if is["metadata"]["uid"] != was["metadata"]["uid"] => {
                out.push(format!("the bystander {name} was made anew"));
            }
            Some(is) if quiet(was) && is != was => out.push(format!("the bystander {name} was touched")),
            Some(is)
                if is["spec"] != was["spec"] || is["metadata"]["labels"] != was["metadata"]["labels"] =>
            {
                out.push(format!("the bystander {name} was changed"));
            }
            Some(_) => {}
        }
    }
    out
}
