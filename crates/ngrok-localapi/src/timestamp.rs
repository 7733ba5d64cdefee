//! Points in time as the agent writes them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::lenient;

/// An RFC 3339 timestamp, kept as it came and read when asked for.
///
/// Agents of version 2 write whole seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(#[serde(deserialize_with = "lenient::or_default")] String);

impl Timestamp {
    /// The text that the agent sent; empty if it sent none.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time, unless the text is not RFC 3339.
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let (seconds, nanos) = parse(&self.0)?;
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let time = if seconds < 0 {
            UNIX_EPOCH.checked_sub(whole)
        } else {
            UNIX_EPOCH.checked_add(whole)
        };
        time?.checked_add(Duration::from_nanos(nanos.into()))
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Seconds since 1970 and nanoseconds, of `2026-11-21T20:43:11.5+01:00`.
fn parse(text: &str) -> Option<(i64, u32)> {
    let mut rest = text;
    let year = number(&mut rest, 4)?;
    separator(&mut rest, &['-'])?;
    let month = number(&mut rest, 2)?;
    separator(&mut rest, &['-'])?;
    let day = number(&mut rest, 2)?;
    separator(&mut rest, &['T', 't', ' '])?;
    let hour = number(&mut rest, 2)?;
    separator(&mut rest, &[':'])?;
    let minute = number(&mut rest, 2)?;
    separator(&mut rest, &[':'])?;
    let second = number(&mut rest, 2)?;
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !valid || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let nanos = fraction(&mut rest)?;
    let offset = offset_seconds(rest)?;
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some((seconds - offset, nanos))
}

/// Takes exactly `digits` digits.
fn number(rest: &mut &str, digits: usize) -> Option<i64> {
    let (head, tail) = rest.split_at_checked(digits)?;
    *rest = tail;
    let all_digits = head.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| head.parse().ok())?
}

fn separator(rest: &mut &str, allowed: &[char]) -> Option<()> {
    *rest = rest.strip_prefix(allowed)?;
    Some(())
}

/// Takes `.123456789` of any length, if there is one; digits below nanoseconds are dropped.
fn fraction(rest: &mut &str) -> Option<u32> {
    let Some(after) = rest.strip_prefix('.') else {
        return Some(0);
    };
    let length = after.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, tail) = after.split_at_checked(length).filter(|_| length > 0)?;
    *rest = tail;
    let nanos = digits.get(..length.min(9))?;
    format!("{nanos:0<9}").parse().ok()
}

fn offset_seconds(rest: &str) -> Option<i64> {
    if matches!(rest, "Z" | "z") {
        return Some(0);
    }
    let sign = match rest.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let mut rest = rest.get(1..)?;
    let hours = number(&mut rest, 2)?;
    separator(&mut rest, &[':'])?;
    let minutes = number(&mut rest, 2)?;
    rest.is_empty()
        .then_some(sign * (hours * 3600 + minutes * 60))
}

/// Days since 1970-01-01 in the Gregorian calendar, counted in eras of 400 years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_points() {
        for (text, seconds, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2000-02-29T12:00:00z", 951_825_600, 0),
            ("2026-11-21T20:43:11Z", 1_795_293_791, 0),
            ("2026-11-21t21:43:11.25+01:00", 1_795_293_791, 250_000_000),
            (
                "2026-11-21 15:13:11.1234567891-05:30",
                1_795_293_791,
                123_456_789,
            ),
            ("1969-12-31T23:59:59Z", -1, 0),
        ] {
            assert_eq!(parse(text), Some((seconds, nanos)), "{text}");
        }
    }

    #[test]
    fn what_is_no_timestamp_is_none() {
        for text in [
            "",
            "0",
            "2026-11-21",
            "2026-11-21T20:43:11",
            "2026-13-21T20:43:11Z",
            "2026-11-21T24:43:11Z",
            "2026-11-21T20:43:11.Z",
            "2026-11-21T20:43:11+1:00",
            "2026-11-21T20:43:11Zx",
            "+026-11-21T20:43:11Z",
            "é026",
        ] {
            assert_eq!(Timestamp::from(text).to_system_time(), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn days_count_up(day in -1_000_000_i64..2_000_000) {
            // Each day is one more than the day before, whatever month or year ends.
            let (y, m, d) = civil(day);
            prop_assert_eq!(days(y, m, d), day);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = Timestamp(text).to_system_time();
        }
    }

    /// The inverse of `days`, by stepping through years and months.
    fn civil(mut left: i64) -> (i64, i64, i64) {
        let leap = |y: i64| (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
        let mut year = 1970;
        while left < 0 {
            year -= 1;
            left += 365 + i64::from(leap(year));
        }
        while left >= 365 + i64::from(leap(year)) {
            left -= 365 + i64::from(leap(year));
            year += 1;
        }
        let months = [
            31,
            28 + i64::from(leap(year)),
            31,
            30,
            31,
            30,
            31,
            31,
            30,
            31,
            30,
            31,
        ];
        let mut month = 1;
        for length in months {
            if left < length {
                break;
            }
            left -= length;
            month += 1;
        }
        (year, month, left + 1)
    }
}
