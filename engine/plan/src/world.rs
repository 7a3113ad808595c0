//! What holds for the whole plan while it is made: the input, what is ours in the cluster, what the
//! configuration makes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use plimsoll_model::{Address, DesiredObject, Gvk, ObjectId, Span};
use plimsoll_schema::{Kind, custom};
use serde_json::Value as Json;

use crate::accept::Uses;
use crate::input::{PlanInput, RecordedResource};
use crate::listed::Listed;
use crate::mask::{Key, Secrets};
use crate::owners;
use crate::plan::{Action, Operation};
use crate::scope::Scope;

/// What tells objects apart, whatever the version of their type.
pub(crate) type Identity = (String, String, Option<String>, String);

pub(crate) fn identity(id: &ObjectId) -> Identity {
    (id.gvk.group.clone(), id.gvk.kind.clone(), id.namespace.clone(), id.name.clone())
}

/// The id that a live object has.
pub(crate) fn id_of(object: &Json) -> Option<ObjectId> {
    let gvk = Gvk::from_api_version(object["apiVersion"].as_str()?, object["kind"].as_str()?);
    let metadata = &object["metadata"];
    let namespace = metadata["namespace"].as_str().map(str::to_string);
    Some(ObjectId { gvk, namespace, name: metadata["name"].as_str()?.to_string() })
}

pub(crate) fn uid_of(object: &Json) -> Option<String> {
    object["metadata"]["uid"].as_str().map(str::to_string)
}

pub(crate) fn is_terminating(object: &Json) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

/// Everything that stays the same while a plan is made.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) input: PlanInput<'a>,
    pub(crate) manager: String,
    pub(crate) secrets: Secrets,
    /// Listed objects that are ours.
    pub(crate) ours: BTreeMap<Identity, Listed>,
    /// Listed objects that carry our labels and are not ours.
    pub(crate) look_alikes: BTreeMap<Identity, Listed>,
    /// Every listed claim that carries our labels, ours or a controller's.
    pub(crate) claims: BTreeMap<Identity, Listed>,
    /// Recorded resources by object.
    pub(crate) recorded: BTreeMap<Identity, (Address, RecordedResource)>,
    /// Objects that the configuration wants.
    pub(crate) wanted: BTreeSet<Identity>,
    /// Which blocks the plan is about.
    pub(crate) scope: Scope,
    /// Counted for the first field that drifted.
    uses: OnceLock<Uses>,
}

impl<'a> World<'a> {
    /// The object of an operation when the plan is done. What stays as it is need not be described by it.
    pub(crate) fn afterwards(&self, op: &Operation) -> Json {
        match self.ours.get(&identity(&op.id)) {
            Some(live) if op.action == Action::None && op.after.is_null() => live.object(),
            _ => op.after.value(),
        }
    }

    pub(crate) fn new(input: PlanInput<'a>) -> World<'a> {
        let manager = crate::manager(&input.about.project);
        let secrets = Secrets::of(input.desired, &input.sensitive, Key::new(input.secret_key));
        let mut world = World {
            manager,
            secrets,
            ours: BTreeMap::new(),
            look_alikes: BTreeMap::new(),
            claims: BTreeMap::new(),
            recorded: BTreeMap::new(),
            wanted: BTreeSet::new(),
            scope: Scope::of(&input),
            uses: OnceLock::new(),
            input,
        };
        world.sort_out();
        world
    }

    fn sort_out(&mut self) {
        for (address, resource) in &self.input.recorded.resources {
            self.recorded.insert(identity(&resource.id), (address.clone(), resource.clone()));
        }
        let about = &self.input.about;
        for object in std::mem::take(&mut self.input.observed.lists).into_values().flatten() {
            if !object.has_labels(&about.project, &about.environment) {
                continue;
            }
            let id = object.id().clone();
            if id.gvk.kind == "PersistentVolumeClaim" {
                self.claims.insert(identity(&id), object.clone());
            }
            // Somebody may have cleared the field managers: the state knows the very object by its uid. Where
            // others are left and we are not, they took it over.
            let recorded = self.recorded.get(&identity(&id)).map(|(_, resource)| resource.uid.as_str());
            let same = recorded.is_some() && recorded == object.uid();
            let known = same && object.is_cleared();
            let list = match known || object.has_manager(&self.manager) {
                true => &mut self.ours,
                false => &mut self.look_alikes,
            };
            list.insert(identity(&id), object);
        }
        if !self.input.options.destroy {
            self.wanted = self.input.desired.objects.iter().map(|o| identity(&o.id)).collect();
        }
    }

    /// How many fields each text of the configuration decides.
    pub(crate) fn uses(&self) -> &Uses {
        self.uses.get_or_init(|| Uses::of(self.input.desired))
    }

    /// Where an object held sensitive values when it was last written.
    pub(crate) fn sensitive_places(&self, id: &ObjectId) -> &[String] {
        self.recorded.get(&identity(id)).map_or(&[], |(_, resource)| &resource.sensitive_paths)
    }

    /// Where the configuration says that the objects of a block are taken over.
    pub(crate) fn imports(&self, want: &DesiredObject) -> Option<Span> {
        self.input.desired.imports.get(&want.address.block_address()).copied()
    }

    /// Whether the namespace of an object is made by this plan.
    pub(crate) fn makes_namespace_of(&self, id: &ObjectId) -> bool {
        let Some(namespace) = &id.namespace else { return false };
        let identity = (String::new(), "Namespace".to_string(), None, namespace.clone());
        self.wanted.contains(&identity)
            && !self.ours.contains_key(&identity)
            && !self.look_alikes.contains_key(&identity)
    }

    /// The type of an object as a definition of this configuration declares it: it serves its version.
    pub(crate) fn declared_kind(&self, id: &ObjectId) -> Option<&'static Kind> {
        let definitions =
            self.input.desired.objects.iter().filter(|o| o.id.gvk.kind == "CustomResourceDefinition");
        let mut kinds = definitions.flat_map(|o| custom::declared(&o.root.to_json()));
        kinds.find(|declared| declared.served && declared.kind.gvk == id.gvk).map(|declared| declared.kind)
    }

    /// Whether a live object is deleted by this plan: ours, and wanted no longer.
    pub(crate) fn is_going_away(&self, object: &Json) -> bool {
        let identity = id_of(object).map(|id| identity(&id));
        identity.is_some_and(|i| self.ours.contains_key(&i) && !self.wanted.contains(&i))
            || is_terminating(object)
    }

    /// Whether a live object that no list showed is ours all the same: our manager applied it, and
    /// the state knows its uid (somebody took its labels away).
    pub(crate) fn is_ours_without_labels(&self, object: &Json, id: &ObjectId) -> bool {
        let recorded = self.recorded.get(&identity(id)).map(|(_, r)| r.uid.clone());
        let about = &self.input.about;
        let labelled = owners::has_labels(object, &about.project, &about.environment);
        owners::has_manager(object, &self.manager)
            && (labelled || (recorded.is_some() && recorded == uid_of(object)))
    }
}
