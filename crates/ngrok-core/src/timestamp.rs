//! Points in time as ngrok writes them.

mod calendar;

use std::cmp::Ordering;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time, kept as the RFC 3339 text that was sent and read only when asked.
///
/// It is empty where the sender gave none. Times order by the point in time; text that is no time comes first, by its
/// letters.
///
/// ```
/// use ngrok_core::Timestamp;
///
/// let created = Timestamp::from("2023-07-31T23:17:40Z");
/// assert_eq!(created.unix_seconds(), Some(1_690_845_460));
/// assert!(created < Timestamp::from("2023-07-31T23:17:40.5Z"));
/// assert_eq!(Timestamp::from(created.to_system_time().unwrap()), created);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timestamp(String);

impl Timestamp {
    /// Returns the current time of the system's clock.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Reads the date of an HTTP header, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub fn from_http_date(text: &str) -> Option<Self> {
        calendar::write(calendar::http_date(text)?, 0).map(Self)
    }

    /// Returns the text as it was sent; empty if there was none.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the sender gave no time.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whole seconds since 1970 in UTC, or `None` if the text is not an RFC 3339 time.
    pub fn unix_seconds(&self) -> Option<i64> {
        self.parts().map(|(seconds, _)| seconds)
    }

    /// Returns the time of the system's clock, or `None` if the text is not an RFC 3339 time or the clock cannot hold it.
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let (seconds, nanos) = self.parts()?;
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let base = if seconds < 0 {
            UNIX_EPOCH.checked_sub(whole)
        } else {
            UNIX_EPOCH.checked_add(whole)
        };
        base?.checked_add(Duration::from_nanos(nanos.into()))
    }

    fn parts(&self) -> Option<(i64, u32)> {
        calendar::rfc3339(&self.0)
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        // Equal times written differently still differ, as `Eq` demands.
        let key = |it: &Self| it.parts();
        key(self)
            .cmp(&key(other))
            .then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Written in UTC with as many digits as needed; a time outside the years 0 to 9999 becomes the empty text.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let (seconds, nanos) = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => (i64::try_from(after.as_secs()).ok(), after.subsec_nanos()),
            Err(before) => {
                let before = before.duration();
                let whole = i64::try_from(before.as_secs()).ok();
                match before.subsec_nanos() {
                    0 => (whole.map(|whole| -whole), 0),
                    nanos => (whole.map(|whole| -whole - 1), 1_000_000_000 - nanos),
                }
            }
        };
        let text = seconds
            .filter(|seconds| (-62_167_219_200..253_402_300_800).contains(seconds))
            .and_then(|seconds| calendar::write(seconds, nanos));
        Self(text.unwrap_or_default())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

/// Null counts as absent.
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::<String>::deserialize(from).map(|text| Self(text.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_order_by_the_moment_whatever_the_zone() {
        let sorted = [
            "",
            "soon",
            "0001-01-01T00:00:00Z",
            "2026-11-21T22:00:00+02:00",
            "2026-11-21T20:00:00.000000001Z",
            "2026-11-21T20:00:01Z",
        ];
        let mut times: Vec<Timestamp> = sorted.iter().rev().map(|text| (*text).into()).collect();
        times.sort();
        assert_eq!(
            times.iter().map(Timestamp::as_str).collect::<Vec<_>>(),
            sorted
        );
    }

    #[test]
    fn the_systems_clock_goes_in_and_comes_out() {
        for text in [
            "1969-12-31T23:59:58.75Z",
            "1970-01-01T00:00:00Z",
            "2026-11-25T17:20:00.000000001Z",
        ] {
            let time = Timestamp::from(text).to_system_time().unwrap();
            assert_eq!(Timestamp::from(time).as_str(), text);
        }
        let far = UNIX_EPOCH.checked_add(Duration::from_secs(1 << 55));
        assert!(far.is_none_or(|far| Timestamp::from(far).is_empty()));
    }

    #[test]
    fn http_dates_become_times() {
        let time = Timestamp::from_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(time.as_str(), "1994-11-06T08:49:37Z");
        assert_eq!(Timestamp::from_http_date("tomorrow"), None);
    }

    #[test]
    fn null_is_no_time() {
        let time: Timestamp = serde_json::from_str("null").unwrap();
        assert!(time.is_empty());
        assert_eq!(serde_json::to_string(&time).unwrap(), "\"\"");
    }
}
