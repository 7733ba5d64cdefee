//! Which proxy, if any, an address is asked through.

use std::fmt;
use std::net::IpAddr;

use ureq::Proxy;

use super::url::Url;
use crate::env::Environment;
use crate::error::{Error, Result};
use crate::installer::NetworkOptions;
use ngrok_core::Secret;

/// The proxy settings of one download.
#[derive(Clone)]
pub(crate) enum Proxies {
    /// Always this one, as the caller said.
    Explicit(Proxy),
    /// That of the environment, by the name of its variable. Loopback addresses, which are all that plain http is for,
    /// and the exceptions are asked directly.
    Environment {
        https: Option<(&'static str, Secret)>,
        exceptions: Exceptions,
    },
}

/// The variables in the order in which they count. On Windows both spellings are one variable, which an error is to call
/// by its usual name.
const VARIABLES: &[&str] = if cfg!(windows) {
    &["HTTPS_PROXY", "ALL_PROXY"]
} else {
    &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
};

impl Proxies {
    pub(crate) fn new(options: &NetworkOptions, environment: &Environment) -> Result<Self> {
        if let Some(url) = &options.proxy {
            return Ok(Self::Explicit(proxy(url.expose(), "the proxy given")?));
        }
        let https = VARIABLES
            .iter()
            .filter(|_| !options.no_proxy)
            .find_map(|name| Some((*name, environment.text(name)?.into())));
        let exceptions = environment
            .text("no_proxy")
            .or_else(|| environment.text("NO_PROXY"));
        Ok(Self::Environment {
            https,
            exceptions: Exceptions::parse(exceptions.unwrap_or_default()),
        })
    }

    /// # Errors
    /// `InvalidOption` if the environment's proxy is needed and is none that we can use.
    pub(crate) fn for_url(&self, url: &Url) -> Result<Option<Proxy>> {
        match self {
            Self::Explicit(proxy) => Ok(Some(proxy.clone())),
            Self::Environment { exceptions, .. } if url.is_loopback() || exceptions.hold(url) => {
                Ok(None)
            }
            Self::Environment { https, .. } => https
                .as_ref()
                .map(|(name, url)| proxy(url.expose(), name))
                .transpose(),
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

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn host_for(environment: &Environment, address: &str) -> Option<String> {
        let proxies = Proxies::new(&NetworkOptions::default(), environment).unwrap();
        let chosen = proxies.for_url(&url(address)).unwrap();
        chosen.map(|p| p.host().to_owned())
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
        let chosen = proxies.for_url(&url("http://127.0.0.1:1/x")).unwrap();
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
    }

    #[test]
    fn a_proxy_of_the_environment_that_we_cannot_use_matters_only_where_it_is_needed() {
        let environment = Environment::empty()
            .with("ALL_PROXY", "socks5://me:hunter2@one:1")
            .with("NO_PROXY", "excepted.test");
        let default = NetworkOptions::default();
        let proxies = Proxies::new(&default, &environment).unwrap();
        for (address, is_fine) in [
            ("https://excepted.test/x", true),
            ("http://127.0.0.1:1/x", true),
            ("https://a.test/x", false),
        ] {
            let chosen = proxies.for_url(&url(address));
            assert_eq!(chosen.is_ok(), is_fine, "{address}");
            if let Err(error) = chosen {
                assert_eq!(error.kind(), crate::ErrorKind::InvalidOption);
                let text = format!("{error} {error:?}");
                assert!(text.contains("ALL_PROXY") && !text.contains("hunter2"));
            }
        }
        let environment = environment.with("HTTPS_PROXY", "http://two:2");
        assert_eq!(
            host_for(&environment, "https://a.test/x").as_deref(),
            Some("two")
        );
        let off = NetworkOptions {
            no_proxy: true,
            ..default
        };
        let proxies = Proxies::new(&off, &environment).unwrap();
        assert!(proxies.for_url(&url("https://a.test/x")).unwrap().is_none());
    }
}
