//! The planner: a machine that asks and decides, one step at a time.

use plimsoll_model::Report;

use crate::input::PlanInput;
use crate::plan::Plan;
use crate::request::{Answer, Request};

/// What the planner wants next.
#[derive(Debug)]
pub enum Step {
    /// Answers to these questions, in this order.
    Probe(Vec<Request>),
    /// Nothing: here is the plan.
    Done(Box<Plan>),
}

/// Makes one plan.
#[derive(Debug)]
pub struct Planner<'a> {
    input: PlanInput<'a>,
}

impl<'a> Planner<'a> {
    /// A planner that has asked nothing yet.
    pub fn new(input: PlanInput<'a>) -> Planner<'a> {
        Planner { input }
    }

    /// Takes the answers to the questions of the step before (none at first) and goes on.
    ///
    /// Findings go to `report`. A plan made with an error says so and cannot be applied.
    pub fn step(&mut self, answers: Vec<Answer>, report: &mut Report) -> Step {
        let _ = (&self.input, answers, report);
        Step::Probe(Vec::new())
    }
}
