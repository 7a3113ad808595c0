//! Reading failures: a status code and a `Status` object become a cause.
//!
//! The texts that are matched here are those of Kubernetes' API machinery; a text that changes
//! makes a cause less precise, never wrong.

use std::time::Duration;

use plimsoll_driver::{Cause, FieldCause, FieldConflict};
use serde_json::Value as Json;

/// The cause behind an answer that is no success.
pub(crate) fn cause(code: u16, retry_after: Option<Duration>, body: &[u8], verb: &str) -> Cause {
    let status: Json = serde_json::from_slice(body).unwrap_or(Json::Null);
    let of = |key: &str| status[key].as_str().unwrap_or_default();
    let message = match of("message") {
        "" => text(body),
        m => m.to_string(),
    };
    let causes = causes(&status);
    if message.contains("does not support dry run") {
        return Cause::NoDryRun(message);
    }
    if is_webhook(&message) {
        let down = message.contains("failed calling webhook") || message.contains("failed to call webhook");
        return Cause::Webhook { message, down };
    }
    match (code, of("reason")) {
        (401, _) => Cause::Unauthorized(message),
        (_, "NamespaceTerminating") => Cause::NamespaceTerminating(message),
        (403 | 409, _) if causes.iter().any(|c| c.reason == "NamespaceTerminating") => {
            Cause::NamespaceTerminating(message)
        }
        (403, _) if message.contains("exceeded quota") => Cause::QuotaExceeded(message),
        (403, _) => Cause::Forbidden(message),
        // A path that the server does not serve has no details; an absent object has its name there.
        (404, _)
            if status["details"]["name"].is_null()
                && (status.is_null() || verb == "list" || verb == "watch") =>
        {
            Cause::NoSuchKind(message)
        }
        (404, _) if message == "the server could not find the requested resource" || status.is_null() => {
            Cause::NoSuchKind(message)
        }
        (404, _) => Cause::NotFound(message),
        (409, "AlreadyExists") => Cause::AlreadyExists(message),
        (409, _) if causes.iter().any(|c| c.reason == "FieldManagerConflict") => Cause::FieldConflict(
            causes
                .into_iter()
                .filter(|c| c.reason == "FieldManagerConflict")
                .map(|c| FieldConflict { field: c.field, message: c.message })
                .collect(),
        ),
        (409, _) => Cause::Moved(message),
        (422, _)
            if causes.iter().any(|c| c.field == "metadata.uid")
                || message.contains("Precondition failed: UID") =>
        {
            Cause::Moved(message)
        }
        (400 | 413 | 415 | 422, _) => Cause::Invalid { message, causes },
        (410, _) => Cause::Expired(message),
        (429, _) => Cause::TooManyRequests(retry_after),
        (500..=599, _) => Cause::Unavailable { code, message },
        _ => Cause::Nonsense(format!("status {code}: {message}")),
    }
}

/// A webhook that refused or did not answer; the API server says so in prose only.
fn is_webhook(message: &str) -> bool {
    message.contains("failed calling webhook")
        || message.contains("failed to call webhook")
        || (message.contains("admission webhook \"") && message.contains("denied the request"))
}

fn causes(status: &Json) -> Vec<FieldCause> {
    let text = |c: &Json, key: &str| c[key].as_str().unwrap_or_default().to_string();
    status["details"]["causes"]
        .as_array()
        .map(|list| {
            list.iter()
                .map(|c| FieldCause {
                    field: text(c, "field"),
                    reason: text(c, "reason"),
                    message: text(c, "message"),
                })
                .collect()
        })
        .unwrap_or_default()
}

/// The start of a body that is no `Status`.
fn text(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body).chars().take(200).collect();
    text.trim().to_string()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(code: u16, verb: &str, body: &str, expected: Expect) {
        expected.assert_eq(&format!("{:?}", cause(code, None, body.as_bytes(), verb)));
    }

    #[test]
    fn a_conflict_names_fields_and_managers() {
        check(
            409,
            "apply",
            r#"{"kind":"Status","status":"Failure","message":"Apply failed with 1 conflict: conflict with \"kubectl-edit\" using apps/v1: .spec.replicas","reason":"Conflict","details":{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"kubectl-edit\" using apps/v1","field":".spec.replicas"}]},"code":409}"#,
            expect![[
                r#"FieldConflict([FieldConflict { field: ".spec.replicas", message: "conflict with \"kubectl-edit\" using apps/v1" }])"#
            ]],
        );
    }

    #[test]
    fn stale_versions_and_wrong_uids_are_one_cause() {
        check(
            409,
            "apply",
            r#"{"message":"Operation cannot be fulfilled on deployments.apps \"web\": the object has been modified","reason":"Conflict","code":409}"#,
            expect![[
                r#"Moved("Operation cannot be fulfilled on deployments.apps \"web\": the object has been modified")"#
            ]],
        );
        check(
            422,
            "apply",
            r#"{"message":"Deployment.apps \"web\" is invalid: metadata.uid: Invalid value","reason":"Invalid","details":{"name":"web","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: \"x\": field is immutable","field":"metadata.uid"}]},"code":422}"#,
            expect![[r#"Moved("Deployment.apps \"web\" is invalid: metadata.uid: Invalid value")"#]],
        );
        check(
            409,
            "delete",
            r#"{"message":"Operation cannot be fulfilled on pods \"web\": Precondition failed: UID in precondition: a, UID in object meta: b","reason":"Conflict","code":409}"#,
            expect![[
                r#"Moved("Operation cannot be fulfilled on pods \"web\": Precondition failed: UID in precondition: a, UID in object meta: b")"#
            ]],
        );
    }

    #[test]
    fn absent_objects_and_absent_kinds_differ() {
        check(
            404,
            "get",
            r#"{"message":"deployments.apps \"web\" not found","reason":"NotFound","details":{"name":"web","group":"apps","kind":"deployments"},"code":404}"#,
            expect![[r#"NotFound("deployments.apps \"web\" not found")"#]],
        );
        check(404, "list", "404 page not found\n", expect![[r#"NoSuchKind("404 page not found")"#]]);
        check(
            404,
            "apply",
            r#"{"message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404}"#,
            expect![[r#"NoSuchKind("the server could not find the requested resource")"#]],
        );
        check(
            404,
            "apply",
            r#"{"message":"namespaces \"shop\" not found","reason":"NotFound","details":{"name":"shop","kind":"namespaces"},"code":404}"#,
            expect![[r#"NotFound("namespaces \"shop\" not found")"#]],
        );
    }

    #[test]
    fn webhooks_quotas_and_namespaces_are_told_apart_from_missing_rights() {
        check(
            500,
            "apply",
            r#"{"message":"Internal error occurred: failed calling webhook \"x.y\": connection refused","reason":"InternalError","code":500}"#,
            expect![[
                r#"Webhook { message: "Internal error occurred: failed calling webhook \"x.y\": connection refused", down: true }"#
            ]],
        );
        check(
            400,
            "apply",
            r#"{"message":"admission webhook \"x.y\" denied the request: no","code":400}"#,
            expect![[
                r#"Webhook { message: "admission webhook \"x.y\" denied the request: no", down: false }"#
            ]],
        );
        check(
            403,
            "apply",
            r#"{"message":"pods \"a\" is forbidden: exceeded quota: q","reason":"Forbidden","code":403}"#,
            expect![[r#"QuotaExceeded("pods \"a\" is forbidden: exceeded quota: q")"#]],
        );
        check(
            403,
            "apply",
            r#"{"message":"configmaps \"a\" is forbidden: unable to create new content in namespace shop because it is being terminated","reason":"Forbidden","details":{"name":"a","causes":[{"reason":"NamespaceTerminating","message":"namespace shop is being terminated","field":"metadata.namespace"}]},"code":403}"#,
            expect![[
                r#"NamespaceTerminating("configmaps \"a\" is forbidden: unable to create new content in namespace shop because it is being terminated")"#
            ]],
        );
        check(
            403,
            "list",
            r#"{"message":"deployments.apps is forbidden: User \"u\" cannot list resource \"deployments\" in API group \"apps\" in the namespace \"shop\"","reason":"Forbidden","code":403}"#,
            expect![[
                r#"Forbidden("deployments.apps is forbidden: User \"u\" cannot list resource \"deployments\" in API group \"apps\" in the namespace \"shop\"")"#
            ]],
        );
    }

    #[test]
    fn a_body_that_is_no_status_keeps_its_start() {
        check(
            502,
            "get",
            "<html>bad gateway</html>",
            expect![[r#"Unavailable { code: 502, message: "<html>bad gateway</html>" }"#]],
        );
        check(302, "get", "", expect![[r#"Nonsense("status 302: ")"#]]);
    }
}
