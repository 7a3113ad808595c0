//! Why a field of an object changes: the configuration, somebody else since the last apply, a default of
//! the server, or a webhook.

use std::cell::OnceCell;

use plimsoll_schema::field_set::FieldSet;
use plimsoll_schema::merge::{Managers, Operation};
use plimsoll_schema::{Kind, Path, equal, get};
use serde_json::Value as Json;

use crate::assigned;
use crate::change::{Cause, Owner};
use crate::digest;
use crate::fields;
use crate::mask::NO_HASH;
use crate::owners;
use crate::predict;
use crate::replicas;
use crate::subject::Subject;
use crate::world::{World, identity};

/// What tells the causes of the changes of one object apart.
pub(crate) struct Causes<'c, 'a> {
    subject: &'c Subject<'a>,
    manager: &'c str,
    /// What we applied and nobody wrote since.
    held: &'c FieldSet,
    managers: Managers,
    /// Whether the configuration says of the object what it said when it was applied last.
    same: bool,
    /// When our manager last changed anything.
    applied: Option<String>,
    /// The type, where its defaults are known.
    kind: Option<&'static Kind>,
    /// When the plan is made, RFC 3339.
    now: &'c str,
    /// The object with nothing but defaults added; none where they are not known. Made for the first field that is
    /// neither set nor was.
    defaulted: OnceCell<Option<Json>>,
}

impl<'c, 'a> Causes<'c, 'a> {
    /// `held` is what our manager owns of the live object; a `predicted` object was made here, so that
    /// everything in it is known to be a default.
    pub(crate) fn new(
        subject: &'c Subject<'a>,
        held: &'c FieldSet,
        predicted: bool,
        world: &'c World<'a>,
    ) -> Causes<'c, 'a> {
        let managers = subject.live.as_deref().and_then(|l| Managers::of(l).ok()).unwrap_or_default();
        let ours = managers.find(&world.manager, Operation::Apply, None);
        Causes {
            applied: ours.and_then(|entry| entry.time.clone()),
            same: is_as_applied(subject, world),
            manager: &world.manager,
            subject,
            held,
            managers,
            kind: subject.kind.filter(|_| predicted || world.input.cluster.minor_known()),
            now: &world.input.about.created,
            defaulted: OnceCell::new(),
        }
    }

    fn defaulted(&self) -> Option<&Json> {
        let make = || {
            let subject = self.subject;
            let live = subject.live.as_deref().filter(|_| subject.replaced.is_none());
            let kind = Some(self.kind?);
            predict::after(kind, live, &subject.applied, self.manager, self.now).ok()
        };
        self.defaulted.get_or_init(make).as_ref()
    }

    /// Whether somebody changed a field of ours since the last apply. Where the configuration changed as
    /// well, nothing tells whether it set that field to that value before: it could be new there.
    pub(crate) fn is_drift(&self, path: &Path) -> bool {
        let Some(live) = self.subject.live.as_deref() else { return false };
        let handed_over = *path == replicas::path() && self.was_autoscaled(live);
        self.same && !self.subject.adopted && !handed_over
    }

    /// Who else wrote a field later than we applied, where it is not ours.
    pub(crate) fn later_writer(&self, path: &Path) -> Option<Owner> {
        let later = |owner: &Owner| owner.time.is_some() && owner.time >= self.applied;
        self.last_writer(path).filter(|owner| !fields::covers(self.held, path) && later(owner))
    }

    /// Whether the number of replicas is the one of an autoscaler that is gone.
    fn was_autoscaled(&self, live: &Json) -> bool {
        let scaled =
            |owner: &Owner| owner.subresource.as_deref() == Some("scale") && !owners::is_human(owner);
        replicas::was_handed_over(live) || self.last_writer(&replicas::path()).as_ref().is_some_and(scaled)
    }

    /// Who else wrote the field last.
    pub(crate) fn last_writer(&self, path: &Path) -> Option<Owner> {
        let others = self.managers.iter().filter(|(name, operation, _, entry)| {
            !(*name == self.manager && *operation == Operation::Apply) && fields::covers(&entry.set, path)
        });
        let owners = others.map(|(name, operation, subresource, entry)| {
            owners::owner(name, operation, subresource, entry.time.as_deref())
        });
        owners.max_by(|a, b| a.time.cmp(&b.time))
    }

    /// Why a field changes that we neither set nor set before.
    pub(crate) fn of_server(&self, path: &Path, after: Option<&Json>) -> Cause {
        // The first number of an autoscaler is applied by a manager of our own.
        if self.subject.want.first_replicas.is_some() && *path == replicas::path() {
            return Cause::Default;
        }
        let Some(defaulted) = self.defaulted() else { return Cause::Server };
        let default = match (get(defaulted, path), after) {
            (Some(a), Some(b)) => equal(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        let kind = &self.subject.want.id.gvk.kind;
        if default || assigned::is_listed(kind, path) { Cause::Default } else { Cause::Webhook }
    }
}

/// Whether the configuration says of an object what was applied last.
fn is_as_applied(subject: &Subject<'_>, world: &World<'_>) -> bool {
    let want = subject.want;
    let Some((_, recorded)) = world.recorded.get(&identity(&want.id)) else { return false };
    recorded.digest != NO_HASH && digest::is_of(&recorded.digest, want, world.secrets.key())
}
