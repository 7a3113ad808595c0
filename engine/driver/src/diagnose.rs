//! Failures of a cluster as diagnostics: what, where, why, and what to type.

use plimsoll_model::{Diagnostic, Span};

use crate::error::{Cause, ClusterError};

/// What is shown of a failure; `at` is the block that it concerns, where there is one.
pub fn diagnostic(error: &ClusterError, at: Option<Span>) -> Diagnostic {
    in_context(error, at, None)
}

/// The same of a cluster that a context of a kubeconfig names.
pub(crate) fn in_context(error: &ClusterError, at: Option<Span>, context: Option<&str>) -> Diagnostic {
    let try_it = match context {
        Some(context) => format!("kubectl --context {context} version"),
        None => "kubectl version, with the context of the environment block".to_string(),
    };
    let ClusterError { verb, target, cause } = error;
    let said = |message: &str| format!("{target}, {}: {}", doing(verb), sentence(message));
    match cause {
        Cause::Unreachable { reason, .. } => {
            Diagnostic::error("cluster-unreachable", "the cluster cannot be reached")
                .detail(said(reason))
                .help(format!("see whether the cluster answers: {try_it}"))
        }
        Cause::Timeout(after) => Diagnostic::error("cluster-timeout", "the cluster does not answer in time")
            .detail(said(&format!("no answer within {} s", after.as_secs_f32())))
            .help("run the command again when the cluster answers; what was begun is found again"),
        Cause::Unauthorized(message) => {
            Diagnostic::error("cluster-unauthorized", "the cluster does not accept the credentials")
                .detail(said(message))
                .help("log in again, or name another context in the environment block")
        }
        Cause::Forbidden(message) => Diagnostic::error("cluster-forbidden", "the credentials lack a right")
            .detail(said(message))
            .help(right(message).unwrap_or_else(|| "kubectl auth can-i --list".into())),
        Cause::NotFound(message) => {
            Diagnostic::error("object-missing", "an object is missing").detail(said(message))
        }
        Cause::NoSuchKind(kind) => Diagnostic::error("unknown-kind", "the cluster does not have this kind")
            .detail(said(&format!("the cluster does not serve {kind}")))
            .help("kubectl api-resources"),
        Cause::AlreadyExists(message) => {
            Diagnostic::error("object-exists", "the object exists already").detail(said(message))
        }
        Cause::FieldConflict(conflicts) => {
            let all: Vec<String> = conflicts.iter().map(|c| format!("{} ({})", c.field, c.message)).collect();
            Diagnostic::error("field-conflict", "another manager owns a field")
                .detail(format!("{target}: {}.", all.join(", ")))
                .help("plan again: the plan names both values")
        }
        Cause::Moved(message) => Diagnostic::error("object-moved", "the object changed in between")
            .detail(said(message))
            .help("plan again"),
        Cause::Invalid { message, causes } => {
            let fields: Vec<String> = causes
                .iter()
                .filter(|c| !c.message.is_empty())
                .map(|c| match c.field.is_empty() {
                    true => c.message.clone(),
                    false => format!("{}: {}", c.field, c.message),
                })
                .collect();
            let why = if fields.is_empty() { message.clone() } else { fields.join("; ") };
            Diagnostic::error("object-refused", "the cluster refuses the object").detail(said(&why))
        }
        Cause::Expired(message) => {
            Diagnostic::error("version-expired", "what was read is too old").detail(said(message))
        }
        Cause::TooManyRequests(_) => Diagnostic::error("cluster-busy", "the cluster is too busy")
            .detail(said("it answered several times that there are too many requests"))
            .help("run the command again, with a smaller --parallelism"),
        Cause::NamespaceTerminating(message) => {
            Diagnostic::error("namespace-terminating", "the namespace is being deleted")
                .detail(said(message))
                .help("run the command again when it is gone")
        }
        Cause::QuotaExceeded(message) => Diagnostic::error("quota-exceeded", "a quota is used up")
            .detail(said(message))
            .help("kubectl get resourcequota --all-namespaces"),
        Cause::Webhook { message, down: false } => {
            Diagnostic::error("webhook-denied", "an admission webhook refuses the object")
                .detail(said(message))
        }
        Cause::Webhook { message, down: true } => {
            Diagnostic::error("webhook-down", "an admission webhook does not answer")
                .detail(said(message))
                .help("kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations")
        }
        Cause::NoDryRun(message) => {
            Diagnostic::error("no-dry-run", "an admission webhook does not take part in dry runs")
                .detail(said(message))
        }
        Cause::Unavailable { code, message } => {
            Diagnostic::error("cluster-failing", "the cluster fails to answer")
                .detail(said(&format!("status {code}, {message}")))
                .help("run the command again when the cluster is well; what was begun is found again")
        }
        Cause::Nonsense(what) => Diagnostic::error("cluster-nonsense", "the cluster answers nonsense")
            .detail(said(what))
            .help(format!("see whether the address is that of a Kubernetes API: {try_it}")),
    }
    .at_some(at, "")
}

/// What was being done, as an aside.
fn doing(verb: &str) -> &str {
    match verb {
        "dry-run" => "while trying it out (a dry run)",
        "apply" => "while writing it",
        "patch" => "while patching it",
        "identify" => "while asking which cluster it is",
        "get" => "while reading it",
        "list" => "while listing",
        "watch" => "while watching",
        "delete" => "while deleting it",
        "discover" => "while asking which types there are",
        "logs" => "while reading its output",
        _ => "while talking to it",
    }
}

/// With a full stop, once.
fn sentence(text: &str) -> String {
    format!("{}.", text.trim().trim_end_matches('.'))
}

/// The question that shows whether a right is there, from the server's own sentence:
/// `User "u" cannot patch resource "deployments" in API group "apps" in the namespace "shop"`.
fn right(message: &str) -> Option<String> {
    let (_, rest) = message.split_once(" cannot ")?;
    let (verb, rest) = rest.split_once(" resource \"")?;
    let (resource, rest) = rest.split_once('"')?;
    let quoted_after = |marker: &str| {
        let (_, rest) = rest.split_once(marker)?;
        rest.split_once('"').map(|(name, _)| name)
    };
    let group =
        quoted_after("API group \"").filter(|g| !g.is_empty()).map(|g| format!(".{g}")).unwrap_or_default();
    let place = quoted_after("in the namespace \"").map(|n| format!(" -n {n}")).unwrap_or_default();
    Some(format!("kubectl auth can-i {verb} {resource}{group}{place}"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(verb: &'static str, cause: Cause, expected: Expect) {
        let d = diagnostic(&ClusterError::new(verb, "Deployment shop/web", cause), None);
        expected.assert_eq(&format!("{}\n{}\n{}", d.summary, d.detail, d.help.unwrap_or_default()));
    }

    #[test]
    fn a_missing_right_names_verb_and_resource() {
        let message = "deployments.apps \"web\" is forbidden: User \"ci\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"shop\"";
        check(
            "dry-run",
            Cause::Forbidden(message.into()),
            expect![[r#"
            the credentials lack a right
            Deployment shop/web, while trying it out (a dry run): deployments.apps "web" is forbidden: User "ci" cannot patch resource "deployments" in API group "apps" in the namespace "shop".
            kubectl auth can-i patch deployments.apps -n shop"#]],
        );
    }

    #[test]
    fn every_field_of_a_refusal_is_named() {
        let cause = |field: &str, message: &str| crate::FieldCause {
            field: field.into(),
            reason: "FieldValueInvalid".into(),
            message: message.into(),
        };
        check(
            "apply",
            Cause::Invalid {
                message: "all".into(),
                causes: vec![cause("spec.replicas", "must be greater than or equal to 0"), cause("", "no")],
            },
            expect![[r#"
                the cluster refuses the object
                Deployment shop/web, while writing it: spec.replicas: must be greater than or equal to 0; no.
            "#]],
        );
    }
}
