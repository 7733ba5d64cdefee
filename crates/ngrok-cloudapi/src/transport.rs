//! One HTTP exchange: a call goes out, an answer comes back, nothing is repeated.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::Value;
use ureq::http::{HeaderMap, HeaderValue, Request, Response, header};
use ureq::tls::TlsConfig;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, Proxy};

use crate::Secret;
use crate::call::Call;
use crate::error::{ApiError, Error, Result};
use crate::url::BaseUrl;
use ngrok_core::Timestamp;
use ngrok_core::net::{CachedResolver, root_certs};

/// The version of the API that the definitions describe.
const API_VERSION: &str = "2";

/// An answer is read up to this size: a page of a hundred objects is far below it.
const MAX_ANSWER: u64 = 32 << 20;

/// As much of an error's body is looked at, and as much of it is kept if it is not JSON.
const MAX_ERROR: u64 = 64 << 10;
const KEPT_OF_ERROR: usize = 1 << 10;

/// An exchange takes at most this long if nothing else is said.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug)]
pub(crate) struct Transport {
    agent: Agent,
    pub(crate) base: BaseUrl,
    key: Secret,
    authorization: HeaderValue,
}

/// What the transport is made of, read and checked by the builder.
pub(crate) struct Settings {
    pub(crate) base: BaseUrl,
    pub(crate) key: Secret,
    pub(crate) user_agent: String,
    pub(crate) proxy: Option<String>,
    pub(crate) root_certificates: Option<String>,
}

/// An answer with a success status.
#[derive(Debug)]
pub(crate) struct Reply {
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
        let proxy = settings
            .proxy
            .map(|url| Proxy::new(&url))
            .transpose()
            .map_err(|e| {
                Error::input_caused("the proxy is not a URL such as http://host:3128", e)
            })?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(settings.base.is_https())
            // The key is for this service alone, so a redirect is an error and never followed.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .user_agent(settings.user_agent)
            .accept("application/json")
            .tls_config(tls(settings.root_certificates.as_deref())?)
            .build();
        Ok(Self {
            agent: Agent::with_parts(config, DefaultConnector::new(), CachedResolver::default()),
            base: settings.base,
            key: Secret::new(key),
            authorization,
        })
    }

    /// Sends `call` once and reads the whole answer within `limit`.
    pub(crate) fn exchange(
        &self,
        call: &Call,
        limit: Option<Duration>,
        now: SystemTime,
    ) -> Result<Reply> {
        let limit = limit.map_or(FOREVER, |limit| limit.min(FOREVER));
        let failed = |e| Error::http(call, limit, MAX_ANSWER, e);
        let mut response = self.run(call, limit).map_err(failed)?;
        if response.status().is_success() {
            let body = response.body_mut().with_config().limit(MAX_ANSWER);
            return Ok(Reply {
                body: body.read_to_vec().map_err(failed)?,
            });
        }
        // What cannot be read of an error's body is left out: the status alone tells enough.
        let body = response.body_mut().with_config().limit(MAX_ERROR);
        let body = body.read_to_vec().unwrap_or_default();
        Err(Error::api(self.api_error(call, &response, &body, now)))
    }

    fn run(&self, call: &Call, limit: Duration) -> Result<Response<Body>, ureq::Error> {
        let mut builder = Request::builder()
            .method(call.method.as_str())
            .uri(self.base.join(&call.target()))
            .header(header::AUTHORIZATION, &self.authorization)
            .header("ngrok-version", API_VERSION);
        if call.body.is_some() {
            builder = builder.header(header::CONTENT_TYPE, "application/json");
        }
        let timed = |request| {
            self.agent
                .configure_request(request)
                .timeout_global(Some(limit))
                .build()
        };
        if call.method.has_body() {
            let body = call.body.as_deref().unwrap_or_default();
            self.agent.run(timed(builder.body(body)?))
        } else {
            let agent = &self.agent;
            let request = agent
                .configure_request(builder.body(())?)
                .timeout_global(Some(limit))
                .build();
            agent.run(request)
        }
    }

    fn api_error(
        &self,
        call: &Call,
        response: &Response<Body>,
        body: &[u8],
        now: SystemTime,
    ) -> ApiError {
        let headers = response.headers();
        let mut error = ApiError {
            request: call.line(),
            status: response.status().as_u16(),
            operation_id: text(headers, "ngrok-operation-id").map(str::to_owned),
            retry_after: text(headers, "retry-after").and_then(|v| retry_after(v, now)),
            ..ApiError::default()
        };
        match serde_json::from_slice::<ErrorBody>(body) {
            Ok(body) => {
                let details_id = body.details.get("operation_id").and_then(Value::as_str);
                error.operation_id = details_id.map(str::to_owned).or(error.operation_id);
                error.error_code = code(body.error_code);
                error.message = body.msg.as_str().map(|m| self.redact(m));
                error.details = Some(self.redact_value(body.details)).filter(|d| !d.is_null());
            }
            Err(_) => {
                // Masked before it is cut, so that no part of the key is left at the cut.
                let mut shown = self.redact(&String::from_utf8_lossy(body));
                let end = (0..=KEPT_OF_ERROR).rfind(|&at| shown.is_char_boundary(at));
                shown.truncate(end.unwrap_or_default());
                error.body = Some(shown).filter(|text| !text.is_empty());
            }
        }
        error
    }

    /// The service repeats the key in some messages (ERR_NGROK_202 and its neighbours).
    fn redact(&self, text: &str) -> String {
        text.replace(self.key.expose(), "***")
    }

    fn redact_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.redact(&text)),
            Value::Array(items) => items.into_iter().map(|v| self.redact_value(v)).collect(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, v)| (name, self.redact_value(v)))
                .collect(),
            other => other,
        }
    }
}

/// Parts that are missing or of another type than promised are null, so that none of them can hide the rest.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct ErrorBody {
    error_code: Value,
    msg: Value,
    details: Value,
}

/// Codes are texts, but a bare number is as good.
fn code(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(format!("ERR_NGROK_{number}")),
        _ => None,
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// `Retry-After` in both its forms: seconds, or a date.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    match value.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let at = Timestamp::from_http_date(value)?.to_system_time()?;
            Some(at.duration_since(now).unwrap_or_default())
        }
    }
}

fn tls(root_certificates: Option<&str>) -> Result<TlsConfig> {
    let Some(pem) = root_certificates else {
        return Ok(TlsConfig::default());
    };
    let roots = root_certs(pem.as_bytes(), "the root certificates")
        .map_err(|error| Error::input(error.to_string()))?;
    Ok(TlsConfig::builder().root_certs(roots).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_a_sensitive_header() {
        let transport = Transport::new(Settings {
            base: BaseUrl::parse("https://api.ngrok.com").unwrap(),
            key: "planted".into(),
            user_agent: "test".to_owned(),
            proxy: Some("http://u:planted@127.0.0.1:1".to_owned()),
            root_certificates: None,
        })
        .unwrap();
        assert!(transport.authorization.is_sensitive());
        assert!(
            !format!("{transport:?}").contains("planted"),
            "{transport:?}"
        );
    }
}
