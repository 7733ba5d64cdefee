//! Reads the many ways to name an upstream: a port, `host:port`, a URL, a directory.

use std::net::Ipv6Addr;

use crate::{Error, Result};

/// An upstream as the caller named it, before the config version decides how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A port of this machine.
    Port(u16),
    /// `host:port`, the host bracketed where it is an IPv6 literal; or a host alone.
    Host(String),
    /// A URL: its scheme, and it whole.
    Url { scheme: String, url: String },
    /// `file://` and a directory.
    Directory(String),
}

impl Address {
    /// Reads `8080`, `localhost:8080`, `[::1]:80`, `https://localhost:8443`, `tcp://22`, `file:///srv/www`.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let refuse = |reason| Error::Address {
            addr: text.to_owned(),
            reason,
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(refuse("it is empty"));
        }
        if text.contains(char::is_whitespace) && !text.starts_with("file://") {
            return Err(refuse("it holds a space"));
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            if rest.is_empty() {
                return Err(refuse("nothing follows the scheme"));
            }
            let scheme = scheme.to_ascii_lowercase();
            return Ok(match scheme.as_str() {
                "file" => Self::Directory(text.to_owned()),
                // `tcp://22` is short for a port of this machine; as a URL it would name the host `22`.
                _ if rest.bytes().all(|b| b.is_ascii_digit()) => {
                    let port = port(rest).ok_or_else(|| refuse(PORT))?;
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
            return port(text).map(Self::Port).ok_or_else(|| refuse(PORT));
        }
        if text.parse::<Ipv6Addr>().is_ok() {
            return Err(refuse(
                "an IPv6 address goes in brackets, with a port: [::1]:80",
            ));
        }
        let digits = match text.strip_prefix('[') {
            Some(bracketed) => {
                let (host, rest) = bracketed
                    .split_once(']')
                    .ok_or_else(|| refuse("the bracket is not closed"))?;
                if host.parse::<Ipv6Addr>().is_err() {
                    return Err(refuse("what stands in brackets is no IPv6 address"));
                }
                rest.strip_prefix(':')
                    .ok_or_else(|| refuse("it has no port"))?
            }
            None => match text.rsplit_once(':') {
                Some(("", digits)) => {
                    return port(digits).map(Self::Port).ok_or_else(|| refuse(PORT));
                }
                Some((host, _)) if host.contains([':', '/']) => {
                    return Err(refuse("it is neither host:port nor a URL"));
                }
                Some((_, digits)) => digits,
                None if text.contains('/') => {
                    return Err(refuse(
                        "a directory is written as file:// and its absolute path",
                    ));
                }
                None => return Ok(Self::Host(text.to_owned())),
            },
        };
        port(digits).ok_or_else(|| refuse(PORT))?;
        Ok(Self::Host(text.to_owned()))
    }

    /// The protocol that the address itself implies.
    pub(crate) fn proto(&self) -> Option<&'static str> {
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

    /// `addr` of a tunnel: what agents take since ever, always as text.
    pub(crate) fn tunnel_addr(&self) -> String {
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

    /// `upstream.url` of an endpoint that speaks `proto`.
    pub(crate) fn upstream_url(&self, proto: &str) -> String {
        let host = match self {
            Self::Port(port) => format!("localhost:{port}"),
            Self::Host(host) => host.clone(),
            Self::Url { url, .. } | Self::Directory(url) => return url.clone(),
        };
        match proto {
            "tcp" | "tls" => host,
            _ => format!("http://{host}"),
        }
    }

    /// The part of a made-up tunnel name that tells the upstream. It holds nothing that a URL path would split at:
    /// the agent creates a tunnel with a slash in its name, but can then neither show nor delete it.
    pub(crate) fn label(&self) -> String {
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

const PORT: &str = "a port is a number from 1 to 65535";

fn port(digits: &str) -> Option<u16> {
    // `parse` alone would take a sign.
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|&port| port != 0)
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
            let address = Address::read(text).unwrap();
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
            let error = Address::read(text).unwrap_err();
            assert!(matches!(error, Error::Address { .. }), "{text}: {error}");
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
            assert_eq!(Address::read(text).unwrap().proto(), proto, "{text}");
        }
    }

    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_read_goes_out_in_one_piece(text in "\\PC{0,40}") {
            if let Ok(address) = Address::read(&text) {
                prop_assert!(!address.label().contains(['/', '?', '#', '%', ' ']));
                prop_assert!(address.upstream_url("http").matches("://").count() >= 1);
                // What went out for a tunnel is read again as the same place.
                if !matches!(address, Address::Url { .. }) {
                    prop_assert_eq!(Address::read(&address.tunnel_addr()).unwrap(), address);
                }
            }
        }

        #[test]
        fn every_host_and_port_is_read(host in "[a-z][a-z0-9.-]{0,20}", port in 1u16..) {
            let text = format!("{host}:{port}");
            let address = Address::read(&text).unwrap();
            prop_assert_eq!(address.upstream_url("http"), format!("http://{text}"));
            prop_assert_eq!(address.tunnel_addr(), text);
        }
    }
}
