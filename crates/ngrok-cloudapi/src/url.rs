//! Where requests go: the base URL, and the check that a next page is still there before the key leaves.

use ureq::http::Uri;

/// ngrok's own address.
pub(crate) const NGROK: &str = "https://api.ngrok.com";

/// A checked base URL: https (or http on this machine), no query, no user, any path as a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    origin: Origin,
    /// The path before every API path: empty, or `/a/b` without a slash at its end.
    prefix: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl BaseUrl {
    /// Reads `text`; the error is one clause that says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let uri: Uri = text.trim().parse().map_err(|_| "it is not a URL")?;
        if uri.query().is_some() {
            return Err("it must not have a query");
        }
        let origin = Origin::of(&uri)?;
        if origin.scheme == "http" && !ngrok_core::is_loopback(&origin.host) {
            return Err("plain http is only for this machine; use https");
        }
        Ok(Self {
            origin,
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }

    /// Whether it is ngrok's own service, whose limits we know.
    pub(crate) fn is_ngrok(&self) -> bool {
        Self::parse(NGROK).is_ok_and(|ngrok| ngrok.origin == self.origin)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.origin.scheme == "https"
    }

    /// The whole URL of `path`, which starts with a slash and may carry a query.
    pub(crate) fn join(&self, path: &str) -> String {
        let Origin { scheme, host, port } = &self.origin;
        let default = (scheme == "https" && *port == 443) || (scheme == "http" && *port == 80);
        if default {
            format!("{scheme}://{host}{}{path}", self.prefix)
        } else {
            format!("{scheme}://{host}:{port}{}{path}", self.prefix)
        }
    }

    /// The query of `next`, if that is a further page of the list at `path` on this service.
    ///
    /// A service behind another address may name itself or ngrok's own address; the page is fetched from here in any case.
    pub(crate) fn next_query<'n>(
        &self,
        next: &'n str,
        path: &str,
    ) -> Result<&'n str, &'static str> {
        let next = next.split('#').next().unwrap_or_default();
        let (place, query) = next.split_once('?').unwrap_or((next, ""));
        if !query.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("it is not a URL");
        }
        let place = if place.starts_with('/') && !place.starts_with("//") {
            place.to_owned()
        } else {
            let uri: Uri = place.parse().map_err(|_| "it is not a URL")?;
            let origin = Origin::of(&uri)?;
            let is_ngrok = Self::parse(NGROK).is_ok_and(|ngrok| ngrok.origin == origin);
            if origin != self.origin && !is_ngrok {
                return Err("it is on another origin");
            }
            uri.path().to_owned()
        };
        let inner = place.strip_prefix(&self.prefix).unwrap_or(&place);
        if inner == path || place == path {
            Ok(query)
        } else {
            Err("it is not a page of this list")
        }
    }
}

impl Origin {
    fn of(uri: &Uri) -> Result<Self, &'static str> {
        let authority = uri.authority().ok_or("it has no host")?;
        if authority.as_str().contains('@') {
            return Err("it must not hold a user name");
        }
        let scheme = uri.scheme_str().unwrap_or_default().to_ascii_lowercase();
        let default = match scheme.as_str() {
            "https" => 443,
            "http" => 80,
            _ => return Err("it must start with https://"),
        };
        Ok(Self {
            scheme,
            host: authority.host().to_ascii_lowercase(),
            port: authority.port_u16().unwrap_or(default),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_makes_it_panic_or_leave(next in any::<String>(), tail in "[/?#@:.a-z]{0,12}") {
            let base = BaseUrl::parse("https://api.ngrok.com/p").unwrap();
            for next in [next, format!("https://api.ngrok.com{tail}"), format!("//{tail}")] {
                let _ = BaseUrl::parse(&next);
                if let Ok(query) = base.next_query(&next, "/things") {
                    let url = base.join(&format!("/things?{query}"));
                    prop_assert!(url.starts_with("https://api.ngrok.com/p/things?"));
                }
            }
        }
    }

    #[test]
    fn base_urls() {
        for (text, joined) in [
            ("https://api.ngrok.com", Ok("https://api.ngrok.com/x?y=1")),
            (
                "https://API.ngrok.com:443/",
                Ok("https://api.ngrok.com/x?y=1"),
            ),
            (
                "https://p.example/ngrok/v1/",
                Ok("https://p.example/ngrok/v1/x?y=1"),
            ),
            (
                "http://127.0.0.1:8080/a",
                Ok("http://127.0.0.1:8080/a/x?y=1"),
            ),
            ("http://[::1]:1", Ok("http://[::1]:1/x?y=1")),
            ("http://localhost", Ok("http://localhost/x?y=1")),
            (
                "http://api.ngrok.com",
                Err("plain http is only for this machine; use https"),
            ),
            (
                "http://localhost.evil.example",
                Err("plain http is only for this machine; use https"),
            ),
            ("ftp://x", Err("it must start with https://")),
            ("api.ngrok.com", Err("it must start with https://")),
            ("https://u@x", Err("it must not hold a user name")),
            ("https://x?y", Err("it must not have a query")),
            ("/relative", Err("it has no host")),
            ("", Err("it is not a URL")),
        ] {
            let found = BaseUrl::parse(text).map(|base| base.join("/x?y=1"));
            assert_eq!(found, joined.map(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn next_pages_stay_on_the_service() {
        let ngrok = "https://api.ngrok.com";
        let behind = "http://127.0.0.1:8080/pre";
        let far = Err("it is on another origin");
        let other = Err("it is not a page of this list");
        for (base, next, expected) in [
            (
                ngrok,
                "https://api.ngrok.com/things?before_id=a",
                Ok("before_id=a"),
            ),
            (
                ngrok,
                "https://API.ngrok.com:443/things?b=%2F#x",
                Ok("b=%2F"),
            ),
            (ngrok, "/things?b=1", Ok("b=1")),
            (ngrok, "/things?b= ", Err("it is not a URL")),
            (ngrok, "/things?b=ü", Err("it is not a URL")),
            (ngrok, "https://api.ngrok.com/things", Ok("")),
            (ngrok, "http://api.ngrok.com/things?b=1", far),
            (ngrok, "https://api.ngrok.com:444/things?b=1", far),
            (ngrok, "https://evil.example/things?b=1", far),
            (ngrok, "https://api.ngrok.com.evil.example/things?b=1", far),
            (
                ngrok,
                "https://api.ngrok.com@evil.example/things",
                Err("it must not hold a user name"),
            ),
            (ngrok, "//evil.example/things", Err("it has no host")),
            (ngrok, "https://api.ngrok.com/api_keys?b=1", other),
            (ngrok, "https://api.ngrok.com/things/../api_keys?b=1", other),
            (behind, "http://127.0.0.1:8080/pre/things?b=1", Ok("b=1")),
            (behind, "http://127.0.0.1:8080/things?b=1", Ok("b=1")),
            (behind, "https://api.ngrok.com/things?b=1", Ok("b=1")),
            (behind, "/pre/things?b=1", Ok("b=1")),
            (behind, "http://127.0.0.1:8081/pre/things?b=1", far),
            (behind, "https://evil.example/pre/things?b=1", far),
        ] {
            let base = BaseUrl::parse(base).unwrap();
            assert_eq!(
                base.next_query(next, "/things"),
                expected,
                "{base:?} {next}"
            );
        }
    }
}
