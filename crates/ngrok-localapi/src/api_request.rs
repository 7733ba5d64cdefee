//! Calls of any http or https URL that answers in JSON, such as one's own tunnel or the cloud API.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use ureq::http::Uri;
use ureq::http::uri::InvalidUri;

use crate::error::Detail;
use crate::received::Received;
use crate::transport::{Call, Transport};
use crate::{Error, Result, Secret, names};
use ngrok_core::Deadline;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(4);
const MAX_BODY: u64 = 64 * 1024 * 1024;
const USER_AGENT: &str = concat!("ngrok-localapi/", env!("CARGO_PKG_VERSION"));

/// Calls to the same host share connections.
static TRANSPORT: LazyLock<Transport> = LazyLock::new(|| Transport::new(USER_AGENT, MAX_BODY));

/// Begins a call of any http or https URL that answers in JSON.
///
/// It never uses a proxy and follows no redirect. It sends the header that skips ngrok's
/// [browser warning](https://ngrok.com/docs/errors/err_ngrok_6024), so that it can call a free tunnel.
///
/// ```no_run
/// # use serde_json::json;
/// # fn main() -> ngrok_localapi::Result<()> {
/// let answer = ngrok_localapi::api_request("https://example.ngrok.app/some-route")
///     .method("POST")
///     .data(json!({ "foo": "bar" }))
///     .params([("page", "2")])
///     .send()?;
/// # Ok(())
/// # }
/// ```
pub fn api_request(url: impl Into<String>) -> ApiRequest {
    ApiRequest {
        url: url.into(),
        method: "GET".to_owned(),
        data: None,
        params: Vec::new(),
        timeout: DEFAULT_TIMEOUT,
        auth: None,
    }
}

/// A call of any URL; see [`api_request`].
#[derive(Clone)]
#[must_use]
pub struct ApiRequest {
    url: String,
    method: String,
    data: Option<Value>,
    params: Vec<(String, String)>,
    timeout: Duration,
    auth: Option<Secret>,
}

impl ApiRequest {
    /// The method. `GET` unless set.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = method.into();
        self
    }

    /// The body, as JSON.
    pub fn data(mut self, data: impl Into<Value>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// Query parameters, appended to those that the URL has.
    pub fn params<K, V, I>(mut self, params: I) -> Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<String>,
        V: Into<String>,
    {
        let params = params.into_iter().map(|(k, v)| (k.into(), v.into()));
        self.params.extend(params);
        self
    }

    /// The longest that the call may take, from the look-up of the name to the last byte. 4 s unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// An API key: sent as a bearer token, with `Ngrok-Version: 2`. Refused over plain HTTP to another machine.
    pub fn auth(mut self, key: impl Into<Secret>) -> Self {
        self.auth = Some(key.into());
        self
    }

    /// Makes the call. An empty answer is null.
    ///
    /// # Errors
    ///
    /// [`Security`](crate::ErrorKind::Security) for a URL that is not http or https, or would show the key to the network;
    /// [`Transport`](crate::ErrorKind::Transport) and [`Timeout`](crate::ErrorKind::Timeout); any status that is no success,
    /// with [`headers`](Error::headers) and [`body`](Error::body); [`Decode`](crate::ErrorKind::Decode) if the answer is not
    /// JSON.
    pub fn send(&self) -> Result<Value> {
        check(&self.url, self.auth.is_some())?;
        let bearer = self
            .auth
            .as_ref()
            .map(|key| format!("Bearer {}", key.expose()));
        let mut headers = vec![("ngrok-skip-browser-warning", "1")];
        if let Some(bearer) = &bearer {
            headers.extend([("authorization", bearer.as_str()), ("ngrok-version", "2")]);
        }
        let params: Vec<(&str, &str)> = self.params.iter().map(|(k, v)| (&**k, &**v)).collect();
        let call = Call {
            method: names::method(&self.method)?,
            url: names::with_query(&names::encode_path(&self.url), &params),
            headers: &headers,
            body: self.data.as_ref().map(|data| data.to_string().into_bytes()),
            deadline: Deadline::after(self.timeout),
        };
        Received::by(&TRANSPORT, call, None)?.json_or_null()
    }
}

impl fmt::Debug for ApiRequest {
    // Not the data: it may hold what the caller keeps secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest")
            .field("method", &self.method)
            .field("url", &ngrok_core::mask_url(&self.url))
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn check(url: &str, with_key: bool) -> Result<()> {
    let shown = ngrok_core::mask_url(url);
    let refused = |reason| {
        let url = shown.clone();
        Err(Error::new(Detail::Security { url, reason }))
    };
    let uri: Uri = names::encode_path(url)
        .parse()
        .map_err(|e: InvalidUri| Error::bad_input_by(format!("{shown:?} is not a URL"), e))?;
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err(Error::bad_input(format!("{shown:?} is not a whole URL")));
    };
    if uri.authority().is_some_and(|a| a.as_str().contains('@')) {
        return refused("credentials in a URL end up in logs");
    }
    match scheme {
        "https" => Ok(()),
        "http" if with_key && !ngrok_core::is_loopback(host) => {
            refused("it would show the key to the network; use https")
        }
        "http" => Ok(()),
        _ => refused("it is neither http nor https"),
    }
}
