//! The three states of a field in a request where null means something.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field that can be left alone, cleared with null, or set.
///
/// Every field of an update that may be left out is one. ngrok's updates change only the fields that are sent. What null does
/// is not documented: other official clients send it for every field that was not set, so it probably leaves the field as it
/// is. To clear a description, metadata or another text send `""`, and to clear a list `[]`, which is known to work. A `None`
/// given to a setter leaves the field as it is; only [`Patch::Null`] sends null.
///
/// ```
/// use ngrok_cloudapi::Patch;
///
/// let untouched: Patch<String> = Patch::Unset;
/// let cleared: Patch<String> = "".into();
/// let set: Patch<String> = Some("prod").into();
/// assert_eq!(set.get().map(String::as_str), Some("prod"));
/// assert!(untouched.is_unset() && Patch::<String>::from(None::<&str>).is_unset());
/// assert_eq!(serde_json::to_string(&cleared).unwrap(), r#""""#);
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
    /// Returns whether the field is left out of the request.
    pub fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    /// Returns the value, if there is one.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Unset | Self::Null => None,
        }
    }

    /// Changes the value, if there is one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Set(value) => Patch::Set(change(value)),
            Self::Null => Patch::Null,
            Self::Unset => Patch::Unset,
        }
    }

    /// Returns the value, if there is one.
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

/// `None` leaves the field as it is.
impl<T> From<Option<T>> for Patch<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unset, Self::Set)
    }
}

/// `None` leaves the field as it is.
impl From<Option<&str>> for Patch<String> {
    fn from(value: Option<&str>) -> Self {
        value.map_or(Self::Unset, |value| Self::Set(value.to_owned()))
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
        Ok(Option::<T>::deserialize(deserializer)?.map_or(Self::Null, Self::Set))
    }
}
