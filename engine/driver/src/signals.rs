//! Being told to stop: once, and again.

use tokio_util::sync::CancellationToken;

/// The two wishes of whoever presses Ctrl-C. Clones speak of the same run.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    drain: CancellationToken,
    leave: CancellationToken,
}

impl Signals {
    /// Nothing is wished yet.
    pub fn new() -> Signals {
        Signals::default()
    }

    /// The next wish: first to begin nothing new, then to leave at once.
    pub fn interrupt(&self) {
        match self.drain.is_cancelled() {
            false => self.drain.cancel(),
            true => self.leave.cancel(),
        }
    }

    /// Whether nothing new may begin.
    pub fn stopping(&self) -> bool {
        self.drain.is_cancelled()
    }

    /// Ends when nothing new may begin.
    pub(crate) async fn drained(&self) {
        self.drain.cancelled().await;
    }

    /// Ends when the run is to leave at once.
    pub(crate) async fn left(&self) {
        self.leave.cancelled().await;
    }
}
