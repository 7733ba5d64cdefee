//! Which versions of the agent ngrok still supports.
//!
//! ngrok supports a version for [fourteen months](https://ngrok.com/docs/agent/upgrade/), and refuses agents that are too
//! old (ERR_NGROK_120, ERR_NGROK_121). Release dates are published for few versions, so a version is taken to be as
//! young as the next later one whose date is known: a warning can come late, but never without reason.

use std::time::{Duration, SystemTime};

/// Minor versions of agent 3 with a known date of release, in days since 1970: 3.29 of 2025-09-17, 3.39 of 2026-08-31.
const RELEASED: [(u32, u64); 2] = [(29, 20_348), (39, 20_696)];
const SUPPORTED_DAYS: u64 = 426;
/// How long before the end it is told.
const WARNING_DAYS: u64 = 60;

/// How an agent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Support {
    Supported,
    /// It ends in so many days.
    Ends(u64),
    Ended,
}

/// How the agent of this version stands at that time; a version that cannot be read is given the benefit of the doubt.
pub(crate) fn support(version: &str, now: SystemTime) -> Support {
    let mut numbers = version
        .trim_start_matches('v')
        .split(['.', '-'])
        .map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        return Support::Supported;
    };
    if major < 3 {
        return Support::Ended;
    }
    let released = RELEASED
        .iter()
        .find(|(known, _)| major == 3 && minor <= *known)
        .map(|(_, day)| *day);
    let Some(released) = released else {
        return Support::Supported;
    };
    let today = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
        / 86_400;
    match (released + SUPPORTED_DAYS).checked_sub(today) {
        None | Some(0) => Support::Ended,
        Some(left) if left <= WARNING_DAYS => Support::Ends(left),
        Some(_) => Support::Supported,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_age() {
        let day = |day: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(day * 86_400);
        // 20778 is 2026-11-21.
        for (version, today, expected) in [
            ("2.3.41", 20_778, Support::Ended),
            ("3.5.0", 20_778, Support::Ended),
            ("3.29.0", 20_778, Support::Ended),
            ("3.29.0", 20_764, Support::Ends(10)),
            ("3.30.1", 20_778, Support::Supported),
            ("3.39.9-dev", 20_778, Support::Supported),
            ("3.39.9", 21_072, Support::Ends(50)),
            ("3.39.9", 21_122, Support::Ended),
            ("3.40.0", 99_999, Support::Supported),
            ("4.0.0", 20_778, Support::Supported),
            ("nonsense", 20_778, Support::Supported),
        ] {
            assert_eq!(
                support(version, day(today)),
                expected,
                "{version} on {today}"
            );
        }
    }
}
