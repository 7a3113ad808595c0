//! For tests: a plan that holds a bit of everything.

use plimsoll_model::source::Location;
use plimsoll_model::{Gvk, ObjectId};
use plimsoll_plan::{
    Accept, Action, Addition, Cause, Consequence, Effect, FieldChange, Header, Need, NeedCause, Operation,
    OutputChange, Owner, Plan, Pods, Side, Verdict,
};
use serde_json::{Value as Json, json};

fn header() -> Header {
    Header {
        format: 1,
        project: "nginx".into(),
        environment: "default".into(),
        target: "sandbox".into(),
        sandbox: true,
        protected: false,
        destroy: false,
        cluster: "c-1".into(),
        cluster_version: "1.36".into(),
        lineage: "l-1".into(),
        serial: 3,
        configuration: "d".into(),
        folder: None,
        variables: Default::default(),
        created: "2026-03-01T12:00:00Z".into(),
        expires: "2026-03-02T12:00:00Z".into(),
        delete_unrecorded: false,
        named: Default::default(),
    }
}

pub(crate) fn empty() -> Plan {
    Plan {
        header: header(),
        operations: Vec::new(),
        unrecorded_deletes: Vec::new(),
        outputs: Vec::new(),
        notices: Vec::new(),
        retained_claims: Vec::new(),
    }
}

pub(crate) fn operation(action: Action, address: &str, kind: (&str, &str), name: &str) -> Operation {
    let id = ObjectId {
        gvk: Gvk::new(kind.0, "v1", kind.1),
        namespace: Some("default".into()),
        name: name.into(),
    };
    let object = json!({"apiVersion": id.gvk.api_version(), "kind": kind.1, "metadata": {"name": name, "namespace": "default"}});
    let before = if action == Action::Create { Json::Null } else { object.clone() };
    let after = if action == Action::Delete { Json::Null } else { object };
    Operation {
        index: 0,
        action,
        address: address.parse().unwrap(),
        moved_from: None,
        id,
        uid: None,
        verdict: if action == Action::None { Verdict::Unchanged } else { Verdict::Changed },
        force: false,
        desired: plimsoll_plan::Document::default(),
        vanished: false,
        adopted: false,
        replaced_by: Vec::new(),
        keeps_pods: false,
        grows: Vec::new(),
        owned: json!({}).into(),
        live_digest: None,
        changes: Vec::new(),
        ownership: Vec::new(),
        others: Vec::new(),
        reverts: Vec::new(),
        hidden: 0,
        yielded: Vec::new(),
        left: Vec::new(),
        consequences: Vec::new(),
        replicas: None,
        before: before.into(),
        after: after.into(),
        after_unknown: json!({}),
        before_sensitive: json!({}),
        after_sensitive: json!({}),
        needs: Vec::new(),
        edges: Vec::new(),
        wait: true,
        limit: None,
        protected: false,
        sensitive_paths: Vec::new(),
        desired_digest: String::new(),
        unrecorded: false,
        source: (action != Action::Delete).then(|| place(3)),
    }
}

fn place(line: usize) -> Location {
    Location { path: "main.hcl".into(), line }
}

pub(crate) fn change(
    path: &str,
    before: Side,
    after: Side,
    cause: Cause,
    line: Option<usize>,
) -> FieldChange {
    FieldChange {
        path: path.into(),
        steps: steps(path),
        before,
        after,
        cause,
        reorder: false,
        source: line.map(place),
        variables: Vec::new(),
        set_by: None,
        accept: None,
    }
}

/// The steps of a path without dots in its keys.
fn steps(path: &str) -> Vec<String> {
    let spaced = path.replace('[', ".[");
    spaced.split('.').map(str::to_string).collect()
}

pub(crate) fn known(value: impl Into<Json>) -> Side {
    Side::Known(value.into())
}

pub(crate) fn editor() -> Owner {
    Owner {
        manager: "kubectl-edit".into(),
        operation: "Update".into(),
        subresource: None,
        time: Some("2026-02-02T11:00:00Z".into()),
    }
}

pub(crate) fn everything() -> Plan {
    let mut plan = empty();
    let mut app = operation(Action::Update, "app.nginx", ("apps", "StatefulSet"), "nginx");
    app.changes = vec![
        change("spec.replicas", known(2), known(3), Cause::Ours, Some(5)),
        FieldChange {
            variables: vec!["var.tag".into()],
            ..change(
                "spec.template.spec.containers[name=nginx].image",
                known("nginx:1.27"),
                known("nginx:1.28"),
                Cause::Ours,
                Some(25),
            )
        },
        FieldChange {
            set_by: Some(editor()),
            ..change("spec.template.spec.nodeName", known("here"), Side::Absent, Cause::Removed, None)
        },
        FieldChange {
            set_by: Some(editor()),
            ..change("spec.minReadySeconds", known(9), known(5), Cause::Drift, Some(6))
        },
        FieldChange {
            reorder: true,
            ..change(
                "spec.template.spec.initContainers",
                known(json!(["b", "a"])),
                known(json!(["a", "b"])),
                Cause::Ours,
                Some(7),
            )
        },
        change("spec.template.spec.priorityClassName", known("high"), Side::Absent, Cause::Removed, None),
        change("spec.revisionHistoryLimit", Side::Absent, known(10), Cause::Default, None),
        change("metadata.annotations.mesh", Side::Absent, known("on"), Cause::Webhook, None),
    ];
    app.consequences = vec![
        Consequence::Effect(Effect {
            pods: Pods::Rolling { count: Some(2), kept: 0, at_once: 1, ready: 2, no_gap: false },
            more: 1,
            because: ["image", "init_containers", "priority_class_name", "args"].map(String::from).to_vec(),
            at: Some(place(25)),
            gives_up_after: None,
        }),
        Consequence::PodAdded("nginx-2".into()),
        Consequence::ClaimAdded("disk-ssd-nginx-2".into()),
    ];
    app.others = vec![Addition {
        path: "spec.template.spec.containers[name=debug]".into(),
        value: known(json!({"name": "debug", "image": "debug:1"})),
        owner: editor(),
    }];
    let mut service = operation(Action::Create, "service.nginx", ("", "Service"), "nginx-svc");
    service.changes = vec![
        change("spec.clusterIP", Side::Absent, Side::Assigned, Cause::Default, None),
        change("spec.ports[port=80,protocol=TCP].port", Side::Absent, known(80), Cause::Ours, Some(90)),
        change("spec.type", Side::Absent, known("ClusterIP"), Cause::Ours, Some(88)),
    ];
    service.verdict = Verdict::NotVerified("namespace dev is made by the same plan".into());
    service.after_unknown = json!({"spec": {"clusterIP": true}});
    service.needs = vec![Need { index: 0, ready: false, because: NeedCause::Reference, at: Some(place(84)) }];
    let mut config = operation(Action::Update, "config.site[\"eu\"]", ("", "ConfigMap"), "site-eu");
    config.changes = vec![change(
        "data.nginx.conf",
        known("server {\n  listen 80;\n  root /a;\n}\n"),
        known("server {\n  listen 80;\n  root /b;\n}\n"),
        Cause::Ours,
        Some(60),
    )];
    let mut secret = operation(Action::Update, "secret.db", ("", "Secret"), "db");
    secret.changes = vec![change(
        "data.password",
        Side::Sensitive("a".into()),
        Side::Sensitive("b".into()),
        Cause::Ours,
        Some(70),
    )];
    let mut shown = secret.before.value();
    shown["data"] = json!({"password": "(sensitive value)"});
    secret.before = shown.into();
    secret.after = secret.before.clone();
    secret.before_sensitive = json!({"data": {"password": true}});
    secret.after_sensitive = json!({"data": {"password": true}});
    let mut worker = operation(Action::Update, "app.worker", ("apps", "Deployment"), "worker");
    worker.changes = vec![FieldChange {
        set_by: Some(editor()),
        accept: Some(Accept::Edit {
            at: place(41),
            line: "replicas = 3".into(),
            becomes: Some("replicas = 7".into()),
            also: 0,
        }),
        ..change("spec.replicas", known(7), known(3), Cause::Drift, Some(41))
    }];
    let mut gone = operation(Action::Create, "config.flags", ("", "ConfigMap"), "flags");
    gone.vanished = true;
    gone.changes = vec![change("data.on", Side::Absent, known("1"), Cause::Ours, Some(50))];
    let mut ingress = operation(Action::Delete, "ingress.nginx", ("networking.k8s.io", "Ingress"), "nginx");
    ingress.consequences =
        vec![Consequence::ClaimKept("disk-ssd-nginx-1".into()), Consequence::ClaimLost("old".into())];
    plan.operations = vec![
        app,
        service,
        config,
        secret,
        ingress,
        operation(Action::None, "app.db", ("apps", "StatefulSet"), "db"),
        worker,
        gone,
    ];
    plan.operations.iter_mut().enumerate().for_each(|(i, op)| op.index = i);
    plan.outputs = vec![
        OutputChange {
            name: "ip".into(),
            before: Side::Absent,
            after: Side::Unknown("service.nginx.cluster_ip".into()),
        },
        OutputChange { name: "url".into(), before: known("http://a"), after: known("http://b") },
    ];
    plan.retained_claims = vec![ObjectId {
        gvk: Gvk::new("", "v1", "PersistentVolumeClaim"),
        namespace: Some("default".into()),
        name: "disk-ssd-nginx-1".into(),
    }];
    plan
}
