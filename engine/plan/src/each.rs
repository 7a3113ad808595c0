//! The same pure step for every object, on all cores; the outcome is that of one after the other.

use std::num::NonZero;

/// How many items are worth a thread.
const WORTH_A_THREAD: usize = 64;

/// What `step` makes of each item, in their order.
pub(crate) fn each<'i, T: Sync, R: Send>(items: &'i [T], step: impl Fn(&'i T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let size = items.len().div_ceil(cores).max(WORTH_A_THREAD);
    let mut chunks = items.chunks(size);
    let first = chunks.next().unwrap_or_default();
    std::thread::scope(|scope| {
        let step = &step;
        let others: Vec<_> =
            chunks.map(|chunk| scope.spawn(move || chunk.iter().map(step).collect::<Vec<R>>())).collect();
        let mut out: Vec<R> = first.iter().map(step).collect();
        for other in others {
            match other.join() {
                Ok(more) => out.extend(more),
                // A defect in one object's step ends the plan as it would on this thread.
                Err(defect) => std::panic::resume_unwind(defect),
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_stays() {
        let items: Vec<usize> = (0..1000).collect();
        assert_eq!(each(&items, |i| i * 2), (0..1000).map(|i| i * 2).collect::<Vec<_>>());
        assert!(each::<usize, usize>(&[], |i| *i).is_empty());
    }
}
