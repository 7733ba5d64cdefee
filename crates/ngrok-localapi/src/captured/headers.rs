//! Headers of a captured message.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use ngrok_core::MASK;
use ngrok_core::mask::{is_secret_name, mask_text};
use serde::{Deserialize, Deserializer, Serialize};

/// Headers by name, each with all its values. Look-ups ignore case.
///
/// `Debug` masks credentials and cookies.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Headers(BTreeMap<String, Vec<String>>);

impl Headers {
    /// The first value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }

    /// All values of a header.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// All names and values, sorted by name; a name comes once for each of its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |v| (name.as_str(), v.as_str())))
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iter().map(|(name, value)| {
            let value = if is_secret_name(name) {
                Cow::Borrowed(MASK)
            } else {
                mask_text(value)
            };
            (name, value)
        });
        f.debug_map().entries(shown).finish()
    }
}

/// A list of values, or one that stands alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    Many(Vec<Option<String>>),
    One(Option<String>),
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let wire = Option::<BTreeMap<String, Values>>::deserialize(from)?.unwrap_or_default();
        let lists = wire.into_iter().map(|(name, values)| {
            let values = match values {
                Values::Many(values) => values.into_iter().flatten().collect(),
                Values::One(value) => value.into_iter().collect(),
            };
            (name, values)
        });
        Ok(Self(lists.collect()))
    }
}
