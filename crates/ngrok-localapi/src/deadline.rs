//! One point in time that a whole operation must not pass.
//!
//! This file stands byte for byte in every crate that waits; `cargo xtask layers` compares the copies.

use std::time::{Duration, Instant};

/// A monotonic deadline. Steps of one operation share it, so that their waits add up to no more than was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline(Option<Instant>);

#[allow(dead_code, reason = "each crate uses what it needs of the shared file")]
impl Deadline {
    /// Ends `after` from now; a span too long for the clock never ends.
    pub(crate) fn after(after: Duration) -> Self {
        Self(Instant::now().checked_add(after))
    }

    /// Never ends.
    pub(crate) const fn never() -> Self {
        Self(None)
    }

    /// What is left: zero once it has passed, `None` if it never ends.
    pub(crate) fn remaining(self) -> Option<Duration> {
        self.0
            .map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// What is left, but at most `cap`: the length of one wait within the operation.
    pub(crate) fn remaining_or(self, cap: Duration) -> Duration {
        self.remaining().map_or(cap, |left| left.min(cap))
    }

    /// Whether it has passed.
    pub(crate) fn is_over(self) -> bool {
        self.remaining().is_some_and(|left| left.is_zero())
    }

    /// The earlier of the two.
    pub(crate) fn min(self, other: Self) -> Self {
        Self(match (self.0, other.0) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, none) => one.or(none),
        })
    }
}
