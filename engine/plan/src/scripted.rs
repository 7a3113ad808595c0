//! For tests: a cluster in a map that answers the planner's questions with the merge of the
//! schema, and a plan as short text.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;

use plimsoll_model::source::SourceId;
use plimsoll_model::{
    Address, Desired, DesiredObject, Edge, EdgeKind, Gvk, Node, ObjectId, Origin, Report, SourceMap, Span,
};
use plimsoll_schema::merge::{self, MergeError};
use plimsoll_schema::{Kind, canonical};
use serde_json::{Value as Json, json};

use crate::change::{Consequence, FieldChange, Side};
use crate::input::{About, ClusterIdentity, Options, PlanInput, Recorded, RecordedResource};
use crate::listed::Listed;
use crate::observe::{self, Observed};
use crate::plan::{Action, Operation, Plan, Verdict};
use crate::planner::{Planner, Step};
use crate::request::{Answer, ConflictCause, Contents, Request};
use crate::world::{id_of, uid_of};

pub(crate) const NOW: &str = "2026-03-01T12:00:00Z";
pub(crate) const MANAGER: &str = "plimsoll:shop";

/// What a plan says of its operations, besides what the objects are.
fn said_of(plan: &Plan) -> Vec<String> {
    let of = |o: &Operation| {
        format!(
            "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            o.address, o.action, o.verdict, o.uid, o.consequences, o.others, o.left, o.hidden, o.needs
        )
    };
    plan.operations.iter().map(of).collect()
}

/// A configuration, a state and a cluster.
pub(crate) struct Scene {
    pub(crate) desired: Desired,
    pub(crate) sources: SourceMap,
    pub(crate) recorded: Recorded,
    pub(crate) objects: BTreeMap<ObjectId, Json>,
    pub(crate) options: Options,
    pub(crate) minor: &'static str,
    pub(crate) namespace: String,
    pub(crate) protected: bool,
    pub(crate) key: Option<[u8; 32]>,
    /// Answers that are given instead of the cluster's, in order.
    pub(crate) script: VecDeque<Answer>,
    /// Types that the cluster does not serve.
    pub(crate) missing_kinds: BTreeSet<Gvk>,
    /// Every question that was asked.
    pub(crate) asked: Vec<String>,
    lines: usize,
    uids: usize,
}

impl Scene {
    pub(crate) fn new() -> Scene {
        let mut sources = SourceMap::new();
        sources.add("web.hcl", "........\n".repeat(500));
        let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata":
            {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}});
        Scene {
            desired: Desired::default(),
            sources,
            recorded: Recorded { lineage: "l-1".into(), serial: 3, ..Recorded::default() },
            objects: BTreeMap::from([(id_of(&class).unwrap(), class)]),
            options: Options::default(),
            minor: plimsoll_schema::MINOR,
            namespace: "default".into(),
            protected: false,
            key: Some([7; 32]),
            script: VecDeque::new(),
            missing_kinds: BTreeSet::new(),
            asked: Vec::new(),
            lines: 0,
            uids: 0,
        }
    }

    pub(crate) fn span(line: usize) -> Span {
        Span::new(SourceId(0), (line - 1) * 9, (line - 1) * 9 + 4)
    }

    /// Wants an object; its leaves are written on lines of their own.
    pub(crate) fn want(&mut self, address: &str, object: Json) -> &mut DesiredObject {
        let labelled = labelled(address, object);
        let mut root = Node::from_json(&labelled);
        self.lines += 1;
        let span = Scene::span(self.lines);
        self.origins(&mut root);
        let address: Address = address.parse().unwrap();
        self.desired.objects.retain(|o| o.address != address);
        self.desired.objects.push(DesiredObject {
            address: address.clone(),
            id: id_of(&labelled).unwrap(),
            root,
            span,
            first_replicas: None,
            prevent_destroy: false,
            ignored: Vec::new(),
            drift: Default::default(),
            conflicts: Vec::new(),
            timeouts: Default::default(),
            wait: true,
        });
        self.desired.objects.sort_by(|a, b| a.address.cmp(&b.address));
        self.desired.objects.iter_mut().find(|o| o.address == address).unwrap()
    }

    fn origins(&mut self, node: &mut Node) {
        match node {
            Node::Leaf(leaf) => {
                self.lines += 1;
                leaf.origin = Origin::at(Scene::span(self.lines));
            }
            Node::List(items, _) => items.iter_mut().for_each(|n| self.origins(n)),
            Node::Map(map, _) => map.values_mut().for_each(|n| self.origins(n)),
        }
    }

    pub(crate) fn edge(&mut self, from: &str, to: &str, kind: EdgeKind) {
        self.desired.edges.push(Edge {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            kind,
            span: None,
        });
    }

    /// Puts an object into the cluster as `manager` applied it.
    pub(crate) fn applied(&mut self, object: &Json, manager: &str) {
        let id = id_of(object).unwrap();
        let live = self.objects.get(&id).cloned();
        let merged =
            merge::apply(kind(&id), live.as_ref(), object, manager, true, "2026-02-01T10:00:00Z").unwrap();
        self.store(&id, merged);
    }

    /// Edits an object as somebody with another client does.
    pub(crate) fn edited(
        &mut self,
        id: &ObjectId,
        manager: &str,
        subresource: Option<&str>,
        edit: impl FnOnce(&mut Json),
    ) {
        let live = self.objects.get(id).cloned().unwrap();
        let mut new = live.clone();
        edit(&mut new);
        let new = merge::update(kind(id), Some(&live), &new, manager, subresource, "2026-02-02T11:00:00Z");
        self.store(id, new);
    }

    fn store(&mut self, id: &ObjectId, object: Json) {
        let mut object = canonical::canonical(kind(id), &object);
        if uid_of(&object).is_none() {
            self.uids += 1;
            object["metadata"]["uid"] = format!("uid-{}", self.uids).into();
            object["metadata"]["resourceVersion"] = "1".into();
            object["metadata"]["generation"] = 1.into();
        }
        self.objects.insert(id.clone(), object);
    }

    /// Makes everything that is wanted as an apply would, and records it.
    pub(crate) fn settle(&mut self) {
        for want in self.desired.objects.clone() {
            let object = want.root.to_json();
            self.applied(&object, MANAGER);
            if let Some(n) = want.first_replicas {
                self.applied(&crate::replicas::object(&want.id, n), crate::replicas::MANAGER);
            }
            self.record(&want.address.to_string(), &want.id);
        }
    }

    pub(crate) fn record(&mut self, address: &str, id: &ObjectId) {
        let address: Address = address.parse().unwrap();
        let edges = self.desired.edges.iter().filter(|e| e.from == address).map(|e| e.to.clone()).collect();
        let uid = uid_of(&self.objects[id]).unwrap();
        let want = self.desired.objects.iter().find(|o| o.id == *id);
        let sensitive_paths = crate::mask::View::new(&id.gvk, want.map(|o| &o.root)).places();
        let key = crate::mask::Key::new(self.key);
        let digest = want.map(|o| crate::digest::made_from(o, &key)).unwrap_or_default();
        self.recorded.resources.insert(
            address,
            RecordedResource { id: id.clone(), uid, digest, edges, sensitive_paths, protected: false },
        );
    }

    fn observe(&self) -> Observed {
        let requests = observe::requests(&self.desired, &self.recorded, "shop", "dev", "default");
        let mut observed = Observed { missing_kinds: self.missing_kinds.clone(), ..Observed::default() };
        for request in requests {
            if self.missing_kinds.contains(&request.gvk) {
                continue;
            }
            let fits = |o: &&Json| {
                let id = id_of(o).unwrap();
                id.gvk == request.gvk
                    && (request.namespace.is_none() || id.namespace == request.namespace)
                    && crate::owners::has_labels(o, "shop", "dev")
            };
            let listed = |o: &Json| Listed::read(&o.to_string(), &request.gvk).unwrap();
            let items = self.objects.values().filter(fits).map(listed).collect();
            observed.lists.insert(request, items);
        }
        observed
    }

    /// The plan. It says the same where objects that stay are not described.
    pub(crate) fn plan(&mut self) -> (Plan, Report) {
        let script = self.script.clone();
        let (plan, report) = self.planned();
        if self.options.describe_unchanged {
            let asked = std::mem::take(&mut self.asked);
            let left = std::mem::replace(&mut self.script, script);
            self.options.describe_unchanged = false;
            let (told, said) = self.planned();
            self.options.describe_unchanged = true;
            assert_eq!(format!("{:?}", said.items()), format!("{:?}", report.items()));
            assert_eq!((&told.notices, &told.retained_claims), (&plan.notices, &plan.retained_claims));
            assert_eq!((said_of(&told), &self.asked), (said_of(&plan), &asked));
            (self.asked, self.script) = (asked, left);
        }
        (plan, report)
    }

    fn planned(&mut self) -> (Plan, Report) {
        let desired = self.desired.clone();
        let sources = std::mem::take(&mut self.sources);
        let input = PlanInput {
            desired: &desired,
            observed: self.observe(),
            recorded: self.recorded.clone(),
            sources: &sources,
            cluster: ClusterIdentity { uid: "cluster-1".into(), version: self.minor.into() },
            about: About {
                project: "shop".into(),
                environment: "dev".into(),
                target: "sandbox".into(),
                sandbox: true,
                namespace: self.namespace.clone(),
                protected: self.protected,
                created: NOW.into(),
                ..About::default()
            },
            options: self.options.clone(),
            secret_key: self.key,
            sensitive: BTreeSet::new(),
        };
        let mut planner = Planner::new(input);
        let mut report = Report::new();
        let mut answers = Vec::new();
        self.asked.clear();
        let plan = loop {
            match planner.step(answers, &mut report) {
                Step::Done(plan) => break *plan,
                Step::Probe(requests) => {
                    self.asked.extend(requests.iter().map(ToString::to_string));
                    assert!(self.asked.len() < 200, "the planner goes on asking");
                    answers = requests.iter().map(|r| self.answer(r)).collect();
                }
            }
        };
        self.sources = sources;
        (plan, report)
    }

    fn answer(&mut self, request: &Request) -> Answer {
        if let Some(scripted) = self.script.pop_front() {
            return scripted;
        }
        match request {
            Request::Get(id) => Answer::Found(self.objects.get(id).cloned()),
            Request::List(list) => {
                let fits = |o: &&Json| {
                    let id = id_of(o).unwrap();
                    id.gvk == list.gvk && (list.namespace.is_none() || id.namespace == list.namespace)
                };
                Answer::Listed(self.objects.values().filter(fits).cloned().collect())
            }
            Request::Contents(namespace) => {
                let inside = |o: &&Json| id_of(o).unwrap().namespace.as_ref() == Some(namespace);
                let objects: Vec<Json> = self.objects.values().filter(inside).cloned().collect();
                let kinds = self.objects.values().map(|o| id_of(o).unwrap().gvk);
                let kinds = kinds.chain([Gvk::new("apps", "v1", "ReplicaSet")]);
                Answer::Contents(Contents { objects, kinds: kinds.map(|g| (g.group, g.kind)).collect() })
            }
            Request::Patch(patch) => {
                let live = &self.objects[&patch.id];
                let mut new = live.clone();
                for operation in patch.operations.as_array().unwrap() {
                    let pointer = operation["path"].as_str().unwrap();
                    if operation["op"] == "test" {
                        assert_eq!(new.pointer(pointer), Some(&operation["value"]));
                        continue;
                    }
                    if operation["op"] == "replace" {
                        *new.pointer_mut(pointer).unwrap() = operation["value"].clone();
                        continue;
                    }
                    let (above, last) = pointer.rsplit_once('/').unwrap();
                    match new.pointer_mut(above).unwrap() {
                        Json::Array(items) => drop(items.remove(last.parse().unwrap())),
                        map => drop(map.as_object_mut().unwrap().remove(&last.replace("~1", "/")).unwrap()),
                    }
                }
                let kind = kind(&patch.id);
                let new = merge::update(kind, Some(live), &new, &patch.manager, None, NOW);
                Answer::Applied { status: 200, object: canonical::canonical(kind, &new) }
            }
            Request::DryRun(run) => {
                let live = self.objects.get(&run.id);
                match merge::apply(kind(&run.id), live, &run.object, &run.manager, run.force, NOW) {
                    Ok(object) => {
                        let object = canonical::canonical(kind(&run.id), &object);
                        Answer::Applied { status: if live.is_some() { 200 } else { 201 }, object }
                    }
                    Err(MergeError::Conflicts(list)) => Answer::Conflict(
                        list.iter()
                            .map(|c| ConflictCause { field: c.path.server_form(), message: c.message() })
                            .collect(),
                    ),
                    Err(other) => Answer::Failed(other.to_string()),
                }
            }
        }
    }

    /// The plan in short text, with its findings.
    pub(crate) fn text(&mut self) -> String {
        let (plan, report) = self.plan();
        text(&plan, &report)
    }
}

fn kind(id: &ObjectId) -> &'static Kind {
    plimsoll_schema::kind(&id.gvk).unwrap()
}

/// An object with the labels and the annotation that every object of a project has.
pub(crate) fn labelled(address: &str, mut object: Json) -> Json {
    object["metadata"]["labels"][observe::PROJECT_LABEL] = "shop".into();
    object["metadata"]["labels"][observe::ENVIRONMENT_LABEL] = "dev".into();
    object["metadata"]["annotations"][observe::ADDRESS_ANNOTATION] = address.into();
    object
}

pub(crate) fn deployment(name: &str, image: &str) -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "web", "image": image, "resources": {"requests": {"cpu": "100m"}}}]},
            },
        },
    })
}

pub(crate) fn stateful_set(name: &str, replicas: u32) -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas, "serviceName": format!("{name}-headless"),
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "web", "image": "nginx:1", "volumeMounts": [{"name": "disk", "mountPath": "/data"}]}]},
            },
            "volumeClaimTemplates": [{
                "metadata": {"name": "disk"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            }],
        },
    })
}

pub(crate) fn service(name: &str, port: u16) -> Json {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": port}]},
    })
}

pub(crate) fn id(object: &Json) -> ObjectId {
    id_of(object).unwrap()
}

fn side(side: &Side) -> String {
    match side {
        Side::Absent => "-".into(),
        Side::Known(v) => v.to_string(),
        Side::Sensitive(_) => "(sensitive)".into(),
        Side::Unknown(what) => format!("(known after apply: {what})"),
        Side::Assigned => "(assigned)".into(),
    }
}

fn change(out: &mut String, change: &FieldChange) {
    let source = change.source.as_ref().map(|s| format!("  {s}")).unwrap_or_default();
    let order = if change.reorder { " (order)" } else { "" };
    let by =
        change.set_by.as_ref().map(|o| format!("  set by {} {}", o.manager, o.operation)).unwrap_or_default();
    let accept = change.accept.as_ref().map(|a| format!("\n    stays with {a:?}")).unwrap_or_default();
    let variables = change.variables.iter().map(|v| format!(" ({v})")).collect::<String>();
    let _ = writeln!(
        out,
        "  {:?} {}: {} -> {}{order}{source}{variables}{by}{accept}",
        change.cause,
        change.path,
        side(&change.before),
        side(&change.after)
    );
}

fn operation(out: &mut String, op: &Operation) {
    let verdict = match &op.verdict {
        Verdict::Changed => "changed".to_string(),
        Verdict::Unchanged => "unchanged".to_string(),
        Verdict::NotVerified(why) => format!("not verified: {why}"),
    };
    let force = if op.force { ", force" } else { "" };
    let needs: Vec<String> =
        op.needs.iter().map(|n| format!("{}{}", n.index, if n.ready { "!" } else { "" })).collect();
    let needs = if needs.is_empty() { String::new() } else { format!(", after {}", needs.join(" ")) };
    let action = format!("{:?}", op.action).to_lowercase();
    let _ = writeln!(out, "{} {action} {} {} ({verdict}{force}{needs})", op.index, op.address, op.id);
    if op.vanished {
        let _ = writeln!(out, "  vanished");
    }
    if let Some(from) = &op.moved_from {
        let _ = writeln!(out, "  moved from {from}");
    }
    if op.action == Action::Create {
        let _ = writeln!(out, "  {} fields", op.owned_changes().count());
    } else {
        op.changes.iter().for_each(|c| change(out, c));
    }
    if !op.ownership.is_empty() {
        let _ = writeln!(out, "  ownership of {}", op.ownership.join(", "));
    }
    if !op.reverts.is_empty() {
        let how = if op.is_applied() { "applied, then without" } else { "without" };
        let _ = writeln!(out, "  {how} {}", op.reverts.join(", "));
    }
    for other in &op.others {
        let _ = writeln!(out, "  other {}: {} by {}", other.path, side(&other.value), other.owner.manager);
    }
    for y in &op.yielded {
        let _ = writeln!(
            out,
            "  {} {}: {} stays, {} waits ({})",
            if y.shared { "shared" } else { "left" },
            y.path,
            side(&y.value),
            side(&y.ours),
            y.reason
        );
    }
    for left in &op.left {
        let (value, ours) = (side(&left.value), side(&left.ours));
        let _ = writeln!(out, "  ignored {}: {value} stays, not {ours} ({})", left.path, left.source);
    }
    if let Some(r) = &op.replicas {
        let _ = writeln!(out, "  replicas {} {}", r.replicas, if r.first { "before" } else { "after" });
    }
    if op.keeps_pods {
        let _ = writeln!(out, "  pods stay");
    }
    for claim in &op.grows {
        let _ = writeln!(out, "  grows {}: {} -> {}", claim.name, claim.from, claim.to);
    }
    for c in &op.consequences {
        let _ = match c {
            Consequence::Effect(effect) => writeln!(out, "  effect {effect}"),
            Consequence::Rolls(users) => {
                let users: Vec<String> = users.iter().map(ToString::to_string).collect();
                writeln!(out, "  rolls {}", users.join(", "))
            }
            other => writeln!(out, "  {other:?}"),
        };
    }
}

/// A plan in short text.
pub(crate) fn text(plan: &Plan, report: &Report) -> String {
    let mut out = String::new();
    plan.operations.iter().for_each(|op| operation(&mut out, op));
    for op in &plan.unrecorded_deletes {
        out.push_str("unrecorded: ");
        operation(&mut out, op);
    }
    for id in &plan.retained_claims {
        let _ = writeln!(out, "retained {id}");
    }
    for d in report.sorted() {
        let _ = writeln!(out, "{:?} {}: {} | {}", d.severity, d.code, d.summary, d.detail);
    }
    out
}
