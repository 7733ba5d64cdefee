//! Ids that look like the agent's, from the clock and the randomness of the standard library's hasher.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `digits` random hexadecimal digits.
pub(crate) fn hex(digits: usize) -> String {
    let mut id = String::new();
    while id.len() < digits {
        id.push_str(&format!("{:016x}", RandomState::new().hash_one(id.len())));
    }
    id.truncate(digits);
    id
}

/// The second from which the ids of captured requests count.
const EPOCH: u64 = 1_400_000_000;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_DIGITS: usize = 27;

/// Makes ids that are in the order of time when they are sorted as text: 160 bits, of which the first 32 are the seconds,
/// the next 64 the nanoseconds, and the last 64 chance.
#[derive(Debug, Default)]
pub(crate) struct Rising {
    /// The time in the last id, in nanoseconds; each id has a later one.
    last: u64,
}

impl Rising {
    /// The next id, 27 letters and digits.
    pub(crate) fn next(&mut self, now: SystemTime) -> String {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = now.saturating_sub(Duration::from_secs(EPOCH));
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        self.last = now.max(self.last.saturating_add(1));
        let (seconds, nanos) = (self.last / 1_000_000_000, self.last % 1_000_000_000);
        let chance = RandomState::new().hash_one(self.last);
        let mut bytes = [0_u8; 20];
        let parts = [
            &u32::try_from(seconds).unwrap_or(u32::MAX).to_be_bytes()[..],
            &nanos.to_be_bytes(),
            &chance.to_be_bytes(),
        ];
        for (byte, value) in bytes.iter_mut().zip(parts.concat()) {
            *byte = value;
        }
        base62(bytes)
    }
}

/// A number of 20 bytes, most significant first, in 27 digits of base 62.
fn base62(mut number: [u8; 20]) -> String {
    let mut digits = Vec::with_capacity(ID_DIGITS);
    for _ in 0..ID_DIGITS {
        let mut rest = 0_u32;
        for byte in &mut number {
            let value = rest << 8 | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            rest = value % 62;
        }
        let digit = usize::try_from(rest).ok().and_then(|at| DIGITS.get(at));
        digits.push(digit.copied().unwrap_or(b'0'));
    }
    digits.reverse();
    String::from_utf8(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rising_ids_sort_by_time_even_within_a_nanosecond_or_when_the_clock_goes_back() {
        let mut rising = Rising::default();
        let at = |secs, nanos| UNIX_EPOCH + Duration::new(secs, nanos);
        let times = [
            at(1_795_293_200, 5),
            at(1_795_293_200, 5),
            at(1_795_293_200, 999_999_999),
            at(1_795_293_201, 0),
            at(1_795_293_100, 0),
            at(2_000_000_000, 0),
        ];
        let ids: Vec<_> = times.map(|time| rising.next(time)).into();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        assert!(
            ids.iter()
                .all(|id| id.len() == 27 && id.bytes().all(|b| b.is_ascii_alphanumeric()))
        );
    }

    #[test]
    fn base_62_is_that_of_the_ids_of_ngrok() {
        assert_eq!(base62([0; 20]), "0".repeat(27));
        assert_eq!(base62([0xff; 20]), "aWgEPTl1tmebfsQzFP4bxwgy80V");
        let mut sixty_two = [0; 20];
        sixty_two[19] = 62;
        assert_eq!(base62(sixty_two), format!("{}10", "0".repeat(25)));
    }
}
