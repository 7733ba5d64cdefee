//! A secret string: it prints as `***`, is read only by name, and is overwritten when it is dropped.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use zeroize::Zeroize;

/// A secret such as an authtoken or an API key.
///
/// It has no `Display` and no `Serialize`, and its `Debug` prints `***`, so it cannot reach a log or an error by accident.
/// Its memory is overwritten when it is dropped.
///
/// ```
/// use ngrok_core::Secret;
///
/// let token = Secret::new("2example_Token");
/// assert_eq!(format!("{token:?}"), "***");
/// assert_eq!(token.expose(), "2example_Token");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps a string without looking at it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into_boxed_str())
    }

    /// Returns the secret itself. The name is long on purpose: a reader sees where the secret leaves its wrapper.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns whether the string is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&String> for Secret {
    fn from(text: &String) -> Self {
        Self::new(text.as_str())
    }
}

/// Never fails: any string can be a secret.
impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_shown_as_stars_alone_and_inside_other_values() {
        let secret = Secret::new("hunter2");
        assert_eq!(
            format!("{secret:?} {:#?}", Some(&secret)),
            "*** Some(\n    ***,\n)"
        );
    }

    #[test]
    fn it_is_read_from_text_of_any_kind() {
        for secret in [
            Secret::from("a"),
            Secret::from("a".to_owned()),
            Secret::from(&"a".to_owned()),
            "a".parse().unwrap(),
            serde_json::from_str("\"a\"").unwrap(),
        ] {
            assert_eq!(secret.expose(), "a");
            assert!(!secret.is_empty());
        }
    }
}
