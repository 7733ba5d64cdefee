//! The time that pacing and retries live by, replaceable so that tests need not wait.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// What the client asks of time.
pub(crate) trait Clock: fmt::Debug + Send + Sync {
    /// Monotonic time, for deadlines and the limiter's window.
    fn now(&self) -> Instant;

    /// Civil time, for a `Retry-After` that names a date.
    fn wall(&self) -> SystemTime;

    /// Lets `span` pass. The caller has checked it against the deadline.
    fn pause(&self, span: Duration);

    /// A number in `0.0..1.0` that spreads the retries of many clients.
    fn jitter(&self) -> f64;
}

#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn pause(&self, span: Duration) {
        thread::sleep(span);
    }

    fn jitter(&self) -> f64 {
        // Every `RandomState` is keyed anew, which is all the randomness that spreading needs.
        let bits = RandomState::new().hash_one(0) >> 11;
        bits as f64 / (1u64 << 53) as f64
    }
}

/// The end of one call on a clock. `deadline.rs` reads the system's clock alone, so it cannot serve here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End(Option<Instant>);

impl End {
    /// `span` from now; none, or one too long for the clock, never ends.
    pub(crate) fn after(clock: &dyn Clock, span: Option<Duration>) -> Self {
        Self(span.and_then(|span| clock.now().checked_add(span)))
    }

    /// What is left: zero once it has passed, `None` if it never ends.
    pub(crate) fn left(self, clock: &dyn Clock) -> Option<Duration> {
        self.0.map(|end| end.saturating_duration_since(clock.now()))
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

    impl Clock for Arc<VirtualClock> {
        fn now(&self) -> Instant {
            self.start + self.elapsed()
        }

        fn wall(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000) + self.elapsed()
        }

        fn pause(&self, span: Duration) {
            self.pauses.lock().unwrap().push(span);
        }

        fn jitter(&self) -> f64 {
            0.0
        }
    }
}
