//! The address of the agent's API: checked once, when a client is built.

use ureq::http::Uri;

use ngrok_core::{is_loopback, mask_url};

use crate::error::Detail;
use crate::{Error, Result};

/// What the builder lets through besides plain HTTP to this machine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allowed {
    pub(crate) https: bool,
    pub(crate) remote: bool,
}

/// Checks `url` and gives it back as an origin without a slash at the end.
///
/// An address without a scheme is taken as HTTP, and the unspecified address, on which an agent may listen, as loopback.
pub(crate) fn origin(url: &str, allowed: Allowed) -> Result<String> {
    let full = if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    };
    let shown = mask_url(url);
    let not_a_url = |problem: &str| {
        Error::bad_input(format!(
            "agent address {shown:?} {problem}; it looks like http://127.0.0.1:4040"
        ))
    };
    let refused = |reason| {
        Error::new(Detail::Security {
            url: mask_url(&full),
            reason,
        })
    };
    let uri: Uri = full.parse().map_err(|_| not_a_url("is not a URL"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(not_a_url("is not a URL"));
    };
    match scheme {
        "http" => {}
        "https" if allowed.https => {}
        "https" => return Err(refused("the agent's API is plain HTTP")),
        _ => return Err(refused("it is not HTTP")),
    }
    if authority.as_str().contains('@') {
        return Err(refused("it holds credentials, and the agent takes none"));
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(not_a_url("has a path or a query"));
    }
    let host = reachable(authority.host());
    if !allowed.remote && !is_loopback(&host) {
        return Err(refused(
            "it is not on this machine; the builder's `allow_remote` permits that",
        ));
    }
    match authority.port_u16() {
        Some(port) => Ok(format!("{scheme}://{host}:{port}")),
        None if authority.as_str() != authority.host() => Err(not_a_url("has no valid port")),
        None => Ok(format!("{scheme}://{host}")),
    }
}

fn reachable(host: &str) -> String {
    match host {
        "0.0.0.0" => "127.0.0.1".to_owned(),
        "[::]" => "[::1]".to_owned(),
        _ => host.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    const STRICT: Allowed = Allowed {
        https: false,
        remote: false,
    };

    #[test]
    fn loopback_in_all_its_forms() {
        for (url, expected) in [
            ("http://127.0.0.1:4040", "http://127.0.0.1:4040"),
            ("http://127.0.0.1:4040/", "http://127.0.0.1:4040"),
            ("127.0.0.1:4041", "http://127.0.0.1:4041"),
            ("localhost:4040", "http://localhost:4040"),
            ("http://LocalHost", "http://localhost"),
            ("HTTP://[::1]:4040", "http://[::1]:4040"),
            ("http://127.8.9.1", "http://127.8.9.1"),
            ("http://[::ffff:127.0.0.1]:1", "http://[::ffff:127.0.0.1]:1"),
            ("0.0.0.0:4040", "http://127.0.0.1:4040"),
            ("http://[::]:4040", "http://[::1]:4040"),
        ] {
            assert_eq!(origin(url, STRICT).unwrap(), expected, "{url}");
        }
    }

    #[test]
    fn what_is_not_safe_is_a_security_error() {
        for url in [
            "https://127.0.0.1:4040",
            "ftp://127.0.0.1",
            "file://localhost/etc/passwd",
            "http://10.0.0.1:4040",
            "http://example.com",
            "http://localhost.evil.example",
            "http://127.0.0.1.nip.io:4040",
            "http://user:secret@127.0.0.1:4040",
            "http://127.0.0.1@evil.example",
        ] {
            let error = origin(url, STRICT).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Security, "{url}: {error}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_never_shown() {
        for url in [
            "http://user:hunter22@127.0.0.1:4040",
            "https://user:hunter22@127.0.0.1:4040",
            "http://user:hunter22@127.0.0.1:99999",
            "user:hunter22@127.0.0.1",
            "http://user:hunt/hunter22@127.0.0.1",
            "http://a b:hunter22@127.0.0.1",
        ] {
            let error = origin(url, STRICT).unwrap_err();
            let shown = format!("{error} {error:?} {:?}", error.url());
            assert!(!shown.contains("hunter22"), "{shown}");
            assert!(shown.contains("***@127.0.0.1"), "{shown}");
        }
        let plain = "http://127.0.0.1:4040/a@b?c@d";
        assert!(mask_url(plain).ends_with("@b?c@d"));
    }

    #[test]
    fn what_is_no_address_is_bad_input() {
        for url in [
            "",
            "http://",
            "http:///",
            "::",
            "http://127.0.0.1:4040/api",
            "http://127.0.0.1:4040?x=1",
            "http://127.0.0.1:99999",
            "http://127.0.0.1:",
            "http://a b",
            "http://[::1",
        ] {
            let error = origin(url, STRICT).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BadConfig, "{url}: {error}");
        }
    }

    #[test]
    fn more_is_allowed_when_asked_for() {
        let allowed = Allowed {
            https: true,
            remote: true,
        };
        assert_eq!(
            origin("https://Agent.Example", allowed).unwrap(),
            "https://agent.example"
        );
        assert_eq!(
            origin("http://10.0.0.1:4040", allowed).unwrap(),
            "http://10.0.0.1:4040"
        );
        assert_eq!(
            origin("gopher://x", allowed).unwrap_err().kind(),
            ErrorKind::Security
        );
    }
}
