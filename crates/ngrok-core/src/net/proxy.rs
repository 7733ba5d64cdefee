//! Which proxy, if any, a URL is requested through.

use std::fmt;
use std::net::IpAddr;

use ureq::Proxy;
use ureq::http::Uri;

use crate::{ParseError, Secret, is_loopback, mask_url, variables};

/// The proxy settings of one client.
#[derive(Clone)]
pub struct Proxies(Choice);

#[derive(Clone)]
enum Choice {
    /// This one for every URL, as the caller said, or none at all.
    Explicit(Option<(Proxy, Secret)>),
    /// That of the environment, by the name of its variable. This machine and the exceptions are requested directly.
    Environment {
        https: Option<(&'static str, Secret)>,
        exceptions: Exceptions,
    },
}

impl Proxies {
    /// Uses this proxy for every URL.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if it is not the URL of an http or https proxy. The URL is not in the message: it can hold a password.
    pub fn explicit(url: &Secret) -> Result<Self, ParseError> {
        let proxy = proxy(url.expose(), "the proxy given")?;
        Ok(Self(Choice::Explicit(Some((proxy, url.clone())))))
    }

    /// Uses no proxy, whatever the environment says.
    pub const fn none() -> Self {
        Self(Choice::Explicit(None))
    }

    /// Uses the proxy that environment variables name for https, with the exceptions of `NO_PROXY`. An empty variable counts
    /// as unset.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let read =
            |name: &'static str| Some((name, variable(name).filter(|value| !value.is_empty())?));
        let https = variables::HTTPS_PROXIES
            .iter()
            .find_map(|name| read(name))
            .map(|(name, url)| (name, url.into()));
        let exceptions = variables::NO_PROXY.into_iter().find_map(read);
        Self(Choice::Environment {
            https,
            exceptions: Exceptions::parse(&exceptions.map(|(_, text)| text).unwrap_or_default()),
        })
    }

    /// Returns the proxy for a URL.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if the environment's proxy is needed and cannot be used.
    pub fn for_uri(&self, uri: &Uri) -> Result<Option<Proxy>, ParseError> {
        match self.chosen(uri) {
            Chosen::Direct => Ok(None),
            Chosen::Explicit(proxy, _) => Ok(Some(proxy.clone())),
            Chosen::Variable(name, url) => proxy(url.expose(), name).map(Some),
        }
    }

    /// Returns what an error says about the proxy for a URL: its address without a password, and the variable that names it.
    pub fn shown_for(&self, uri: &Uri) -> Option<String> {
        match self.chosen(uri) {
            Chosen::Direct => None,
            Chosen::Explicit(_, url) => Some(format!("the proxy {}", mask_url(url.expose()))),
            Chosen::Variable(name, url) => {
                Some(format!("the proxy {} of {name}", mask_url(url.expose())))
            }
        }
    }

    fn chosen(&self, uri: &Uri) -> Chosen<'_> {
        match &self.0 {
            Choice::Explicit(None) => Chosen::Direct,
            Choice::Explicit(Some((proxy, url))) => Chosen::Explicit(proxy, url),
            Choice::Environment { exceptions, .. }
                if is_loopback(uri.host().unwrap_or_default()) || exceptions.hold(uri) =>
            {
                Chosen::Direct
            }
            Choice::Environment { https, .. } => https
                .as_ref()
                .map_or(Chosen::Direct, |(name, url)| Chosen::Variable(name, url)),
        }
    }
}

enum Chosen<'a> {
    Direct,
    Explicit(&'a Proxy, &'a Secret),
    Variable(&'static str, &'a Secret),
}

/// A proxy's URL can hold a password.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxies")
    }
}

fn proxy(url: &str, origin: &str) -> Result<Proxy, ParseError> {
    let scheme = url.split_once("://").map_or("http", |(scheme, _)| scheme);
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(ParseError::new(format!(
            "{origin} is a proxy of the kind {scheme:?}; only http and https proxies are supported"
        )));
    }
    // Not the cause: it could quote the URL, and with it a password.
    Proxy::new(url).map_err(|_| {
        ParseError::new(format!(
            "{origin} is not the URL of a proxy, such as http://proxy:3128"
        ))
    })
}

/// The entries of `NO_PROXY`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Exceptions(Vec<Exception>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    Everything,
    /// This host and all below it.
    Host {
        name: String,
        port: Option<u16>,
    },
    /// All addresses that begin with these bits.
    Network {
        address: IpAddr,
        bits: u32,
    },
}

impl Exceptions {
    /// Entries are separated by commas, as curl and Go read them: `*`, a host (which stands for those below it too),
    /// a host with a port, an address, or a network such as `10.0.0.0/8`.
    fn parse(text: &str) -> Self {
        let entries = text.split(',').map(str::trim).filter(|e| !e.is_empty());
        Self(entries.map(Exception::parse).collect())
    }

    fn hold(&self, uri: &Uri) -> bool {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
            Some("http") => 80,
            _ => 443,
        });
        self.0.iter().any(|exception| exception.holds(host, port))
    }
}

impl Exception {
    fn parse(entry: &str) -> Self {
        if entry == "*" {
            return Self::Everything;
        }
        if let Some((address, bits)) = entry.split_once('/')
            && let (Ok(address), Ok(bits)) = (address.parse(), bits.parse())
        {
            return Self::Network { address, bits };
        }
        if let Ok(address) = entry.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Self::Network { address, bits: 128 };
        }
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() => (host, port.parse().ok()),
            _ => (entry, None),
        };
        let name = host
            .trim_start_matches('*')
            .trim_start_matches('.')
            .trim_matches(['[', ']'])
            .to_ascii_lowercase();
        Self::Host { name, port }
    }

    fn holds(&self, asked: &str, asked_port: u16) -> bool {
        match self {
            Self::Everything => true,
            Self::Network { address, bits } => asked
                .parse()
                .is_ok_and(|ip| shares_bits(ip, *address, *bits)),
            Self::Host { name, port } => {
                let host = asked.to_ascii_lowercase();
                let is_below = host
                    .strip_suffix(name.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                is_below && port.is_none_or(|port| port == asked_port)
            }
        }
    }
}

fn shares_bits(a: IpAddr, b: IpAddr, bits: u32) -> bool {
    let differing = match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        _ => return false,
    };
    let width = if a.is_ipv4() { 32 } else { 128 };
    differing >= bits.min(width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    fn of(variables: &[(&str, &str)]) -> Proxies {
        Proxies::from_environment(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn host_for(variables: &[(&str, &str)], address: &str) -> Option<String> {
        let chosen = of(variables).for_uri(&uri(address)).unwrap();
        chosen.map(|p| p.host().to_owned())
    }

    #[test]
    fn the_usual_variables_name_the_proxy_and_lower_case_wins() {
        let a = "https://bin.ngrok.com/x";
        assert_eq!(host_for(&[], a), None);
        for (variables, expected) in [
            (&[("HTTPS_PROXY", "http://one:1")][..], Some("one")),
            (&[("HTTPS_PROXY", "one:1")][..], Some("one")),
            (
                &[
                    ("HTTPS_PROXY", "http://one:1"),
                    ("https_proxy", "http://two:1"),
                ][..],
                Some("two"),
            ),
            (&[("ALL_PROXY", "http://three:1")][..], Some("three")),
            (
                &[
                    ("ALL_PROXY", "http://three:1"),
                    ("HTTPS_PROXY", "http://one:1"),
                ][..],
                Some("one"),
            ),
            (
                &[
                    ("HTTP_PROXY", "http://four:1"),
                    ("http_proxy", "http://four:1"),
                ][..],
                None,
            ),
            (&[("HTTPS_PROXY", "")][..], None),
        ] {
            assert_eq!(host_for(variables, a).as_deref(), expected, "{variables:?}");
            assert_eq!(host_for(variables, "http://127.0.0.1:1/x"), None);
        }
    }

    #[test]
    fn no_proxy_excepts_hosts_ports_addresses_and_networks() {
        for (exceptions, address, is_excepted) in [
            ("*", "https://a.test/", true),
            ("a.test", "https://a.test/", true),
            ("A.Test", "https://b.a.test/", true),
            (".a.test", "https://b.a.test/", true),
            ("*.a.test", "https://b.a.test/", true),
            ("a.test", "https://ba.test/", false),
            ("b.test, a.test", "https://a.test/", true),
            ("a.test:8443", "https://a.test:8443/", true),
            ("a.test:8443", "https://a.test/", false),
            ("a.test:443", "https://a.test/", true),
            ("10.0.0.0/8", "https://10.1.2.3/", true),
            ("10.0.0.0/8", "https://11.1.2.3/", false),
            ("10.1.2.3", "https://10.1.2.3/", true),
            ("fd00::/8", "https://[fd12::1]/", true),
            ("fd00::/8", "https://10.1.2.3/", false),
            ("[fd12::1]", "https://[fd12::1]/", true),
            ("0.0.0.0/0", "https://10.1.2.3/", true),
            ("", "https://a.test/", false),
        ] {
            let variables = [("HTTPS_PROXY", "http://proxy:1"), ("NO_PROXY", exceptions)];
            let found = host_for(&variables, address).is_none();
            assert_eq!(found, is_excepted, "{exceptions:?} {address}");
        }
    }

    #[test]
    fn an_explicit_proxy_is_always_used_and_a_bad_one_keeps_its_password() {
        let proxies = Proxies::explicit(&"http://me:hunter2@one:1".into()).unwrap();
        let local = uri("http://127.0.0.1:1/x");
        let chosen = proxies.for_uri(&local).unwrap();
        assert_eq!(chosen.map(|p| p.host().to_owned()).as_deref(), Some("one"));
        assert_eq!(
            proxies.shown_for(&local).as_deref(),
            Some("the proxy http://***@one:1")
        );
        assert!(!format!("{proxies:?}").contains("hunter2"));
        for bad in [
            "socks5://me:hunter2@one:1",
            "http://me:hunter2@",
            "http:// me:hunter2@x",
            "",
        ] {
            let error = Proxies::explicit(&bad.into()).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_proxy_of_the_environment_that_we_cannot_use_matters_only_where_it_is_needed() {
        let proxies = of(&[
            ("ALL_PROXY", "socks5://me:hunter2@one:1"),
            ("NO_PROXY", "excepted.test"),
        ]);
        for (address, is_fine) in [
            ("https://excepted.test/x", true),
            ("http://127.0.0.1:1/x", true),
            ("https://a.test/x", false),
        ] {
            let chosen = proxies.for_uri(&uri(address));
            assert_eq!(chosen.is_ok(), is_fine, "{address}");
            if let Err(error) = chosen {
                let text = format!("{error} {error:?}");
                assert!(text.contains("ALL_PROXY") && !text.contains("hunter2"));
            }
        }
        let both = [
            ("ALL_PROXY", "socks5://one:1"),
            ("HTTPS_PROXY", "http://two:2"),
        ];
        assert_eq!(host_for(&both, "https://a.test/x").as_deref(), Some("two"));
        assert!(
            Proxies::none()
                .for_uri(&uri("https://a.test/x"))
                .unwrap()
                .is_none()
        );
    }
}
