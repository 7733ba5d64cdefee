//! Addresses that may be asked: https, or http to this machine itself.

use std::fmt;

use ureq::http::Uri;

use crate::error::{Error, ErrorKind, Result};
use crate::source::{masked, without_query};

/// A checked address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url(Uri);

impl Url {
    /// # Errors
    /// `InvalidOption` for what is no URL or carries credentials, `Insecure` for what is not https.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let no_url =
            |why: &str| Error::option(format!("{:?} is not a usable URL: {why}", masked(text)));
        let uri: Uri = text
            .parse()
            .map_err(|_| no_url("it has to look like https://host/path"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(no_url("it has to look like https://host/path"));
        };
        if authority.as_str().contains('@') {
            return Err(no_url("credentials in a URL are not supported"));
        }
        if authority.host().is_empty() {
            return Err(no_url("it names no host"));
        }
        let url = Self(uri.clone());
        match scheme {
            "https" => Ok(url),
            "http" if url.is_loopback() => Ok(url),
            _ => Err(Error::insecure_url(
                url.to_string(),
                "only https is allowed (http to loopback addresses alone)",
            )),
        }
    }

    /// The address that a redirect from here leads to.
    ///
    /// # Errors
    /// `Insecure` if it leads from https to anything else, `Transport` if it leads to what is no usable URL.
    pub(crate) fn redirected(&self, location: &str) -> Result<Self> {
        let location = location.trim();
        let path = self.0.path();
        let directory = path
            .rfind('/')
            .map_or("/", |end| path.get(..=end).unwrap_or("/"));
        let absolute = if has_scheme(location) {
            location.to_owned()
        } else if let Some(rest) = location.strip_prefix("//") {
            format!("{}://{rest}", self.scheme())
        } else if location.starts_with('/') {
            format!("{}://{}{location}", self.scheme(), self.authority())
        } else {
            format!(
                "{}://{}{directory}{location}",
                self.scheme(),
                self.authority()
            )
        };
        let next = Self::parse(&absolute).map_err(|error| match error.kind() {
            // The server is at fault, not the caller's option.
            ErrorKind::InvalidOption => Error::transport(self.to_string(), false, error),
            _ => error,
        })?;
        if self.is_https() && !next.is_https() {
            return Err(Error::insecure_url(
                next.to_string(),
                "a redirect must not lead from https to http",
            ));
        }
        Ok(next)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.scheme() == "https"
    }

    /// Whether it is this machine itself, which no proxy can reach for us and nobody can listen in to.
    pub(crate) fn is_loopback(&self) -> bool {
        ngrok_core::is_loopback(self.host())
    }

    /// The host, without the brackets of an IPv6 address.
    pub(crate) fn host(&self) -> &str {
        let host = self.0.host().unwrap_or_default();
        host.trim_start_matches('[').trim_end_matches(']')
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.0
    }

    fn scheme(&self) -> &str {
        self.0.scheme_str().unwrap_or_default()
    }

    fn authority(&self) -> &str {
        self.0.authority().map_or("", |a| a.as_str())
    }
}

/// Without the query: a redirect often leads to an address that is signed there, which is as good as a password.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_query(&self.0.to_string()))
    }
}

/// `name:` before any slash: RFC 3986 calls that an absolute reference.
fn has_scheme(reference: &str) -> bool {
    reference
        .split_once(':')
        .is_some_and(|(name, _)| !name.is_empty() && !name.contains(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_allowed_and_http_to_this_machine_alone() {
        for ok in [
            "https://bin.ngrok.com/c/x/ngrok.tgz",
            "HTTPS://bin.ngrok.com/x",
            "http://127.0.0.1:8080/x",
            "http://127.9.9.9/x",
            "http://[::1]:8080/x",
            "http://localhost/x",
            "https://192.168.1.1/x",
        ] {
            assert!(Url::parse(ok).is_ok(), "{ok}: {:?}", Url::parse(ok));
        }
        for (bad, kind) in [
            ("http://bin.ngrok.com/x", ErrorKind::Insecure),
            ("http://192.168.1.1/x", ErrorKind::Insecure),
            ("http://localhost.example.com/x", ErrorKind::Insecure),
            ("http://127.0.0.1.example.com/x", ErrorKind::Insecure),
            ("http://[::ffff:192.168.1.1]/x", ErrorKind::Insecure),
            ("ftp://127.0.0.1/x", ErrorKind::Insecure),
            ("file:///etc/passwd", ErrorKind::InvalidOption),
            ("bin.ngrok.com", ErrorKind::InvalidOption),
            ("/x", ErrorKind::InvalidOption),
            ("", ErrorKind::InvalidOption),
            ("https://", ErrorKind::InvalidOption),
            ("https://me:hunter2@host/x", ErrorKind::InvalidOption),
            ("https://me:hunter2 @host/x", ErrorKind::InvalidOption),
            ("https:/host/x?token=hunter2", ErrorKind::InvalidOption),
            ("http://host/x?token=hunter2", ErrorKind::Insecure),
        ] {
            let error = Url::parse(bad).unwrap_err();
            assert_eq!(error.kind(), kind, "{bad}: {error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn a_redirect_is_resolved_like_a_link_and_never_goes_down() {
        let from = |url| Url::parse(url).unwrap();
        for (start, location, end) in [
            (
                "https://a.test/x/y.tgz",
                "https://b.test/z",
                "https://b.test/z",
            ),
            ("https://a.test/x/y.tgz", "//b.test/z", "https://b.test/z"),
            ("https://a.test/x/y.tgz", "/z?q=1", "https://a.test/z?…"),
            ("https://a.test/x/y.tgz", "z.tgz", "https://a.test/x/z.tgz"),
            ("https://a.test:444/x", "z", "https://a.test:444/z"),
            (
                "http://127.0.0.1:1/x",
                "https://a.test/z",
                "https://a.test/z",
            ),
            (
                "http://127.0.0.1:1/x",
                "http://localhost:2/z",
                "http://localhost:2/z",
            ),
        ] {
            assert_eq!(from(start).redirected(location).unwrap().to_string(), end);
        }
        for (start, location, kind) in [
            (
                "https://a.test/x",
                "http://a.test/x?sig=hunter2",
                ErrorKind::Insecure,
            ),
            (
                "https://a.test/x",
                "http://127.0.0.1/x?sig=hunter2",
                ErrorKind::Insecure,
            ),
            (
                "http://127.0.0.1/x",
                "http://a.test/x?sig=hunter2",
                ErrorKind::Insecure,
            ),
            ("https://a.test/x", "ftp://a.test/x", ErrorKind::Insecure),
            (
                "https://a.test/x",
                "file:///etc/passwd",
                ErrorKind::Transport,
            ),
            (
                "https://a.test/x",
                "javascript:alert(1)",
                ErrorKind::Transport,
            ),
            (
                "https://a.test/x",
                "https://me:hunter2@a.test/x",
                ErrorKind::Transport,
            ),
        ] {
            let error = from(start).redirected(location).unwrap_err();
            assert_eq!(error.kind(), kind, "{location}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
