//! Many sequences, some of them at once, until there is enough of everything.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::generate::{Played, focus, play};
use crate::place::Target;
use crate::table::Table;

/// What is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The first seed.
    pub seed: u64,
    /// How many sequences; none: as many as the steps take.
    pub sequences: Option<u64>,
    /// The most steps of a sequence.
    pub steps: usize,
    /// How many steps.
    pub total: usize,
    /// How often each cell of the table that makes sense is met.
    pub least: usize,
    /// How many sequences run at once.
    pub jobs: usize,
    /// Whether others go on when one has failed.
    pub keep_going: bool,
    /// On which cluster.
    pub target: Target,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Summary {
    /// What was counted.
    pub table: Table,
    /// The sequences that failed.
    pub failed: Vec<Played>,
}

/// Runs; `told` hears of each sequence when it ends.
///
/// # Errors
/// A cluster cannot be used, or a sequence panicked.
pub fn run(options: &Options, told: &(dyn Fn(&Played) + Sync)) -> Result<Summary, String> {
    let long = Long {
        options,
        told,
        next: AtomicU64::new(options.seed),
        stop: AtomicBool::new(false),
        summary: Mutex::default(),
    };
    let ends: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..options.jobs.max(1)).map(|_| scope.spawn(|| long.work())).collect();
        let panicked = |_| Err("a sequence panicked".to_string());
        workers.into_iter().map(|w| w.join().unwrap_or_else(panicked)).collect()
    });
    ends.into_iter().collect::<Result<Vec<()>, String>>()?;
    Ok(long.summary.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// What all threads share.
struct Long<'l> {
    options: &'l Options,
    told: &'l (dyn Fn(&Played) + Sync),
    next: AtomicU64,
    stop: AtomicBool,
    summary: Mutex<Summary>,
}

impl Long<'_> {
    fn summary<R>(&self, with: impl FnOnce(&mut Summary) -> R) -> R {
        with(&mut self.summary.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next seed; none where enough was played. Once there are enough steps, only kinds are looked
    /// at that still lack some.
    fn seed(&self) -> Option<u64> {
        let most = self.options.sequences.map(|n| self.options.seed + n);
        loop {
            let seed = self.next.fetch_add(1, Ordering::SeqCst);
            if self.stop.load(Ordering::SeqCst) || most.is_some_and(|most| seed >= most) {
                return None;
            }
            let (steps, lacking) = self.summary(|s| (s.table.steps, s.table.lacking(self.options.least)));
            if most.is_some() || steps < self.options.total {
                return Some(seed);
            }
            // A cell that no sequence fills is told in the end, not waited for.
            if lacking.is_empty() || steps > 2 * self.options.total {
                return None;
            }
            if lacking.iter().any(|(kind, _)| *kind == focus(seed)) {
                return Some(seed);
            }
        }
    }

    fn work(&self) -> Result<(), String> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        while let Some(seed) = self.seed() {
            let played = runtime.block_on(play(&self.options.target, seed, self.options.steps));
            let played = played.map_err(|e| format!("seed {seed}: {e}"))?;
            (self.told)(&played);
            if played.failure.is_some() && !self.options.keep_going {
                self.stop.store(true, Ordering::SeqCst);
            }
            self.summary(|s| {
                s.table.add(&played.table);
                if played.failure.is_some() {
                    s.failed.push(played);
                }
            });
        }
        Ok(())
    }
}
