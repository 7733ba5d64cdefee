//! The pace of requests: so many in any window of time, shared by all clones of a client.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many requests may be sent within a rolling window.
///
/// ngrok allows [120 a minute](https://ngrok.com/docs/api/) for each account, and answers the next one with a 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// The most requests in one window; at least 1.
    pub requests: u32,
    /// The length of the window.
    pub window: Duration,
}

impl RateLimit {
    /// So many `requests` in any span of `window`.
    pub fn new(requests: u32, window: Duration) -> Self {
        Self { requests, window }
    }

    /// ngrok's own limit: 120 requests in any 60 seconds.
    pub fn ngrok() -> Self {
        Self::new(120, Duration::from_secs(60))
    }
}

#[derive(Debug)]
pub(crate) struct Limiter {
    limit: RateLimit,
    /// When the requests of the current window were let through, oldest first.
    sent: Mutex<VecDeque<Instant>>,
}

impl Limiter {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            sent: Mutex::default(),
        }
    }

    /// Takes a place in the window, or says how long to wait before asking again.
    pub(crate) fn take(&self, now: Instant) -> Result<(), Duration> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let full = usize::try_from(self.limit.requests.max(1)).unwrap_or(usize::MAX);
        while let Some(&oldest) = sent.front() {
            let age = now.saturating_duration_since(oldest);
            if age >= self.limit.window {
                sent.pop_front();
            } else if sent.len() >= full {
                return Err(self.limit.window - age);
            } else {
                break;
            }
        }
        sent.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_121st_request_waits_until_the_first_is_a_minute_old() {
        let limiter = Limiter::new(RateLimit::ngrok());
        let start = Instant::now();
        for i in 0..120 {
            let now = start + Duration::from_millis(i * 10);
            assert_eq!(limiter.take(now), Ok(()));
        }
        let now = start + Duration::from_secs(10);
        assert_eq!(limiter.take(now), Err(Duration::from_secs(50)));
        assert_eq!(limiter.take(start + Duration::from_secs(60)), Ok(()));
        let left = Duration::from_millis(10);
        assert_eq!(limiter.take(start + Duration::from_secs(60)), Err(left));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_window_ever_holds_more_than_the_limit(
            limit in 1u32..6,
            gaps in prop::collection::vec(0u64..700, 1..60),
        ) {
            let window = Duration::from_secs(1);
            let limiter = Limiter::new(RateLimit::new(limit, window));
            let mut now = Instant::now();
            let mut taken: Vec<Instant> = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                if let Err(wait) = limiter.take(now) {
                    now += wait;
                    prop_assert_eq!(limiter.take(now), Ok(()));
                }
                taken.push(now);
                let within = taken.iter().filter(|&&t| now.duration_since(t) < window).count();
                prop_assert!(within <= limit as usize);
            }
        }
    }
}
