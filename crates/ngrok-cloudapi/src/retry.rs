//! Which failures are worth another try, and how long to wait before it. Pure: the loop that waits is in `send.rs`.

use std::time::Duration;

use crate::call::Method;
use crate::error::Error;

/// When a call is tried again. Every wait stays within the call's deadline.
///
/// * 429 is waited for with every method, as the service refused the request before doing anything.
/// * 5xx and connection faults (but no certificate that is not trusted) are tried again for GET, PUT and DELETE, which can be repeated.
///   POST and PATCH are not, unless [`RetryPolicy::repeat_writes`] asks for it: the first one may have had its effect.
///   (A DELETE whose first answer was lost can end in a 404.)
///
/// ```
/// use ngrok_cloudapi::{Client, RetryPolicy};
///
/// # fn main() -> ngrok_cloudapi::Result<()> {
/// let client = Client::builder("KEY").retry(RetryPolicy::default().max_retries(5)).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_retries: u32,
    rate_limited: bool,
    repeat_writes: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 3,
            rate_limited: true,
            repeat_writes: false,
        }
    }
}

impl RetryPolicy {
    /// Never tries again, not even after a 429.
    pub fn never() -> Self {
        Self {
            max_retries: 0,
            rate_limited: false,
            repeat_writes: false,
        }
    }

    /// How often a call is repeated after a 5xx or a connection fault; 3 by default. A 429 does not count.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// Whether 429 is waited for; yes by default.
    #[must_use]
    pub fn wait_when_rate_limited(mut self, wait: bool) -> Self {
        self.rate_limited = wait;
        self
    }

    /// Whether POST and PATCH are repeated after a 5xx or a connection fault too; no by default.
    /// A repeated POST can create the same thing twice.
    #[must_use]
    pub fn repeat_writes(mut self, repeat: bool) -> Self {
        self.repeat_writes = repeat;
        self
    }

    /// The wait before the next try, or `None` if `error` is final. `tries` are those that failed so far, this one included.
    pub(crate) fn wait(
        &self,
        method: Method,
        error: &Error,
        tries: Tries,
        jitter: f64,
    ) -> Option<Duration> {
        if error.is_rate_limited() {
            let wait = match error.retry_after() {
                // A service that goes on asking for no wait at all must not be hammered.
                Some(asked) if tries.rate_limited > 1 => {
                    asked.max(backoff(tries.rate_limited - 1, jitter))
                }
                Some(asked) => asked,
                None => backoff(tries.rate_limited, jitter),
            };
            return self.rate_limited.then_some(wait);
        }
        let may_repeat = method.is_repeatable() || self.repeat_writes;
        if !may_repeat || !error.is_retryable() || tries.failed > self.max_retries {
            return None;
        }
        let wait = backoff(tries.failed, jitter);
        Some(error.retry_after().map_or(wait, |asked| asked.max(wait)))
    }
}

/// How often one call has failed, by the two kinds that are treated apart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tries {
    pub(crate) failed: u32,
    pub(crate) rate_limited: u32,
}

impl Tries {
    pub(crate) fn count(&mut self, error: &Error) {
        if error.is_rate_limited() {
            self.rate_limited += 1;
        } else {
            self.failed += 1;
        }
    }
}

/// Half a second, doubled with every try up to 16 s; of each, a random half is cut off.
fn backoff(tries: u32, jitter: f64) -> Duration {
    let full = Duration::from_millis(500) * 2u32.pow(tries.saturating_sub(1).min(5));
    full.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_and_is_capped() {
        let millis: Vec<u128> = (1..9).map(|n| backoff(n, 0.0).as_millis()).collect();
        assert_eq!(millis, [500, 1000, 2000, 4000, 8000, 16000, 16000, 16000]);
        assert_eq!(backoff(1, 1.0), Duration::from_millis(250));
    }
}
