//! A point in time that a whole operation must not pass.

use std::time::{Duration, Instant};

use crate::{Clock, SystemClock};

/// A monotonic deadline. The steps of one operation share it, so that their waits add up to no more than was asked for.
///
/// ```
/// use std::time::Duration;
///
/// use ngrok_core::Deadline;
///
/// let deadline = Deadline::after(Duration::from_secs(5));
/// assert!(!deadline.is_over());
/// assert!(deadline.remaining_or(Duration::from_secs(1)) <= Duration::from_secs(1));
/// assert!(Deadline::after(Duration::MAX).remaining().is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// Returns the deadline that ends `after` from now. A span too long for the clock never ends.
    pub fn after(after: Duration) -> Self {
        Self::after_on(&SystemClock, after)
    }

    /// Returns the deadline that ends `after` from now on another clock.
    pub fn after_on(clock: &dyn Clock, after: Duration) -> Self {
        Self(clock.now().checked_add(after))
    }

    /// Returns the deadline that ends at `end`.
    pub const fn at(end: Instant) -> Self {
        Self(Some(end))
    }

    /// Returns the deadline that never ends.
    pub const fn never() -> Self {
        Self(None)
    }

    /// Returns its point in time, or `None` if it never ends.
    pub const fn instant(self) -> Option<Instant> {
        self.0
    }

    /// Returns what is left: zero once it has passed, `None` if it never ends.
    pub fn remaining(self) -> Option<Duration> {
        self.remaining_on(&SystemClock)
    }

    /// Returns what is left on another clock.
    pub fn remaining_on(self, clock: &dyn Clock) -> Option<Duration> {
        self.0.map(|end| end.saturating_duration_since(clock.now()))
    }

    /// Returns what is left, but at most `cap`: the length of one wait within the operation.
    pub fn remaining_or(self, cap: Duration) -> Duration {
        self.remaining().map_or(cap, |left| left.min(cap))
    }

    /// Returns whether it has passed.
    pub fn is_over(self) -> bool {
        self.remaining().is_some_and(|left| left.is_zero())
    }

    /// Returns the earlier of the two.
    pub fn min(self, other: Self) -> Self {
        Self(match (self.0, other.0) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, none) => one.or(none),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_one_wins_and_never_is_the_latest() {
        let soon = Deadline::after(Duration::from_secs(1));
        let late = Deadline::after(Duration::from_secs(60));
        assert_eq!(soon.min(late), soon);
        assert_eq!(late.min(soon), soon);
        assert_eq!(Deadline::never().min(soon), soon);
        assert_eq!(soon.min(Deadline::never()), soon);
    }

    #[test]
    fn it_is_over_when_nothing_is_left() {
        assert!(Deadline::after(Duration::ZERO).is_over());
        assert!(!Deadline::never().is_over());
        assert_eq!(
            Deadline::never().remaining_or(Duration::from_secs(3)),
            Duration::from_secs(3)
        );
        assert_eq!(Deadline::after(Duration::MAX), Deadline::never());
    }
}
