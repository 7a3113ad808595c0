//! Asking again: bounded, with jitter, and only where a question may be asked twice.
//!
//! Reads and dry runs are asked again as they are. A write is asked again only when the server
//! said that it did not happen; whether an unanswered one happened is for the executor to find out.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::cluster::Answer;
use crate::error::Cause;

/// A number in `0.0..1.0`, another one each time.
pub type Random = Arc<dyn Fn() -> f64 + Send + Sync>;

/// How often and how patiently a question is asked.
#[derive(Clone)]
pub struct Retry {
    /// How often at most, the first time included.
    pub attempts: u32,
    /// The pause before the second time; it doubles from then on.
    pub pause: Duration,
    /// The longest pause, whatever the server asks for.
    pub longest: Duration,
    /// Spreads the pauses, so that many who failed together do not come back together.
    pub random: Random,
}

impl std::fmt::Debug for Retry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Retry")
            .field("attempts", &self.attempts)
            .field("pause", &self.pause)
            .finish_non_exhaustive()
    }
}

impl Retry {
    /// Five times within about eight seconds.
    pub fn new(random: Random) -> Retry {
        Retry { attempts: 5, pause: Duration::from_millis(250), longest: Duration::from_secs(10), random }
    }

    /// Asks until there is an answer, a failure that asking again cannot mend, or no attempt left.
    ///
    /// # Errors
    /// The last failure.
    pub async fn idempotent<T, F: Future<Output = Answer<T>>>(&self, ask: impl FnMut() -> F) -> Answer<T> {
        self.while_(ask, |cause| cause.1).await
    }

    /// Asks again only where the failure says that nothing was carried out.
    ///
    /// # Errors
    /// The last failure.
    pub async fn write<T, F: Future<Output = Answer<T>>>(&self, ask: impl FnMut() -> F) -> Answer<T> {
        self.while_(ask, |(certainly_not_done, retryable)| certainly_not_done && retryable).await
    }

    async fn while_<T, F: Future<Output = Answer<T>>>(
        &self,
        mut ask: impl FnMut() -> F,
        again: impl Fn((bool, bool)) -> bool,
    ) -> Answer<T> {
        let mut attempt = 1;
        loop {
            match ask().await {
                Err(e) if attempt < self.attempts && again((!e.may_have_happened(), e.is_retryable())) => {
                    let wanted = match &e.cause {
                        Cause::TooManyRequests(wanted) => *wanted,
                        _ => None,
                    };
                    tokio::time::sleep(self.pause_before(attempt + 1, wanted)).await;
                    attempt += 1;
                }
                answer => return answer,
            }
        }
    }

    /// The pause before an attempt (2, 3, …): at least what the server asks for, at most the longest.
    fn pause_before(&self, attempt: u32, wanted: Option<Duration>) -> Duration {
        let doubled = self.pause.saturating_mul(1 << (attempt.saturating_sub(2)).min(16));
        let spread = doubled.mul_f64(0.5 + (self.random)().clamp(0.0, 1.0));
        spread.max(wanted.unwrap_or_default()).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::error::ClusterError;

    fn retry() -> Retry {
        Retry {
            pause: Duration::from_millis(4),
            longest: Duration::from_millis(100),
            ..Retry::new(Arc::new(|| 0.5))
        }
    }

    async fn asked(causes: Vec<Cause>, write: bool) -> (usize, bool) {
        let left = Mutex::new(causes.into_iter());
        let asked = Mutex::new(0);
        let ask = || async {
            *asked.lock().unwrap() += 1;
            match left.lock().unwrap().next() {
                Some(cause) => Err(ClusterError::new("apply", "x", cause)),
                None => Ok(()),
            }
        };
        let answer = if write { retry().write(ask).await } else { retry().idempotent(ask).await };
        (asked.into_inner().unwrap(), answer.is_ok())
    }

    #[tokio::test]
    async fn busy_and_failing_servers_are_asked_again() {
        let busy = || Cause::TooManyRequests(Some(Duration::from_secs(1)));
        let failing = || Cause::Unavailable { code: 503, message: String::new() };
        assert_eq!(asked(vec![busy(), failing()], false).await, (3, true));
        assert_eq!(asked(vec![busy(), busy()], true).await, (3, true));
    }

    #[tokio::test]
    async fn a_write_that_may_have_happened_is_not_sent_again() {
        let failing = Cause::Unavailable { code: 503, message: String::new() };
        let cut = Cause::Unreachable { reason: "reset".into(), sent: true };
        let refused = Cause::Unreachable { reason: "refused".into(), sent: false };
        assert_eq!(asked(vec![failing], true).await, (1, false));
        assert_eq!(asked(vec![cut], true).await, (1, false));
        assert_eq!(asked(vec![refused], true).await, (2, true));
    }

    #[tokio::test]
    async fn attempts_are_bounded_and_final_failures_are_final() {
        let busy = || Cause::TooManyRequests(None);
        assert_eq!(asked((0..9).map(|_| busy()).collect(), false).await, (5, false));
        assert_eq!(asked(vec![Cause::Forbidden("no".into())], false).await, (1, false));
    }

    #[test]
    fn pauses_double_spread_and_end() {
        let mut r = retry();
        assert_eq!(r.pause_before(2, None), Duration::from_millis(4));
        assert_eq!(r.pause_before(4, None), Duration::from_millis(16));
        assert_eq!(r.pause_before(2, Some(Duration::from_millis(20))), Duration::from_millis(20));
        assert_eq!(r.pause_before(30, None), r.longest);
        r.random = Arc::new(|| 0.0);
        assert_eq!(r.pause_before(2, None), Duration::from_millis(2));
    }
}
