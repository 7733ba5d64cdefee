//! Points in time as the API writes them, and the calendar that reading them takes.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A point in time, kept as the RFC 3339 text that the service sent and read only when asked.
///
/// ```
/// use ngrok_cloudapi::Timestamp;
///
/// let created = Timestamp::from("2023-07-31T23:17:40Z");
/// assert_eq!(created.as_str(), "2023-07-31T23:17:40Z");
/// assert_eq!(created.unix_seconds(), Some(1_690_845_460));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// The text as it was sent; empty where the service sent none.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same as a time of the system's clock; `None` if the text is not an RFC 3339 time.
    pub fn system_time(&self) -> Option<SystemTime> {
        let (seconds, nanos) = rfc3339(&self.0)?;
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let base = if seconds < 0 {
            UNIX_EPOCH.checked_sub(whole)
        } else {
            UNIX_EPOCH.checked_add(whole)
        };
        base?.checked_add(Duration::from_nanos(u64::from(nanos)))
    }

    /// Whole seconds since 1970 in UTC; `None` if the text is not an RFC 3339 time.
    pub fn unix_seconds(&self) -> Option<i64> {
        rfc3339(&self.0).map(|(seconds, _)| seconds)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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

impl From<&str> for crate::Patch<Timestamp> {
    fn from(text: &str) -> Self {
        Self::Set(text.into())
    }
}

/// Seconds since 1970 and nanoseconds of `2023-07-31T23:17:40.5+02:00`.
fn rfc3339(text: &str) -> Option<(i64, u32)> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date.split('-'), [4, 2, 2])?;
    let zone = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at_checked(zone)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = numbers(clock.split(':'), [2, 2, 2])?;
    let offset = match zone {
        "Z" | "z" => 0,
        _ => {
            let (sign, span) = zone.split_at_checked(1)?;
            let [hours, minutes] = numbers(span.split(':'), [2, 2])?;
            (hours * 60 + minutes) * if sign == "-" { -60 } else { 60 }
        }
    };
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanos = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    Some((
        seconds_since_1970([year, month, day, hour, minute, second])? - offset,
        nanos,
    ))
}

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, the form that HTTP headers use.
pub(crate) fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_weekday, rest) = text.trim().split_once(", ")?;
    let mut parts = rest.split(' ');
    let [day] = numbers([parts.next()?].into_iter(), [2])?;
    let month = parts.next()?;
    let month = MONTHS.iter().position(|known| *known == month)?;
    let month = i64::try_from(month + 1).ok()?;
    let [year] = numbers([parts.next()?].into_iter(), [4])?;
    let [hour, minute, second] = numbers(parts.next()?.split(':'), [2, 2, 2])?;
    if parts.next() != Some("GMT") {
        return None;
    }
    let seconds = seconds_since_1970([year, month, day, hour, minute, second])?;
    UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

/// As many numbers as `widths`, each of exactly that many digits.
fn numbers<'t, const N: usize>(
    mut parts: impl Iterator<Item = &'t str>,
    widths: [usize; N],
) -> Option<[i64; N]> {
    let mut found = [0; N];
    for (slot, width) in found.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != width || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *slot = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

/// Year, month, day, hour, minute, second of the Gregorian calendar in UTC. A leap second counts as the next one.
fn seconds_since_1970([year, month, day, hour, minute, second]: [i64; 6]) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => 31,
    };
    if !(1..=12).contains(&month) || !(1..=days_in_month).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Years that begin in March put the leap day last, so that the months before it have fixed lengths.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (month * 153 + 2) / 5
        + day
        - 1
        - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), near in "[0-9TZtz:.,+ -]{0,40}", days in "[0-9]{4}-[0-9]{2}-[0-9]{2}") {
            for text in [text, near.clone(), format!("{days}T{near}"), format!("Sun, {near} GMT")] {
                let _ = (Timestamp::from(text.as_str()).system_time(), http_date(&text));
            }
        }
    }

    #[test]
    fn rfc3339_times() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some((0, 0))),
            ("2023-07-31T23:17:40Z", Some((1_690_845_460, 0))),
            (
                "2024-02-29T12:00:00.25+02:00",
                Some((1_709_200_800, 250_000_000)),
            ),
            (
                "2024-02-29T10:00:00.123456789123-00:30",
                Some((1_709_202_600, 123_456_789)),
            ),
            ("1969-12-31T23:59:59Z", Some((-1, 0))),
            ("2000-03-01T00:00:00Z", Some((951_868_800, 0))),
            ("2023-02-29T12:00:00Z", None),
            ("2023-13-01T12:00:00Z", None),
            ("2023-07-31T24:00:00Z", None),
            ("2023-07-31T23:17:40", None),
            ("2023-07-31T23:17:40.Z", None),
            ("2023-7-31T23:17:40Z", None),
            ("2023-07-31", None),
            ("", None),
            ("0001-01-01T00:00:00Z", Some((-62_135_596_800, 0))),
        ] {
            assert_eq!(rfc3339(text), expected, "{text}");
        }
        let early = Timestamp::from("0001-01-01T00:00:00Z");
        assert!(early.system_time().is_none_or(|t| t < UNIX_EPOCH));
    }

    #[test]
    fn http_dates() {
        let expected = UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(expected));
        for bad in [
            "",
            "120",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 anF 1994 08:49:37 GMT",
        ] {
            assert_eq!(http_date(bad), None, "{bad}");
        }
    }
}
