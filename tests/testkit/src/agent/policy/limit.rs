//! `rate-limit`: how many requests pass within a time, for each value of a key.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::expression::Expression;
use super::facts::Facts;

/// Keys remembered at once. Visitors choose what is in a key, so there must be an end to it.
const MAX_KEYS: usize = 10_000;

/// A sliding window over the requests of each key.
#[derive(Debug)]
pub(super) struct RateLimit {
    capacity: usize,
    rate: Duration,
    keys: Vec<Expression>,
    /// By the hash of what the key came to: visitors choose how long that is.
    passed: Mutex<HashMap<u64, VecDeque<Instant>>>,
    hasher: RandomState,
}

impl RateLimit {
    pub(super) fn new(capacity: u64, rate: Duration, keys: Vec<Expression>) -> Self {
        Self {
            capacity: usize::try_from(capacity).unwrap_or(usize::MAX),
            rate,
            keys,
            passed: Mutex::default(),
            hasher: RandomState::new(),
        }
    }

    /// Counts a request. `Some` is the time after which the next one passes.
    pub(super) fn wait(&self, facts: &Facts<'_>, now: Instant) -> Result<Option<Duration>, String> {
        let mut key = String::new();
        for part in &self.keys {
            // A header that is not there is a key of its own.
            let value = part
                .value(facts)
                .map(|value| value.to_string())
                .unwrap_or_default();
            key.push_str(&format!("{}:{value}", value.len()));
        }
        let key = self.hasher.hash_one(key);
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if passed.len() >= MAX_KEYS && !passed.contains_key(&key) {
            passed.retain(|_, times| {
                times
                    .back()
                    .is_some_and(|last| now.duration_since(*last) < self.rate)
            });
            if passed.len() >= MAX_KEYS {
                return Ok(Some(self.rate));
            }
        }
        let times = passed.entry(key).or_default();
        while times
            .front()
            .is_some_and(|first| now.duration_since(*first) >= self.rate)
        {
            times.pop_front();
        }
        match times.front() {
            Some(first) if times.len() >= self.capacity => {
                Ok(Some(self.rate.saturating_sub(now.duration_since(*first))))
            }
            _ => {
                times.push_back(now);
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::forward::wire::Head;

    #[test]
    fn a_window_slides_for_each_key() {
        let key = Expression::parse("req.headers['x-user'][0]").unwrap();
        let limit = RateLimit::new(2, Duration::from_secs(60), vec![key]);
        let start = Instant::now();
        let wait = |user: Option<&str>, after| {
            let request = Head {
                start: "GET / HTTP/1.1".to_owned(),
                headers: user
                    .into_iter()
                    .map(|user| ("X-User".to_owned(), user.as_bytes().to_vec()))
                    .collect(),
            };
            let facts = Facts {
                peer: "127.0.0.1:1".parse().unwrap(),
                request: Some(&request),
                response: None,
            };
            limit
                .wait(&facts, start + Duration::from_secs(after))
                .unwrap()
        };
        assert_eq!(wait(Some("a"), 0), None);
        assert_eq!(wait(Some("a"), 10), None);
        assert_eq!(wait(Some("a"), 20), Some(Duration::from_secs(40)));
        assert_eq!(wait(Some("b"), 20), None);
        assert_eq!(wait(None, 20), None);
        assert_eq!(wait(Some("a"), 60), None);
        assert_eq!(wait(Some("a"), 65), Some(Duration::from_secs(5)));
    }

    #[test]
    fn visitors_cannot_fill_the_memory_with_keys() {
        let key = Expression::parse("req.url.path").unwrap();
        let limit = RateLimit::new(1, Duration::from_secs(60), vec![key]);
        let now = Instant::now();
        let wait = |path: usize, now| {
            let request = Head {
                start: format!("GET /{path} HTTP/1.1"),
                headers: Vec::new(),
            };
            let facts = Facts {
                peer: "127.0.0.1:1".parse().unwrap(),
                request: Some(&request),
                response: None,
            };
            limit.wait(&facts, now).unwrap()
        };
        for path in 0..MAX_KEYS {
            assert_eq!(wait(path, now), None);
        }
        assert_eq!(wait(MAX_KEYS, now), Some(Duration::from_secs(60)));
        assert_eq!(limit.passed.lock().unwrap().len(), MAX_KEYS);
        assert_eq!(wait(MAX_KEYS, now + Duration::from_secs(61)), None);
        assert_eq!(limit.passed.lock().unwrap().len(), 1);
    }
}
