//! Ids that look like the agent's, from the randomness of the standard library's hasher.

use std::hash::{BuildHasher, RandomState};

/// `digits` random hexadecimal digits.
pub(crate) fn hex(digits: usize) -> String {
    let mut id = String::new();
    while id.len() < digits {
        id.push_str(&format!("{:016x}", RandomState::new().hash_one(id.len())));
    }
    id.truncate(digits);
    id
}
