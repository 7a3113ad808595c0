//! What becomes of a value that its attribute refuses: it is dropped, and said is only why.
//!
//! Tests keep it where its type allows that, to show Kubernetes' own validation the object that would
//! have come of it; see `refused.rs`. No other code does.

/// Whether a value stays although it was refused.
#[cfg(not(test))]
pub fn kept() -> bool {
    false
}

/// Notes that a value could not be kept.
#[cfg(not(test))]
pub fn lost() {}

#[cfg(test)]
pub use tests::{keeping, kept, lost};

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    thread_local! {
        /// Whether values are kept, and whether one was not, in spite of that.
        static STATE: Cell<(bool, bool)> = const { Cell::new((false, false)) };
    }

    /// Whether a value stays although it was refused.
    pub fn kept() -> bool {
        STATE.get().0
    }

    /// Notes that a value could not be kept.
    pub fn lost() {
        STATE.set((STATE.get().0, true));
    }

    /// Runs something that keeps what is refused; with it, whether all of that could be kept.
    pub fn keeping<T>(run: impl FnOnce() -> T) -> (T, bool) {
        STATE.set((true, false));
        let done = run();
        let (_, lost) = STATE.replace((false, false));
        (done, !lost)
    }
}
