//! The time that pacing and retries live by, with the randomness that spreads them; replaceable so that tests need not wait.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use ngrok_core::Deadline;
pub(crate) use ngrok_core::SystemClock;

/// What the client asks of time.
pub(crate) trait Clock: ngrok_core::Clock {
    /// A number in `0.0..1.0` that spreads the retries of many clients.
    fn jitter(&self) -> f64;
}

impl Clock for SystemClock {
    fn jitter(&self) -> f64 {
        // Every `RandomState` is keyed anew, which is all the randomness that spreading needs.
        let bits = RandomState::new().hash_one(0) >> 11;
        bits as f64 / (1u64 << 53) as f64
    }
}

/// The end of one call on a clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End(Deadline);

impl End {
    /// `span` from now; without one, the call never ends.
    pub(crate) fn after(clock: &dyn Clock, span: Option<Duration>) -> Self {
        Self(span.map_or(Deadline::never(), |span| Deadline::after_on(clock, span)))
    }

    /// What is left: zero once it has passed, `None` if it never ends.
    pub(crate) fn left(self, clock: &dyn Clock) -> Option<Duration> {
        self.0.remaining_on(clock)
    }

    /// Whether `span` from now is still before the end.
    pub(crate) fn allows(self, clock: &dyn Clock, span: Duration) -> bool {
        self.left(clock).is_none_or(|left| span < left)
    }
}

#[cfg(test)]
pub(crate) mod virtual_clock {
    use super::*;
    use std::sync::{Arc, Mutex};
    use std::time::{Instant, SystemTime};

    /// Time that passes only when somebody waits; it remembers the waits.
    #[derive(Debug)]
    pub(crate) struct VirtualClock {
        start: Instant,
        pauses: Mutex<Vec<Duration>>,
    }

    impl VirtualClock {
        pub(crate) fn new() -> Self {
            Self {
                start: Instant::now(),
                pauses: Mutex::default(),
            }
        }

        pub(crate) fn pauses(&self) -> Vec<Duration> {
            self.pauses.lock().unwrap().clone()
        }

        pub(crate) fn elapsed(&self) -> Duration {
            self.pauses.lock().unwrap().iter().sum()
        }
    }

    /// One clock that the client and its test share.
    #[derive(Clone, Debug)]
    pub(crate) struct Shared(pub(crate) Arc<VirtualClock>);

    impl ngrok_core::Clock for Shared {
        fn now(&self) -> Instant {
            self.0.start + self.0.elapsed()
        }

        fn wall(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000) + self.0.elapsed()
        }

        fn pause(&self, span: Duration) {
            self.0.pauses.lock().unwrap().push(span);
        }
    }

    impl Clock for Shared {
        fn jitter(&self) -> f64 {
            0.0
        }
    }
}
