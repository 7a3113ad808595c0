//! Objects that somebody else made and that the configuration takes over (`import`).

use plimsoll_model::{Diagnostic, Report};
use serde_json::Value as Json;

use crate::change::Consequence;
use crate::observe::{ENVIRONMENT_LABEL, PROJECT_LABEL};
use crate::owners;
use crate::plan::{Action, Operation};
use crate::world::World;

/// Whether an object is another environment's or project's: it is given up there before it is taken here.
pub(crate) fn is_elsewhere(object: &Json, world: &World<'_>) -> bool {
    let about = &world.input.about;
    let label = |name: &str| object["metadata"]["labels"][name].as_str();
    let named = label(PROJECT_LABEL).is_some() || label(ENVIRONMENT_LABEL).is_some();
    named && !owners::has_labels(object, &about.project, &about.environment)
}

/// What the plan says about who managed an object until now.
pub(crate) fn consequence(live: &Json) -> Consequence {
    let who = owners::who(live).into_iter().map(|o| format!("{} ({})", o.manager, o.operation));
    let mut who: Vec<String> = who.collect();
    who.sort();
    who.dedup();
    Consequence::Adopted(who)
}

/// Warns about imports that find nothing to take over.
pub(crate) fn missing(operations: &[Operation], world: &World<'_>, report: &mut Report) {
    for (to, span) in &world.input.desired.imports {
        let made = operations.iter().find(|o| o.address == *to && o.action == Action::Create);
        if let Some(operation) = made {
            report.push(
                Diagnostic::warning("import-nothing", "there is nothing to take over")
                    .detail(format!("{} is not in the cluster: {to} will be created.", operation.id))
                    .at(*span, "imported here")
                    .help("check the name and the namespace, or remove the import block"),
            );
        }
    }
}
