//! The two layouts of a config file.

use std::fmt;
use std::str::FromStr;

use crate::ParseError;

/// The layout of an [`ngrok.yml`](https://ngrok.com/docs/agent/config/), which its key `version` names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfigVersion {
    /// [Version 2](https://ngrok.com/docs/agent/config/v2/): settings of the agent at the top, definitions under `tunnels`.
    #[default]
    V2,
    /// [Version 3](https://ngrok.com/docs/agent/config/v3/): settings under `agent`, definitions under `endpoints`;
    /// `tunnels` is still read.
    V3,
}

impl ConfigVersion {
    /// Returns the value of the key `version`: `"2"` or `"3"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2 => "2",
            Self::V3 => "3",
        }
    }
}

impl fmt::Display for ConfigVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Reads `2`, `3`, `v2` or `v3`.
impl FromStr for ConfigVersion {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.strip_prefix('v').unwrap_or(text) {
            "2" => Ok(Self::V2),
            "3" => Ok(Self::V3),
            _ => Err(ParseError::new(format!(
                "config version {text:?} is unknown; 2 and 3 are known"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_with_and_without_a_v_and_nothing_else_is() {
        for (text, expected) in [
            ("2", Some(ConfigVersion::V2)),
            ("v3", Some(ConfigVersion::V3)),
            ("3", Some(ConfigVersion::V3)),
            ("1", None),
            ("", None),
            ("vv2", None),
            ("2.0", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }
}
