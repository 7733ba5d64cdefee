//! Times as the agent and HTTP write them, all in UTC.

use std::time::SystemTime;

use jiff::Timestamp;

/// Written by a pattern of `strftime`; a time out of jiff's thousands of years is none of ours.
fn written(time: SystemTime, pattern: &str) -> String {
    let time = Timestamp::try_from(time).unwrap_or_default();
    time.strftime(pattern).to_string()
}

/// As in a logfmt line: `2026-11-21T20:33:20+0000`.
pub(crate) fn logfmt(time: SystemTime) -> String {
    written(time, "%Y-%m-%dT%H:%M:%S+0000")
}

/// As in a captured request: `2026-11-21T20:33:20Z`.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    written(time, "%Y-%m-%dT%H:%M:%SZ")
}

/// As in a JSON log line: `2026-11-21T20:33:23.98377901Z`.
pub(crate) fn rfc3339_nanos(time: SystemTime) -> String {
    written(time, "%Y-%m-%dT%H:%M:%S%.fZ")
}

/// As in HTTP's `Date`: `Sat, 21 Nov 2026 20:43:10 GMT`.
pub(crate) fn http_date(time: SystemTime) -> String {
    written(time, "%a, %d %b %Y %H:%M:%S GMT")
}

/// Reads a time as RFC 3339 has it.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    text.parse::<Timestamp>().ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn known_moments_are_written_as_the_agent_writes_them() {
        let at = |secs, nanos| UNIX_EPOCH + Duration::new(secs, nanos);
        assert_eq!(logfmt(at(1_795_293_200, 0)), "2026-11-21T20:33:20+0000");
        assert_eq!(rfc3339(at(951_782_400, 0)), "2000-02-29T00:00:00Z");
        assert_eq!(
            rfc3339_nanos(at(1_795_293_203, 983_779_010)),
            "2026-11-21T20:33:23.98377901Z"
        );
        assert_eq!(rfc3339_nanos(at(1_795_293_203, 0)), "2026-11-21T20:33:23Z");
        assert_eq!(
            http_date(at(1_795_293_790, 0)),
            "Sat, 21 Nov 2026 20:43:10 GMT"
        );
        assert_eq!(
            parse("2026-11-21T21:33:20+01:00"),
            Some(at(1_795_293_200, 0))
        );
        assert_eq!(parse("2026-11-21"), None);
    }
}
