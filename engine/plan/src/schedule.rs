//! What waits for what while a plan is carried out: the graph that the executor walks, and that is
//! printed before.
//!
//! Holds no time and no progress: what is under way is the executor's.

use std::collections::{BTreeMap, VecDeque};

use plimsoll_model::Address;
use plimsoll_model::source::Location;

use crate::plan::{Action, Need, NeedCause, Operation, Plan};

/// The graph of a plan's operations, by their indices.
#[derive(Debug, Clone)]
pub struct Schedule<'p> {
    operations: &'p [Operation],
    /// Who needs an operation: index, and whether it must be ready.
    dependents: Vec<Vec<(usize, bool)>>,
}

/// One operation that does something, as it is carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Step<'p> {
    /// Its number, from 1: of what can begin, the smallest number begins first.
    pub number: usize,
    /// What is done.
    pub operation: &'p Operation,
    /// What it waits for.
    pub after: Vec<After<'p>>,
    /// Whether its object is waited for until it is ready.
    pub until_ready: bool,
}

/// Something that a step waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct After<'p> {
    /// The number of the step that does it; none for an object that stays as it is and must be ready.
    pub step: Option<usize>,
    /// The operation that is waited for.
    pub operation: &'p Operation,
    /// Whether its object must be ready; else it is enough that it is written, or gone.
    pub ready: bool,
    /// Why.
    pub because: NeedCause,
    /// Where that is written.
    pub at: Option<&'p Location>,
    /// The objects in between, which stay as they are.
    pub through: Vec<&'p Address>,
}

impl<'p> Schedule<'p> {
    /// The graph of a plan.
    pub fn of(plan: &'p Plan) -> Schedule<'p> {
        let operations = plan.operations.as_slice();
        let mut schedule = Schedule { operations, dependents: vec![Vec::new(); operations.len()] };
        for index in 0..operations.len() {
            for need in schedule.needs(index) {
                if let Some(of) = schedule.dependents.get_mut(need.index) {
                    of.push((index, need.ready));
                }
            }
        }
        schedule
    }

    /// What an operation waits for.
    pub fn needs(&self, index: usize) -> impl Iterator<Item = &'p Need> + use<'p> {
        let count = self.operations.len();
        let needs = self.operations.get(index).into_iter().flat_map(|o| &o.needs);
        needs.filter(move |n| n.index < count && n.index != index)
    }

    /// Who waits for an operation: index, and whether until its object is ready.
    pub fn dependents(&self, index: usize) -> &[(usize, bool)] {
        self.dependents.get(index).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the operation's object is waited for until it is ready: somebody needs it so, or the run waits for
    /// everything that it writes.
    pub fn until_ready(&self, index: usize, wait: bool) -> bool {
        let Some(operation) = self.operations.get(index) else { return false };
        let asked = self.dependents(index).iter().any(|(_, ready)| *ready);
        // A new type can be used only when it is established.
        let is_type =
            operation.id.gvk.kind == "CustomResourceDefinition" && !self.dependents(index).is_empty();
        let written = matches!(operation.action, Action::Create | Action::Update | Action::Replace);
        let stays = !matches!(operation.action, Action::Delete | Action::Forget | Action::Release);
        stays && (asked || (written && (is_type || (operation.wait && wait))))
    }

    /// How many objects that stay as they are an apply looks at, and waits for where they are not ready.
    pub fn left_waiting(&self) -> usize {
        self.operations.iter().filter(|o| o.action == Action::None && o.wait).count()
    }

    /// The operations that do something, in the order in which they begin where nothing is waited for; `wait` is
    /// whether the run waits for what it writes.
    pub fn steps(&self, wait: bool) -> Vec<Step<'p>> {
        let mut numbers: Vec<Option<usize>> = vec![None; self.operations.len()];
        let mut steps: Vec<Step<'p>> = Vec::new();
        for (index, operation) in self.operations.iter().enumerate() {
            if !operation.acts() {
                continue;
            }
            let after = self.waits_for(index, &numbers);
            let number = steps.len() + 1;
            if let Some(slot) = numbers.get_mut(index) {
                *slot = Some(number);
            }
            steps.push(Step { number, operation, after, until_ready: self.until_ready(index, wait) });
        }
        steps
    }

    /// What an operation waits for, through those that do nothing: they are passed at once, when what they need is
    /// done. Each one is passed once, on the shortest way to it.
    fn waits_for(&self, index: usize, numbers: &[Option<usize>]) -> Vec<After<'p>> {
        let mut out: BTreeMap<usize, After<'p>> = BTreeMap::new();
        let mut passed: BTreeMap<usize, Passed<'p>> = BTreeMap::new();
        let mut next = VecDeque::from([index]);
        while let Some(at) = next.pop_front() {
            let way = passed.get(&at).copied();
            for need in self.needs(at) {
                let Some(operation) = self.operations.get(need.index) else { continue };
                let step = numbers.get(need.index).copied().flatten();
                // The cause is the first need's: it is the one of the operation that waits.
                let first = way.map_or(need, |way| way.first);
                if step.is_some() || need.ready {
                    let after = out.entry(need.index).or_insert_with(|| After {
                        step,
                        operation,
                        ready: false,
                        because: first.because,
                        at: first.at.as_ref(),
                        through: self.through(at, index, &passed),
                    });
                    after.ready |= need.ready;
                }
                if step.is_none() && need.index != index && !passed.contains_key(&need.index) {
                    passed.insert(need.index, Passed { from: at, first });
                    next.push_back(need.index);
                }
            }
        }
        out.into_values().collect()
    }

    /// The objects on the way from an operation to one that was passed.
    fn through(&self, at: usize, to: usize, passed: &BTreeMap<usize, Passed<'p>>) -> Vec<&'p Address> {
        let mut out = Vec::new();
        let mut at = at;
        while at != to {
            let (Some(operation), Some(way)) = (self.operations.get(at), passed.get(&at)) else { break };
            out.push(&operation.address);
            at = way.from;
        }
        out.reverse();
        out
    }
}

/// An operation that does nothing, on the way to what is waited for.
#[derive(Debug, Clone, Copy)]
struct Passed<'p> {
    /// The one before it.
    from: usize,
    /// The first need of the way.
    first: &'p Need,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scripted::Scene;

    /// A plan over this many objects that stay as they are, with these needs: who, what, whether it is ready.
    fn plan(count: usize, needs: &[(usize, usize, bool)]) -> Plan {
        let mut scene = Scene::new();
        for i in 0..count {
            let metadata = json!({"name": format!("c{i:02}"), "namespace": "default"});
            let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
            scene.want(&format!("config.c{i:02}"), object);
        }
        scene.settle();
        let (mut plan, _) = scene.plan();
        for (who, index, ready) in needs {
            let need = Need { index: *index, ready: *ready, because: NeedCause::DependsOn, at: None };
            plan.operations[*who].needs.push(need);
        }
        plan
    }

    fn told(plan: &Plan) -> Vec<String> {
        let steps = Schedule::of(plan).steps(true);
        let waits = |a: &After<'_>| {
            let through: Vec<String> = a.through.iter().map(ToString::to_string).collect();
            format!("{}{} [{}]", a.operation.address, if a.ready { "!" } else { "" }, through.join(" "))
        };
        steps.iter().map(|s| s.after.iter().map(waits).collect::<Vec<_>>().join(", ")).collect()
    }

    #[test]
    fn what_stays_is_passed_once_however_many_ways_lead_through_it() {
        let dense: Vec<(usize, usize, bool)> =
            (1..40).flat_map(|who| (0..who).map(move |what| (who, what, false))).collect();
        // All but the last and the first lie in between.
        let dense: Vec<_> = dense.into_iter().filter(|n| (n.0, n.1) != (39, 0)).collect();
        let mut plan = plan(40, &dense);
        for end in [0, 39] {
            plan.operations[end].action = Action::Update;
        }
        assert_eq!(told(&plan), ["", "config.c00 [config.c01]"]);
    }

    #[test]
    fn a_longer_way_that_asks_for_ready_counts() {
        let needs = [(4, 1, false), (4, 3, false), (1, 0, false), (3, 2, false), (2, 0, true)];
        let mut first = plan(5, &needs);
        for end in [0, 4] {
            first.operations[end].action = Action::Update;
        }
        assert_eq!(told(&first), ["", "config.c00! [config.c01]"]);
        // Nor does it where it is the first that is found.
        let needs = [(4, 2, false), (4, 3, false), (2, 1, false), (1, 0, true), (3, 0, false)];
        let mut second = plan(5, &needs);
        for end in [0, 4] {
            second.operations[end].action = Action::Update;
        }
        assert_eq!(told(&second), ["", "config.c00! [config.c03]"]);
    }
}
