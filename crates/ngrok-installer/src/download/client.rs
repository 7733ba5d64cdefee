//! One request at a time: redirects by our rules, and ureq's errors sorted into ours.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Proxy, Timeout};

use super::transport::connector;
use super::url::Url;
use crate::env::Environment;
use crate::error::{Error, Result};
use crate::installer::NetworkOptions;
use crate::progress::Monitor;
use ngrok_core::Deadline;
use ngrok_core::net::{CachedResolver, FaultClass, Proxies, root_certs};

/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// Everything that the requests of one installer have in common.
pub(crate) struct Client {
    pub(super) url: Url,
    proxies: Proxies,
    tls: TlsConfig,
    connect_timeout: Duration,
    idle_timeout: Duration,
    pub(super) retries: u32,
}

/// What one try came to, if not to an answer.
pub(super) struct Fault {
    pub(super) error: Error,
    /// Whether another try may fare better.
    pub(super) is_passing: bool,
    /// How long the server asked to be left alone.
    pub(super) wait: Option<Duration>,
}

impl Client {
    pub(crate) fn new(
        url: &str,
        options: &NetworkOptions,
        environment: &Environment,
    ) -> Result<Self> {
        let url = Url::parse(url)?;
        let proxies = proxies(options, environment)?;
        // One that cannot be used is told now, but only if it is needed.
        proxies
            .for_uri(url.uri())
            .map_err(|e| Error::option(e.to_string()))?;
        Ok(Self {
            url,
            proxies,
            tls: TlsConfig::builder().root_certs(roots(options)?).build(),
            connect_timeout: options.connect_timeout.unwrap_or(Duration::from_secs(10)),
            idle_timeout: options.idle_timeout.unwrap_or(Duration::from_secs(30)),
            retries: options.retries.unwrap_or(3),
        })
    }

    /// An agent whose waits end when `monitor` says so.
    pub(super) fn agent(&self, monitor: &Arc<Monitor>) -> Agent {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .tls_config(self.tls.clone())
            .timeout_connect(Some(self.connect_timeout))
            .timeout_resolve(Some(self.connect_timeout))
            .timeout_per_read(Some(self.idle_timeout))
            .timeout_per_write(Some(self.idle_timeout))
            .user_agent(concat!("ngrok-installer/", env!("CARGO_PKG_VERSION")))
            // The archive is the content; were it packed again, digest and ranges would be of something else.
            .accept_encoding("identity")
            .build();
        Agent::with_parts(config, connector(monitor), CachedResolver::default())
    }

    fn proxy_for(&self, url: &Url) -> Result<Option<Proxy>, Fault> {
        let chosen = self.proxies.for_uri(url.uri());
        chosen.map_err(|e| Fault::lasting(Error::option(e.to_string())))
    }

    /// Asks for the file, from `range` on if given, following redirects.
    pub(super) fn get(
        &self,
        agent: &Agent,
        range: Option<(u64, &str)>,
        deadline: Deadline,
    ) -> Result<Response<Body>, Fault> {
        let mut url = self.url.clone();
        for _ in 0..=REDIRECTS {
            let mut request = agent.get(url.uri().clone());
            if let Some((offset, validator)) = range {
                request = request
                    .header("range", format!("bytes={offset}-"))
                    .header("if-range", validator);
            }
            let answer = request
                .config()
                .proxy(self.proxy_for(&url)?)
                .timeout_global(deadline.remaining())
                .build()
                .call()
                .map_err(|e| fault(&url, e))?;
            match answer.status().as_u16() {
                200 => return Ok(answer),
                206 if range.is_some() => return Ok(answer),
                status @ (301 | 302 | 303 | 307 | 308) => {
                    match header(&answer, "location").filter(|to| !to.trim().is_empty()) {
                        Some(to) => url = url.redirected(to).map_err(Fault::lasting)?,
                        None => return Err(status_fault(&url, status, &answer)),
                    }
                }
                status => return Err(status_fault(&url, status, &answer)),
            }
        }
        Err(Fault::lasting(Error::transport(
            url.to_string(),
            false,
            ureq::Error::TooManyRedirects,
        )))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Fault {
    fn lasting(error: Error) -> Self {
        Self {
            error,
            is_passing: false,
            wait: None,
        }
    }
}

/// A header that is text.
pub(super) fn header<'a>(answer: &'a Response<Body>, name: &str) -> Option<&'a str> {
    answer.headers().get(name)?.to_str().ok()
}

fn status_fault(url: &Url, status: u16, answer: &Response<Body>) -> Fault {
    let error = Error::bad_status(url.to_string(), status);
    let seconds = header(answer, "retry-after").and_then(|text| text.trim().parse().ok());
    Fault {
        is_passing: error.is_retryable(),
        error,
        wait: seconds.map(Duration::from_secs),
    }
}

/// Sorts ureq's error: what ended it, and whether to try again.
pub(super) fn fault(url: &Url, error: ureq::Error) -> Fault {
    let passing = |is_passing, error: ureq::Error| Fault {
        error: Error::transport(url.to_string(), is_passing, error),
        is_passing,
        wait: None,
    };
    match error {
        ureq::Error::Other(inner) => match inner.downcast::<Error>() {
            Ok(cancelled) => Fault::lasting(*cancelled),
            Err(inner) => passing(false, ureq::Error::Other(inner)),
        },
        ureq::Error::Timeout(which) => Fault {
            // The whole operation's deadline is over for the next try as well.
            is_passing: which != Timeout::Global,
            error: Error::timeout(format!("downloading {url}")).caused_by(error),
            wait: None,
        },
        error => passing(FaultClass::of(&error).is_transient(), error),
    }
}

fn roots(options: &NetworkOptions) -> Result<RootCerts> {
    #[cfg(feature = "native-roots")]
    if options.native_roots {
        if options.root_certs.is_some() {
            let both = "root certificates are given, and the operating system's asked for: take one of them";
            return Err(Error::option(both));
        }
        return Ok(RootCerts::PlatformVerifier);
    }
    match &options.root_certs {
        None => Ok(RootCerts::WebPki),
        Some(pem) => {
            root_certs(pem, "the root certificates given").map_err(|e| Error::option(e.to_string()))
        }
    }
}

fn proxies(options: &NetworkOptions, environment: &Environment) -> Result<Proxies> {
    match &options.proxy {
        Some(url) => Proxies::explicit(url).map_err(|e| Error::option(e.to_string())),
        None if options.no_proxy => Ok(Proxies::none()),
        None => Ok(Proxies::from_environment(|name| {
            environment.text(name).map(str::to_owned)
        })),
    }
}
