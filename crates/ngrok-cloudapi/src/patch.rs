//! The three states of a field in a request where null means something.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field that can be left alone, cleared with null, or set.
///
/// ngrok's updates change only the fields that are sent, so leaving one out and sending null are different things.
/// Every field of an update that may be left out is one. Null clears a text or a part of an object; what it does to a field
/// that cannot be empty, such as the list of a restriction's policies, is for the service to say.
///
/// ```
/// use ngrok_cloudapi::Patch;
///
/// let untouched: Patch<String> = Patch::Unset;
/// let cleared: Patch<String> = Patch::Null;
/// let set: Patch<String> = "prod".into();
/// assert_eq!(set.get().map(String::as_str), Some("prod"));
/// assert!(untouched.is_unset() && cleared.get().is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// Not sent.
    #[default]
    Unset,
    /// Sent as `null`.
    Null,
    /// Sent with this value.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether the field is left out of the request.
    pub fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    /// The value, if there is one.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Unset | Self::Null => None,
        }
    }

    /// The value, if there is one.
    pub fn into_option(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Unset | Self::Null => None,
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

/// `None` becomes null, as an `Option` has no third state.
impl<T> From<Option<T>> for Patch<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Set)
    }
}

impl From<&str> for Patch<String> {
    fn from(value: &str) -> Self {
        Self::Set(value.to_owned())
    }
}

impl From<&String> for Patch<String> {
    fn from(value: &String) -> Self {
        Self::Set(value.clone())
    }
}

impl From<&str> for Patch<crate::Timestamp> {
    fn from(text: &str) -> Self {
        Self::Set(text.into())
    }
}

impl From<&str> for Patch<crate::Secret> {
    fn from(value: &str) -> Self {
        Self::Set(value.into())
    }
}

impl From<String> for Patch<crate::Secret> {
    fn from(value: String) -> Self {
        Self::Set(value.into())
    }
}

impl<const N: usize> From<[&str; N]> for Patch<Vec<String>> {
    fn from(values: [&str; N]) -> Self {
        Self::Set(values.map(str::to_owned).to_vec())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Patch<BTreeMap<String, String>> {
    fn from(entries: [(&str, &str); N]) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self::Set(entries.into_iter().map(owned).collect())
    }
}

impl<const N: usize> From<[(&str, i64); N]> for Patch<BTreeMap<String, i64>> {
    fn from(entries: [(&str, i64); N]) -> Self {
        let owned = |(name, value): (&str, i64)| (name.to_owned(), value);
        Self::Set(entries.into_iter().map(owned).collect())
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(Self::from)
    }
}
