//! Whether a plan may still be carried out: made for this project, environment, cluster, state and
//! configuration, not expired, and every object as it was reviewed.

use std::collections::BTreeMap;

use plimsoll_model::{Address, Desired, DesiredObject, Diagnostic, Report};
use plimsoll_plan::mask::Key;
use plimsoll_plan::stale::Stale;
use plimsoll_plan::{Operation, Plan, Variable, digest};

/// What a plan is held against.
#[derive(Debug)]
pub(crate) struct Against<'a> {
    pub project: &'a str,
    pub environment: &'a str,
    pub cluster: &'a str,
    pub lineage: &'a str,
    pub serial: u64,
    pub configuration: &'a str,
    /// The variables in force.
    pub variables: &'a BTreeMap<String, Variable>,
    /// RFC 3339 in UTC, to the second.
    pub now: &'a str,
}

/// Every way in which the plan does not fit.
pub(crate) fn header(plan: &Plan, now: &Against<'_>) -> Report {
    let h = &plan.header;
    let mut report = Report::new();
    let mut other = |what: &str, detail: String| {
        let d =
            Diagnostic::error("plan-stale", "the plan no longer fits").detail(format!("{what}: {detail}."));
        report.push(d.help("plan again, and apply the new plan"));
    };
    let differs = |a: &str, b: &str| format!("the plan was made for \"{a}\", and this is \"{b}\"");
    if h.project != now.project {
        other("The project is another one", differs(&h.project, now.project));
    }
    if h.environment != now.environment {
        other("The environment is another one", differs(&h.environment, now.environment));
    }
    if h.cluster != now.cluster {
        other("The cluster is another one", differs(&h.cluster, now.cluster));
    }
    if h.lineage.is_empty() && !now.lineage.is_empty() {
        let how = "the plan was made while there was none, and one was written since (by an apply of this very plan, perhaps)";
        other("There is a state", how.into());
    } else if h.lineage != now.lineage {
        other("The state is another one", differs(&h.lineage, now.lineage));
    } else if h.serial != now.serial {
        let how = format!("the plan was made at serial {}, and the state is at {}", h.serial, now.serial);
        other("The state has changed", how);
    }
    if h.configuration != now.configuration {
        other(
            "The configuration has changed",
            "its files or variables are not those that were planned".into(),
        );
    }
    for (name, planned) in &h.variables {
        // Without a key there was nothing to hash it with.
        let hashed = matches!(planned, Variable::Hash(hash) if hash != plimsoll_plan::mask::NO_HASH);
        if hashed && now.variables.get(name) != Some(planned) {
            let how =
                format!("\"{name}\" is sensitive, so it is given again, and it is not what was planned with");
            other("A variable has another value", how);
        }
    }
    if h.expires.as_str() < now.now {
        other("The plan has expired", format!("it was accepted until {}, and it is {}", h.expires, now.now));
    }
    report
}

/// One finding for each object that the configuration no longer declares as it was reviewed: a secret
/// that is in no digest of the configuration has another value.
pub(crate) fn desired(plan: &Plan, desired: &Desired, key: &Key) -> Report {
    let declared: BTreeMap<&Address, &DesiredObject> =
        desired.objects.iter().map(|o| (&o.address, o)).collect();
    let mut report = Report::new();
    for op in plan.operations.iter().filter(|o| !o.desired_digest.is_empty()) {
        match declared.get(&op.address) {
            Some(o) if digest::fits(&op.desired_digest, &o.root, key) => {}
            Some(o) => report.push(
                changed(
                    op,
                    "the configuration no longer says what was reviewed, or a secret has another value",
                )
                .at(o.span, ""),
            ),
            None => report.push(changed(op, "the configuration no longer declares it")),
        }
    }
    report
}

/// What is said of an operation that no longer fits.
pub(crate) fn changed(op: &Operation, why: &str) -> Diagnostic {
    Diagnostic::error("plan-stale", "the plan no longer fits")
        .detail(format!("{}: {why}.", op.address))
        .help("plan again, and review the new plan")
}

/// One finding for each object that is no longer as it was reviewed.
pub(crate) fn objects(plan: &Plan, stale: &[Stale], report: &mut Report) {
    for one in stale {
        let place = plan.operations.iter().find(|o| o.address == one.address).and_then(|o| o.source.as_ref());
        let place = place.map(|l| format!(" ({l})")).unwrap_or_default();
        let d = Diagnostic::error("plan-stale", "the plan no longer fits")
            .detail(format!("{}{place}, {}: {}.", one.address, one.id, one.differences.join("; ")))
            .help("plan again, and review the new plan");
        report.push(d);
    }
}

/// The findings that keep a plan from being applied.
pub(crate) fn errors(plan: &Plan) -> Report {
    let mut report = Report::new();
    for notice in plan.notices.iter().filter(|n| n.error) {
        let mut d =
            Diagnostic::error(notice.code.clone(), notice.summary.clone()).detail(notice.detail.clone());
        d.help.clone_from(&notice.help);
        report.push(d);
    }
    report
}
