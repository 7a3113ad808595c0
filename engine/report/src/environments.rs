//! Two environments compared, as text and as JSON.

use plimsoll_model::{Address, ObjectId};
use plimsoll_plan::environments::Comparison;
use serde_json::{Value as Json, json};

use crate::safe;
use crate::style::Style;
use crate::text::{field, outputs, render};

/// What was compared: pairs hold the first environment's, then the second one's.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The project.
    pub project: &'a str,
    /// The environments.
    pub environments: [&'a str; 2],
    /// Their namespaces.
    pub namespaces: [&'a str; 2],
}

/// The comparison for people: `-` stands only in the first environment, `+` only in the second.
pub fn text(comparison: &Comparison, names: &Names<'_>, style: Style) -> String {
    let [first, second] = names.environments.map(safe::line);
    let heading = format!("Environments {first} → {second} of project {}", safe::line(names.project));
    let mut out = format!("{}\n", style.bold(&heading));
    let [from, to] = names.namespaces.map(safe::line);
    if from != to {
        out.push_str(&format!("  {} namespace: {from} → {to}\n", style.yellow("~")));
    }
    let object = |mark: &str, address: &Address, id: &ObjectId| {
        let address = style.bold(&safe::line(&address.to_string()));
        format!("\n  {mark} {address} ({} {})\n", safe::line(&id.gvk.kind), safe::line(&id.name))
    };
    for (address, id) in &comparison.only_first {
        out.push_str(&object(&style.red("-"), address, id));
    }
    for (address, id) in &comparison.only_second {
        out.push_str(&object(&style.green("+"), address, id));
    }
    for (address, id, changes) in &comparison.different {
        out.push_str(&object(&style.yellow("~"), address, id));
        let lines: Vec<_> = changes.iter().flat_map(|change| field(change, style)).collect();
        out.push_str(&render(&lines, style));
    }
    out.push_str(&outputs(&comparison.outputs, style, "Outputs"));
    out.push_str(&format!(
        "\n{} {} only in {first}, {} only in {second}, {} different, {} the same.\n",
        style.bold("Objects:"),
        comparison.only_first.len(),
        comparison.only_second.len(),
        comparison.different.len(),
        comparison.same
    ));
    out
}

/// The comparison for programs.
pub fn json(comparison: &Comparison, names: &Names<'_>) -> Json {
    let [first, second] = names.environments;
    let [from, to] = names.namespaces;
    let alone = |objects: &[(Address, ObjectId)]| -> Vec<Json> {
        objects.iter().map(|(address, id)| json!({"address": address, "object": id})).collect()
    };
    let different: Vec<Json> = comparison
        .different
        .iter()
        .map(|(address, id, changes)| json!({"address": address, "object": id, "changes": changes}))
        .collect();
    json!({
        "format_version": "1.0",
        "project": names.project,
        "first": {"environment": first, "namespace": from},
        "second": {"environment": second, "namespace": to},
        "only_first": alone(&comparison.only_first),
        "only_second": alone(&comparison.only_second),
        "different": different,
        "same": comparison.same,
        "outputs": comparison.outputs,
    })
}
