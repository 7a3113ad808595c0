//! What waits for what while a plan is carried out: the graph that the executor walks, and that is
//! printed before.
//!
//! Holds no time and no progress: what is under way is the executor's.

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
            let mut after = Vec::new();
            self.waits_for(index, &numbers, &mut Vec::new(), None, &mut after);
            after.sort_by_key(|a| (a.operation.index, a.through.len()));
            after.dedup_by_key(|a| a.operation.index);
            let number = steps.len() + 1;
            if let Some(slot) = numbers.get_mut(index) {
                *slot = Some(number);
            }
            steps.push(Step { number, operation, after, until_ready: self.until_ready(index, wait) });
        }
        steps
    }

    /// What an operation waits for, through those that do nothing: they are passed at once, when what they need is
    /// done.
    fn waits_for(
        &self,
        index: usize,
        numbers: &[Option<usize>],
        through: &mut Vec<&'p Address>,
        first: Option<&'p Need>,
        out: &mut Vec<After<'p>>,
    ) {
        for need in self.needs(index) {
            let Some(operation) = self.operations.get(need.index) else { continue };
            let step = numbers.get(need.index).copied().flatten();
            // The cause is the first need's: it is the one of the operation that waits.
            let told = first.unwrap_or(need);
            if step.is_some() || need.ready {
                let known = out.iter_mut().find(|a| a.operation.index == need.index);
                match known {
                    Some(known) if known.through.len() <= through.len() => known.ready |= need.ready,
                    _ => out.push(After {
                        step,
                        operation,
                        ready: need.ready,
                        because: told.because,
                        at: told.at.as_ref(),
                        through: through.clone(),
                    }),
                }
            }
            if step.is_none() && !through.contains(&&operation.address) {
                through.push(&operation.address);
                self.waits_for(need.index, numbers, through, Some(told), out);
                through.pop();
            }
        }
    }
}
