//! Where a tunnel forwards to: the forms of `addr` and `upstream.url`, refused in the agent's words.

use std::fmt;
use std::path::PathBuf;

use ngrok_core::Address;

/// What a tunnel carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Http,
    Tcp,
    Tls,
}

impl Kind {
    /// The scheme of the public URL. HTTP is plain on purpose: it must be reachable without a certificate.
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }
}

/// A service on the network, or a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Network {
        /// `http` or `https`; for bytes `tls` or nothing.
        scheme: Option<&'static str>,
        /// `host:port`
        authority: String,
    },
    Files {
        /// As the tunnel's `config.addr` shows it.
        url: String,
        directory: PathBuf,
    },
}

impl Target {
    /// Reads an address; `name` is the tunnel's, for the refusal.
    pub(crate) fn parse(name: &str, kind: Kind, addr: &str) -> Result<Self, String> {
        if addr.is_empty() {
            return Err(format!("Tunnel '{name}' must specify 'addr' to tunnel to"));
        }
        let malformed =
            || format!("Tunnel '{name}' specifies an invalid or malformed address: {addr}");
        match (kind, addr.split_once("://")) {
            (Kind::Http, Some(("file", path))) => Self::files(name, addr, path),
            (Kind::Http, Some(("http", rest))) => Self::url(name, "http", 80, rest),
            (Kind::Http, Some(("https", rest))) => Self::url(name, "https", 443, rest),
            (Kind::Http, Some((scheme, _))) => Err(format!(
                "Tunnel '{name}' specifies a URL with an unsupported scheme: {scheme}"
            )),
            (Kind::Http, None) => {
                let authority = authority(addr, Some(80)).unwrap_or_else(|| addr.to_owned());
                Ok(Self::Network {
                    scheme: Some(if is_443(&authority) { "https" } else { "http" }),
                    authority,
                })
            }
            (_, Some(("file" | "http" | "https", _))) => Err(format!(
                "Tunnel '{name}' specifies a URL instead of a host address: {addr}"
            )),
            (Kind::Tls, Some(("tls", rest))) => authority(rest, None)
                .map(|authority| Self::Network {
                    scheme: Some("tls"),
                    authority,
                })
                .ok_or_else(malformed),
            (_, Some(_)) => Err(malformed()),
            (_, None) => authority(addr, None)
                .map(|authority| Self::Network {
                    scheme: (kind == Kind::Tls && is_443(&authority)).then_some("tls"),
                    authority,
                })
                .ok_or_else(malformed),
        }
    }

    /// A scheme alone is this machine, at the scheme's port.
    fn url(name: &str, scheme: &'static str, port: u16, rest: &str) -> Result<Self, String> {
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if !matches!(path, "" | "/") {
            return Err(format!(
                "Tunnel '{name}' specifies a path '{path}', this is unsupported"
            ));
        }
        let host = if host.is_empty() { "localhost" } else { host };
        let authority = match authority(host, Some(port)) {
            Some(authority) if host.contains(|c: char| !c.is_ascii_digit()) => authority,
            _ => {
                return Err(format!(
                    "Tunnel '{name}' specifies an invalid or malformed address: {scheme}://{rest}"
                ));
            }
        };
        Ok(Self::Network {
            scheme: Some(scheme),
            authority,
        })
    }

    fn files(name: &str, addr: &str, path: &str) -> Result<Self, String> {
        if !path.starts_with('/') {
            return Err(format!(
                "Tunnel '{name}' specifies an invalid or malformed address '{addr}': file scheme doesn't support host; should appear as file:///path/to/content"
            ));
        }
        let address = Address::parse(addr).map_err(|error| error.to_string())?;
        let directory = address.directory().unwrap_or_default();
        if !directory.is_dir() {
            return Err(format!(
                "File tunnel '{name}' points to a non-existing directory '{addr}'"
            ));
        }
        Ok(Self::Files {
            url: addr.to_owned(),
            directory,
        })
    }

    /// `host:port` of a network target.
    pub(crate) fn authority(&self) -> Option<&str> {
        match self {
            Self::Network { authority, .. } => Some(authority),
            Self::Files { .. } => None,
        }
    }
}

/// Port 443 is spoken to in TLS although no scheme says so.
fn is_443(authority: &str) -> bool {
    authority.ends_with(":443")
}

/// `host:port` from a port, a host, or both.
fn authority(text: &str, default_port: Option<u16>) -> Option<String> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(format!("localhost:{text}"));
    }
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
            Some(text.to_owned())
        }
        Some(_) => None,
        None => default_port
            .filter(|_| !text.is_empty())
            .map(|port| format!("{text}:{port}")),
    }
}

/// As the tunnel's `config.addr` shows it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network {
                scheme: Some(scheme),
                authority,
            } => write!(f, "{scheme}://{authority}"),
            Self::Network { authority, .. } => f.write_str(authority),
            Self::Files { url, .. } => f.write_str(url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_refused_as_the_captured_agent_does() {
        for (kind, addr, shown) in [
            (Kind::Http, "8190", "http://localhost:8190"),
            (Kind::Http, "localhost:8190", "http://localhost:8190"),
            (Kind::Http, "http://127.0.0.1:8190", "http://127.0.0.1:8190"),
            (Kind::Http, "https://127.0.0.1", "https://127.0.0.1:443"),
            (Kind::Http, "example.test", "http://example.test:80"),
            (Kind::Http, "file:///", "file:///"),
            (Kind::Http, "443", "https://localhost:443"),
            (Kind::Http, "example.test:443", "https://example.test:443"),
            (Kind::Http, "https://", "https://localhost:443"),
            (Kind::Http, "http://", "http://localhost:80"),
            (Kind::Tls, "443", "tls://localhost:443"),
            (Kind::Tls, "80", "localhost:80"),
            (Kind::Tls, "tls://localhost:8443", "tls://localhost:8443"),
            (Kind::Tcp, "443", "localhost:443"),
            (Kind::Tcp, "8191", "localhost:8191"),
            (Kind::Tcp, "127.0.0.1:8191", "127.0.0.1:8191"),
        ] {
            let target = Target::parse("t", kind, addr).unwrap();
            assert_eq!(target.to_string(), shown, "{addr}");
        }
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("my site");
        std::fs::create_dir(&site).unwrap();
        for path in [site.clone(), site.canonicalize().unwrap()] {
            let url = Address::from_directory(path).to_string();
            for url in [url.clone(), url.replace(' ', "%20")] {
                let target = Target::parse("t", Kind::Http, &url).unwrap();
                assert_eq!(target.to_string(), url);
            }
        }
        for (kind, addr, refusal) in [
            (
                Kind::Http,
                "",
                "Tunnel 't' must specify 'addr' to tunnel to",
            ),
            (
                Kind::Http,
                "ftp://localhost:21",
                "Tunnel 't' specifies a URL with an unsupported scheme: ftp",
            ),
            (
                Kind::Http,
                "http://127.0.0.1:8190/base",
                "Tunnel 't' specifies a path '/base', this is unsupported",
            ),
            (
                Kind::Http,
                "file:///does/not/exist",
                "File tunnel 't' points to a non-existing directory 'file:///does/not/exist'",
            ),
            (
                Kind::Http,
                "file://site",
                "Tunnel 't' specifies an invalid or malformed address 'file://site': file scheme doesn't support host; should appear as file:///path/to/content",
            ),
            (
                Kind::Tcp,
                "tcp://127.0.0.1:8191",
                "Tunnel 't' specifies an invalid or malformed address: tcp://127.0.0.1:8191",
            ),
            (
                Kind::Tcp,
                "file:///srv",
                "Tunnel 't' specifies a URL instead of a host address: file:///srv",
            ),
        ] {
            assert_eq!(Target::parse("t", kind, addr).unwrap_err(), refusal);
        }
    }
}
