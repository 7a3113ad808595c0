//! A plan as text, as Terraform's users read one.

use plimsoll_plan::Plan;

use crate::Style;

/// The whole plan.
pub fn plan(plan: &Plan, style: Style) -> String {
    let _ = (plan, style);
    String::new()
}
