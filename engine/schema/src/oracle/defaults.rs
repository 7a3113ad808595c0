//! Defaults of random sparse objects.

use serde_json::json;

use super::{Case, agree, gvk, plain};
use crate::{Json, defaults::apply_defaults, kind, validate};

const KINDS: &[(&str, &str)] = &[
    ("v1", "Pod"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "Namespace"),
    ("v1", "ServiceAccount"),
    ("v1", "PersistentVolume"),
    ("v1", "PersistentVolumeClaim"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "Ingress"),
    ("networking.k8s.io/v1", "IngressClass"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("policy/v1", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("v1", "LimitRange"),
    ("v1", "ReplicationController"),
    ("v1", "Node"),
];

#[test]
fn defaults_are_those_of_the_api_server() {
    agree(
        "defaults",
        |random| {
            let kind = random.kind(KINDS);
            let density = *random.pick(&[15, 30, 45]);
            let mut object = random.object(kind, density, true);
            // Resources of a pod as a whole are summed up over its containers, which is not modelled.
            if kind.gvk.kind == "Pod"
                && let Some(spec) = object.get_mut("spec").and_then(Json::as_object_mut)
            {
                spec.remove("resources");
            }
            Case { request: json!({"op": "default", "gvk": gvk(kind), "object": object}) }
        },
        |request, answer| {
            let kind = kind(&serde_json::from_value(request["gvk"].clone()).unwrap()).unwrap();
            let mistyped = validate::mistyped(kind, &request["object"]);
            if let Some(error) = answer.get("error") {
                return if mistyped.is_empty() { Err(format!("only theirs: {error}")) } else { Ok(()) };
            }
            if !mistyped.is_empty() {
                return Err(format!("only ours: {mistyped:?}"));
            }
            let mut ours = request["object"].clone();
            apply_defaults(kind, &mut ours);
            let (ours, theirs) = (plain(&ours), plain(&answer["object"]));
            match crate::equal(&ours, &theirs) {
                true => Ok(()),
                false => Err(first_difference(&ours, &theirs, "").unwrap_or_default()),
            }
        },
    );
}

/// Where two values first differ, and how.
pub(super) fn first_difference(ours: &Json, theirs: &Json, at: &str) -> Option<String> {
    match (ours, theirs) {
        (Json::Object(a), Json::Object(b)) => {
            let names = a.keys().chain(b.keys());
            names.into_iter().find_map(|name| {
                let null = Json::Null;
                first_difference(
                    a.get(name).unwrap_or(&null),
                    b.get(name).unwrap_or(&null),
                    &format!("{at}.{name}"),
                )
            })
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(i, (a, b))| first_difference(a, b, &format!("{at}[{i}]")))
        }
        _ if crate::equal(ours, theirs) => None,
        _ => Some(format!("{at}: ours {ours}, theirs {theirs}")),
    }
}
