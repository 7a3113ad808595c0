//! What a subject makes of the answers to its questions.

use std::sync::Arc;

use plimsoll_model::{Diagnostic, Report};
use plimsoll_schema::Path;
use serde_json::Value as Json;

use super::{Outcome, Stage, Subject, set_replicas};
use crate::adoption;
use crate::change::Yielded;
use crate::conflict::{self, Decision};
use crate::consequence::has_controller;
use crate::fields;
use crate::owners::{self, Clash};
use crate::refusal;
use crate::replace;
use crate::request::{Answer, ConflictCause, Patch, Refusal, Request};
use crate::revert;
use crate::world::{World, is_terminating};

/// How often a conflict may lead to another dry run.
const MOST_ROUNDS: u8 = 4;

/// How often an object is looked at again because a patch of it was refused.
const MOST_LOOKS: u8 = 2;

impl<'a> Subject<'a> {
    /// Takes the answer to the last question and gives the next one, if there is one.
    pub(crate) fn answer(
        &mut self,
        answer: Answer,
        world: &World<'a>,
        report: &mut Report,
    ) -> Option<Request> {
        match (self.stage.clone(), answer) {
            (Stage::DryRun, Answer::Applied { status, object }) => {
                if self.live.is_none() && status != 201 {
                    self.stage = Stage::Look(None);
                    return Some(Request::Get(self.want.id.clone()));
                }
                self.settle(Outcome::Computed(object), world)
            }
            (Stage::Reverting(outcome), Answer::Applied { object, .. }) => {
                self.reverted = Some(object);
                self.stage = Stage::Settled(*outcome);
                None
            }
            // The patch tests what it takes out, and somebody may have written it meanwhile: it is looked at once more.
            (Stage::Reverting(_), Answer::Refused(refused)) if self.rounds < MOST_LOOKS => {
                self.stage = Stage::Look(Some(refused));
                Some(Request::Get(self.want.id.clone()))
            }
            (Stage::Reverting(_), Answer::Refused(refused)) => {
                let error = revert::refused(self, &refused, world);
                self.fail(error, report)
            }
            (Stage::DryRun, Answer::Conflict(causes)) => match self.live.clone() {
                None => {
                    self.stage = Stage::Look(None);
                    Some(Request::Get(self.want.id.clone()))
                }
                Some(live) => self.conflicts(&causes, &live, world, report),
            },
            (Stage::DryRun, Answer::Refused(refused)) => {
                if refusal::is_about_dry_run(&refused) {
                    let why = format!("an admission webhook cannot be asked: {}", refused.message);
                    return self.predict(&why, world, report);
                }
                if self.live.is_none() && refused.status == 422 {
                    self.stage = Stage::Look(Some(refused));
                    return Some(Request::Get(self.want.id.clone()));
                }
                self.refused(&refused, world, report)
            }
            (Stage::Trial, Answer::Applied { status: 201, object }) => {
                let object = replace::renamed(object, &self.want.id.name);
                self.stage = Stage::Settled(Outcome::Computed(object));
                None
            }
            // What the server does not want of the new object, it will not want when the old one is gone.
            (Stage::Trial, Answer::Refused(refused))
                if !replace::is_about_the_old_one(&refused, &self.want.id.gvk) =>
            {
                let refused = replace::about(refused, &self.want.id.name);
                let error = refusal::diagnostic(self, &refused, world);
                self.fail(error, report)
            }
            (Stage::Trial, Answer::Applied { .. } | Answer::Conflict(_) | Answer::Refused(_)) => {
                self.predict("it cannot be tried while the old one is there", world, report)
            }
            (Stage::Growing(step), answer) => self.grow(step, answer, world, report),
            (Stage::Look(refused), Answer::Found(found)) => self.looked(found, refused, world, report),
            (Stage::LookAtEnded, Answer::Found(found)) => {
                let ours =
                    |live: &Json| world.is_ours_without_labels(live, &self.want.id) && !is_terminating(live);
                match found.filter(ours) {
                    Some(live) => self.looked(Some(live), None, world, report),
                    None => self.completed(),
                }
            }
            // Who may not look, or cannot, plans as if it was tidied up: that is what mostly happens.
            (Stage::LookAtEnded, _) => self.completed(),
            (Stage::Autoscalers(clashes), Answer::Listed(autoscalers)) => {
                let targeted = conflict::is_targeted(&self.want.id, &autoscalers, world);
                let live = self.live.clone().unwrap_or_default();
                self.decide(clashes, &live, Some(targeted), world, report)
            }
            (_, Answer::Refused(refused)) => self.refused(&refused, world, report),
            (_, other) => self.unanswered(other, world, report),
        }
    }

    /// Settles with a job that ran to its end and is gone.
    pub(super) fn completed(&mut self) -> Option<Request> {
        self.stage = Stage::Settled(Outcome::Completed);
        None
    }

    /// Fails because of an answer that says nothing.
    pub(crate) fn unanswered(
        &mut self,
        answer: Answer,
        world: &World<'a>,
        report: &mut Report,
    ) -> Option<Request> {
        let who = format!("{} ({})", self.want.address, self.want.id);
        let detail = match answer {
            Answer::Failed(why) => {
                format!("{who} could not be verified: {}", world.secrets.redact_text(&why))
            }
            _ => format!("{who}: the answer does not fit the question."),
        };
        let error = Diagnostic::error("not-verified", "the cluster did not answer");
        self.fail(error.detail(detail).at(self.want.span, "declared here"), report)
    }

    /// Settles, or asks first what the object would be without what others added to it.
    pub(super) fn settle(&mut self, outcome: Outcome, world: &World<'a>) -> Option<Request> {
        self.reverts = revert::wanted(self, world);
        let Some(live) = self.live.as_deref().filter(|_| !self.reverts.is_empty()) else {
            self.stage = Stage::Settled(outcome);
            return None;
        };
        let paths: Vec<Path> = self.reverts.iter().map(|r| r.path.clone()).collect();
        let operations = revert::patch(live, &paths);
        self.stage = Stage::Reverting(Box::new(outcome));
        Some(Request::Patch(Patch { id: self.want.id.clone(), operations, manager: world.manager.clone() }))
    }

    /// An object that no list showed exists all the same.
    fn looked(
        &mut self,
        found: Option<Json>,
        refused: Option<Refusal>,
        world: &World<'a>,
        report: &mut Report,
    ) -> Option<Request> {
        self.rounds += 1;
        match found {
            Some(live) if world.is_ours_without_labels(&live, &self.want.id) => {
                self.live = Some(Arc::new(live));
                self.take_live(world, report)
            }
            Some(live) if self.may_adopt(&live, world) => self.adopt(Arc::new(live), world, report),
            Some(live) => {
                let error = self.exists(&live, world);
                self.fail(error, report)
            }
            None => match refused {
                Some(refused) => self.refused(&refused, world, report),
                // It went while we looked.
                None if self.rounds < MOST_ROUNDS => self.dry_run(world),
                None => self.keeps_moving(report),
            },
        }
    }

    fn conflicts(
        &mut self,
        causes: &[ConflictCause],
        live: &Json,
        world: &World<'a>,
        report: &mut Report,
    ) -> Option<Request> {
        self.rounds += 1;
        if self.rounds > MOST_ROUNDS {
            return self.keeps_moving(report);
        }
        let mut sent = self.applied.clone();
        if let Some(step) = &self.replicas {
            set_replicas(&mut sent, step.replicas);
        }
        let clashes: Vec<Clash> = causes.iter().map(|cause| owners::clash(cause, live, &sent)).collect();
        self.decide(clashes, live, None, world, report)
    }

    fn decide(
        &mut self,
        clashes: Vec<Clash>,
        live: &Json,
        autoscaled: Option<bool>,
        world: &World<'a>,
        report: &mut Report,
    ) -> Option<Request> {
        let decisions: Vec<Decision> = clashes
            .iter()
            .map(|c| conflict::decide(c, live, &self.want.conflicts, autoscaled, world))
            .collect();
        // Whoever takes an object over takes its fields over; an autoscaler keeps its number.
        let taken = |decision: Decision| match decision {
            Decision::Refuse if self.adopted => Decision::Force,
            other => other,
        };
        let decisions: Vec<Decision> = decisions.into_iter().map(taken).collect();
        if decisions.contains(&Decision::AskForAutoscalers) {
            self.stage = Stage::Autoscalers(clashes);
            return Some(Request::List(conflict::autoscalers(&self.want.id)));
        }
        let mut refused = false;
        for (clash, decision) in clashes.iter().zip(&decisions) {
            match decision {
                Decision::Force => {
                    self.force = true;
                    self.set_by.insert(clash.path.clone(), clash.owner.clone());
                }
                Decision::Yield(reason) | Decision::Match(reason) => {
                    let shared = matches!(decision, Decision::Match(_));
                    match clash.theirs.clone().filter(|_| shared) {
                        Some(theirs) => fields::insert(&mut self.applied, &clash.path, theirs),
                        None => fields::remove(&mut self.applied, &clash.path.0),
                    }
                    let side = |v: &Option<Json>| world.secrets.side(&self.view, &clash.path, v.as_ref());
                    self.left.insert(&clash.path.0);
                    self.yielded.push(Yielded {
                        path: clash.path.to_string(),
                        value: side(&clash.theirs),
                        ours: side(&clash.ours),
                        owner: clash.owner.clone(),
                        reason: reason.clone(),
                        shared,
                    });
                }
                _ => {
                    refused = true;
                    report.push(conflict::refusal(self, clash, world));
                }
            }
        }
        if refused {
            self.stage = Stage::Settled(Outcome::Failed);
            return None;
        }
        // What is left to others may leave nothing to change.
        self.compare(world, report)
    }

    pub(super) fn exists(&self, other: &Json, world: &World<'a>) -> Diagnostic {
        let about = &world.input.about;
        Diagnostic::error("object-exists", "an object of that name exists and is not ours")
            .detail(format!("{}: {}", self.want.address, owners::foreign(other, &self.want.id, &about.project, &about.environment)))
            .at(self.want.span, format!("wants to be {}", self.want.id))
            .help(if has_controller(other) {
                "a controller made it and looks after it: give the block another `name`".to_string()
            } else if adoption::is_elsewhere(other, world) {
                "give the block another `name`, or remove it where it is declared".to_string()
            } else {
                format!(
                "to take it over:\nimport {{\n  to = {}\n  id = \"{}\"\n}}\nelse give the block another `name`",
                self.want.address.block_address(),
                self.want.id.name
            )})
    }

    fn keeps_moving(&mut self, report: &mut Report) -> Option<Request> {
        let error = Diagnostic::error("object-keeps-changing", "an object changes while it is planned")
            .detail(format!("{} ({}) was another one at every look.", self.want.address, self.want.id))
            .at(self.want.span, "declared here")
            .help("find out who else writes to it, then plan again");
        self.fail(error, report)
    }

    fn refused(&mut self, refused: &Refusal, world: &World<'a>, report: &mut Report) -> Option<Request> {
        if refusal::lacks_namespace(self.want, refused) {
            // Told once for all objects that go there, when all of them are known.
            self.lacks_namespace = true;
            self.stage = Stage::Settled(Outcome::Failed);
            return None;
        }
        if let Some(forced) = refusal::immutable(self, refused, world).filter(|_| self.live.is_some()) {
            return self.replace(forced, world, report);
        }
        let error = refusal::diagnostic(self, refused, world);
        self.fail(error, report)
    }
}
