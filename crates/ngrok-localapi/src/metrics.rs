//! What the agent counts about a tunnel or endpoint.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::lenient;

/// Counters of a tunnel or endpoint since it was started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Metrics {
    /// Connections: how many, how many are open, and how long they last.
    #[serde(deserialize_with = "lenient::or_default")]
    pub conns: Meter,
    /// HTTP requests: how many, and how long the answers take.
    #[serde(deserialize_with = "lenient::or_default")]
    pub http: Meter,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Counts, rates and durations of one kind of event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Meter {
    /// All so far.
    #[serde(deserialize_with = "lenient::count")]
    pub count: u64,
    /// Under way at the moment. The agent tells it of connections only.
    #[serde(
        deserialize_with = "lenient::some_count",
        skip_serializing_if = "Option::is_none"
    )]
    pub gauge: Option<u64>,
    /// New ones per second, averaged over one minute.
    #[serde(deserialize_with = "lenient::or_default")]
    pub rate1: f64,
    /// New ones per second, averaged over five minutes.
    #[serde(deserialize_with = "lenient::or_default")]
    pub rate5: f64,
    /// New ones per second, averaged over fifteen minutes.
    #[serde(deserialize_with = "lenient::or_default")]
    pub rate15: f64,
    /// Half of them took no longer than this.
    #[serde(with = "lenient::nanos")]
    pub p50: Duration,
    /// 90 % of them took no longer than this.
    #[serde(with = "lenient::nanos")]
    pub p90: Duration,
    /// 95 % of them took no longer than this.
    #[serde(with = "lenient::nanos")]
    pub p95: Duration,
    /// 99 % of them took no longer than this.
    #[serde(with = "lenient::nanos")]
    pub p99: Duration,
}
