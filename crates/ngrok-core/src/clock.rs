//! Time as the crates ask for it, replaceable so that tests need not wait.

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

/// A source of time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns monotonic time, for deadlines.
    fn now(&self) -> Instant;

    /// Returns civil time, for dates that others have written.
    fn wall(&self) -> SystemTime;

    /// Blocks for `span`. The caller has checked it against its deadline.
    fn pause(&self, span: Duration);
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn pause(&self, span: Duration) {
        std::thread::sleep(span);
    }
}
