//! What a plan does to the pods of a workload: one effect for each workload that it changes, with its cause.
//!
//! Computed as the controllers of Kubernetes do, from the strategy, the number of replicas, what
//! changes in the template of the pods and what was held back until now.

mod released;
mod words;

use std::collections::BTreeSet;

use plimsoll_model::ObjectId;
use plimsoll_model::source::Location;
use plimsoll_schema::{share, surge_and_unavailable};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::cause;
use crate::change::{FieldChange, Side};
use crate::replicas;

/// After how many seconds without progress a Deployment gives up, where nothing else is said.
const DEADLINE: i64 = 600;

/// What happens to the pods of a workload, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// What happens to those that are there.
    pub pods: Pods,
    /// How many more there are afterwards; fewer, where it is negative. Only beside a change of all pods.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: i64,
    /// The attributes because of which it happens, by their names in the configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
    /// Where the first of them is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Location>,
    /// After how many seconds without progress the controller gives up, where the configuration says
    /// something else than Kubernetes' ten minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives_up_after: Option<i64>,
}

/// What happens to pods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pods {
    /// None is restarted.
    Stay,
    /// They start.
    Start {
        /// How many; none where there is one for each node.
        count: Option<i64>,
        /// Whether each one waits until the one before is ready.
        in_turn: bool,
    },
    /// They stop.
    Stop {
        /// How many; none where nobody counted them.
        count: Option<i64>,
    },
    /// They are replaced step by step.
    Rolling {
        /// How many; none where nobody counted them.
        count: Option<i64>,
        /// How many of the workload's pods a partition keeps as they are.
        kept: i64,
        /// How many may be on their way at once.
        at_once: i64,
        /// How many of the workload's pods are ready all the time, at least.
        ready: i64,
        /// Whether none of them is away while it is replaced.
        no_gap: bool,
    },
    /// All of them stop before the first new one starts.
    Recreate {
        /// Whether the workload itself is deleted and made again.
        replaced: bool,
        /// How many stop; none where nobody counted them.
        stop: Option<i64>,
        /// How many start.
        start: Option<i64>,
    },
    /// Each one changes when somebody deletes it.
    OnDelete {
        /// How many; none where nobody counted them.
        count: Option<i64>,
    },
    /// Nothing, until the workload is no longer paused or suspended.
    Paused,
    /// None starts, until the workload is no longer paused or suspended: it has none yet.
    Held,
    /// A job runs.
    Runs,
    /// A job that ran already runs again.
    RunsAgain,
    /// A job is ended if it still runs.
    Ends,
    /// Jobs start by this schedule.
    BySchedule(String),
    /// What runs goes on; the next run takes the change.
    NextRun,
    /// No run starts any more.
    NoMoreRuns,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// A workload before and after a change.
pub(crate) struct Change<'c> {
    pub(crate) id: &'c ObjectId,
    /// As it is in the cluster; none where it is made.
    pub(crate) live: Option<&'c Json>,
    /// As it will be; none where it is deleted.
    pub(crate) after: Option<&'c Json>,
    pub(crate) changes: &'c [FieldChange],
    /// Whether it is deleted and made again.
    pub(crate) replaced: bool,
    /// Where its block stands.
    pub(crate) place: Option<&'c Location>,
}

impl Change<'_> {
    /// The effect; none where the object has no pods of its own.
    pub(crate) fn effect(&self) -> Option<Effect> {
        let pods = match (self.id.gvk.group.as_str(), self.id.gvk.kind.as_str()) {
            ("apps", "Deployment" | "StatefulSet" | "DaemonSet") => return self.of_pods(),
            ("batch", "Job") => self.of_job(),
            ("batch", "CronJob") => self.of_cron_job(),
            _ => return None,
        };
        let because = match pods {
            Pods::NextRun => self.because(&["spec"]),
            Pods::RunsAgain => self.because(&["spec", "template"]),
            Pods::Stop { .. } => self.because(&["spec", "suspend"]),
            _ => (Vec::new(), None),
        };
        Some(effect(pods, 0, because))
    }

    fn of_job(&self) -> Pods {
        let suspended = |object: &Json| object["spec"]["suspend"] == true;
        match (self.live, self.after) {
            (_, None) => Pods::Ends,
            // A job that is suspended loses the pods that it has.
            (Some(live), Some(after)) if suspended(after) && !suspended(live) && !is_finished(live) => {
                Pods::Stop { count: live["status"]["active"].as_i64() }
            }
            (None, Some(after)) if suspended(after) => Pods::Held,
            (_, Some(after)) if suspended(after) => Pods::Paused,
            (None, _) => Pods::Runs,
            _ if self.replaced => Pods::RunsAgain,
            (Some(live), _) if suspended(live) => Pods::Runs,
            _ => Pods::Stay,
        }
    }

    fn of_cron_job(&self) -> Pods {
        match (self.live, self.after) {
            (_, None) => Pods::NoMoreRuns,
            (_, Some(after)) if after["spec"]["suspend"] == true => Pods::Paused,
            (None, Some(after)) => {
                Pods::BySchedule(after["spec"]["schedule"].as_str().unwrap_or_default().to_string())
            }
            _ if self.below(&["spec"]).next().is_some() => Pods::NextRun,
            _ => Pods::Stay,
        }
    }

    fn of_pods(&self) -> Option<Effect> {
        let (had, has) = (self.live.and_then(|o| self.count(o)), self.after.and_then(|o| self.count(o)));
        let none = (Vec::new(), None);
        let Some(after) = self.after else {
            return Some(effect(Pods::Stop { count: had }, 0, none));
        };
        let in_turn = self.is_set() && after["spec"]["podManagementPolicy"] != "Parallel";
        let start =
            |count: Option<i64>| Pods::Start { count, in_turn: in_turn && count.is_some_and(|n| n > 1) };
        // A Deployment that is paused from the start makes no pods at all.
        let held = self.is_deployment() && released::is_paused(after) && has != Some(0);
        let Some(live) = self.live else {
            if held {
                return Some(effect(Pods::Held, 0, self.because(&["spec", "paused"])));
            }
            // A DaemonSet that is not there yet has counted no node.
            return Some(effect(start(has.filter(|_| !self.is_daemon_set())), 0, none));
        };
        if self.replaced {
            let start = if held { Some(0) } else { has };
            let pods = Pods::Recreate { replaced: true, stop: had, start };
            return Some(effect(pods, 0, self.because(&["spec"])));
        }
        let more = has.zip(had).map_or(0, |(has, had)| has - had);
        let because_of_number = || self.because(&["spec", "replicas"]);
        if self.is_deployment() && released::has_no_pods_yet(live) && has != Some(0) {
            return Some(match held {
                true => effect(Pods::Held, 0, none),
                false => effect(start(has), 0, self.because(&["spec", "paused"])),
            });
        }
        if had == Some(0) && more > 0 {
            return Some(effect(start(has), 0, because_of_number()));
        }
        if has == Some(0) {
            let pods = if more < 0 { Pods::Stop { count: had } } else { Pods::Stay };
            let because = if more < 0 { because_of_number() } else { none };
            return Some(effect(pods, 0, because));
        }
        let both = has.zip(had).map(|(has, had)| has.min(had));
        let replaced = match self.template_changes(live, after) {
            true => Some((both, ["spec", "template"])),
            false => released::by(&self.id.gvk.kind, live, after).map(|released| {
                // Fewer may be there afterwards than are outdated now.
                let count = released.count.map(|n| both.map_or(n, |both| n.min(both)));
                (count, ["spec", released.field])
            }),
        };
        if let Some((count, because)) = replaced {
            let pods = self.replacement(after, count, has, had);
            let rolls = !matches!(pods, Pods::Stay | Pods::Paused);
            let mut told = effect(pods, more, self.because(&because));
            let deadline = after["spec"]["progressDeadlineSeconds"].as_i64();
            told.gives_up_after = deadline.filter(|d| *d != DEADLINE && rolls && self.is_deployment());
            return Some(told);
        }
        Some(match more {
            0 => effect(Pods::Stay, 0, none),
            more if more > 0 => effect(start(Some(more)), 0, because_of_number()),
            less => effect(Pods::Stop { count: Some(-less) }, 0, because_of_number()),
        })
    }

    /// How the pods of a workload are replaced that are not as its template says: `count` of them, where
    /// there were `had` and are to be `has`.
    fn replacement(&self, after: &Json, count: Option<i64>, has: Option<i64>, had: Option<i64>) -> Pods {
        let spec = &after["spec"];
        if spec["paused"] == true {
            return Pods::Paused;
        }
        let strategy = if self.is_deployment() { &spec["strategy"] } else { &spec["updateStrategy"] };
        match strategy["type"].as_str() {
            Some("Recreate") => return Pods::Recreate { replaced: false, stop: count, start: has },
            Some("OnDelete") => return Pods::OnDelete { count },
            _ => {}
        }
        let rolling = &strategy["rollingUpdate"];
        let or = |value: &Json, default: Json| if value.is_null() { default } else { value.clone() };
        let whole = has.unwrap_or(1);
        // No more stay ready than are there: those that are added become it on the way.
        let ready = |away: i64| (whole - away).min(had.unwrap_or(whole)).max(0);
        if self.is_deployment() {
            let quarter = || Json::from("25%");
            let (surge, away) = surge_and_unavailable(
                whole,
                &or(&rolling["maxSurge"], quarter()),
                &or(&rolling["maxUnavailable"], quarter()),
            );
            return Pods::Rolling {
                count,
                kept: 0,
                at_once: surge + away,
                ready: ready(away),
                no_gap: away == 0,
            };
        }
        let away = or(&rolling["maxUnavailable"], 1.into());
        if self.is_daemon_set() {
            // Both are rounded up; where a surge is set, nothing may be away.
            let surge = share(&rolling["maxSurge"], whole, true);
            let at_once = if surge > 0 { surge } else { share(&away, whole, true).max(1) };
            let ready = ready(if surge > 0 { 0 } else { at_once });
            return Pods::Rolling { count, kept: 0, at_once, ready, no_gap: surge > 0 };
        }
        // A set keeps the pods below the partition; what may be away is rounded down, and at least one.
        let kept = rolling["partition"].as_i64().unwrap_or(0).clamp(0, whole);
        let count = count.map(|n| (n - kept).max(0));
        let at_once = share(&away, whole, false).max(1);
        Pods::Rolling { count, kept, at_once, ready: ready(at_once), no_gap: false }
    }

    fn is_deployment(&self) -> bool {
        self.id.gvk.kind == "Deployment"
    }

    fn is_set(&self) -> bool {
        self.id.gvk.kind == "StatefulSet"
    }

    fn is_daemon_set(&self) -> bool {
        self.id.gvk.kind == "DaemonSet"
    }

    /// How many pods the workload wants, as far as anybody knows: a DaemonSet counts its nodes.
    fn count(&self, object: &Json) -> Option<i64> {
        match self.is_daemon_set() {
            true => self.live.and_then(|live| live["status"]["desiredNumberScheduled"].as_i64()),
            false => Some(replicas::number(object).unwrap_or(1)),
        }
    }

    /// Whether the template of the pods changes. What is only known after apply is in no object: it counts.
    fn template_changes(&self, live: &Json, after: &Json) -> bool {
        let unknown = |c: &FieldChange| matches!(c.after, Side::Unknown(_));
        live["spec"]["template"] != after["spec"]["template"]
            || self.below(&["spec", "template"]).any(unknown)
    }

    fn below<'s>(&'s self, start: &'s [&str]) -> impl Iterator<Item = &'s FieldChange> {
        let starts = move |c: &&FieldChange| {
            c.steps.len() >= start.len() && c.steps.iter().zip(start).all(|(step, start)| step == start)
        };
        self.changes.iter().filter(starts)
    }

    /// The names of what changes below some steps, and where the first of them is written: what the
    /// configuration says comes before what it says no longer, and before what the server fills in.
    fn because(&self, start: &[&str]) -> (Vec<String>, Option<Location>) {
        let mut changes: Vec<&FieldChange> = self.below(start).collect();
        if changes.iter().any(|c| c.cause.is_owned()) {
            changes.retain(|c| c.cause.is_owned());
        }
        changes.sort_by_key(|c| c.source.is_none());
        let mut seen = BTreeSet::new();
        let names: Vec<String> =
            changes.iter().map(|c| cause::name(&c.steps)).filter(|name| seen.insert(name.clone())).collect();
        let first = changes.first().and_then(|c| c.source.clone());
        let at = first.or_else(|| self.place.filter(|_| !names.is_empty()).cloned());
        (names, at)
    }
}

/// What becomes of the pods of a set, those with these ordinals, that are there before it and are not as its
/// template says.
pub(crate) fn of_outdated(id: &ObjectId, after: &Json, ordinals: &[i64]) -> Pods {
    let change = Change { id, live: None, after: Some(after), changes: &[], replaced: false, place: None };
    let count =
        |ordinals: &mut dyn Iterator<Item = &i64>| i64::try_from(ordinals.count()).unwrap_or(i64::MAX);
    let all = count(&mut ordinals.iter());
    let has = change.count(after);
    match change.replacement(after, Some(all), has, has) {
        Pods::Rolling { kept, at_once, ready, no_gap, .. } => {
            let partition = after["spec"]["ordinals"]["start"].as_i64().unwrap_or(0).saturating_add(kept);
            let rolled = count(&mut ordinals.iter().filter(|i| **i >= partition));
            Pods::Rolling { count: Some(rolled), kept: all - rolled, at_once, ready, no_gap }
        }
        other => other,
    }
}

/// Whether a job is done with, well or not.
fn is_finished(job: &Json) -> bool {
    let conditions = job["status"]["conditions"].as_array();
    let ends = |c: &Json| (c["type"] == "Complete" || c["type"] == "Failed") && c["status"] == "True";
    conditions.into_iter().flatten().any(ends)
}

fn effect(pods: Pods, more: i64, because: (Vec<String>, Option<Location>)) -> Effect {
    Effect { pods, more, because: because.0, at: because.1, gives_up_after: None }
}
