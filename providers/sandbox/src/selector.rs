//! Selecting objects: label selectors as text and as objects, field selectors.

use plimsoll_schema::Json;

use crate::object;
use crate::resource::Resource;
use crate::status::Failure;

/// A label selector of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Labels(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
}

impl Labels {
    /// Parses `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
    ///
    /// # Errors
    /// Where the text is no selector.
    pub fn parse(text: &str) -> Result<Labels, Failure> {
        let mut requirements = Vec::new();
        for part in split(text) {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            let requirement = requirement(part)
                .ok_or_else(|| Failure::bad_request(format!("unable to parse requirement: {part:?}")))?;
            requirements.push(requirement);
        }
        Ok(Labels(requirements))
    }

    /// Whether an object with these labels is selected.
    pub fn matches(&self, labels: &Json) -> bool {
        self.0.iter().all(|r| {
            let value = labels[&r.key].as_str();
            match &r.test {
                Test::In(values) => value.is_some_and(|v| values.iter().any(|x| x == v)),
                Test::NotIn(values) => value.is_none_or(|v| values.iter().all(|x| x != v)),
                Test::Exists => value.is_some(),
                Test::Absent => value.is_none(),
            }
        })
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Splits at commas that stand in no parentheses.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (i, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn requirement(part: &str) -> Option<Requirement> {
    let key = |text: &str| {
        let text = text.trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        (!text.is_empty() && text.chars().all(fits)).then(|| text.to_owned())
    };
    if let Some(absent) = part.strip_prefix('!') {
        return Some(Requirement { key: key(absent)?, test: Test::Absent });
    }
    if let Some((head, list)) = part.split_once('(') {
        let values = list.strip_suffix(')')?.split(',').map(|v| v.trim().to_owned()).collect();
        let (name, operator) = head.trim().rsplit_once(char::is_whitespace)?;
        let test = match operator {
            "in" => Test::In(values),
            "notin" => Test::NotIn(values),
            _ => return None,
        };
        return Some(Requirement { key: key(name)?, test });
    }
    for (operator, negated) in [("!=", true), ("==", false), ("=", false)] {
        if let Some((name, value)) = part.split_once(operator) {
            let values = vec![value.trim().to_owned()];
            let test = if negated { Test::NotIn(values) } else { Test::In(values) };
            return Some(Requirement { key: key(name)?, test });
        }
    }
    Some(Requirement { key: key(part)?, test: Test::Exists })
}

/// Whether the `selector` of an object (matchLabels and matchExpressions) selects these labels. An empty
/// selector selects everything.
pub(crate) fn selects(selector: &Json, labels: &Json) -> bool {
    object::entries(selector, &["matchLabels"]).all(|(k, v)| labels[k] == *v)
        && object::items(selector, &["matchExpressions"]).iter().all(|e| satisfies(e, labels))
}

/// Whether labels satisfy one expression, of a label selector or of a node selector.
pub(crate) fn satisfies(expression: &Json, labels: &Json) -> bool {
    let value = labels[expression["key"].as_str().unwrap_or_default()].as_str();
    let values = || object::items(expression, &["values"]).iter().filter_map(Json::as_str);
    let number = |text: Option<&str>| text.and_then(|t| t.parse::<i64>().ok());
    match expression["operator"].as_str() {
        Some("In") => value.is_some_and(|v| values().any(|x| x == v)),
        Some("NotIn") => value.is_none_or(|v| values().all(|x| x != v)),
        Some("Exists") => value.is_some(),
        Some("DoesNotExist") => value.is_none(),
        Some("Gt") => number(value).zip(number(values().next())).is_some_and(|(a, b)| a > b),
        Some("Lt") => number(value).zip(number(values().next())).is_some_and(|(a, b)| a < b),
        _ => false,
    }
}

/// Whether a plain map of labels (`spec.selector` of a Service) selects these labels; an empty one selects none.
pub(crate) fn selects_plainly(selector: &Json, labels: &Json) -> bool {
    match selector.as_object() {
        Some(map) if !map.is_empty() => map.iter().all(|(k, v)| labels[k] == *v),
        _ => false,
    }
}

/// A label selector as text, as `status.selector` of a Scale has it.
pub(crate) fn text(selector: &Json) -> String {
    let mut parts: Vec<String> = object::entries(selector, &["matchLabels"])
        .map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default()))
        .collect();
    for expression in object::items(selector, &["matchExpressions"]) {
        let key = expression["key"].as_str().unwrap_or_default();
        let values: Vec<_> = object::items(expression, &["values"]).iter().filter_map(Json::as_str).collect();
        match expression["operator"].as_str() {
            Some("In") => parts.push(format!("{key} in ({})", values.join(","))),
            Some("NotIn") => parts.push(format!("{key} notin ({})", values.join(","))),
            Some("Exists") => parts.push(key.to_owned()),
            Some("DoesNotExist") => parts.push(format!("!{key}")),
            _ => {}
        }
    }
    parts.join(",")
}

/// A field selector of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(Vec<String>, bool, String)>);

impl Fields {
    /// Parses `metadata.name=x,status.phase!=Running`.
    ///
    /// # Errors
    /// Where the text is no selector, or selects by a field that the resource does not support.
    pub fn parse(text: &str, resource: Resource) -> Result<Fields, Failure> {
        let mut tests = Vec::new();
        for part in text.split(',').filter(|p| !p.is_empty()) {
            let (path, equal, value) = if let Some((path, value)) = part.split_once("!=") {
                (path, false, value)
            } else if let Some((path, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
                (path, true, value)
            } else {
                return Err(Failure::bad_request(format!(
                    "invalid selector: '{text}'; can't understand '{part}'"
                )));
            };
            if !supported(resource, path) {
                return Err(Failure::bad_request(format!(
                    "Unable to find {:?} that match label selector \"\", field selector {text:?}: field label not supported: {path}",
                    resource.kind().gvk.to_string()
                )));
            }
            tests.push((path.split('.').map(str::to_owned).collect(), equal, value.to_owned()));
        }
        Ok(Fields(tests))
    }

    pub fn matches(&self, object: &Json) -> bool {
        self.0.iter().all(|(path, equal, value)| {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let found = match object::at(object, &path) {
                Json::String(text) => text.clone(),
                Json::Null => String::new(),
                other => other.to_string(),
            };
            (found == *value) == *equal
        })
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn supported(resource: Resource, path: &str) -> bool {
    let more: &[&str] = match (resource.group(), resource.name()) {
        ("", "Pod") => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "status.phase",
            "status.podIP",
        ],
        ("", "Event") => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        ("", "Node") => &["spec.unschedulable"],
        ("", "Namespace") => &["status.phase"],
        ("", "Secret") => &["type"],
        ("", "Service") => &["spec.clusterIP", "spec.type"],
        ("apps", "ReplicaSet") => &["status.replicas"],
        ("batch", "Job") => &["status.successful"],
        _ => &[],
    };
    path == "metadata.name" || (path == "metadata.namespace" && resource.namespaced()) || more.contains(&path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn label_selectors_select_by_equality_and_sets() {
        let labels = json!({"app": "web", "tier": "front"});
        let check = |text: &str| Labels::parse(text).unwrap().matches(&labels);
        for yes in [
            "",
            "app=web",
            "app==web",
            "app!=api",
            "app in (api, web)",
            "tier notin (back)",
            "app",
            "!zone",
            "app=web,tier in (front),zone notin (a),!x",
        ] {
            assert!(check(yes), "{yes}");
        }
        for no in
            ["app=api", "app!=web", "app in (api)", "tier notin (front)", "zone", "!app", "app=web,zone=a"]
        {
            assert!(!check(no), "{no}");
        }
        for bad in ["a b", "=x", "a in b", "a near (b)", "a in (b"] {
            assert!(Labels::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn selectors_of_objects_select() {
        let selector = json!({
            "matchLabels": {"app": "web"},
            "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["back"]}],
        });
        assert!(selects(&selector, &json!({"app": "web"})));
        assert!(!selects(&selector, &json!({"app": "web", "tier": "back"})));
        assert!(!selects_plainly(&json!({}), &json!({"app": "web"})));
        assert_eq!(text(&selector), "app=web,tier notin (back)");
    }

    #[test]
    fn field_selectors_know_what_a_resource_supports() {
        let pods = Resource::by_path("", "v1", "pods").unwrap();
        let fields = Fields::parse("metadata.name=a,status.phase!=Running", pods).unwrap();
        assert!(fields.matches(&json!({"metadata": {"name": "a"}})));
        assert!(!fields.matches(&json!({"metadata": {"name": "a"}, "status": {"phase": "Running"}})));
        assert!(Fields::parse("spec.image=x", pods).is_err());
        assert!(Fields::parse("nonsense", pods).is_err());
    }
}
