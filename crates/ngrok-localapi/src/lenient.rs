//! Decoding that takes what agents of any age send: null counts as absent, numbers may be written either way.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};

/// Null is the default.
pub(crate) fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A count that may be written as a float.
pub(crate) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    Ok(some_count(from)?.unwrap_or_default())
}

/// A count that may be missing.
pub(crate) fn some_count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    // Out of range is cut to the nearest end.
    Ok(Option::<f64>::deserialize(from)?.map(|count| count as u64))
}

/// Durations in nanoseconds, as the agent writes them.
pub(crate) mod nanos {
    use super::*;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let nanos = Option::<f64>::deserialize(from)?.unwrap_or_default();
        // As `count`: what is no duration is none.
        Ok(Duration::from_nanos(nanos.round() as u64))
    }

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}
