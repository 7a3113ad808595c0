//! A plan as JSON that tools made for Terraform's plan JSON can read.
//!
//! Terraform's names keep their meaning; what it has no name for stands under `plimsoll`. One entry
//! for each Kubernetes object. Sensitive values are never in it: a placeholder stands there, and
//! `before_sensitive` and `after_sensitive` say so.

use plimsoll_model::{Address, InstanceKey};
use plimsoll_plan::{Action, Operation, OutputChange, Plan, Side, Variable};
use serde_json::{Map, Value as Json, json};

/// The version of Terraform's format that this follows.
pub const FORMAT_VERSION: &str = "1.2";

/// The provider's name that every entry carries.
pub const PROVIDER: &str = "registry.plimsoll.dev/plimsoll/kubernetes";

const SENSITIVE: &str = "(sensitive value)";

/// The whole plan.
pub fn plan(plan: &Plan) -> Json {
    let header = &plan.header;
    let changes: Vec<Json> = plan.operations.iter().map(resource_change).collect();
    let outputs: Map<String, Json> =
        plan.outputs.iter().map(|o| (o.name.clone(), output_change(o))).collect();
    json!({
        "format_version": FORMAT_VERSION,
        "terraform_version": env!("CARGO_PKG_VERSION"),
        "variables": variables(plan),
        "planned_values": planned_values(plan),
        "resource_changes": changes,
        "output_changes": outputs,
        "timestamp": header.created,
        "applyable": !plan.errored() && plan.has_changes(),
        "complete": true,
        "errored": plan.errored(),
        "plimsoll": {
            "project": header.project,
            "environment": header.environment,
            "target": header.target,
            "cluster": header.cluster,
            "cluster_version": header.cluster_version,
            "lineage": header.lineage,
            "serial": header.serial,
            "expires": header.expires,
            "notices": plan.notices,
            "retained_claims": plan.retained_claims,
            "unrecorded_deletes": plan.unrecorded_deletes.iter().map(resource_change).collect::<Vec<_>>(),
        },
    })
}

fn variables(plan: &Plan) -> Json {
    let known = plan.header.variables.iter().filter_map(|(name, value)| match value {
        Variable::Value(value) => Some((name.clone(), json!({"value": value}))),
        Variable::Hash(_) => None,
    });
    Json::Object(known.collect())
}

/// Mode, type, name and so on, as Terraform names the parts of an address.
fn identity(address: &Address) -> Map<String, Json> {
    let mut out = Map::new();
    out.insert("address".into(), address.to_string().into());
    if !address.modules.is_empty() {
        let modules = Address { modules: address.modules.clone(), ..Address::new("x", "y") };
        let text = modules.to_string();
        out.insert("module_address".into(), text.strip_suffix(".x.y").unwrap_or(&text).into());
    }
    out.insert("mode".into(), "managed".into());
    out.insert("type".into(), address.block.clone().into());
    let part = address.part.as_ref().map(|p| format!(":{p}")).unwrap_or_default();
    out.insert("name".into(), format!("{}{part}", address.name).into());
    match &address.key {
        Some(InstanceKey::Index(i)) => {
            out.insert("index".into(), (*i).into());
        }
        Some(InstanceKey::Name(n)) => {
            out.insert("index".into(), n.clone().into());
        }
        None => {}
    }
    out.insert("provider_name".into(), PROVIDER.into());
    out
}

fn resource_change(op: &Operation) -> Json {
    let mut out = identity(&op.address);
    if let Some(from) = &op.moved_from {
        out.insert("previous_address".into(), from.to_string().into());
    }
    if matches!(op.action, Action::Delete | Action::Forget) {
        out.insert("action_reason".into(), "delete_because_no_resource_config".into());
    }
    if op.action == Action::Replace {
        out.insert("action_reason".into(), "replace_because_cannot_update".into());
    }
    let mut change = json!({
            "actions": actions(op),
            "before": op.before,
            "after": op.after,
            "after_unknown": op.after_unknown,
            "before_sensitive": op.before_sensitive,
            "after_sensitive": op.after_sensitive,
    });
    if op.adopted {
        change["importing"] = json!({"id": op.id.name});
    }
    out.insert("change".into(), change);
    out.insert(
        "plimsoll".into(),
        json!({
            "object": op.id,
            "uid": op.uid,
            "verdict": op.verdict,
            "force": op.force,
            "adopted": op.adopted,
            "vanished": op.vanished,
            "replaced_by": op.replaced_by,
            "keeps_pods": op.keeps_pods,
            "grows": op.grows,
            "changes": op.changes,
            "ownership": op.ownership,
            "others": op.others,
            "hidden": op.hidden,
            "reverts": op.reverts,
            "yielded": op.yielded,
            "left": op.left,
            "consequences": op.consequences,
            "source": op.source,
            "needs": op.needs,
        }),
    );
    Json::Object(out)
}

/// As Terraform names them: what is replaced is deleted first.
fn actions(op: &Operation) -> &'static [&'static str] {
    match op.action {
        Action::Create => &["create"],
        Action::Update => &["update"],
        Action::Replace => &["delete", "create"],
        Action::Delete => &["delete"],
        Action::Forget | Action::Release => &["forget"],
        Action::None => &["no-op"],
    }
}

fn output_change(output: &OutputChange) -> Json {
    let action = match (&output.before, &output.after) {
        (before, after) if before == after => "no-op",
        (Side::Absent, _) => "create",
        (_, Side::Absent) => "delete",
        _ => "update",
    };
    let value = |side: &Side| match side {
        Side::Known(value) => value.clone(),
        Side::Sensitive(_) => SENSITIVE.into(),
        _ => Json::Null,
    };
    let sensitive = |side: &Side| matches!(side, Side::Sensitive(_));
    json!({
        "actions": [action],
        "before": value(&output.before),
        "after": value(&output.after),
        "after_unknown": matches!(output.after, Side::Unknown(_) | Side::Assigned),
        "before_sensitive": sensitive(&output.before),
        "after_sensitive": sensitive(&output.after),
    })
}

fn planned_values(plan: &Plan) -> Json {
    let stays = |op: &&Operation| !op.after.is_null();
    let resources: Vec<Json> = plan
        .operations
        .iter()
        .filter(stays)
        .map(|op| {
            let mut out = identity(&op.address);
            out.remove("module_address");
            out.insert("schema_version".into(), 0.into());
            out.insert("values".into(), op.after.value());
            out.insert("sensitive_values".into(), op.after_sensitive.clone());
            Json::Object(out)
        })
        .collect();
    let outputs = plan.outputs.iter().filter(|o| o.after.is_present()).map(|o| {
        let sensitive = matches!(o.after, Side::Sensitive(_));
        let mut out = Map::from_iter([("sensitive".to_string(), Json::from(sensitive))]);
        if let Side::Known(value) = &o.after {
            out.insert("value".into(), value.clone());
            out.insert("type".into(), type_of(value));
        }
        (o.name.clone(), Json::Object(out))
    });
    json!({"outputs": Json::Object(outputs.collect()), "root_module": {"resources": resources}})
}

/// A value's type in the JSON form of Terraform's type constraints.
fn type_of(value: &Json) -> Json {
    match value {
        Json::Null => "dynamic".into(),
        Json::Bool(_) => "bool".into(),
        Json::Number(_) => "number".into(),
        Json::String(_) => "string".into(),
        Json::Array(items) => json!(["tuple", items.iter().map(type_of).collect::<Vec<_>>()]),
        Json::Object(map) => {
            json!(["object", map.iter().map(|(k, v)| (k.clone(), type_of(v))).collect::<Map<_, _>>()])
        }
    }
}
