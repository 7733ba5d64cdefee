//! What the value of a key may be.

use serde_json::Value;

use super::key::Key;
use super::value;

/// What the value of a key may be. Null fits each of them: agents take it for absent.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// Not known, or anything.
    Any,
    /// A scalar. Agents read numbers and booleans as text, too.
    Text,
    /// A scalar for people, in which anything can be written, `${…}` for one.
    Free,
    /// True or false, or one of YAML's older words for it.
    Flag,
    /// A whole number.
    Integer,
    /// A number from 0 to 1.
    Fraction,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or something of another kind.
    WordOr(&'static [&'static str], &'static Kind),
    /// A duration as Go writes it: `10s`, `1m30s`.
    Duration,
    /// A URL with one of these schemes. It can hold a password.
    Url(&'static [&'static str]),
    /// `host:port`.
    HostPort,
    /// `host:port`, or a port alone: where to listen.
    Listen,
    /// Where a tunnel forwards to: a port, `host:port`, a URL, a directory.
    Address,
    /// Where an endpoint forwards to: as [`Kind::Address`], or a scheme alone.
    Upstream,
    /// The address of an endpoint: a domain, a URL without a path, a scheme alone, or nothing.
    PublicUrl,
    /// A domain, without scheme, port and path.
    Domain,
    /// The path of a file.
    Path,
    /// The path of a file in PEM, or its content.
    Pem,
    /// An IP address.
    Ip,
    /// An IP address, or a block of them as in `10.0.0.0/8`.
    Cidr,
    /// A host, `.suffix`, an IP address or a block of them.
    HostPattern,
    /// `user:password`.
    Credential,
    /// `name:value`.
    Header,
    /// `name=value`.
    Label,
    /// A traffic policy, as a mapping or as text that holds one.
    Policy,
    /// A list of values.
    List(&'static Kind),
    /// A list of values, which ngrok's guides also write as one value.
    ListOrOne(&'static Kind),
    /// A mapping with these keys.
    Mapping(&'static [Key]),
}

/// Why a value does not fit its [`Kind`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// It is of another type: a list instead of a text.
    Type,
    /// It is of the right type and cannot be used.
    Value,
    /// It is not what it looks like: the text says why. Agents take it.
    Odd(&'static str),
    /// It waits to be replaced, as `${NAME}` does: agents expand nothing.
    Placeholder,
}

impl Kind {
    /// Returns why `value` does not fit, if so. Items of a list are looked at, keys of a mapping are not: see
    /// [`Vocabulary::check_tunnel`](super::Vocabulary::check_tunnel).
    pub fn mismatch(&self, value: &Value) -> Option<Mismatch> {
        value::mismatch(self, value)
    }

    /// Returns what fits, for a sentence such as "make it …".
    pub fn describe(&self) -> String {
        match self {
            Self::Any => "something else".into(),
            Self::Text | Self::Free => "a text".into(),
            Self::Flag => "true or false".into(),
            Self::Integer => "a whole number".into(),
            Self::Fraction => "a number from 0 to 1".into(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::WordOr(words, kind) => format!("{}, or {}", words.join(", "), kind.describe()),
            Self::Duration => "a duration such as `10s` or `1m30s`".into(),
            Self::Url(schemes) => format!(
                "a URL that begins with {}",
                schemes
                    .iter()
                    .map(|scheme| format!("{scheme}://"))
                    .collect::<Vec<_>>()
                    .join(" or ")
            ),
            Self::HostPort => "`host:port`".into(),
            Self::Listen => "`host:port` or a port".into(),
            Self::Address => "a port from 1 to 65535, `host:port` or a URL".into(),
            Self::Upstream => "a port from 1 to 65535, `host:port`, a URL or a scheme".into(),
            Self::PublicUrl => {
                "a domain, or a URL of http, https, tcp or tls without a path".into()
            }
            Self::Domain => "a domain, without scheme, port and path".into(),
            Self::Path => "the path of a file".into(),
            Self::Pem => "the path of a file, or its content".into(),
            Self::Ip => "an IP address".into(),
            Self::Cidr => "an IP address or a block such as `10.0.0.0/8`".into(),
            Self::HostPattern => "a host, `.suffix`, an IP address or a block of them".into(),
            Self::Credential => "`user:password`".into(),
            Self::Header => "`name:value`".into(),
            Self::Label => "`name=value`".into(),
            Self::Policy => "a traffic policy: phases with lists of rules".into(),
            Self::List(item) | Self::ListOrOne(item) => match item {
                Self::Any | Self::Text | Self::Free => "a list".into(),
                item => format!("a list; each item is {}", item.describe()),
            },
            Self::Mapping(_) => "a mapping".into(),
        }
    }
}
