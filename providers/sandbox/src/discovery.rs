//! What a client can find out about the server: version, groups, resources.

use std::collections::BTreeMap;

use plimsoll_schema::{Json, Kind};
use serde_json::json;

use crate::resource::Resource;
use crate::store::Store;

/// What the server says of itself.
pub(crate) const VERSION: &str = "v1.36.3";

/// `/version`.
pub(crate) fn version() -> Json {
    let mut parts = plimsoll_schema::MINOR.split('.');
    json!({
        "major": parts.next().unwrap_or("1"), "minor": parts.next().unwrap_or_default(), "gitVersion": VERSION,
        "gitCommit": "", "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": "",
        "platform": "plimsoll/sandbox",
    })
}

/// `/api`.
pub(crate) fn core_versions() -> Json {
    json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
}

/// The served version of every group but the core group.
fn groups(store: &Store) -> BTreeMap<&'static str, &'static str> {
    store
        .resources()
        .filter(|r| !r.group().is_empty())
        .map(|r| (r.group(), r.kind().gvk.version.as_str()))
        .collect()
}

fn group_json(group: &str, version: &str) -> Json {
    let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({"name": group, "versions": [version], "preferredVersion": version})
}

/// `/apis`.
pub(crate) fn all_groups(store: &Store) -> Json {
    let all: Vec<_> = groups(store).into_iter().map(|(g, v)| group_json(g, v)).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": all})
}

/// `/apis/GROUP`; none where the group is not served.
pub(crate) fn one_group(store: &Store, group: &str) -> Option<Json> {
    let mut found = group_json(group, groups(store).get(group)?);
    found["kind"] = json!("APIGroup");
    found["apiVersion"] = json!("v1");
    Some(found)
}

fn of_version(store: &Store, group: &str, version: &str) -> Vec<&'static Kind> {
    store
        .resources()
        .map(Resource::kind)
        .filter(|k| k.gvk.group == group && k.gvk.version == version)
        .collect()
}

/// `/api/v1` and `/apis/GROUP/VERSION`; none where that is not served.
pub(crate) fn resources(store: &Store, group: &str, version: &str) -> Option<Json> {
    let mut list = Vec::new();
    for kind in of_version(store, group, version) {
        let mut resource = json!({
            "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced,
            "kind": kind.gvk.kind, "verbs": kind.verbs,
        });
        if !kind.short_names.is_empty() {
            resource["shortNames"] = json!(kind.short_names);
        }
        list.push(resource);
        for (name, sub) in &kind.subresources {
            let mut resource = json!({
                "name": format!("{}/{name}", kind.plural), "singularName": "", "namespaced": kind.namespaced,
                "kind": sub.gvk.kind, "verbs": sub.verbs,
            });
            if sub.gvk != kind.gvk {
                resource["group"] = json!(sub.gvk.group);
                resource["version"] = json!(sub.gvk.version);
            }
            list.push(resource);
        }
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    (!list.is_empty()).then(|| {
        json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": list})
    })
}

/// Everything in one document: the core group, or all the others.
pub(crate) fn aggregated(store: &Store, core: bool) -> Json {
    let groups: Vec<(&str, &str)> = if core { vec![("", "v1")] } else { groups(store).into_iter().collect() };
    let items: Vec<Json> = groups
        .into_iter()
        .map(|(group, version)| {
            let resources: Vec<_> =
                of_version(store, group, version).into_iter().map(aggregated_resource).collect();
            let version = json!({"version": version, "freshness": "Current", "resources": resources});
            json!({"metadata": {"name": group, "creationTimestamp": null}, "versions": [version]})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}

fn aggregated_resource(kind: &Kind) -> Json {
    let gvk = |g: &plimsoll_model::Gvk| json!({"group": g.group, "version": g.version, "kind": g.kind});
    let subresources: Vec<_> = kind
        .subresources
        .iter()
        .map(|(name, sub)| json!({"subresource": name, "responseKind": gvk(&sub.gvk), "verbs": sub.verbs}))
        .collect();
    let mut resource = json!({
        "resource": kind.plural, "responseKind": gvk(&kind.gvk), "singularResource": kind.singular,
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" }, "verbs": kind.verbs,
    });
    if !kind.short_names.is_empty() {
        resource["shortNames"] = json!(kind.short_names);
    }
    if !subresources.is_empty() {
        resource["subresources"] = json!(subresources);
    }
    resource
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_and_their_subresources_are_listed() {
        let apps = resources(&Store::default(), "apps", "v1").unwrap();
        let names: Vec<_> =
            apps["resources"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
        assert!(names.contains(&"deployments") && names.contains(&"deployments/scale"), "{names:?}");
        assert_eq!(resources(&Store::default(), "apps", "v9"), None);
        assert_eq!(one_group(&Store::default(), "nothing.io"), None);
        assert_eq!(one_group(&Store::default(), "autoscaling").unwrap()["preferredVersion"]["version"], "v2");
    }

    #[test]
    fn aggregated_discovery_separates_the_core_group() {
        let names = |core| {
            let all = aggregated(&Store::default(), core);
            all["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|g| g["metadata"]["name"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(true), [""]);
        assert!(names(false).contains(&"apps".to_owned()));
    }
}
