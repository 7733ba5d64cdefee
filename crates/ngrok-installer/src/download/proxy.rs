//! Which proxy, if any, an address is asked through.

use std::fmt;
use std::net::IpAddr;

use ureq::Proxy;

use super::url::Url;
use crate::env::Environment;
use crate::error::{Error, Result};
use crate::installer::NetworkOptions;

/// The proxy settings of one download.
#[derive(Clone)]
pub(crate) enum Proxies {
    /// Always this one, as the caller said.
    Explicit(Proxy),
    /// Those of the environment. Loopback addresses and the exceptions are asked directly.
    Environment {
        https: Option<Proxy>,
        http: Option<Proxy>,
        exceptions: Exceptions,
    },
}

impl Proxies {
    pub(crate) fn new(options: &NetworkOptions, environment: &Environment) -> Result<Self> {
        if let Some(url) = &options.proxy {
            return Ok(Self::Explicit(proxy(url.expose(), "the proxy given")?));
        }
        let from = |names: &[&'static str]| -> Result<Option<Proxy>> {
            if options.no_proxy {
                return Ok(None);
            }
            let mut found = names
                .iter()
                .filter_map(|n| Some((environment.text(n)?, *n)));
            found.next().map(|(url, name)| proxy(url, name)).transpose()
        };
        Ok(Self::Environment {
            https: from(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?,
            // `HTTP_PROXY` in capitals can be a request header in a CGI program, so nobody reads it for http.
            http: from(&["http_proxy", "all_proxy", "ALL_PROXY"])?,
            exceptions: Exceptions::parse(
                environment
                    .text("no_proxy")
                    .or_else(|| environment.text("NO_PROXY"))
                    .unwrap_or_default(),
            ),
        })
    }

    pub(crate) fn for_url(&self, url: &Url) -> Option<Proxy> {
        match self {
            Self::Explicit(proxy) => Some(proxy.clone()),
            Self::Environment { exceptions, .. } if url.is_loopback() || exceptions.hold(url) => {
                None
            }
            Self::Environment { https, .. } if url.is_https() => https.clone(),
            Self::Environment { http, .. } => http.clone(),
        }
    }
}

/// A proxy's URL can hold a password.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxies")
    }
}

fn proxy(url: &str, origin: &str) -> Result<Proxy> {
    let scheme = url.split_once("://").map_or("http", |(scheme, _)| scheme);
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(Error::option(format!(
            "{origin} is a proxy of the kind {scheme:?}; only http and https proxies are supported"
        )));
    }
    // Not the cause: it could quote the URL, and with it a password.
    Proxy::new(url).map_err(|_| {
        Error::option(format!(
            "{origin} is not the URL of a proxy, such as http://proxy:3128"
        ))
    })
}

/// The entries of `NO_PROXY`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exceptions(Vec<Exception>);

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

    fn hold(&self, url: &Url) -> bool {
        self.0.iter().any(|exception| exception.holds(url))
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

    fn holds(&self, url: &Url) -> bool {
        match self {
            Self::Everything => true,
            Self::Network { address, bits } => {
                url.ip().is_some_and(|ip| shares_bits(ip, *address, *bits))
            }
            Self::Host { name, port } => {
                let host = url.host().to_ascii_lowercase();
                let is_below = host
                    .strip_suffix(name.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                is_below && port.is_none_or(|port| port == url.port())
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
    use crate::secret::Secret;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn host_for(environment: &Environment, address: &str) -> Option<String> {
        let proxies = Proxies::new(&NetworkOptions::default(), environment).unwrap();
        proxies.for_url(&url(address)).map(|p| p.host().to_owned())
    }

    #[test]
    fn the_usual_variables_name_the_proxy_and_lower_case_wins() {
        let none = Environment::empty();
        let a = "https://bin.ngrok.com/x";
        assert_eq!(host_for(&none, a), None);
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
            let environment = variables
                .iter()
                .fold(none.clone(), |env, (name, value)| env.with(name, *value));
            assert_eq!(
                host_for(&environment, a).as_deref(),
                expected,
                "{variables:?}"
            );
            assert_eq!(host_for(&environment, "http://127.0.0.1:1/x"), None);
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
            let environment = Environment::empty()
                .with("HTTPS_PROXY", "http://proxy:1")
                .with("NO_PROXY", exceptions);
            let found = host_for(&environment, address).is_none();
            assert_eq!(found, is_excepted, "{exceptions:?} {address}");
        }
    }

    #[test]
    fn an_explicit_proxy_is_always_used_and_a_bad_one_keeps_its_password() {
        let options = |url: &str| NetworkOptions {
            proxy: Some(Secret::new(url)),
            ..NetworkOptions::default()
        };
        let environment = Environment::empty().with("NO_PROXY", "*");
        let proxies = Proxies::new(&options("http://me:hunter2@one:1"), &environment).unwrap();
        let chosen = proxies.for_url(&url("http://127.0.0.1:1/x"));
        assert_eq!(chosen.map(|p| p.host().to_owned()).as_deref(), Some("one"));
        assert!(!format!("{proxies:?}").contains("hunter2"));
        for bad in [
            "socks5://me:hunter2@one:1",
            "http://me:hunter2@",
            "http:// me:hunter2@x",
        ] {
            let error = Proxies::new(&options(bad), &environment).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::InvalidOption);
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        let off = NetworkOptions {
            no_proxy: true,
            ..NetworkOptions::default()
        };
        let environment = Environment::empty().with("HTTPS_PROXY", "socks5://one");
        assert!(Proxies::new(&off, &environment).is_ok());
    }
}
