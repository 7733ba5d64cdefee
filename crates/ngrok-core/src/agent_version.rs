//! The version of an agent, as a value that can be compared.

use std::fmt;
use std::str::FromStr;

use crate::ParseError;

/// The version of an ngrok agent, such as 3.39.9.
///
/// It is read from the bare number or from what `ngrok version` prints. What follows the three numbers, such as `-rc1` or
/// `-msix-stable`, is ignored.
///
/// ```
/// use ngrok_core::AgentVersion;
///
/// let version: AgentVersion = "ngrok version 3.16.1-msix-stable".parse()?;
/// assert!(version >= AgentVersion::new(3, 16, 0));
/// assert_eq!(version.to_string(), "3.16.1");
/// # Ok::<(), ngrok_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentVersion {
    major: u16,
    minor: u16,
    patch: u16,
}

impl AgentVersion {
    /// The newest agent that the tables of this crate describe.
    pub const NEWEST: Self = Self::new(3, 39, 9);

    /// The last agent before 3.0 that is in wide use.
    pub const LAST_2: Self = Self::new(2, 3, 42);

    /// Makes a version of its three numbers.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// Returns whether it is older than 3.0: such an agent ignores keys that it does not know, and has no endpoints.
    pub const fn is_before_3(self) -> bool {
        self.major < 3
    }

    /// Returns the first number, 3 of 3.39.9.
    pub const fn major(self) -> u16 {
        self.major
    }

    /// Returns the second number, 39 of 3.39.9.
    pub const fn minor(self) -> u16 {
        self.minor
    }

    /// Returns the third number, 9 of 3.39.9.
    pub const fn patch(self) -> u16 {
        self.patch
    }
}

impl fmt::Display for AgentVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}.{}", self.major, self.minor, self.patch))
    }
}

/// Reads `3.39.9`, `3.39`, `v3.39.9` or the line that `ngrok version` prints.
impl FromStr for AgentVersion {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let word = text.split_whitespace().last().unwrap_or_default();
        let word = word.strip_prefix('v').unwrap_or(word);
        let numbers = word.split(['-', '+']).next().unwrap_or_default();
        let mut parts = numbers.split('.').map(number);
        let parsed = (|| {
            let major = parts.next()??;
            let minor = parts.next()??;
            let patch = parts.next().unwrap_or(Some(0))?;
            parts.next().is_none().then_some(())?;
            Some(Self::new(major, minor, patch))
        })();
        parsed.ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            ParseError::new(format!(
                "{shown:?} is not the version of an agent; one looks like {}",
                Self::NEWEST
            ))
        })
    }
}

fn number(digits: &str) -> Option<u16> {
    // `parse` alone would take a sign.
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_in_every_form_that_agents_print() {
        for (text, expected) in [
            ("3.39.9", Some((3, 39, 9))),
            ("ngrok version 2.3.41", Some((2, 3, 41))),
            ("ngrok version 3.6.0-msix-stable\n", Some((3, 6, 0))),
            ("v3.5.0-rc1", Some((3, 5, 0))),
            ("3.16", Some((3, 16, 0))),
            ("3", None),
            ("", None),
            ("3.x.1", None),
            ("3.+1.0", None),
            ("3.1.2.3", None),
            ("3.99999.0", None),
        ] {
            let expected = expected.map(|(a, b, c)| AgentVersion::new(a, b, c));
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert!(AgentVersion::new(3, 9, 0) < AgentVersion::new(3, 16, 0));
        assert!(AgentVersion::LAST_2.is_before_3());
        assert!(!AgentVersion::new(3, 0, 0).is_before_3());
    }
}
