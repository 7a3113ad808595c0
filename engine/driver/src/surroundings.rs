//! Clock and chance, handed in so that everything else is a function of its inputs.

use std::sync::Arc;

use jiff::Timestamp;

use crate::retry::Random;

/// Where time and chance come from.
#[derive(Clone)]
pub struct Surroundings {
    /// What time it is.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// A number in `0.0..1.0`, another one each time.
    pub random: Random,
    /// Bytes that nobody can guess, other ones each time.
    pub secret: Arc<dyn Fn() -> [u8; 32] + Send + Sync>,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}

impl Surroundings {
    /// The system's clock and random numbers.
    pub fn system() -> Surroundings {
        Surroundings {
            now: Arc::new(Timestamp::now),
            random: Arc::new(rand::random::<f64>),
            secret: Arc::new(rand::random::<[u8; 32]>),
        }
    }

    /// A text that nobody else draws: the lineage of a new state.
    pub(crate) fn lineage(&self) -> String {
        (0..4).map(|_| format!("{:08x}", ((self.random)() * f64::from(u32::MAX)) as u32)).collect()
    }
}
