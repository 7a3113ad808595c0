//! The `project` block: identity, the version it needs, where its state lives.

use plimsoll_model::config::Project;
use plimsoll_model::{Diagnostic, Report};

use crate::catalog::Catalog;
use crate::eval::Evaluator;
use crate::eval::scope::Scope;
use crate::shape::check_shape;
use crate::syntax::ast::Block;
use crate::version::Requirement;

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Backends of a state that are planned.
const LATER_STATES: [&str; 5] = ["azure", "gcs", "kubernetes", "postgres", "s3"];

/// Evaluates the project; reports where there is none.
pub fn read(catalog: &Catalog, fixed: &Evaluator, report: &mut Report) -> Option<Project> {
    let Some(block) = &catalog.project else {
        if !catalog.any_broken("project") {
            report.push(
                Diagnostic::error("no-project", "no project block")
                    .detail(
                        "A project names what this configuration owns in a cluster; it cannot change later.",
                    )
                    .help("add this line to one of the files: project \"my-project\" {}"),
            );
        }
        return None;
    };
    check_shape(block, &["required_version"], &["state"], report);
    required_version(block, fixed, report);
    let states: Vec<&Block> = block.body.blocks.iter().filter(|b| &*b.ty == "state").collect();
    if let [first, again, ..] = states.as_slice() {
        report.push(
            Diagnostic::error("duplicate-declaration", "declared twice")
                .detail("A project has one state.")
                .at(again.header_span, "again here")
                .related(first.header_span, "first here"),
        );
    }
    for state in states {
        for b in state.body.blocks.iter().filter(|b| LATER_STATES.contains(&&*b.ty)) {
            report.push(
                Diagnostic::error("not-supported-yet", "block is not supported yet")
                    .detail(format!(
                        "A state in `{}` is planned; this version keeps it in a local file.",
                        b.ty
                    ))
                    .at(b.header_span, "")
                    .help("local {}"),
            );
        }
        check_shape(state, &[], &["local", "azure", "gcs", "kubernetes", "postgres", "s3"], report);
        for local in state.body.blocks.iter().filter(|b| &*b.ty == "local") {
            check_shape(local, &[], &[], report);
        }
    }
    let scope = Scope::fixed("a project is the same in every environment");
    Some(Project {
        name: block.labels.first().map_or_else(String::new, |l| l.text.to_string()),
        span: block.header_span,
        body: fixed.body(&block.ty, &block.body, block.body_span, &scope, &[]),
    })
}

fn required_version(block: &Block, fixed: &Evaluator, report: &mut Report) {
    let Some(a) = block.body.attr("required_version") else { return };
    let v = fixed.eval(&a.expr, &Scope::fixed("a version is fixed"));
    if v.is_poison() {
        return;
    }
    let d = match v.as_str().map(Requirement::parse) {
        Some(Ok(r)) if r.matches(VERSION) => return,
        Some(Ok(_)) => Diagnostic::error("wrong-version", "this configuration needs another version")
            .detail(format!("It requires {:?}; this is {VERSION}.", v.as_str().unwrap_or(""))),
        Some(Err(part)) => Diagnostic::error("bad-version", "invalid version constraint")
            .detail(format!("{part:?} is no constraint."))
            .help("required_version = \">= 0.1, < 1.0\""),
        None => Diagnostic::error("wrong-type", "wrong type")
            .detail(format!("required_version is a string, and this is {}.", v.describe())),
    };
    report.push(d.at(a.expr.span, ""));
}
