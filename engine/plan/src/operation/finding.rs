//! What changes of one object, field by field: from what to what, why, and where that stands.

use plimsoll_schema::field_set::FieldSet;
use plimsoll_schema::{Path, PathElement};
use serde_json::{Value as Json, json};

use crate::accept;
use crate::assigned;
use crate::change::{Cause, FieldChange, Side};
use crate::fields::{self, Difference};
use crate::owners;
use crate::replicas;
use crate::subject::{Outcome, Subject};
use crate::why::Causes;
use crate::world::World;

/// Fields of `metadata` that the server keeps for itself.
const BOOKKEEPING: &[&str] =
    &["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

pub(super) struct Finding<'f, 'a> {
    pub(super) subject: &'f Subject<'a>,
    pub(super) world: &'f World<'a>,
    pub(super) ours: &'f FieldSet,
    pub(super) before_set: &'f FieldSet,
    pub(super) marks: &'f Json,
    pub(super) after: &'f Json,
    pub(super) causes: Causes<'f, 'a>,
}

impl Finding<'_, '_> {
    pub(super) fn changes(&self, before: &Json, after: &Json) -> Vec<FieldChange> {
        if after.is_null() {
            return Vec::new();
        }
        let empty = json!({});
        let before = if before.is_null() { &empty } else { before };
        let mut out: Vec<(Path, FieldChange)> = Vec::new();
        for difference in fields::differences(self.subject.kind, before, after) {
            if is_bookkeeping(&difference.path) || self.is_unknown(&difference.path) {
                continue;
            }
            let change = self.change(&difference);
            out.push((difference.path, change));
        }
        for (path, what) in &self.subject.unknown {
            let old = plimsoll_schema::get(before, path);
            let change = FieldChange {
                path: path.to_string(),
                steps: steps(path),
                before: self.side(path, old),
                after: Side::Unknown(what.clone()),
                cause: Cause::Ours,
                reorder: false,
                source: self.place(path),
                variables: self.variables(path),
                set_by: None,
                accept: None,
            };
            out.push((path.clone(), change));
        }
        out.sort_by(|(p, a), (q, b)| {
            let server = |c: &FieldChange| !c.cause.is_owned();
            server(a).cmp(&server(b)).then_with(|| p.cmp(q))
        });
        out.into_iter().map(|(_, change)| change).collect()
    }

    fn is_unknown(&self, path: &Path) -> bool {
        self.subject.unknown.iter().any(|(p, _)| p.is_prefix_of(path))
    }

    fn change(&self, difference: &Difference) -> FieldChange {
        let path = &difference.path;
        let assigned = assigned::is_marked(self.marks, self.after, path);
        let revert = self.subject.reverts.iter().find(|r| r.path.is_prefix_of(path));
        let cause = if revert.is_some() {
            Cause::Drift
        } else if self.is_ours(path) {
            if self.causes.is_drift(path) { Cause::Drift } else { Cause::Ours }
        } else if fields::covers(self.before_set, path) {
            Cause::Removed
        } else if assigned {
            Cause::Default
        } else {
            self.causes.of_server(path, difference.after.as_ref())
        };
        let written = matches!(cause, Cause::Ours | Cause::Drift);
        let after = if assigned { Side::Assigned } else { self.side(path, difference.after.as_ref()) };
        let before = self.side(path, difference.before.as_ref());
        let near = |p: &Path| p.is_prefix_of(path) || path.is_prefix_of(p);
        let taken = self.subject.set_by.iter().find(|(p, _)| near(p)).map(|(_, owner)| owner.clone());
        let taken = taken.or_else(|| revert.map(|r| r.owner.clone()));
        let written = written && revert.is_none();
        let drift = cause == Cause::Drift && revert.is_none();
        FieldChange {
            path: path.to_string(),
            steps: steps(path),
            accept: match drift && !difference.reorder {
                true => accept::of(self.subject.want, path, &before, self.world),
                false => None,
            },
            before,
            after,
            cause,
            reorder: difference.reorder,
            source: if written { self.place(path) } else { None },
            variables: if written { self.variables(path) } else { Vec::new() },
            set_by: taken.or_else(|| match cause {
                Cause::Drift if drift => self.causes.last_writer(path),
                // What is set to something else is told with whose it was.
                Cause::Ours if difference.before.is_some() => self.causes.later_writer(path),
                _ => None,
            }),
        }
    }

    fn is_ours(&self, path: &Path) -> bool {
        if fields::covers(self.ours, path) {
            return true;
        }
        // The server keeps `stringData` in `data`.
        match path.0.as_slice() {
            [PathElement::Field(data), PathElement::Field(key)]
                if data == "data" && self.subject.want.id.gvk.kind == "Secret" =>
            {
                fields::covers(self.ours, &Path::fields(["stringData", key.as_str()]))
            }
            _ => false,
        }
    }

    fn side(&self, path: &Path, value: Option<&Json>) -> Side {
        self.world.secrets.side(&self.subject.view, path, value)
    }

    fn place(&self, path: &Path) -> Option<plimsoll_model::source::Location> {
        let want = self.subject.want;
        let span = fields::written_at(&want.root, path).unwrap_or(want.span);
        Some(self.world.input.sources.locate(span))
    }

    fn variables(&self, path: &Path) -> Vec<String> {
        let names = fields::variables_at(&self.subject.want.root, path).iter().map(|v| &v.name);
        names.map(|name| format!("var.{name}")).collect()
    }

    /// Fields that change hands without changing their value: a later plan depends on them.
    pub(super) fn ownership(&self, changes: &[FieldChange]) -> Vec<String> {
        let after = match self.subject.outcome() {
            Some(Outcome::Computed(object) | Outcome::Predicted(object, _)) => object,
            _ => return Vec::new(),
        };
        if self.subject.live.is_none() {
            return Vec::new();
        }
        let now = owners::applied_set(after, &self.world.manager);
        let moved = now.difference(self.before_set).union(&self.before_set.difference(&now));
        let replicas = |p: &Path| self.subject.replicas.is_some() && *p == replicas::path();
        let paths = moved.paths();
        let innermost = paths.iter().filter(|p| !paths.iter().any(|q| q != *p && p.is_prefix_of(q)));
        let changed = |p: &Path| {
            let steps = steps(p);
            changes.iter().any(|c| c.steps.starts_with(&steps) || steps.starts_with(&c.steps))
        };
        innermost.filter(|p| !changed(p) && !replicas(p)).map(ToString::to_string).collect()
    }
}

fn steps(path: &Path) -> Vec<String> {
    path.0.iter().map(|element| Path(vec![element.clone()]).to_string()).collect()
}

fn is_bookkeeping(path: &Path) -> bool {
    match path.0.as_slice() {
        [PathElement::Field(f)] => f == "apiVersion" || f == "kind" || f == "status",
        [PathElement::Field(m), PathElement::Field(f), ..] => {
            m == "metadata" && (f == "name" || f == "namespace" || BOOKKEEPING.contains(&f.as_str()))
        }
        _ => false,
    }
}
