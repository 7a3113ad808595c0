//! Annotations that the API server reads: it refuses objects for what stands in them.
//!
//! Rules: `ValidatePodSpecificAnnotations`, `ValidateServiceCreate` and `ValidateIngressCreate` of
//! `k8s.io/kubernetes/pkg/apis`, and `TotalAnnotationSizeLimitB` of `k8s.io/apimachinery`.

use plimsoll_model::{Diagnostic, Report};

use crate::declare::{Map, Val};

/// What an object's annotations may hold together; the last bytes are for our own.
const MOST_BYTES: usize = 256 * 1024 - 2048;

/// An annotation that something else has replaced: its key, or the start of keys that end with `/`,
/// and what is written instead.
type Replaced = (&'static str, &'static str);

/// Of pods. No scheduler, kubelet or runtime of today reads any of them.
const OF_PODS: &[Replaced] = &[
    ("scheduler.alpha.kubernetes.io/tolerations", "toleration { … }"),
    (
        "seccomp.security.alpha.kubernetes.io/pod",
        "in `security_context`: seccomp_profile { type = \"RuntimeDefault\" }",
    ),
    (
        "container.seccomp.security.alpha.kubernetes.io/",
        "in `security_context`: seccomp_profile { type = \"RuntimeDefault\" }",
    ),
    (
        "container.apparmor.security.beta.kubernetes.io/",
        "in `security_context`: app_armor_profile { type = \"RuntimeDefault\" }",
    ),
];

/// Of services.
const OF_SERVICES: &[Replaced] = &[
    (
        "service.beta.kubernetes.io/load-balancer-source-ranges",
        "load_balancer_source_ranges = [\"10.0.0.0/8\"]",
    ),
    ("service.kubernetes.io/topology-aware-hints", "traffic_distribution = \"PreferSameZone\""),
];

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const MIRROR: &str = "kubernetes.io/config.mirror";
const INGRESS_CLASS: &str = "kubernetes.io/ingress.class";

/// Annotations of pods, of those that an app gives to its pods as well.
pub fn check_of_pods(annotations: &Map<String>, report: &mut Report) {
    check_replaced(annotations, OF_PODS, report);
    if let Some(cost) = annotations.get(DELETION_COST)
        && cost.text().is_some_and(|text| !is_deletion_cost(text))
    {
        report.push(
            Diagnostic::error("bad-annotation", "annotation is malformed")
                .detail(format!(
                    "`{DELETION_COST}` is a whole number of 32 bits, without `+` and leading zeros; this is {}.",
                    cost.shown()
                ))
                .at(cost.span, "")
                .help(format!("\"{DELETION_COST}\" = 100")),
        );
    }
    if let Some(mirror) = annotations.get(MIRROR) {
        report.push(
            Diagnostic::error("bad-annotation", "annotation belongs to the kubelet")
                .detail(format!(
                    "`{MIRROR}` marks pods that a kubelet runs from files of its node; no other pod has it."
                ))
                .at(mirror.span, "")
                .help(format!("remove `{MIRROR}`")),
        );
    }
}

/// Annotations of services.
pub fn check_of_services(annotations: &Map<String>, report: &mut Report) {
    check_replaced(annotations, OF_SERVICES, report);
}

/// An ingress has one class.
pub fn check_of_ingresses(annotations: &Map<String>, class: Option<&Val<String>>, report: &mut Report) {
    let (Some(old), Some(class)) = (annotations.get(INGRESS_CLASS), class) else { return };
    if old.text().is_none() || class.text().is_none() || old.text() == class.text() {
        return;
    }
    report.push(
        Diagnostic::error("bad-annotation", "ingress has two classes")
            .detail(format!("`{INGRESS_CLASS}` is {}, and `class` is {}.", old.shown(), class.shown()))
            .at(old.span, "the older way to say it")
            .related(class.span, "the class")
            .help(format!("remove `{INGRESS_CLASS}`")),
    );
}

/// All annotations of an object together are limited.
pub fn check_size(annotations: &[&Map<String>], report: &mut Report) {
    let length = |(key, value): (&String, &Val<String>)| key.len() + value.text().map_or(0, str::len);
    let all = || annotations.iter().flat_map(|map| map.iter());
    let size: usize = all().map(length).sum();
    let Some((_, largest)) = all().max_by_key(|entry| length(*entry)) else { return };
    if size > MOST_BYTES {
        report.push(
            Diagnostic::error("data-too-large", "annotations are too large")
                .detail(format!(
                    "An object holds 256 KiB of annotations at most, of which Plimsoll needs 2 for its own; these have {size} bytes."
                ))
                .at(largest.span, "the largest one")
                .help("keep large texts in a `config`"),
        );
    }
}

fn check_replaced(annotations: &Map<String>, replaced: &[Replaced], report: &mut Report) {
    for (key, value) in annotations {
        let same = |old: &str| key == old || (old.ends_with('/') && key.starts_with(old));
        let Some((_, instead)) = replaced.iter().find(|(old, _)| same(old)) else { continue };
        report.push(
            Diagnostic::error("annotation-replaced", "annotation was replaced")
                .detail(format!(
                    "The API server reads `{key}`, and refuses what does not fit; a word has taken its place."
                ))
                .at(value.span, "")
                .help(*instead),
        );
    }
}

/// As `GetDeletionCostFromPodAnnotations` of `k8s.io/kubernetes/pkg/apis/core` reads it.
fn is_deletion_cost(text: &str) -> bool {
    let plain = text == "0" || text.starts_with(|c: char| c == '-' || matches!(c, '1'..='9'));
    plain && text.parse::<i32>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_of_deletion() {
        for cost in ["0", "-0", "-7", "-05", "12", "2147483647", "-2147483648"] {
            assert!(is_deletion_cost(cost), "{cost}");
        }
        for cost in ["", "-", "05", "+5", "x", "1.5", "2147483648", "1_0", " 1"] {
            assert!(!is_deletion_cost(cost), "{cost}");
        }
    }
}
