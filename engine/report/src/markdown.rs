//! A plan as Markdown for a pull request.

use plimsoll_plan::Plan;

/// The whole plan.
pub fn plan(plan: &Plan) -> String {
    let _ = plan;
    String::new()
}
