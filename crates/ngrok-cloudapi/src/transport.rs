//! One HTTP exchange: a call goes out, an answer comes back, nothing is repeated.

mod answer;

use std::io::Read;
use std::time::{Duration, SystemTime};

use ngrok_core::net::{CachedResolver, Proxies};
use ureq::http::{HeaderValue, Request, Response, Uri, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use crate::Secret;
use crate::call::Call;
use crate::error::{self, Error, Result, Unreadable};
use crate::url::BaseUrl;

/// The version of the API that the definitions describe.
const API_VERSION: &str = "2";

/// An answer is read up to this size: a page of a hundred objects is far below it.
const MAX_ANSWER: u64 = 32 << 20;

/// As much of an error's body is read; what is beyond is left out.
const MAX_ERROR: u64 = 64 << 10;

/// An exchange takes at most this long if nothing else is said.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug)]
pub(crate) struct Transport {
    agent: Agent,
    pub(crate) base: BaseUrl,
    key: Secret,
    authorization: HeaderValue,
    /// What errors call the proxy, if there is one.
    proxy: Option<String>,
}

/// What the transport is made of, read and checked by the builder.
pub(crate) struct Settings {
    pub(crate) base: BaseUrl,
    pub(crate) key: Secret,
    pub(crate) user_agent: String,
    pub(crate) proxies: Proxies,
    pub(crate) roots: RootCerts,
}

/// An answer with a success status.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Transport {
    pub(crate) fn new(settings: Settings) -> Result<Self> {
        let key = settings.key.expose().trim();
        if key.is_empty() {
            return Err(Error::input(
                "the API key is empty; make one at https://dashboard.ngrok.com/api-keys",
            ));
        }
        // The cause would be the header crate's, which says nothing of use.
        let mut authorization = HeaderValue::from_str(&format!("Bearer {key}"))
            .map_err(|_| Error::input("the API key holds characters that no key has"))?;
        authorization.set_sensitive(true);
        // Every request goes to the same host, so the proxy is the same for all.
        let target: Uri = settings
            .base
            .join("/")
            .parse()
            .map_err(|e| Error::input_caused("the base URL cannot be used", e))?;
        let proxy = settings.proxies.for_uri(&target);
        let proxy = proxy.map_err(|e| Error::input(e.to_string()))?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(settings.base.is_https())
            // The key is for this service alone, so a redirect is an error and never followed.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .user_agent(settings.user_agent)
            .accept("application/json")
            .tls_config(TlsConfig::builder().root_certs(settings.roots).build())
            .build();
        Ok(Self {
            agent: Agent::with_parts(config, DefaultConnector::new(), CachedResolver::default()),
            proxy: settings.proxies.shown_for(&target),
            base: settings.base,
            key: Secret::new(key),
            authorization,
        })
    }

    /// What errors say about `call`.
    pub(crate) fn describe(&self, call: &Call) -> error::Request {
        error::Request {
            method: call.method,
            path: call.path.clone(),
            url: self.base.join(&call.target()),
            line: call.line(),
        }
    }

    /// Sends `call` once and reads the whole answer within `limit`.
    pub(crate) fn exchange(
        &self,
        call: &Call,
        limit: Option<Duration>,
        now: SystemTime,
    ) -> Result<Reply> {
        let limit = limit.map_or(FOREVER, |limit| limit.min(FOREVER));
        let failed = |status, e| {
            let fault = error::Fault {
                request: self.describe(call),
                proxy: self.proxy.clone(),
                status,
                limit,
                body_limit: MAX_ANSWER,
            };
            Error::http(fault, e)
        };
        let mut response = self.run(call, limit).map_err(|e| failed(None, e))?;
        let status = response.status().as_u16();
        if response.status().is_success() {
            let body = response.body_mut().with_config().limit(MAX_ANSWER);
            let body = body.read_to_vec().map_err(|e| failed(Some(status), e))?;
            return Ok(Reply { status, body });
        }
        // What cannot be read of an error's body is left out: the status alone tells enough.
        let mut body = Vec::new();
        let mut reader = response.body_mut().as_reader().take(MAX_ERROR);
        let _ = reader.read_to_end(&mut body);
        Err(Error::api(self.api_error(call, &response, &body, now)))
    }

    fn run(&self, call: &Call, limit: Duration) -> Result<Response<Body>, ureq::Error> {
        let mut builder = Request::builder()
            .method(call.method.as_str())
            .uri(self.base.join(&call.target()))
            .header(header::AUTHORIZATION, &self.authorization)
            .header("ngrok-version", API_VERSION);
        match &call.body {
            Some(body) => {
                builder = builder.header(header::CONTENT_TYPE, "application/json");
                let request = self.agent.configure_request(builder.body(body.as_slice())?);
                self.agent.run(request.timeout_global(Some(limit)).build())
            }
            None => {
                let request = self.agent.configure_request(builder.body(())?);
                self.agent.run(request.timeout_global(Some(limit)).build())
            }
        }
    }

    /// What is said of an answer of a success status that cannot be read.
    pub(crate) fn unreadable(&self, reply: &Reply) -> Unreadable {
        let starts_as_json = reply
            .body
            .iter()
            .find(|byte| !byte.is_ascii_whitespace())
            .is_some_and(|byte| b"{[\"-0123456789tfn".contains(byte));
        let is_json =
            starts_as_json && serde_json::from_slice::<serde::de::IgnoredAny>(&reply.body).is_ok();
        let page = || self.beginning(&reply.body);
        Unreadable {
            status: reply.status,
            page: (!is_json).then(page),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(proxy: &str) -> Result<Transport> {
        Transport::new(Settings {
            base: BaseUrl::parse("https://api.ngrok.com").unwrap(),
            key: "planted".into(),
            user_agent: "test".to_owned(),
            proxies: Proxies::explicit(&proxy.into()).map_err(|e| Error::input(e.to_string()))?,
            roots: RootCerts::WebPki,
        })
    }

    #[test]
    fn the_key_is_a_sensitive_header() {
        let transport = transport("http://u:planted@127.0.0.1:1").unwrap();
        assert!(transport.authorization.is_sensitive());
        assert!(
            !format!("{transport:?}").contains("planted"),
            "{transport:?}"
        );
    }
}
