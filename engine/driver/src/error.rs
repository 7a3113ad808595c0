//! What can go wrong between the driver and a cluster, as data.
//!
//! A [`ClusterError`] names the question and the cause. How it is shown is decided in
//! `diagnose.rs`; whether a question is asked again, in `retry.rs`.

use std::fmt;
use std::time::Duration;

/// A question that the cluster did not answer with what was wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{verb} {target}: {cause}")]
pub struct ClusterError {
    /// What was asked: `identify`, `list`, `get`, `apply`, `dry-run`, `patch`, `delete`, `watch`, `discover`, `connect`.
    pub verb: &'static str,
    /// Of what, such as `Deployment shop/web`, or the address of the server.
    pub target: String,
    /// Why it failed.
    pub cause: Cause,
}

/// Why a question failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// No connection, or it broke before an answer came. `sent` says whether the request may have
    /// reached the server.
    Unreachable {
        /// What the system said.
        reason: String,
        /// Whether the request may have been carried out.
        sent: bool,
    },
    /// No answer within the deadline; the request may have been carried out.
    Timeout(Duration),
    /// The server does not know who asks (401).
    Unauthorized(String),
    /// The server knows, and forbids it (403).
    Forbidden(String),
    /// The object is absent (404).
    NotFound(String),
    /// The cluster has no such type.
    NoSuchKind(String),
    /// The object exists (409).
    AlreadyExists(String),
    /// Other managers own fields that differ (409 with causes).
    FieldConflict(Vec<FieldConflict>),
    /// The object moved: a stale resourceVersion or another uid (409, or 422 for a wrong uid).
    Moved(String),
    /// The server refuses the object (400, 422).
    Invalid {
        /// The whole message.
        message: String,
        /// One entry for each field.
        causes: Vec<FieldCause>,
    },
    /// The version that a watch or a page asks for is gone (410).
    Expired(String),
    /// The server is busy (429), with the wait that it asks for.
    TooManyRequests(Option<Duration>),
    /// The namespace is being deleted and takes nothing new (403 or 409 with that cause).
    NamespaceTerminating(String),
    /// A quota is used up (403).
    QuotaExceeded(String),
    /// An admission webhook refused, or could not be reached.
    Webhook {
        /// What the server said.
        message: String,
        /// Whether the webhook itself did not answer.
        down: bool,
    },
    /// An admission webhook has side effects and cannot take part in a dry run.
    NoDryRun(String),
    /// The server failed (500, 502, 503, 504).
    Unavailable {
        /// The status code.
        code: u16,
        /// What it said.
        message: String,
    },
    /// The answer makes no sense: no JSON, another shape, an unexpected status.
    Nonsense(String),
}

/// A field that another manager owns with another value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldConflict {
    /// The path as the server writes it, such as `.spec.template.spec.containers[name="web"].image`.
    pub field: String,
    /// What the server says: `conflict with "kubectl-edit" using apps/v1`.
    pub message: String,
}

/// A field that the server refuses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldCause {
    /// Its path; may be empty.
    pub field: String,
    /// A word, such as `FieldValueInvalid`.
    pub reason: String,
    /// A sentence.
    pub message: String,
}

impl ClusterError {
    /// An error.
    pub fn new(verb: &'static str, target: impl fmt::Display, cause: Cause) -> ClusterError {
        ClusterError { verb, target: target.to_string(), cause }
    }

    /// Whether the object is absent.
    pub fn is_not_found(&self) -> bool {
        matches!(self.cause, Cause::NotFound(_))
    }

    /// Whether asking again may help. Says nothing about whether asking again is safe: see
    /// [`ClusterError::may_have_happened`].
    pub fn is_retryable(&self) -> bool {
        match &self.cause {
            Cause::Unreachable { .. }
            | Cause::Timeout(_)
            | Cause::TooManyRequests(_)
            | Cause::Unavailable { .. }
            | Cause::Webhook { down: true, .. } => true,
            Cause::Nonsense(_) => matches!(self.verb, "list" | "get" | "identify" | "discover" | "dry-run"),
            _ => false,
        }
    }

    /// Whether a write may have been carried out although it was not answered.
    pub fn may_have_happened(&self) -> bool {
        match &self.cause {
            Cause::Unreachable { sent, .. } => *sent,
            Cause::Timeout(_) | Cause::Nonsense(_) => true,
            // 503 is also what a load balancer says; 500 and 504 come after the work began.
            Cause::Unavailable { .. } => true,
            _ => false,
        }
    }

    /// Whether nobody can do anything with this cluster: there is no use in asking further questions.
    pub fn is_fatal(&self) -> bool {
        matches!(self.cause, Cause::Unreachable { .. } | Cause::Timeout(_) | Cause::Unauthorized(_))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Unreachable { reason, .. } => write!(f, "the cluster cannot be reached: {reason}"),
            Cause::Timeout(after) => write!(f, "no answer within {} s", after.as_secs_f32()),
            Cause::Unauthorized(m) => write!(f, "the credentials are not accepted: {m}"),
            Cause::Forbidden(m)
            | Cause::NotFound(m)
            | Cause::AlreadyExists(m)
            | Cause::Moved(m)
            | Cause::Invalid { message: m, .. }
            | Cause::Expired(m)
            | Cause::NamespaceTerminating(m)
            | Cause::QuotaExceeded(m)
            | Cause::NoDryRun(m)
            | Cause::Webhook { message: m, .. } => f.write_str(m),
            Cause::NoSuchKind(kind) => write!(f, "the cluster has no {kind}"),
            Cause::FieldConflict(conflicts) => {
                write!(f, "other managers own ")?;
                for (i, c) in conflicts.iter().enumerate() {
                    write!(f, "{}{}", if i > 0 { ", " } else { "" }, c.field)?;
                }
                Ok(())
            }
            Cause::TooManyRequests(_) => f.write_str("the server is busy"),
            Cause::Unavailable { code, message } => write!(f, "the server failed with {code}: {message}"),
            Cause::Nonsense(what) => write!(f, "the answer makes no sense: {what}"),
        }
    }
}
