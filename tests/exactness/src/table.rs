//! How often every kind met every sort of edit.

use std::collections::BTreeMap;
use std::fmt;

use crate::edit::{SORTS, Sort};

/// What was counted.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Steps that were judged.
    pub steps: usize,
    /// Objects that were in their plans.
    pub objects: usize,
    /// Dry runs that plans sent over what had just been applied.
    pub asked_again: usize,
    /// Steps whose plan was refused, by reason.
    pub refused: BTreeMap<String, usize>,
    cells: BTreeMap<(String, Sort), usize>,
}

/// The kinds: the rows.
pub const ROWS: [&str; 24] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Service",
    "Ingress",
    "HTTPRoute",
    "HorizontalPodAutoscaler",
    "ConfigMap",
    "Secret",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "Job",
    "CronJob",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
    "Namespace",
    "ResourceQuota",
    "LimitRange",
    "PodTemplate",
];

/// Kinds of manifests alone.
pub const MORE_ROWS: [&str; 2] = ["CustomResourceDefinition", "Widget"];

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static str> {
    ROWS.into_iter().chain(MORE_ROWS)
}

/// Why a cell makes no sense; none where it does.
pub fn senseless(kind: &str, sort: Sort) -> Option<&'static str> {
    let ordered = !matches!(
        kind,
        "ConfigMap"
            | "Secret"
            | "PersistentVolumeClaim"
            | "PersistentVolume"
            | "PodDisruptionBudget"
            | "RoleBinding"
            | "ClusterRoleBinding"
            | "Namespace"
    );
    let scaled = matches!(kind, "Deployment" | "StatefulSet");
    match sort {
        Sort::Swap if !ordered => Some("its block declares no list"),
        Sort::Scale | Sort::Autoscaler if !scaled => Some("it has no number of pods that is declared"),
        _ => None,
    }
}

impl Table {
    /// Counts one.
    pub fn count(&mut self, kind: &str, sort: Sort) {
        *self.cells.entry((kind.to_string(), sort)).or_default() += 1;
    }

    /// How often.
    pub fn of(&self, kind: &str, sort: Sort) -> usize {
        self.cells.get(&(kind.to_string(), sort)).copied().unwrap_or_default()
    }

    /// Adds what another table counted.
    pub fn add(&mut self, other: &Table) {
        self.steps += other.steps;
        self.objects += other.objects;
        self.asked_again += other.asked_again;
        for (cell, count) in &other.cells {
            *self.cells.entry(cell.clone()).or_default() += count;
        }
        for (reason, count) in &other.refused {
            *self.refused.entry(reason.clone()).or_default() += count;
        }
    }

    /// The cells that make sense and have fewer than so many.
    pub fn lacking(&self, least: usize) -> Vec<(&'static str, Sort)> {
        let all = rows().flat_map(|kind| SORTS.map(|sort| (kind, sort)));
        all.filter(|(kind, sort)| senseless(kind, *sort).is_none() && self.of(kind, *sort) < least).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles = SORTS.map(Sort::name).join(" | ");
        writeln!(f, "| kind | {titles} |")?;
        writeln!(f, "|-|{}", "-:|".repeat(SORTS.len()))?;
        for kind in rows() {
            let cells = SORTS.map(|sort| match (self.of(kind, sort), senseless(kind, sort)) {
                (0, Some(_)) => "–".to_string(),
                (count, _) => count.to_string(),
            });
            writeln!(f, "| {kind} | {} |", cells.join(" | "))?;
        }
        Ok(())
    }
}
