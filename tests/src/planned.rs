//! A plan as `show --json` tells it, and the comparison with what the cluster holds afterwards.

use serde_json::Value as Json;

/// A plan.
#[derive(Debug, Clone)]
pub struct Planned(pub Json);

/// One object of a plan.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its address.
    pub address: String,
    /// `create`, `update`, `replace`, `delete`, `no-op`, …
    pub action: String,
    /// The object before.
    pub before: Json,
    /// The object after.
    pub after: Json,
    /// Where `after` holds what only the cluster knows: the same shape, `true` at those leaves.
    pub after_unknown: Json,
    /// The claims that grow with it, by name, and the size that they are to ask for.
    pub grows: Vec<(String, String)>,
    /// Where `after` holds what is shown to nobody: the same shape, `true` at those leaves.
    pub after_sensitive: Json,
}

impl Planned {
    /// The objects of the plan that it changes.
    pub fn changes(&self) -> Vec<Change> {
        self.entries().into_iter().filter(|c| c.action != "no-op").collect()
    }

    /// Every object of the plan.
    pub fn entries(&self) -> Vec<Change> {
        self.0["resource_changes"]
            .as_array()
            .expect("resource_changes")
            .iter()
            .map(|c| Change {
                address: c["address"].as_str().unwrap().into(),
                action: match c["change"]["actions"].as_array().unwrap().as_slice() {
                    [one] => one.as_str().unwrap().into(),
                    _ => "replace".into(),
                },
                before: c["change"]["before"].clone(),
                after: c["change"]["after"].clone(),
                after_unknown: c["change"]["after_unknown"].clone(),
                grows: c["plimsoll"]["grows"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|claim| {
                        (claim["name"].as_str().unwrap().into(), claim["to"].as_str().unwrap().into())
                    })
                    .collect(),
                after_sensitive: c["change"]["after_sensitive"].clone(),
            })
            .collect()
    }

    /// `action address`, sorted: what a plan does, in a line each.
    pub fn summary(&self) -> Vec<String> {
        let mut all: Vec<_> = self.changes().iter().map(|c| format!("{} {}", c.action, c.address)).collect();
        all.sort();
        all
    }

    /// The change of one address.
    #[track_caller]
    pub fn change(&self, address: &str) -> Change {
        self.changes()
            .into_iter()
            .find(|c| c.address == address)
            .unwrap_or_else(|| panic!("{address} is not changed by {:#?}", self.summary()))
    }
}

/// Paths at which a plan leaves a value open although no rule says that the cluster assigns it
/// (`plimsoll_plan::assigned::ASSIGNED`): the scenarios declare nothing that is known only after apply.
pub fn left_open_without_a_rule(change: &Change) -> Vec<String> {
    let kind = change.after["kind"].as_str().unwrap_or_default();
    let mut open = Vec::new();
    leaves(&change.after_unknown, &mut Vec::new(), &mut open);
    let allowed = |path: &[String]| {
        plimsoll_plan::assigned::ASSIGNED.iter().any(|rule| {
            (rule.kind.is_empty() || rule.kind == kind)
                && rule.path.len() <= path.len()
                && rule.path.iter().zip(path).all(|(rule, step)| rule == step)
        })
    };
    let made_on_the_way = |path: &[String]| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["metadata", "annotations", "plimsoll.dev/salt"] => kind == "Secret",
            ["spec", "template", "metadata", "annotations", "plimsoll.dev/secret-hash"] => true,
            _ => false,
        }
    };
    open.into_iter()
        .filter(|path| !allowed(path) && !made_on_the_way(path))
        .map(|path| path.join("."))
        .collect()
}

fn leaves(json: &Json, path: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
    match json {
        Json::Bool(true) => out.push(path.clone()),
        Json::Array(items) => items.iter().for_each(|item| {
            path.push("[]".into());
            leaves(item, path, out);
            path.pop();
        }),
        Json::Object(map) => map.iter().for_each(|(key, value)| {
            path.push(key.clone());
            leaves(value, path, out);
            path.pop();
        }),
        _ => {}
    }
}

/// Paths at which two trees differ, as `a.b[0].c: left != right`. Where one of `open` is true,
/// anything goes.
pub fn differences(planned: &Json, live: &Json, open: [&Json; 2]) -> Vec<String> {
    let mut out = Vec::new();
    compare("", planned, live, open, &mut out);
    out
}

fn compare(path: &str, planned: &Json, live: &Json, open: [&Json; 2], out: &mut Vec<String>) {
    if open.contains(&&Json::Bool(true)) {
        return;
    }
    match (planned, live) {
        (Json::Object(a), Json::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|k| !a.contains_key(*k))) {
                let null = Json::Null;
                let (x, y) = (a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null));
                compare(&format!("{path}.{key}"), x, y, open.map(|o| &o[key.as_str()]), out);
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (i, (x, y)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{i}]"), x, y, open.map(|o| &o[i]), out);
            }
        }
        // A map that holds nothing but what is known after apply is in no object before.
        (Json::Null, Json::Object(b)) if open.iter().any(|o| o.is_object()) => {
            for (key, y) in b {
                compare(&format!("{path}.{key}"), &Json::Null, y, open.map(|o| &o[key.as_str()]), out);
            }
        }
        (a, b) if a == b => {}
        (a, b) => out.push(format!("{path}: planned {a}, is {b}")),
    }
}
