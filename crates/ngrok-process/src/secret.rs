//! A text that must not be seen: it prints as `***` and is read only by name.
//!
//! This file stands byte for byte in every crate that handles secrets; `cargo xtask layers` compares the copies.

use std::fmt;

/// A secret such as an authtoken or an API key.
///
/// It has no `Display`, is not serialised, and its `Debug` prints `***`, so it cannot reach a log or an error by accident.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps `text`, without looking at it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into_boxed_str())
    }

    /// The secret itself. The name is long on purpose: a reader of the calling code sees where it leaves its wrapper.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
