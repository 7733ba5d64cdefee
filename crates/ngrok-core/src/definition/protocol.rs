//! The protocols of tunnels, and sets of them.

use std::fmt;
use std::str::FromStr;

use crate::ParseError;

/// What a tunnel speaks: its key `proto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// http, and https by the same word.
    Http,
    /// Bytes, as they come.
    Tcp,
    /// TLS, ended by ngrok, the agent or the upstream.
    Tls,
    /// Whatever the edge says that the tunnel's `labels` belong to; it has no `proto`.
    Labelled,
}

impl Protocol {
    /// The words of the key `proto`.
    pub const WORDS: &'static [&'static str] = &["http", "tcp", "tls"];

    /// Returns the word; it is empty for a tunnel with labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Labelled => "",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Labelled => "labelled",
            other => other.as_str(),
        })
    }
}

/// Reads `http`, `tcp` or `tls` in either case. The agent takes lower case alone: send [`Protocol::as_str`].
impl FromStr for Protocol {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.to_ascii_lowercase().as_str() {
            "http" => Ok(Self::Http),
            "tcp" => Ok(Self::Tcp),
            "tls" => Ok(Self::Tls),
            "https" => Err(ParseError::new(
                "protocol `https` is `http`: its URL is https anyway",
            )),
            _ => {
                let shown: String = text.chars().take(20).collect();
                Err(ParseError::new(format!(
                    "protocol {shown:?} is unknown; use http, tcp or tls"
                )))
            }
        }
    }
}

/// A set of [`Protocol`]s.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Protocols(u8);

impl Protocols {
    /// No protocol.
    pub const NONE: Self = Self(0);
    /// http alone.
    pub const HTTP: Self = Self(1);
    /// tcp alone.
    pub const TCP: Self = Self(2);
    /// tls alone.
    pub const TLS: Self = Self(4);
    /// Tunnels with labels alone.
    pub const LABELLED: Self = Self(8);
    /// http, tcp and tls.
    pub const NAMED: Self = Self(7);
    /// All of them.
    pub const ALL: Self = Self(15);

    /// Returns the set of both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns whether the protocol is in the set.
    pub const fn contains(self, protocol: Protocol) -> bool {
        let one = match protocol {
            Protocol::Http => Self::HTTP,
            Protocol::Tcp => Self::TCP,
            Protocol::Tls => Self::TLS,
            Protocol::Labelled => Self::LABELLED,
        };
        self.0 & one.0 != 0
    }

    /// Returns the protocols in the set.
    pub fn iter(self) -> impl Iterator<Item = Protocol> {
        let all = [
            Protocol::Http,
            Protocol::Tcp,
            Protocol::Tls,
            Protocol::Labelled,
        ];
        all.into_iter().filter(move |one| self.contains(*one))
    }
}

/// Writes the names, as in `http, tls`.
impl fmt::Display for Protocols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.iter().map(|one| one.to_string()).collect();
        f.pad(&names.join(", "))
    }
}

impl fmt::Debug for Protocols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
