//! Ids as ngrok's are: a prefix, `_`, and 27 letters and digits that sort by time.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{SystemTime, UNIX_EPOCH};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// A KSUID counts its seconds from here.
const EPOCH: u64 = 1_400_000_000;
/// The letters and digits of an id after its prefix.
pub(super) const LENGTH: usize = 27;

/// Makes ids of which each is greater than the one before, also within one tick of the clock.
#[derive(Debug, Default)]
pub(super) struct Ids {
    last: (u32, u128),
}

impl Ids {
    pub(super) fn next(&mut self) -> String {
        let made = moment();
        let (seconds, rest) = self.last;
        self.last = if made > self.last {
            made
        } else {
            match rest.checked_add(1 << 64 | u128::from(random())) {
                Some(rest) => (seconds, rest),
                None => (seconds.saturating_add(1), made.1),
            }
        };
        encode(self.last.0, self.last.1)
    }
}

/// Now, followed by random bits: seconds, and the nanoseconds in the top quarter of the rest.
fn moment() -> (u32, u128) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = u32::try_from(now.as_secs().saturating_sub(EPOCH)).unwrap_or(u32::MAX);
    let noise = u128::from(random()) << 32 | u128::from(random() >> 32);
    (seconds, u128::from(now.subsec_nanos()) << 96 | noise)
}

/// 64 bits that differ at every call.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// `length` random letters and digits.
pub(super) fn letters(length: usize) -> String {
    (0..length).map(|_| digit(random() % 62)).collect()
}

/// `length` random lower-case letters and digits, as in a CNAME target.
pub(super) fn label(length: usize) -> String {
    letters(length).to_ascii_lowercase()
}

/// The id of one operation, fresh for each request.
pub(super) fn operation() -> String {
    let (seconds, rest) = moment();
    format!("op_{}", encode(seconds, rest))
}

fn digit(value: u64) -> char {
    let at = usize::try_from(value).unwrap_or(0);
    BASE62.get(at).copied().map_or('0', char::from)
}

/// 160 bits in base 62.
fn encode(seconds: u32, rest: u128) -> String {
    let part = |shift: u32| u64::from((rest >> shift) as u32);
    let mut parts = [u64::from(seconds), part(96), part(64), part(32), part(0)];
    let mut text = Vec::with_capacity(LENGTH);
    for _ in 0..LENGTH {
        let mut remainder = 0;
        for part in &mut parts {
            let value = remainder << 32 | *part;
            *part = value / 62;
            remainder = value % 62;
        }
        text.push(digit(remainder));
    }
    text.iter().rev().collect()
}

/// The prefix of something that has the form of an id: `ipp` of `ipp_2b8…`.
pub(super) fn prefix(id: &str) -> Option<&str> {
    let (prefix, rest) = id.split_once('_')?;
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    (plain(prefix) && plain(rest)).then_some(prefix)
}

/// Whether a text has the form of an API key or authtoken: 27 letters and digits, `_`, a digit and 20 more.
pub(super) fn looks_like_token(text: &str) -> bool {
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    text.split_once('_').is_some_and(|(id, secret)| {
        id.len() == LENGTH
            && secret.len() == 21
            && secret.starts_with(|c: char| c.is_ascii_digit())
            && plain(id)
            && plain(secret)
    })
}

/// The secret half of an API key or authtoken, after the id.
pub(super) fn secret() -> String {
    format!("{}{}", random() % 10, letters(20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_and_have_27_characters() {
        let mut ids = Ids::default();
        let mut last = String::new();
        for _ in 0..10_000 {
            let id = ids.next();
            assert_eq!(id.len(), LENGTH);
            assert!(id > last, "{id} after {last}");
            last = id;
        }
        // A clock that is set back changes nothing.
        ids.last = (u32::MAX - 1, u128::MAX);
        let id = ids.next();
        assert!(id > last && ids.next() > id);
    }

    #[test]
    fn base_62_is_ksuids() {
        assert_eq!(encode(0, 0), "0".repeat(27));
        assert_eq!(encode(u32::MAX, u128::MAX), "aWgEPTl1tmebfsQzFP4bxwgy80V");
    }

    #[test]
    fn forms_are_told_apart() {
        let token = format!("{}_{}", letters(27), secret());
        assert!(looks_like_token(&token), "{token}");
        for other in ["notarealtoken", "ak_123", "", "_", "ngrok_pat_x"] {
            assert!(!looks_like_token(other), "{other}");
        }
        assert_eq!(prefix("ipp_2b8"), Some("ipp"));
        for other in ["ipp", "ipp_", "_x", "ipp_a b", "ipp_a_b"] {
            assert_eq!(prefix(other), None, "{other}");
        }
    }
}
