//! The two layouts of a config file.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// The layout of an [`ngrok.yml`](https://ngrok.com/docs/agent/config/), told by its key `version`.
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
    /// As it stands in a file: `"2"` or `"3"`.
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

/// Reads `2`, `3`, `v2` or `v3`; anything else is of kind [`ErrorKind::ConfigInvalid`].
impl FromStr for ConfigVersion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.strip_prefix('v').unwrap_or(text) {
            "2" => Ok(Self::V2),
            "3" => Ok(Self::V3),
            _ => Err(Error::config(
                ErrorKind::ConfigInvalid,
                format!("config version {text:?} is unknown; 2 and 3 are known"),
            )),
        }
    }
}
