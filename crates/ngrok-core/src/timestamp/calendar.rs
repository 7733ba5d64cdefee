//! Reads and writes the Gregorian calendar: RFC 3339 times and the dates of HTTP headers.

/// Seconds since 1970 and nanoseconds of `2023-07-31T23:17:40.5+02:00`.
pub(super) fn rfc3339(text: &str) -> Option<(i64, u32)> {
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
            if hours > 23 || minutes > 59 {
                return None;
            }
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
pub(super) fn http_date(text: &str) -> Option<i64> {
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
    seconds_since_1970([year, month, day, hour, minute, second])
}

/// Writes a time in UTC, with as many digits below the second as it needs; `None` outside the years 0 to 9999.
pub(super) fn write(seconds: i64, nanos: u32) -> Option<String> {
    let (days, second_of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Eras of 400 years that begin on the first of March, so that the leap day comes last.
    let day = days + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    if !(0..=9999).contains(&year) {
        return None;
    }
    let (hour, minute, second) = (
        second_of_day / 3600,
        second_of_day / 60 % 60,
        second_of_day % 60,
    );
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if nanos > 0 {
        let digits = format!(".{nanos:09}");
        text.push_str(digits.trim_end_matches('0'));
    }
    text.push('Z');
    Some(text)
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

    #[test]
    fn rfc3339_times() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some((0, 0))),
            ("2000-02-29T12:00:00z", Some((951_825_600, 0))),
            ("2023-07-31T23:17:40Z", Some((1_690_845_460, 0))),
            (
                "2024-02-29T12:00:00.25+02:00",
                Some((1_709_200_800, 250_000_000)),
            ),
            (
                "2024-02-29T10:00:00.123456789123-00:30",
                Some((1_709_202_600, 123_456_789)),
            ),
            (
                "2026-11-21 15:13:11.1234567891-05:30",
                Some((1_795_293_791, 123_456_789)),
            ),
            ("1969-12-31T23:59:59Z", Some((-1, 0))),
            ("0001-01-01T00:00:00Z", Some((-62_135_596_800, 0))),
            ("2023-02-29T12:00:00Z", None),
            ("2026-04-31T12:00:00Z", None),
            ("2023-13-01T12:00:00Z", None),
            ("2023-07-31T24:00:00Z", None),
            ("2023-07-31T23:17:40", None),
            ("2023-07-31T23:17:40.Z", None),
            ("2023-07-31T23:17:40Zx", None),
            ("2023-07-31T23:17:40+1:00", None),
            ("2023-07-31T23:17:40+24:00", None),
            ("2023-07-31T23:17:40+01:60", None),
            ("2023-7-31T23:17:40Z", None),
            ("+023-07-31T23:17:40Z", None),
            ("2023-07-31", None),
            ("é023", None),
            ("0", None),
            ("", None),
        ] {
            assert_eq!(rfc3339(text), expected, "{text}");
        }
    }

    #[test]
    fn http_dates() {
        assert_eq!(
            http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(784_111_777)
        );
        for bad in [
            "",
            "120",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 anF 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(http_date(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in -62_167_219_200_i64..253_402_300_800, nanos in 0_u32..1_000_000_000) {
            prop_assert_eq!(rfc3339(&write(seconds, nanos).unwrap()), Some((seconds, nanos)));
        }

        #[test]
        fn no_text_panics(text in any::<String>(), near in "[0-9TZtz:.,+ -]{0,40}", days in "[0-9]{4}-[0-9]{2}-[0-9]{2}", any: i64) {
            for text in [text, near.clone(), format!("{days}T{near}"), format!("Sun, {near} GMT")] {
                let _ = (rfc3339(&text), http_date(&text));
            }
            let _ = write(any / 2, 1);
        }
    }
}
