//! How long to wait between two tries.

use std::time::Duration;

/// Waits that grow by a factor of two from `first` to `longest`.
///
/// The random part keeps many clients from trying again at the same moment.
///
/// ```
/// use std::time::Duration;
///
/// use ngrok_core::Backoff;
///
/// let backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(1) };
/// assert!(backoff.wait(0, 0.0) >= Duration::from_millis(50));
/// assert!(backoff.wait(40, 0.999) <= Duration::from_secs(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait before the second try, in full.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Backoff {
    /// Returns the wait after `failed` earlier waits; `random` is in `0.0..1.0`. Half of the wait is fixed, half random.
    pub fn wait(&self, failed: u32, random: f64) -> Duration {
        let full = self
            .first
            .saturating_mul(2_u32.saturating_pow(failed))
            .min(self.longest);
        let random = if random.is_finite() {
            random.clamp(0.0, 1.0)
        } else {
            0.0
        };
        full / 2 + (full / 2).mul_f64(random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_stop_growing() {
        let backoff = Backoff {
            first: Duration::from_millis(100),
            longest: Duration::from_millis(1500),
        };
        for (failed, full) in [
            (0, 100),
            (1, 200),
            (2, 400),
            (3, 800),
            (4, 1500),
            (33, 1500),
            (u32::MAX, 1500),
        ] {
            assert_eq!(
                backoff.wait(failed, 0.0),
                Duration::from_micros(full * 500),
                "{failed}"
            );
            assert_eq!(
                backoff.wait(failed, 1.0),
                Duration::from_millis(full),
                "{failed}"
            );
        }
        assert_eq!(backoff.wait(0, f64::NAN), Duration::from_millis(50));
    }

    #[test]
    fn the_longest_span_does_not_overflow() {
        let backoff = Backoff {
            first: Duration::MAX,
            longest: Duration::MAX,
        };
        assert!(backoff.wait(7, 1.0) <= Duration::MAX);
    }
}
