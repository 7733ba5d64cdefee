//! Reads the many ways to name an upstream: a port, `host:port`, a URL, a directory.

mod directory;

use std::fmt;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::{ParseError, mask_url};

/// The address of an upstream, read once and then carried as a value.
///
/// It is read from `8080`, `:8080`, `localhost:8080`, `[::1]:80`, `https://localhost:8443`, `tcp://22`,
/// `file:///srv/www`, or `C:\site`. A config file's version decides how it is written.
///
/// ```
/// use ngrok_core::Address;
///
/// let address: Address = "tcp://22".parse()?;
/// assert_eq!(address.proto(), Some("tcp"));
/// assert_eq!(address.tunnel_addr(), "22");
/// assert_eq!(address.upstream_url("tcp"), "tcp://localhost:22");
/// assert!("localhost:99999".parse::<Address>().unwrap_err().to_string().contains("1 to 65535"));
/// # Ok::<(), ngrok_core::ParseError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// A port of this machine.
    Port(u16),
    /// `host:port`, the host bracketed where it is an IPv6 literal; or a host alone.
    Host(String),
    /// A URL.
    Url {
        /// Its scheme in lower case.
        scheme: String,
        /// All of it.
        url: String,
    },
    /// `file://` and a directory.
    Directory(String),
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// [`ParseError`], which names the address without a password and says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::read(text).map_err(|reason| {
            let shown = mask_url(text);
            ParseError::new(format!("address `{shown}` cannot be used: {reason}"))
        })
    }

    /// Returns the address of a directory. The path must be absolute: the agent has its own current directory.
    ///
    /// The prefix `\\?\` that `canonicalize` puts before paths on Windows is left out, since the agent refuses it.
    ///
    /// ```
    /// use ngrok_core::Address;
    ///
    /// let address = Address::from_directory("/srv/50% off");
    /// assert_eq!(address.tunnel_addr(), "file:///srv/50%25 off");
    /// assert_eq!(Address::from_directory(r"\\?\C:\site").tunnel_addr(), "file:///C:/site");
    /// ```
    pub fn from_directory(path: impl AsRef<Path>) -> Self {
        Self::Directory(directory::to_url(&path.as_ref().to_string_lossy()))
    }

    /// Returns the path of a directory on this system, or `None` if the address is not one of a directory.
    pub fn directory(&self) -> Option<PathBuf> {
        match self {
            Self::Directory(url) => Some(directory::to_path(url, cfg!(windows))),
            _ => None,
        }
    }

    fn read(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("it is empty");
        }
        // No port can follow this colon.
        if directory::is_windows_path(text) {
            return Ok(Self::from_directory(text));
        }
        if text.contains(char::is_whitespace) && !is_file_url(text) {
            return Err("it holds a space");
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            if rest.is_empty() {
                return Err("nothing follows the scheme");
            }
            let scheme = scheme.to_ascii_lowercase();
            return Ok(match scheme.as_str() {
                // The agent takes `file:///C:/site` and no host.
                "file" if directory::has_drive(rest.trim_start_matches('/')) => {
                    let path = rest.trim_start_matches('/').replace('\\', "/");
                    Self::Directory(format!("file:///{path}"))
                }
                "file" => Self::Directory(text.to_owned()),
                // `tcp://22` is short for a port of this machine; as a URL it would name the host `22`.
                _ if rest.bytes().all(|b| b.is_ascii_digit()) => {
                    let port = port(rest).ok_or(PORT)?;
                    Self::Url {
                        url: format!("{scheme}://localhost:{port}"),
                        scheme,
                    }
                }
                _ => Self::Url {
                    url: text.to_owned(),
                    scheme,
                },
            });
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return port(text).map(Self::Port).ok_or(PORT);
        }
        if text.parse::<Ipv6Addr>().is_ok() {
            return Err("an IPv6 address goes in brackets, with a port: [::1]:80");
        }
        let digits = match text.strip_prefix('[') {
            Some(bracketed) => {
                let (host, rest) = bracketed
                    .split_once(']')
                    .ok_or("the bracket is not closed")?;
                if host.parse::<Ipv6Addr>().is_err() {
                    return Err("the brackets do not hold an IPv6 address");
                }
                rest.strip_prefix(':').ok_or("it has no port")?
            }
            None => match text.rsplit_once(':') {
                Some(("", digits)) => {
                    return port(digits).map(Self::Port).ok_or(PORT);
                }
                Some((host, _)) if host.contains([':', '/']) => {
                    return Err("it is neither host:port nor a URL");
                }
                Some((_, digits)) => digits,
                None if text.contains('/') => {
                    return Err("a directory is written as file:// and its absolute path");
                }
                None => return Ok(Self::Host(text.to_owned())),
            },
        };
        port(digits).ok_or(PORT)?;
        Ok(Self::Host(text.to_owned()))
    }

    /// Returns the protocol that the address itself implies: `http`, `tcp` or `tls`.
    pub fn proto(&self) -> Option<&'static str> {
        match self {
            Self::Url { scheme, .. } => match scheme.as_str() {
                "tcp" => Some("tcp"),
                "tls" => Some("tls"),
                "http" | "https" => Some("http"),
                _ => None,
            },
            Self::Directory(_) => Some("http"),
            Self::Port(_) | Self::Host(_) => None,
        }
    }

    /// Returns the key `addr` of a tunnel, in the form that agents of every version take.
    pub fn tunnel_addr(&self) -> String {
        match self {
            Self::Port(port) => port.to_string(),
            Self::Host(host) => host.clone(),
            // A tunnel's `proto` says it; agents read only http and https in `addr`.
            Self::Url { scheme, url } if scheme == "tcp" || scheme == "tls" => {
                let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                rest.strip_prefix("localhost:").unwrap_or(rest).to_owned()
            }
            Self::Url { url, .. } | Self::Directory(url) => url.clone(),
        }
    }

    /// Returns the key `upstream.url` of an endpoint that speaks `proto`.
    pub fn upstream_url(&self, proto: &str) -> String {
        let host = match self {
            Self::Port(port) => format!("localhost:{port}"),
            Self::Host(host) => host.clone(),
            Self::Url { url, .. } | Self::Directory(url) => return url.clone(),
        };
        match proto {
            "tcp" | "tls" => host,
            _ if self.is_https_port() => format!("https://{host}"),
            _ => format!("http://{host}"),
        }
    }

    /// Returns whether it is port 443 without a scheme, to which an agent forwards http as https.
    pub fn is_https_port(&self) -> bool {
        match self {
            Self::Port(port) => *port == 443,
            Self::Host(host) => host.rsplit_once(':').is_some_and(|(_, port)| port == "443"),
            Self::Url { .. } | Self::Directory(_) => false,
        }
    }

    /// Returns the part of a generated tunnel name that names the upstream.
    ///
    /// It holds nothing that a URL path would split at: an agent creates a tunnel with a slash in its name, but can then
    /// neither show nor delete it.
    pub fn label(&self) -> String {
        if matches!(self, Self::Directory(_)) {
            return "file".to_owned();
        }
        let text = self.tunnel_addr();
        let rest = text
            .split_once("://")
            .map_or(text.as_str(), |(_, rest)| rest);
        let safe = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
        let label: String = rest
            .chars()
            .filter(|c| !"[]".contains(*c))
            .map(|c| if safe(c) { c } else { '-' })
            .take(64)
            .collect();
        label.trim_matches('-').to_owned()
    }
}

/// The path of a directory may hold spaces.
fn is_file_url(text: &str) -> bool {
    text.get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("file://"))
}

const PORT: &str = "a port is a number from 1 to 65535";

fn port(digits: &str) -> Option<u16> {
    // `parse` alone would take a sign.
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|&port| port != 0)
}

impl FromStr for Address {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

/// Writes the address as a tunnel's `addr` holds it, with a scheme where that says more. A URL may hold a password, so
/// `Debug` masks it; `Display` does not.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(port) => write!(f, "{port}"),
            Self::Host(host) => f.write_str(host),
            Self::Url { url, .. } | Self::Directory(url) => f.write_str(url),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", mask_url(&self.to_string()))
    }
}

impl From<u16> for Address {
    fn from(port: u16) -> Self {
        Self::Port(port)
    }
}

/// Reads a string or a port number.
impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = match serde_json::Value::deserialize(from)? {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (address, `addr` of a tunnel, `upstream.url` for http, for tcp, label in a name)
    const READ_WELL: &[[&str; 5]] = &[
        [
            "8080",
            "8080",
            "http://localhost:8080",
            "localhost:8080",
            "8080",
        ],
        [
            ":8080",
            "8080",
            "http://localhost:8080",
            "localhost:8080",
            "8080",
        ],
        [
            " 8080\n",
            "8080",
            "http://localhost:8080",
            "localhost:8080",
            "8080",
        ],
        [
            "localhost:8080",
            "localhost:8080",
            "http://localhost:8080",
            "localhost:8080",
            "localhost:8080",
        ],
        [
            "192.168.0.5:80",
            "192.168.0.5:80",
            "http://192.168.0.5:80",
            "192.168.0.5:80",
            "192.168.0.5:80",
        ],
        [
            "[::1]:80",
            "[::1]:80",
            "http://[::1]:80",
            "[::1]:80",
            "::1:80",
        ],
        ["db", "db", "http://db", "db", "db"],
        [
            "https://localhost:8443",
            "https://localhost:8443",
            "https://localhost:8443",
            "https://localhost:8443",
            "localhost:8443",
        ],
        [
            "HTTPS://8443",
            "https://localhost:8443",
            "https://localhost:8443",
            "https://localhost:8443",
            "localhost:8443",
        ],
        [
            "http://[::1]:80/a?b#c",
            "http://[::1]:80/a?b#c",
            "http://[::1]:80/a?b#c",
            "http://[::1]:80/a?b#c",
            "::1:80-a-b-c",
        ],
        [
            "tcp://22",
            "22",
            "tcp://localhost:22",
            "tcp://localhost:22",
            "22",
        ],
        [
            "tcp://10.0.0.2:22",
            "10.0.0.2:22",
            "tcp://10.0.0.2:22",
            "tcp://10.0.0.2:22",
            "10.0.0.2:22",
        ],
        [
            "tls://443",
            "443",
            "tls://localhost:443",
            "tls://localhost:443",
            "443",
        ],
        [
            r"FILE://C:\my%20site",
            "file:///C:/my%20site",
            "file:///C:/my%20site",
            "file:///C:/my%20site",
            "file",
        ],
        [
            r"C:\my site",
            "file:///C:/my site",
            "file:///C:/my site",
            "file:///C:/my site",
            "file",
        ],
        [
            "file:///srv/my site",
            "file:///srv/my site",
            "file:///srv/my site",
            "file:///srv/my site",
            "file",
        ],
    ];

    #[test]
    fn addresses_are_read_well() {
        for [text, addr, http, tcp, label] in READ_WELL {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.tunnel_addr(), *addr, "{text}");
            assert_eq!(address.upstream_url("http"), *http, "{text}");
            assert_eq!(address.upstream_url("tcp"), *tcp, "{text}");
            assert_eq!(address.label(), *label, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_reason() {
        for text in [
            "",
            " ",
            "0",
            "65536",
            "99999999999999999999",
            ":",
            ":x",
            "localhost:",
            "localhost:0",
            "localhost:+80",
            "localhost:80/path",
            "::1",
            "[::1]",
            "[::1",
            "[nonsense]:80",
            "a:b:80",
            "/srv/www",
            "http://",
            "tcp://0",
            "my host:80",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(
                error.to_string().contains("cannot be used: "),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn port_443_is_https_where_http_is_forwarded() {
        for (text, http, tcp) in [
            ("443", "https://localhost:443", "localhost:443"),
            ("[::1]:443", "https://[::1]:443", "[::1]:443"),
            ("db:443", "https://db:443", "db:443"),
            ("http://db:443", "http://db:443", "http://db:443"),
            ("db:4430", "http://db:4430", "db:4430"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.upstream_url("http"), http);
            assert_eq!(address.upstream_url("tcp"), tcp);
        }
    }

    #[test]
    fn the_scheme_implies_the_protocol() {
        for (text, proto) in [
            ("8080", None),
            ("tcp://22", Some("tcp")),
            ("TLS://443", Some("tls")),
            ("https://h", Some("http")),
            ("file:///x", Some("http")),
            ("ssh://x", None),
        ] {
            assert_eq!(Address::parse(text).unwrap().proto(), proto, "{text}");
        }
    }

    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_read_goes_out_in_one_piece(text in "\\PC{0,40}") {
            if let Ok(address) = Address::parse(&text) {
                prop_assert!(!address.label().contains(['/', '?', '#', '%', ' ']));
                prop_assert!(address.upstream_url("http").matches("://").count() >= 1);
                // What went out for a tunnel is read again as the same place.
                if !matches!(address, Address::Url { .. }) {
                    prop_assert_eq!(Address::parse(&address.tunnel_addr()).unwrap(), address);
                }
            }
        }

        #[test]
        fn every_host_and_port_is_read(host in "[a-z][a-z0-9.-]{0,20}", port in 1u16..) {
            let text = format!("{host}:{port}");
            let address = Address::parse(&text).unwrap();
            prop_assert_eq!(address.upstream_url("http"), format!("http://{text}"));
            prop_assert_eq!(address.tunnel_addr(), text);
        }
    }
}
