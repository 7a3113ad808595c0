//! Answers that refuse: the `Status` objects of Kubernetes, with its wordings.

use plimsoll_schema::Json;
use serde_json::json;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    pub code: u16,
    pub reason: &'static str,
    pub message: String,
    pub details: Json,
}

/// One reason why an object is invalid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    kind: &'static str,
    field: String,
    body: String,
}

impl Fault {
    /// A field that must be there.
    pub fn required(field: impl Into<String>, detail: &str) -> Fault {
        Fault {
            kind: "FieldValueRequired",
            field: field.into(),
            body: with_detail("Required value".into(), detail),
        }
    }

    /// A value that breaks a rule.
    pub fn invalid(field: impl Into<String>, value: &Json, detail: &str) -> Fault {
        let body = with_detail(format!("Invalid value: {value}"), detail);
        Fault { kind: "FieldValueInvalid", field: field.into(), body }
    }

    /// A value outside of a list.
    pub fn unsupported(field: impl Into<String>, value: &str, supported: &[&str]) -> Fault {
        let list: Vec<_> = supported.iter().map(|s| format!("{s:?}")).collect();
        let body = format!("Unsupported value: {value:?}: supported values: {}", list.join(", "));
        Fault { kind: "FieldValueNotSupported", field: field.into(), body }
    }

    /// A value that stands twice.
    pub fn duplicate(field: impl Into<String>, value: &Json) -> Fault {
        Fault { kind: "FieldValueDuplicate", field: field.into(), body: format!("Duplicate value: {value}") }
    }

    /// A change or field that is not allowed.
    pub fn forbidden(field: impl Into<String>, detail: &str) -> Fault {
        Fault {
            kind: "FieldValueForbidden",
            field: field.into(),
            body: with_detail("Forbidden".into(), detail),
        }
    }

    /// A value that refers to what is not there.
    pub fn not_found(field: impl Into<String>, value: &Json) -> Fault {
        Fault { kind: "FieldValueNotFound", field: field.into(), body: format!("Not found: {value}") }
    }
}

fn with_detail(body: String, detail: &str) -> String {
    if detail.is_empty() { body } else { format!("{body}: {detail}") }
}

/// `deployments.apps`, or `services` in the core group.
pub(crate) fn qualified(group: &str, name: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

impl Failure {
    fn new(code: u16, reason: &'static str, message: impl Into<String>, details: Json) -> Failure {
        Failure { code, reason, message: message.into(), details }
    }

    pub fn bad_request(message: impl Into<String>) -> Failure {
        Failure::new(400, "BadRequest", message, Json::Null)
    }

    /// A path that no resource has.
    pub fn no_such_path() -> Failure {
        Failure::new(404, "NotFound", "the server could not find the requested resource", json!({}))
    }

    pub fn not_found(group: &str, resource: &str, name: &str) -> Failure {
        let details = named(group, resource, name);
        Failure::new(404, "NotFound", format!("{} {name:?} not found", qualified(group, resource)), details)
    }

    pub fn already_exists(group: &str, resource: &str, name: &str) -> Failure {
        let message = format!("{} {name:?} already exists", qualified(group, resource));
        Failure::new(409, "AlreadyExists", message, named(group, resource, name))
    }

    pub fn conflict(group: &str, resource: &str, name: &str, why: &str) -> Failure {
        let message =
            format!("Operation cannot be fulfilled on {} {name:?}: {why}", qualified(group, resource));
        Failure::new(409, "Conflict", message, named(group, resource, name))
    }

    /// A resourceVersion that is no longer the current one.
    pub fn stale(group: &str, resource: &str, name: &str) -> Failure {
        let why =
            "the object has been modified; please apply your changes to the latest version and try again";
        Failure::conflict(group, resource, name, why)
    }

    /// Fields that others own, as pairs of `manager` (printed as the server prints it) and path, in
    /// the order of the causes.
    pub fn apply_conflict(conflicts: &[(String, String)]) -> Failure {
        let causes: Vec<_> = conflicts
            .iter()
            .map(|(manager, path)| {
                json!({"reason": "FieldManagerConflict", "message": format!("conflict with {manager}"), "field": path})
            })
            .collect();
        let message = match conflicts {
            [(manager, path)] => format!("Apply failed with 1 conflict: conflict with {manager}: {path}"),
            all => {
                let mut managers: Vec<_> = all.iter().map(|(m, _)| m).collect();
                managers.sort();
                managers.dedup();
                let mut lines = Vec::new();
                for manager in managers {
                    lines.push(format!("conflicts with {manager}:"));
                    lines.extend(all.iter().filter(|(m, _)| m == manager).map(|(_, p)| format!("- {p}")));
                }
                format!("Apply failed with {} conflicts: {}", all.len(), lines.join("\n"))
            }
        };
        Failure::new(409, "Conflict", message, json!({"causes": causes}))
    }

    pub fn invalid(group: &str, kind: &str, name: &str, faults: &[Fault]) -> Failure {
        let causes: Vec<_> =
            faults.iter().map(|f| json!({"reason": f.kind, "message": f.body, "field": f.field})).collect();
        let mut lines: Vec<String> = Vec::new();
        for fault in faults {
            let line = format!("{}: {}", fault.field, fault.body);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let list = match lines.as_slice() {
            [one] => one.clone(),
            all => format!("[{}]", all.join(", ")),
        };
        let mut details = named(group, kind, name);
        details["causes"] = Json::Array(causes);
        Failure::new(
            422,
            "Invalid",
            format!("{} {name:?} is invalid: {list}", qualified(group, kind)),
            details,
        )
    }

    /// A patch whose test or path fails; the server does not say which.
    pub fn unprocessable() -> Failure {
        Failure::new(
            422,
            "Invalid",
            "the server rejected our request due to an error in our request",
            json!({}),
        )
    }

    pub fn forbidden(group: &str, resource: &str, name: &str, why: &str) -> Failure {
        let message = format!("{} {name:?} is forbidden: {why}", qualified(group, resource));
        Failure::new(403, "Forbidden", message, named(group, resource, name))
    }

    pub fn expired(message: impl Into<String>) -> Failure {
        Failure::new(410, "Expired", message, Json::Null)
    }

    pub fn method_not_allowed() -> Failure {
        let message = "the server does not allow this method on the requested resource";
        Failure::new(405, "MethodNotAllowed", message, json!({}))
    }

    pub fn unsupported_media_type() -> Failure {
        Failure::new(415, "UnsupportedMediaType", "415: Unsupported Media Type", json!({}))
    }

    pub fn internal(why: impl std::fmt::Display) -> Failure {
        let why = why.to_string();
        let details = json!({"causes": [{"message": why}]});
        Failure::new(500, "InternalError", format!("Internal error occurred: {why}"), details)
    }

    /// An error that the server has no status for; it answers 500 and the bare text.
    pub fn bare(message: impl Into<String>) -> Failure {
        Failure::new(500, "", message, Json::Null)
    }

    /// Adds a cause to the details.
    pub fn caused_by(mut self, reason: &str, message: &str, field: &str) -> Failure {
        if !self.details.is_object() {
            self.details = json!({});
        }
        self.details["causes"] = json!([{"reason": reason, "message": message, "field": field}]);
        self
    }

    /// The `Status` object.
    pub fn to_json(&self) -> Json {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "code": self.code,
        });
        if !self.reason.is_empty() {
            status["reason"] = json!(self.reason);
        }
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status
    }
}

fn named(group: &str, kind: &str, name: &str) -> Json {
    let mut details = json!({"kind": kind});
    if !name.is_empty() {
        details["name"] = json!(name);
    }
    if !group.is_empty() {
        details["group"] = json!(group);
    }
    details
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn refusals_read_as_those_of_a_real_server() {
        let all = [
            Failure::not_found("apps", "deployments", "web"),
            Failure::stale("apps", "deployments", "web"),
            Failure::apply_conflict(&[(r#""kubectl" using apps/v1"#.into(), ".spec.replicas".into())]),
            Failure::apply_conflict(&[("\"b\"".into(), ".x".into()), ("\"a\"".into(), ".y".into())]),
            Failure::invalid("apps", "Deployment", "web", &[Fault::required("spec.selector", "")]),
            Failure::invalid(
                "",
                "Service",
                "web",
                &[
                    Fault::unsupported("spec.type", "X", &["ClusterIP", "NodePort"]),
                    Fault::invalid("spec.ports[0].port", &json!(0), "must be between 1 and 65535, inclusive"),
                ],
            ),
        ];
        let text: Vec<_> = all.iter().map(|f| format!("{} {}: {}", f.code, f.reason, f.message)).collect();
        expect![[r#"
            404 NotFound: deployments.apps "web" not found
            409 Conflict: Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again
            409 Conflict: Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas
            409 Conflict: Apply failed with 2 conflicts: conflicts with "a":
            - .y
            conflicts with "b":
            - .x
            422 Invalid: Deployment.apps "web" is invalid: spec.selector: Required value
            422 Invalid: Service "web" is invalid: [spec.type: Unsupported value: "X": supported values: "ClusterIP", "NodePort", spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive]"#]]
        .assert_eq(&text.join("\n"));
    }
}
