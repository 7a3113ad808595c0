//! What a server's refusal means, as a finding that names the place in the configuration.

use std::collections::BTreeMap;

use plimsoll_model::{DesiredObject, Diagnostic, Node, Span};
use plimsoll_schema::{Path, PathElement, parse_path};

use crate::fields;
use crate::replace::Forced;
use crate::request::Refusal;
use crate::subject::Subject;
use crate::world::World;

/// How many objects a finding names.
const NAMED: usize = 5;

/// How servers say that a field cannot change.
const IMMUTABLE_TEXTS: &[&str] = &[
    "field is immutable",
    "updates to statefulset spec for fields other than",
    "is immutable after creation except",
    "may not change once set",
    "is immutable",
];

/// Whether the refusal says that a field cannot change.
pub(crate) fn is_immutable(refusal: &Refusal) -> bool {
    let says = |text: &str| IMMUTABLE_TEXTS.iter().any(|t| text.contains(t));
    refusal.status == 422 && (says(&refusal.message) || refusal.causes.iter().any(|c| says(&c.message)))
}

/// Whether only the dry run is refused: an admission webhook that has side effects.
pub(crate) fn is_about_dry_run(refusal: &Refusal) -> bool {
    refusal.message.contains("does not support dry run")
}

/// Whether the refusal says that the object's namespace is not there.
pub(crate) fn lacks_namespace(want: &DesiredObject, refusal: &Refusal) -> bool {
    let namespace = want.id.namespace.as_deref().unwrap_or_default();
    refusal.status == 404 && refusal.message.contains(&format!("namespaces \"{namespace}\" not found"))
}

/// The findings about namespaces that are not there: one for each, whatever goes there.
pub(crate) fn missing_namespaces(subjects: &[Subject<'_>], world: &World<'_>) -> Vec<Diagnostic> {
    let mut missing: BTreeMap<&str, Vec<&DesiredObject>> = BTreeMap::new();
    for want in subjects.iter().filter(|s| s.lacks_namespace).map(|s| s.want) {
        missing.entry(want.id.namespace.as_deref().unwrap_or_default()).or_default().push(want);
    }
    let about = &world.input.about;
    let finding = |(namespace, wants): (&str, Vec<&DesiredObject>)| {
        let mut names: Vec<String> = wants.iter().take(NAMED).map(|w| w.address.to_string()).collect();
        if wants.len() > NAMED {
            names.push(format!("{} more", wants.len() - NAMED));
        }
        let verb = if wants.len() > 1 { "go" } else { "goes" };
        let mut found =
            Diagnostic::error("namespace-missing", "the namespace does not exist").detail(format!(
                "{} {verb} to namespace {namespace}, which is neither in the cluster nor declared.",
                listed(&names)
            ));
        let own = namespace == about.namespace;
        if let Some(span) = about.namespace_span.filter(|_| own) {
            found = found.at(span, format!("environment {} goes there", about.environment));
        }
        for want in wants.iter().take(NAMED) {
            found = match found.at {
                None => found.at(want.span, "goes there"),
                Some(_) => found.related(want.span, "goes there"),
            };
        }
        // A namespace of the environment has another name in another environment.
        found.help(match own {
            true => format!(
                "add: namespace \"{}\" {{ name = env.namespace }}, or make it yourself: kubectl create namespace {namespace}",
                about.project.replace('-', "_")
            ),
            false => format!("add: namespace \"{}\" {{}}", namespace.replace('-', "_")),
        })
    };
    missing.into_iter().map(finding).collect()
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[String]) -> String {
    match names {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => names.concat(),
    }
}

/// The finding about a refusal.
pub(crate) fn diagnostic(subject: &Subject<'_>, refusal: &Refusal, world: &World<'_>) -> Diagnostic {
    let want = subject.want;
    let what = format!("{} ({})", want.address, want.id);
    let message = world.secrets.redact_text(&refusal.message);
    if refusal.status == 403 && refusal.message.contains("exceeded quota") {
        let place = want.id.namespace.as_ref().map(|n| format!(" -n {n}")).unwrap_or_default();
        return Diagnostic::error("quota-exceeded", "a quota is used up")
            .detail(format!("{what}: {message}"))
            .at(want.span, "one more than it allows")
            .help(format!("kubectl get resourcequota{place}"));
    }
    if refusal.status == 403 {
        return Diagnostic::error("forbidden-by-cluster", "the cluster does not allow this object")
            .detail(format!("{what}: {message}"))
            .at(want.span, "not allowed")
            .help("a dry run needs the same rights as the apply itself");
    }
    let mut diagnostic = Diagnostic::error("refused-by-cluster", "the cluster refuses an object");
    let mut lines = vec![format!("{what}: {message}")];
    let mut places = Vec::new();
    for cause in &refusal.causes {
        let text = world.secrets.redact_text(&cause.message);
        if let Some(span) = written(&want.root, &parse_path(&cause.field)) {
            places.push((span, format!("{}: {text}", cause.field)));
        } else if !refusal.message.contains(&cause.message) {
            lines.push(format!("{}: {text}", cause.field));
        }
    }
    let mut places = places.into_iter();
    let (first, message) = places.next().unwrap_or((want.span, "refused".to_string()));
    diagnostic = diagnostic.detail(lines.join("\n")).at(first, message);
    for (span, message) in places {
        diagnostic = diagnostic.related(span, message);
    }
    if refusal.message.contains("may not be specified when strategy `type` is 'Recreate'") {
        // The server keeps the steps that it filled in before, and no manager can take them out.
        return diagnostic.help(format!(
            "an app that rolled step by step cannot change to Recreate in place; to make it anew: plimsoll plan -replace {}",
            want.address
        ));
    }
    diagnostic
}

/// The change that cannot be made in place, if that is what the refusal says.
pub(crate) fn immutable(subject: &Subject<'_>, refusal: &Refusal, world: &World<'_>) -> Option<Forced> {
    if !is_immutable(refusal) {
        return None;
    }
    let want = subject.want;
    let paths: Vec<Path> = refusal.causes.iter().map(|c| parse_path(&c.field)).collect();
    let place = paths.first().and_then(|p| written(&want.root, p)).unwrap_or(want.span);
    let why =
        format!("The server says: {}.", world.secrets.redact_text(&refusal.message).trim_end_matches('.'));
    Some(Forced { paths: paths.iter().map(ToString::to_string).collect(), asked: false, why, place })
}

fn written(root: &Node, path: &Path) -> Option<Span> {
    let known = |p: &Path| fields::node_at(root, p).is_some();
    let mut path = path.clone();
    // A server may name a field that we do not set: the nearest one above it is the place.
    while !path.0.is_empty() && !known(&path) {
        path.0.pop();
    }
    let only_root =
        path.0.iter().all(|e| matches!(e, PathElement::Field(n) if n == "spec" || n == "metadata"));
    if only_root { None } else { fields::written_at(root, &path) }
}
