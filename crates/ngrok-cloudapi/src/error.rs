//! What can go wrong with a call, and what the reader can do about it.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::call::Call;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
///
/// Its text is one clause that names the request; the cause is in [`source`](std::error::Error::source).
/// No error holds the API key: where the service repeats it in a message, it is replaced by `***`.
///
/// ```no_run
/// # fn main() -> ngrok_cloudapi::Result<()> {
/// # let client = ngrok_cloudapi::Client::from_env()?;
/// match client.request(ngrok_cloudapi::Method::Get, "/endpoints/ep_1", &[], None) {
///     Ok(endpoint) => println!("{endpoint}"),
///     Err(e) if e.is_not_found() => println!("there is none"),
///     Err(e) if e.has_code("ERR_NGROK_206") => println!("that is an authtoken, not an API key"),
///     Err(e) => return Err(e),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Detail>);

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The service answered with an error; status, code and message are there.
    Api,
    /// No whole answer came: name look-up, connection or TLS failed.
    Connection,
    /// The deadline passed, or would have passed while waiting for the next try.
    Timeout,
    /// The answer is not what the API promises.
    Decode,
    /// The answer is larger than is read.
    TooLarge,
    /// The next page cannot be followed: it is elsewhere, or it was seen before.
    Paging,
    /// What the caller gave cannot be sent; nothing was.
    InvalidInput,
}

#[derive(Debug, thiserror::Error)]
enum Detail {
    #[error("{0}")]
    Api(ApiError),
    #[error("{request}: no answer, as the connection failed; check the network and the proxy")]
    Connection {
        request: String,
        source: ureq::Error,
    },
    #[error("{request}: no answer within {limit:?}; allow more time or try again")]
    Timeout {
        request: String,
        limit: Duration,
        source: ureq::Error,
    },
    #[error(
        "{request}: the rate limit leaves no place within {limit:?}; allow more time or send less"
    )]
    Pace { request: String, limit: Duration },
    #[error(
        "{request}: the answer is not what this version can read; `Client::request` returns it as it is"
    )]
    Decode {
        request: String,
        source: serde_json::Error,
    },
    #[error("{request}: the answer is larger than {limit} bytes; ask for smaller pages")]
    TooLarge {
        request: String,
        limit: u64,
        source: ureq::Error,
    },
    #[error("{request}: the next page `{next}` is not followed: {why}")]
    Paging {
        request: String,
        next: String,
        why: &'static str,
    },
    #[error("{what}")]
    Input { what: String },
    #[error("{what}")]
    InputWithCause {
        what: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// An answer with an error status. The service leaves out any part of it.
#[derive(Debug, Default)]
pub(crate) struct ApiError {
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) error_code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) details: Option<Value>,
    pub(crate) operation_id: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the service answered {}", self.request, self.status)?;
        if let Some(code) = &self.error_code {
            write!(f, " {code}")?;
        }
        match &self.message {
            Some(message) => write!(f, ": {}", message.trim()),
            None if (300..400).contains(&self.status) => {
                f.write_str(", a redirect, which is not followed; set the base URL it points to")
            }
            None => Ok(()),
        }
    }
}

impl Error {
    /// What kind of failure it was.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Detail::Api(_) => ErrorKind::Api,
            Detail::Connection { .. } => ErrorKind::Connection,
            Detail::Timeout { .. } | Detail::Pace { .. } => ErrorKind::Timeout,
            Detail::Decode { .. } => ErrorKind::Decode,
            Detail::TooLarge { .. } => ErrorKind::TooLarge,
            Detail::Paging { .. } => ErrorKind::Paging,
            Detail::Input { .. } | Detail::InputWithCause { .. } => ErrorKind::InvalidInput,
        }
    }

    /// Method and path of the request, such as `GET /endpoints/ep_1`; `None` if it was never made.
    pub fn request(&self) -> Option<&str> {
        match &*self.0 {
            Detail::Api(api) => Some(&api.request),
            Detail::Connection { request, .. }
            | Detail::Timeout { request, .. }
            | Detail::Pace { request, .. }
            | Detail::Decode { request, .. }
            | Detail::TooLarge { request, .. }
            | Detail::Paging { request, .. } => Some(request),
            Detail::Input { .. } | Detail::InputWithCause { .. } => None,
        }
    }

    fn api_error(&self) -> Option<&ApiError> {
        match &*self.0 {
            Detail::Api(api) => Some(api),
            _ => None,
        }
    }

    /// The HTTP status, if the service answered.
    pub fn http_status_code(&self) -> Option<u16> {
        self.api_error().map(|api| api.status)
    }

    /// ngrok's code, mostly of the form `ERR_NGROK_218`; not every error has one.
    /// Each has a page, such as <https://ngrok.com/docs/errors/err_ngrok_218>.
    pub fn error_code(&self) -> Option<&str> {
        self.api_error()?.error_code.as_deref()
    }

    /// The service's own words.
    pub fn message(&self) -> Option<&str> {
        self.api_error()?.message.as_deref()
    }

    /// Whatever else the service tells of this error, mostly an object of texts.
    pub fn details(&self) -> Option<&Value> {
        self.api_error()?.details.as_ref()
    }

    /// The service's name for this very call; ngrok's support asks for it.
    pub fn operation_id(&self) -> Option<&str> {
        self.api_error()?.operation_id.as_deref()
    }

    /// At most 1 KB of a body that was not JSON, such as a proxy's page.
    pub fn body(&self) -> Option<&str> {
        self.api_error()?.body.as_deref()
    }

    /// How long the service asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.api_error()?.retry_after
    }

    /// Whether ngrok's code is `code`, such as `ERR_NGROK_218`.
    pub fn has_code(&self, code: &str) -> bool {
        self.error_code() == Some(code)
    }

    /// There is no such object (404): it is gone, or the id belongs to another service or account.
    pub fn is_not_found(&self) -> bool {
        self.http_status_code() == Some(404)
    }

    /// It clashes with what is there (409), such as a domain that is reserved already: look it up instead.
    pub fn is_conflict(&self) -> bool {
        self.http_status_code() == Some(409)
    }

    /// The key is wrong or may not do this (401, 403). An authtoken is not an API key.
    pub fn is_auth(&self) -> bool {
        matches!(self.http_status_code(), Some(401 | 403))
    }

    /// Too many requests (429), and the deadline left no time to wait: slow down, or allow more time.
    pub fn is_rate_limited(&self) -> bool {
        self.http_status_code() == Some(429)
    }

    /// The deadline has passed: allow more time. A call that changes something may have had its effect.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// The same call may succeed later: a 429, a 5xx, a fault of the connection, or a deadline.
    /// Before repeating a POST or PATCH, look whether the first one had its effect.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Api => self
                .http_status_code()
                .is_some_and(|status| status == 429 || status >= 500),
            ErrorKind::Connection => self.is_transient(),
            ErrorKind::Timeout => true,
            _ => false,
        }
    }

    /// Whether a connection may well come about the next time. A certificate that is refused will be refused again.
    fn is_transient(&self) -> bool {
        use ureq::Error as E;
        match &*self.0 {
            Detail::Connection { source, .. } => match source {
                E::Io(cause) => cause.kind() != std::io::ErrorKind::InvalidData,
                E::ConnectionFailed | E::HostNotFound | E::Protocol(_) => true,
                _ => false,
            },
            _ => false,
        }
    }

    pub(crate) fn api(error: ApiError) -> Self {
        Detail::Api(error).into()
    }

    /// Sorts a failure of the HTTP layer.
    pub(crate) fn http(call: &Call, limit: Duration, body_limit: u64, source: ureq::Error) -> Self {
        let request = call.line();
        match source {
            ureq::Error::Timeout(_) => Detail::Timeout {
                request,
                limit,
                source,
            },
            ureq::Error::Io(ref io) if io.kind() == std::io::ErrorKind::TimedOut => {
                Detail::Timeout {
                    request,
                    limit,
                    source,
                }
            }
            ureq::Error::BodyExceedsLimit(_) => Detail::TooLarge {
                request,
                limit: body_limit,
                source,
            },
            source => Detail::Connection { request, source },
        }
        .into()
    }

    pub(crate) fn pace(call: &Call, limit: Duration) -> Self {
        let request = call.line();
        Detail::Pace { request, limit }.into()
    }

    pub(crate) fn decode(request: String, source: serde_json::Error) -> Self {
        Detail::Decode { request, source }.into()
    }

    pub(crate) fn paging(request: String, next: &str, why: &'static str) -> Self {
        let next = next.chars().take(200).collect();
        Detail::Paging { request, next, why }.into()
    }

    pub(crate) fn input(what: impl Into<String>) -> Self {
        Detail::Input { what: what.into() }.into()
    }

    pub(crate) fn input_caused(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let (what, source) = (what.into(), source.into());
        Detail::InputWithCause { what, source }.into()
    }

    pub(crate) fn encode(source: serde_json::Error) -> Self {
        Self::input_caused("the request cannot be written as JSON", source)
    }

    pub(crate) fn nothing_to_change(path: &str, code: &str) -> Self {
        Self::input(format!(
            "nothing to change: the update of {path} has no field, which the service refuses with {code}; set one"
        ))
    }

    pub(crate) fn path_argument(name: &str, value: &str) -> Self {
        Self::input(format!(
            "`{name}` is {value:?}, which cannot be a part of a path; give the id that the service returned"
        ))
    }
}

impl From<Detail> for Error {
    fn from(detail: Detail) -> Self {
        Self(Box::new(detail))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
