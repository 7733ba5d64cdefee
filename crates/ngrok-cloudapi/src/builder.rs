//! Everything about a client that can be set, with its defaults.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ngrok_core::net::{Proxies, root_certs};
use ngrok_core::variables::SSL_CERT_FILE;
use ureq::tls::RootCerts;

use crate::Secret;
use crate::client::Client;
use crate::clock::{Clock, SystemClock};
use crate::env;
use crate::error::{Error, Result};
use crate::limiter::{Limiter, RateLimit};
use crate::retry::RetryPolicy;
use crate::send::{Counters, Sender};
use crate::transport::{Settings, Transport};
use crate::url::{BaseUrl, NGROK};

/// Makes a [`Client`]; from [`Client::builder`].
///
/// ```
/// use std::time::Duration;
///
/// use ngrok_cloudapi::Client;
///
/// # fn main() -> ngrok_cloudapi::Result<()> {
/// let client = Client::builder("KEY")
///     .user_agent("my-operator/1.2")
///     .timeout(Duration::from_secs(30))
///     .page_size(100)
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder {
    api_key: Secret,
    /// Not a secret, but somebody may have put a password into it, which is refused only later.
    base_url: Secret,
    user_agent: Option<String>,
    timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    retry: RetryPolicy,
    rate_limit: Pace,
    proxy: ProxyChoice,
    roots: Roots,
    variables: fn(&str) -> Option<String>,
    page_size: Option<u32>,
    clock: Box<dyn Clock>,
}

/// The rate limit that was asked for, if any.
#[derive(Debug)]
enum Pace {
    Default,
    Limit(RateLimit),
    Off,
}

/// The proxy that was asked for.
#[derive(Debug)]
enum ProxyChoice {
    /// That of the environment, if it names one.
    Environment,
    Url(Secret),
    Off,
}

/// The certificate authorities to trust.
enum Roots {
    /// Those of `SSL_CERT_FILE`, else the built-in ones.
    Default,
    Pem(Vec<u8>),
    #[cfg(feature = "native-roots")]
    Native,
}

/// Certificates are not secret, but long.
impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("Default"),
            Self::Pem(pem) => write!(f, "Pem({} bytes)", pem.len()),
            #[cfg(feature = "native-roots")]
            Self::Native => f.write_str("Native"),
        }
    }
}

impl Roots {
    fn read(self, variable: fn(&str) -> Option<String>) -> Result<RootCerts> {
        let (pem, origin) = match self {
            #[cfg(feature = "native-roots")]
            Self::Native => return Ok(RootCerts::PlatformVerifier),
            Self::Pem(pem) => (pem, "the root certificates given".to_owned()),
            Self::Default => match variable(SSL_CERT_FILE) {
                None => return Ok(RootCerts::WebPki),
                Some(path) => {
                    let origin = format!("the root certificates of {SSL_CERT_FILE} ({path})");
                    let read = std::fs::read(&path);
                    let pem = read
                        .map_err(|e| Error::input_caused(format!("{origin} cannot be read"), e))?;
                    (pem, origin)
                }
            },
        };
        root_certs(&pem, &origin).map_err(|e| Error::input(e.to_string()))
    }
}

impl ClientBuilder {
    pub(crate) fn new(api_key: Secret) -> Self {
        Self {
            api_key,
            base_url: NGROK.into(),
            user_agent: None,
            timeout: Some(Duration::from_secs(120)),
            attempt_timeout: Some(Duration::from_secs(30)),
            retry: RetryPolicy::default(),
            rate_limit: Pace::Default,
            proxy: ProxyChoice::Environment,
            roots: Roots::Default,
            variables: env::system,
            page_size: None,
            clock: Box::new(SystemClock),
        }
    }

    /// Another address of the API; default `https://api.ngrok.com`. A path is kept as a prefix, and next pages stay on it.
    /// Plain http is accepted for this machine alone.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Secret::new(url);
        self
    }

    /// Added to the user agent `ngrok-cloudapi/VERSION`, to name your program: `my-operator/1.2`.
    pub fn user_agent(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent = Some(suffix.into());
        self
    }

    /// The deadline of a whole call, with all waits and retries; default 120 s, so that a full rate limit window fits in.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Lets calls take as long as they take: a 429 is waited for as often as it comes. Single exchanges still end.
    pub fn no_timeout(mut self) -> Self {
        self.timeout = None;
        self
    }

    /// The deadline of one exchange within a call; default 30 s.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// What is tried again, and how often; see [`RetryPolicy`] for the default.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The pace of requests. By default [`RateLimit::ngrok`] for ngrok's own address, none for another base URL.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Pace::Limit(limit);
        self
    }

    /// Sends as fast as it goes, and relies on waiting after a 429.
    pub fn no_rate_limit(mut self) -> Self {
        self.rate_limit = Pace::Off;
        self
    }

    /// Sends everything through this proxy, such as `http://user:password@host:3128`. By default that of `HTTPS_PROXY` or
    /// `ALL_PROXY` is used (also in lower case), but for this machine and what `NO_PROXY` lists.
    pub fn proxy(mut self, url: impl Into<Secret>) -> Self {
        self.proxy = ProxyChoice::Url(url.into());
        self
    }

    /// Uses no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = ProxyChoice::Off;
        self
    }

    /// Trusts these certificate authorities (PEM, one or more) instead of the built-in Mozilla roots, for a proxy that
    /// inspects TLS. By default those in the file that `SSL_CERT_FILE` names, if it is set.
    pub fn root_certs(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots = Roots::Pem(pem.into());
        self
    }

    /// Trusts the certificate authorities that the operating system trusts.
    #[cfg(feature = "native-roots")]
    pub fn native_roots(mut self) -> Self {
        self.roots = Roots::Native;
        self
    }

    /// How many items a page of a list holds, 1 to 100; by default the service decides.
    pub fn page_size(mut self, items: u32) -> Self {
        self.page_size = Some(items);
        self
    }

    #[cfg(test)]
    pub(crate) fn variables(mut self, variables: fn(&str) -> Option<String>) -> Self {
        self.variables = variables;
        self
    }

    #[cfg(test)]
    pub(crate) fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Checks all of it; nothing is sent.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an empty key, a base URL that is not https (or http on this machine),
    /// a proxy that cannot be used (also one of the environment), certificates that cannot be read or are not PEM, or a user
    /// agent that cannot be a header.
    pub fn build(self) -> Result<Client> {
        let base = BaseUrl::parse(self.base_url.expose()).map_err(|why| {
            let url = self.base_url.expose();
            let shown = ngrok_core::mask_url(url);
            Error::input(format!("the base URL {shown:?} cannot be used: {why}"))
        })?;
        let mut user_agent = format!("ngrok-cloudapi/{}", env!("CARGO_PKG_VERSION"));
        if let Some(suffix) = self.user_agent {
            if !suffix.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
                return Err(Error::input(
                    "the user agent must be plain ASCII on one line",
                ));
            }
            user_agent = format!("{user_agent} {suffix}");
        }
        let limit = match self.rate_limit {
            Pace::Limit(limit) => Some(limit),
            Pace::Default if base.is_ngrok() => Some(RateLimit::ngrok()),
            Pace::Default | Pace::Off => None,
        };
        let proxies = match &self.proxy {
            ProxyChoice::Environment => Proxies::from_environment(self.variables),
            ProxyChoice::Url(url) => {
                Proxies::explicit(url).map_err(|e| Error::input(e.to_string()))?
            }
            ProxyChoice::Off => Proxies::none(),
        };
        let transport = Transport::new(Settings {
            base,
            key: self.api_key,
            user_agent,
            proxies,
            roots: self.roots.read(self.variables)?,
        })?;
        Ok(Client {
            sender: Arc::new(Sender {
                transport,
                limiter: limit.map(Limiter::new),
                retry: self.retry,
                attempt_timeout: self.attempt_timeout,
                clock: self.clock,
                counters: Counters::default(),
            }),
            timeout: self.timeout,
            page_size: self.page_size,
        })
    }
}
