//! The numbers of a tunnel: how many, how often, how long.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Durations kept for the percentiles; the newest push out the oldest.
const KEPT: usize = 1_028;
/// Averages move in steps of five seconds, as the agent's do.
const TICK: Duration = Duration::from_secs(5);

/// Connections or requests: a count, moving averages per second, percentiles of how long they took.
#[derive(Debug)]
struct Meter {
    count: u64,
    durations: Vec<u64>,
    /// Since the last tick.
    uncounted: u64,
    ticked: Instant,
    /// Over 1, 5 and 15 minutes.
    rates: Option<[f64; 3]>,
}

impl Meter {
    fn new() -> Self {
        Self {
            count: 0,
            durations: Vec::new(),
            uncounted: 0,
            ticked: Instant::now(),
            rates: None,
        }
    }

    fn add(&mut self, took: Duration) {
        self.tick();
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let oldest = usize::try_from(self.count).unwrap_or(0) % KEPT;
        match self.durations.get_mut(oldest) {
            Some(slot) => *slot = nanos,
            None => self.durations.push(nanos),
        }
        self.count += 1;
        self.uncounted += 1;
    }

    fn tick(&mut self) {
        while self.ticked.elapsed() >= TICK {
            self.ticked += TICK;
            let rate = self.uncounted as f64 / TICK.as_secs_f64();
            self.uncounted = 0;
            match &mut self.rates {
                None => self.rates = Some([rate; 3]),
                Some(rates) => {
                    for (average, minutes) in rates.iter_mut().zip([1.0, 5.0, 15.0]) {
                        let weight = 1.0 - (-TICK.as_secs_f64() / (60.0 * minutes)).exp();
                        *average += weight * (rate - *average);
                    }
                }
            }
        }
    }

    /// With the number of those still open, where there are such.
    fn json(&mut self, open: Option<u64>) -> Value {
        self.tick();
        let [rate1, rate5, rate15] = self.rates.unwrap_or_default();
        let mut sorted = self.durations.clone();
        sorted.sort_unstable();
        let mut json = json!({
            "count": self.count,
            "rate1": rate1, "rate5": rate5, "rate15": rate15,
            "p50": percentile(&sorted, 0.5), "p90": percentile(&sorted, 0.9),
            "p95": percentile(&sorted, 0.95), "p99": percentile(&sorted, 0.99),
        });
        if let (Some(open), Some(json)) = (open, json.as_object_mut()) {
            json.insert("gauge".to_owned(), open.into());
        }
        json
    }
}

/// Between the two nearest values, as Go's metrics library does it; a whole number is written as one.
fn percentile(sorted: &[u64], share: f64) -> Value {
    let position = share * (sorted.len() + 1) as f64;
    let at = |index: f64| {
        let index = (index.max(1.0) as usize).min(sorted.len());
        sorted.get(index.wrapping_sub(1)).copied().unwrap_or(0) as f64
    };
    let low = at(position.floor());
    let high = at(position.floor() + 1.0);
    let value = if position < 1.0 {
        low
    } else {
        low + (position - position.floor()) * (high - low)
    };
    if value.fract() == 0.0 {
        json!(value as u64)
    } else {
        json!(value)
    }
}

#[derive(Debug)]
struct Numbers {
    conns: Meter,
    http: Meter,
    open: u64,
}

/// All numbers of one tunnel.
#[derive(Debug)]
pub(crate) struct Metrics(Mutex<Numbers>);

impl Metrics {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Numbers {
            conns: Meter::new(),
            http: Meter::new(),
            open: 0,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Numbers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection; dropping the result ends it.
    pub(crate) fn connection(&self) -> Connection<'_> {
        self.lock().open += 1;
        Connection {
            metrics: self,
            start: Instant::now(),
        }
    }

    pub(crate) fn request(&self, took: Duration) {
        self.lock().http.add(took);
    }

    pub(crate) fn json(&self) -> Value {
        let mut numbers = self.lock();
        let open = numbers.open;
        json!({
            "conns": numbers.conns.json(Some(open)),
            "http": numbers.http.json(None),
        })
    }
}

/// A connection that is open.
pub(crate) struct Connection<'a> {
    metrics: &'a Metrics,
    start: Instant,
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        let mut numbers = self.metrics.lock();
        numbers.open -= 1;
        numbers.conns.add(self.start.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_and_requests_are_counted() {
        let metrics = Metrics::new();
        let open = metrics.connection();
        metrics.request(Duration::from_nanos(1_000));
        metrics.request(Duration::from_nanos(3_000));
        let seen = metrics.json();
        assert_eq!(seen["conns"]["gauge"], 1);
        assert_eq!(seen["conns"]["count"], 0);
        assert_eq!(seen["http"]["count"], 2);
        assert_eq!(seen["http"]["p50"], 2_000);
        assert_eq!(seen["http"]["p99"], 3_000);
        drop(open);
        assert_eq!(metrics.json()["conns"]["count"], 1);
        assert_eq!(metrics.json()["conns"]["gauge"], 0);
    }

    #[test]
    fn only_the_newest_durations_count() {
        let mut meter = Meter::new();
        for _ in 0..KEPT {
            meter.add(Duration::from_secs(9));
        }
        for _ in 0..KEPT {
            meter.add(Duration::from_nanos(1));
        }
        assert_eq!(meter.durations, vec![1; KEPT]);
        assert_eq!(meter.count, 2 * KEPT as u64);
    }
}
