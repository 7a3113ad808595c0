//! Named moments at which a test can end the process. Without the feature `crash-points` they are
//! nothing at all.

/// A moment at which a kill test may end the process.
///
/// With the feature `crash-points` and `PLIMSOLL_CRASH=NAME:N` set, the Nth time (from 1) that the
/// point NAME is passed the process kills itself with SIGKILL: no destructor runs and nothing is
/// flushed. `any:N` counts every point, so a sweep raises N until the run ends by itself.
///
/// Points of this crate, in the order in which a run passes them:
///
/// | Point | Moment |
/// |-|-|
/// | `lock-taken` | the lock is held, nothing was read under it |
/// | `snapshot-write-before`, `snapshot-write-after` | around writing the temporary file |
/// | `snapshot-rename-before`, `snapshot-rename-after` | around putting it in place |
/// | `backup-rename-before`, `backup-rename-after` | around putting the backup in place |
/// | `journal-create-before`, `journal-create-after` | around the journal's first line |
/// | `journal-append-before` | lines are about to be written |
/// | `journal-append-after` | lines are written and not synced |
/// | `journal-sync-after` | lines are synced, their writers do not know yet |
/// | `journal-remove-before`, `journal-remove-after` | around removing a journal that the snapshot includes |
///
/// Where files of a state are put aside, `copy-before` comes before each of them and `copy-after` after all.
///
/// The driver adds `request-before` and `request-after`.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub fn crash_point(_name: &str) {}

/// A moment at which a kill test may end the process: with `PLIMSOLL_CRASH=NAME:N` the Nth time
/// (from 1) that the point NAME is passed the process kills itself; `any:N` counts every point.
#[cfg(feature = "crash-points")]
pub fn crash_point(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);

    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("PLIMSOLL_CRASH").ok()?;
        let (name, n) = text.rsplit_once(':')?;
        Some((name.to_string(), n.parse().ok()?))
    });
    let Some((point, nth)) = wanted else { return };
    if (point == name || point == "any") && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *nth {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort();
    }
}
