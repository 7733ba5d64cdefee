//! Times as the agent and HTTP write them; all in UTC, without a calendar crate.

use std::time::{SystemTime, UNIX_EPOCH};

/// A moment split into what people read.
struct Utc {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    nanos: u32,
    weekday: u64,
}

/// Splits a time after 1970. The date is found with Howard Hinnant's `civil_from_days`.
fn split(time: SystemTime) -> Utc {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, rest) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months count from March, so that the leap day is the last of the year.
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    Utc {
        year,
        month,
        day: day_of_year - (153 * from_march + 2) / 5 + 1,
        hour: rest / 3_600,
        minute: rest / 60 % 60,
        second: rest % 60,
        nanos: since.subsec_nanos(),
        weekday: (days + 4) % 7,
    }
}

/// `2026-11-21T20:33:20`
fn date_and_time(t: &Utc) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        t.year, t.month, t.day, t.hour, t.minute, t.second
    )
}

/// As in a logfmt line: `2026-11-21T20:33:20+0000`.
pub(crate) fn logfmt(time: SystemTime) -> String {
    date_and_time(&split(time)) + "+0000"
}

/// As in a captured request: `2026-11-21T20:33:20Z`.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    date_and_time(&split(time)) + "Z"
}

/// As in a JSON log line: `2026-11-21T20:33:23.98377901Z`.
pub(crate) fn rfc3339_nanos(time: SystemTime) -> String {
    let t = split(time);
    let fraction = format!("{:09}", t.nanos);
    format!("{}.{}Z", date_and_time(&t), fraction.trim_end_matches('0')).replace(".Z", "Z")
}

/// As in HTTP's `Date`: `Sat, 21 Nov 2026 20:43:10 GMT`.
pub(crate) fn http_date(time: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let t = split(time);
    let name = |names: &[&'static str], at: u64| {
        usize::try_from(at)
            .ok()
            .and_then(|at| names.get(at).copied())
            .unwrap_or("")
    };
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        name(&DAYS, t.weekday),
        t.day,
        name(&MONTHS, t.month - 1),
        t.year,
        t.hour,
        t.minute,
        t.second
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn known_moments_are_written_as_the_agent_writes_them() {
        let at = |secs, nanos| UNIX_EPOCH + Duration::new(secs, nanos);
        assert_eq!(logfmt(at(0, 0)), "1970-01-01T00:00:00+0000");
        assert_eq!(logfmt(at(1_795_293_200, 0)), "2026-11-21T20:33:20+0000");
        assert_eq!(rfc3339(at(951_782_400, 0)), "2000-02-29T00:00:00Z");
        assert_eq!(rfc3339(at(1_709_251_199, 0)), "2024-02-29T23:59:59Z");
        assert_eq!(
            rfc3339_nanos(at(1_795_293_203, 983_779_010)),
            "2026-11-21T20:33:23.98377901Z"
        );
        assert_eq!(rfc3339_nanos(at(1_795_293_203, 0)), "2026-11-21T20:33:23Z");
        assert_eq!(
            http_date(at(1_795_293_790, 0)),
            "Sat, 21 Nov 2026 20:43:10 GMT"
        );
    }
}
