//! A call from its first byte to its last answer: pace, exchange, retry, all within one deadline.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::call::Call;
use crate::clock::{Clock, End};
use crate::error::{Error, Result};
use crate::limiter::Limiter;
use crate::retry::{RetryPolicy, Tries};
use crate::transport::{Reply, Transport};

/// What all clones of a client share.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) transport: Transport,
    pub(crate) limiter: Option<Limiter>,
    pub(crate) retry: RetryPolicy,
    /// For a single exchange, so that a hanging one leaves time for another.
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) counters: Counters,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    waits: AtomicU64,
    waited_nanos: AtomicU64,
}

/// What a client and its clones have done so far; see [`Client::stats`](crate::Client::stats).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests that were sent, repeated ones included.
    pub requests: u64,
    /// How many of them were repeats.
    pub retries: u64,
    /// How often a call waited, for its place under the rate limit or before a repeat.
    pub waits: u64,
    /// How long these waits were in all.
    pub waited: Duration,
}

impl Counters {
    pub(crate) fn stats(&self) -> Stats {
        Stats {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            waits: self.waits.load(Ordering::Relaxed),
            waited: Duration::from_nanos(self.waited_nanos.load(Ordering::Relaxed)),
        }
    }
}

impl Sender {
    /// The one way out. Everything typed is a thin shell around it.
    pub(crate) fn send(&self, call: &Call, timeout: Option<Duration>) -> Result<Reply> {
        let clock = &*self.clock;
        let end = End::after(clock, timeout);
        let mut tries = Tries::default();
        loop {
            self.pace(call, timeout, end)?;
            self.counters.requests.fetch_add(1, Ordering::Relaxed);
            let limit = match (end.left(clock), self.attempt_timeout) {
                (Some(left), Some(attempt)) => Some(left.min(attempt)),
                (left, attempt) => left.or(attempt),
            };
            let error = match self.transport.exchange(call, limit, clock.wall()) {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            tries.count(&error);
            match self.retry.wait(call.method, &error, tries, clock.jitter()) {
                Some(wait) if end.allows(clock, wait) => self.pause(wait),
                _ => return Err(error),
            }
            self.counters.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits for a place under the rate limit.
    fn pace(&self, call: &Call, timeout: Option<Duration>, end: End) -> Result<()> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        while let Err(wait) = limiter.take(self.clock.now()) {
            if !end.allows(&*self.clock, wait) {
                let request = self.transport.describe(call);
                return Err(Error::pace(request, timeout.unwrap_or_default()));
            }
            self.pause(wait);
        }
        Ok(())
    }

    fn pause(&self, wait: Duration) {
        let nanos = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        self.counters.waits.fetch_add(1, Ordering::Relaxed);
        self.counters
            .waited_nanos
            .fetch_add(nanos, Ordering::Relaxed);
        self.clock.pause(wait);
    }
}

#[cfg(test)]
mod tests;
