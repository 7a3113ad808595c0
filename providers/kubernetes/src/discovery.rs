//! Which types a cluster has: kinds that every supported server serves are known beforehand, all
//! others are discovered once, with the aggregated documents where the server has them.

use std::collections::BTreeMap;

use kube::Client;
use plimsoll_driver::{Answer, Cause, ClusterError, Resource};
use plimsoll_model::Gvk;
use serde_json::Value as Json;

use crate::request::Question;

/// Asks for the aggregated document first; an older server answers with the plain one.
const AGGREGATED: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/// What is known of types.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    kinds: BTreeMap<Gvk, Resource>,
    /// What can be listed, each group and kind once. Servers name the preferred version first.
    listable: Vec<Resource>,
}

/// Groups whose `v1` (and `autoscaling/v2`) every supported server serves.
fn always_served(gvk: &Gvk) -> bool {
    matches!(
        (gvk.group.as_str(), gvk.version.as_str()),
        (
            "" | "apps"
                | "batch"
                | "networking.k8s.io"
                | "policy"
                | "rbac.authorization.k8s.io"
                | "storage.k8s.io",
            "v1"
        ) | ("apiextensions.k8s.io", "v1")
            | ("autoscaling", "v2")
    )
}

/// What is known of a type without asking.
pub(crate) fn builtin(gvk: &Gvk) -> Option<Resource> {
    let kind = plimsoll_schema::kind(gvk).filter(|k| always_served(gvk) && !k.plural.is_empty())?;
    Some(Resource { gvk: gvk.clone(), plural: kind.plural.clone(), namespaced: kind.namespaced })
}

impl Discovery {
    /// Asks the cluster for all of its types.
    pub(crate) async fn ask(
        client: &Client,
        server: &str,
        deadline: std::time::Duration,
    ) -> Answer<Discovery> {
        let document = |path: &'static str| async move {
            let mut question = Question::get("discover", server, path.into(), deadline);
            question.accept = AGGREGATED;
            Ok::<_, ClusterError>(question.json(client).await?.1)
        };
        let (core, groups) = futures::try_join!(document("/api"), document("/apis"))?;
        let mut found = Discovery::default();
        let mut plain = Vec::new();
        for doc in [&core, &groups] {
            match doc["kind"].as_str() {
                Some("APIGroupDiscoveryList") => found.read_aggregated(doc),
                Some("APIVersions" | "APIGroupList") => plain.extend(group_versions(doc)),
                other => {
                    let what = format!("discovery answered with {}", other.unwrap_or("no kind"));
                    return Err(ClusterError::new("discover", server, Cause::Nonsense(what)));
                }
            }
        }
        let asked = plain.iter().map(|path| async move {
            let answer = Question::get("discover", server, path.clone(), deadline).json(client).await;
            (path, answer)
        });
        for (path, answer) in futures::future::join_all(asked).await {
            match answer {
                Ok((_, doc)) => found.read_plain(&doc),
                // An aggregated API whose server is down does not take the others with it.
                Err(e)
                    if matches!(e.cause, Cause::Unavailable { .. } | Cause::NoSuchKind(_))
                        && path != "/api/v1" => {}
                Err(e) => return Err(e),
            }
        }
        Ok(found)
    }

    /// A type.
    pub(crate) fn get(&self, gvk: &Gvk) -> Option<&Resource> {
        self.kinds.get(gvk)
    }

    /// Every type whose objects can be listed, each in one version.
    pub(crate) fn listable(&self) -> &[Resource] {
        &self.listable
    }

    fn read_aggregated(&mut self, doc: &Json) {
        for group in list(&doc["items"]) {
            let name = group["metadata"]["name"].as_str().unwrap_or_default();
            for version in list(&group["versions"]) {
                for resource in list(&version["resources"]) {
                    let response = &resource["responseKind"];
                    self.add(
                        response["group"].as_str().filter(|g| !g.is_empty()).unwrap_or(name),
                        response["version"]
                            .as_str()
                            .filter(|v| !v.is_empty())
                            .or(version["version"].as_str()),
                        response["kind"].as_str(),
                        resource["resource"].as_str(),
                        resource["scope"].as_str() == Some("Namespaced"),
                        list(&resource["verbs"]).iter().any(|v| v == "list"),
                    );
                }
            }
        }
    }

    fn read_plain(&mut self, doc: &Json) {
        let gv = Gvk::from_api_version(doc["groupVersion"].as_str().unwrap_or_default(), "");
        for resource in list(&doc["resources"]) {
            let plural = resource["name"].as_str().filter(|n| !n.contains('/'));
            self.add(
                resource["group"].as_str().unwrap_or(&gv.group),
                resource["version"].as_str().or(Some(&gv.version)),
                resource["kind"].as_str(),
                plural,
                resource["namespaced"].as_bool() == Some(true),
                list(&resource["verbs"]).iter().any(|v| v == "list"),
            );
        }
    }

    fn add(
        &mut self,
        group: &str,
        version: Option<&str>,
        kind: Option<&str>,
        plural: Option<&str>,
        namespaced: bool,
        listable: bool,
    ) {
        if let (Some(version), Some(kind), Some(plural)) = (version, kind, plural) {
            let gvk = Gvk::new(group, version, kind);
            let known = |r: &Resource| r.gvk.group == gvk.group && r.gvk.kind == gvk.kind;
            if listable && !self.listable.iter().any(known) {
                self.listable.push(Resource { gvk: gvk.clone(), plural: plural.into(), namespaced });
            }
            self.kinds.entry(gvk.clone()).or_insert(Resource { gvk, plural: plural.into(), namespaced });
        }
    }
}

/// The paths of all group-versions that a plain document names.
fn group_versions(doc: &Json) -> Vec<String> {
    match doc["kind"].as_str() {
        Some("APIVersions") => {
            list(&doc["versions"]).iter().filter_map(Json::as_str).map(|v| format!("/api/{v}")).collect()
        }
        _ => list(&doc["groups"])
            .iter()
            .flat_map(|g| list(&g["versions"]))
            .filter_map(|v| v["groupVersion"].as_str())
            .map(|gv| format!("/apis/{gv}"))
            .collect(),
    }
}

fn list(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_documents_tell_the_same() {
        let mut aggregated = Discovery::default();
        aggregated.read_aggregated(&json!({"kind": "APIGroupDiscoveryList", "items": [
            {"metadata": {"name": "example.com"}, "versions": [{"version": "v1", "resources": [
                {"resource": "things", "responseKind": {"group": "example.com", "version": "v1", "kind": "Thing"},
                 "scope": "Namespaced", "verbs": ["get", "list"], "subresources": [{"subresource": "status"}]}]},
                {"version": "v1beta1", "resources": [
                {"resource": "things", "responseKind": {"group": "example.com", "version": "v1beta1", "kind": "Thing"},
                 "scope": "Namespaced", "verbs": ["list"]},
                {"resource": "reviews", "responseKind": {"group": "example.com", "version": "v1beta1", "kind": "Review"},
                 "scope": "Namespaced", "verbs": ["create"]}]}]}]}));
        let mut plain = Discovery::default();
        plain.read_plain(&json!({"kind": "APIResourceList", "groupVersion": "example.com/v1", "resources": [
            {"name": "things", "kind": "Thing", "namespaced": true, "verbs": ["list"]},
            {"name": "things/status", "kind": "Thing", "namespaced": true}]}));
        let gvk = Gvk::new("example.com", "v1", "Thing");
        let wanted = Resource { gvk: gvk.clone(), plural: "things".into(), namespaced: true };
        assert_eq!(aggregated.get(&gvk), Some(&wanted));
        assert_eq!(plain.get(&gvk), Some(&wanted));
        // Once, in the version that is named first; not what can only be made.
        assert_eq!(aggregated.listable(), std::slice::from_ref(&wanted));
        assert_eq!(plain.listable(), [wanted]);
    }

    #[test]
    fn only_kinds_that_every_server_serves_are_known_beforehand() {
        assert_eq!(
            builtin(&Gvk::new("apps", "v1", "Deployment")).map(|r| r.plural),
            Some("deployments".into())
        );
        assert_eq!(builtin(&Gvk::new("", "v1", "Namespace")).map(|r| r.namespaced), Some(false));
        assert_eq!(builtin(&Gvk::new("example.com", "v1", "Thing")), None);
        assert_eq!(builtin(&Gvk::new("", "v1", "Scale")), None);
    }
}
