//! Jobs that are gone without anybody having seen how they ended.
//!
//! A job with a time to live is deleted some time after it finished. An apply that sees it complete writes that
//! down, and it is not made again. Where none did, a job that finished and one that somebody deleted look alike:
//! it runs again, which is said.

use plimsoll_model::{Diagnostic, Report};

use crate::digest;
use crate::plan::{Action, Operation};
use crate::world::{World, identity};

/// Says which jobs run again although they may have run to their end.
pub(crate) fn unseen(operations: &[Operation], world: &World<'_>, report: &mut Report) {
    let gone = |op: &&Operation| op.action == Action::Create && op.vanished && op.id.gvk.kind == "Job";
    for operation in operations.iter().filter(gone) {
        let want = world.input.desired.objects.iter().find(|o| o.address == operation.address);
        let (Some(want), Some((_, last))) = (want, world.recorded.get(&identity(&operation.id))) else {
            continue;
        };
        // One that is another one by now runs anyway.
        if !digest::is_of(&last.digest, want, world.secrets.key()) {
            continue;
        }
        let Some(seconds) = operation.desired.value()["spec"]["ttlSecondsAfterFinished"].as_i64() else {
            continue;
        };
        report.push(
            Diagnostic::warning("job-end-unseen", "a job runs again, and may have run to its end before")
                .detail(format!(
                    "{} ({}) is gone. Either it finished, and was deleted {seconds} s later as it says, or somebody \
                     deleted it: no apply saw it complete.",
                    operation.address, operation.id
                ))
                .at(want.span, "runs again")
                .help("apply without --no-wait: what is seen to complete does not run again"),
        );
    }
}
