//! Names that nobody else has.

use std::hash::{BuildHasher, RandomState};

/// Sixteen hexadecimal digits. The standard library seeds every `RandomState` differently, which is random enough for a name.
pub(crate) fn hex() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}
