//! What can go wrong with a call, and what the reader can do about it.

mod detail;
mod text;

use std::fmt;
use std::time::Duration;

use ngrok_core::net::FaultClass;
use ngrok_core::{ErrorClass, ErrorCode, write_chain};
use serde_json::Value;

use crate::call::Method;

use detail::Detail;
pub(crate) use detail::{ApiError, Fault, Request, Unreadable};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
///
/// `Display` is one sentence that names the request; the cause is in [`source`](std::error::Error::source). `Debug` is the
/// same with its causes, one a line, so that a `main` that returns it prints what a person can read; `{:#?}` shows the parts.
/// No error holds the API key: where the service repeats it in a message, it is replaced by `***`.
///
/// ```no_run
/// # fn main() -> ngrok_cloudapi::Result<()> {
/// # let client = ngrok_cloudapi::Client::from_env()?;
/// match client.request(ngrok_cloudapi::Method::Get, "/endpoints/ep_1", &[], None) {
///     Ok(endpoint) => println!("{endpoint}"),
///     Err(e) if e.is_not_found() => println!("there is none"),
///     Err(e) if e.is_auth() => println!("{e}; {}", e.hint().unwrap_or_default()),
///     Err(e) => return Err(e),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Detail>);

/// What can be made of a result.
pub(crate) trait OrNone<T> {
    /// `None` for an object that is not there. A path that the service does not know stays an error.
    fn or_none(self) -> Result<Option<T>>;
}

impl<T> OrNone<T> for Result<T> {
    fn or_none(self) -> Result<Option<T>> {
        match self {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.is_not_found() && !error.is_unknown_path() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

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

impl Error {
    /// Returns what kind of failure it was.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Detail::Api(_) => ErrorKind::Api,
            Detail::Connection { .. } | Detail::Cut { .. } => ErrorKind::Connection,
            Detail::Timeout { .. } | Detail::Pace { .. } => ErrorKind::Timeout,
            Detail::Decode { .. } => ErrorKind::Decode,
            Detail::TooLarge { .. } => ErrorKind::TooLarge,
            Detail::Paging { .. } => ErrorKind::Paging,
            Detail::Input { .. } | Detail::InputWithCause { .. } => ErrorKind::InvalidInput,
        }
    }

    fn of_request(&self) -> Option<&Request> {
        match &*self.0 {
            Detail::Api(api) => Some(&api.request),
            Detail::Connection { request, .. }
            | Detail::Timeout { request, .. }
            | Detail::Pace { request, .. }
            | Detail::Cut { request, .. }
            | Detail::Decode { request, .. }
            | Detail::TooLarge { request, .. }
            | Detail::Paging { request, .. } => Some(request),
            Detail::Input { .. } | Detail::InputWithCause { .. } => None,
        }
    }

    /// Returns method and path of the request, such as `GET /endpoints/ep_1`; `None` if it was never made.
    pub fn request(&self) -> Option<&str> {
        self.of_request().map(|request| request.line.as_str())
    }

    /// Returns the method of the request; `None` if it was never made.
    pub fn method(&self) -> Option<Method> {
        self.of_request().map(|request| request.method)
    }

    /// Returns the whole URL of the request; `None` if it was never made.
    pub fn url(&self) -> Option<&str> {
        self.of_request().map(|request| request.url.as_str())
    }

    fn api_error(&self) -> Option<&ApiError> {
        match &*self.0 {
            Detail::Api(api) => Some(api),
            _ => None,
        }
    }

    /// Returns the HTTP status, if there was one: also that of an answer that broke off or could not be read.
    pub fn status(&self) -> Option<u16> {
        match &*self.0 {
            Detail::Api(api) => Some(api.status),
            Detail::Cut { status, .. } => Some(*status),
            Detail::Decode { answer, .. } => Some(answer.status),
            _ => None,
        }
    }

    /// Returns ngrok's code, such as `ERR_NGROK_218` or `invalid_cel_expression`; errors with status 404 mostly have none.
    pub fn code(&self) -> Option<ErrorCode> {
        self.api_error()?.code.clone()
    }

    /// Returns what the reader can do about it, if that is known.
    pub fn hint(&self) -> Option<&'static str> {
        self.api_error()?.hint()
    }

    /// Returns the service's own words.
    pub fn message(&self) -> Option<&str> {
        self.api_error()?.message.as_deref()
    }

    /// Returns whatever else the service says about this error, mostly an object of strings.
    pub fn details(&self) -> Option<&Value> {
        self.api_error()?.details.as_ref()
    }

    /// Returns the service's name for this very call; ngrok's support asks for it.
    pub fn operation_id(&self) -> Option<&str> {
        self.api_error()?.operation_id.as_deref()
    }

    /// Returns at most 1 KB of a body that is not JSON, such as the page of a proxy, whatever its status was.
    pub fn body(&self) -> Option<&str> {
        match &*self.0 {
            Detail::Api(api) => api.body.as_deref(),
            Detail::Decode { answer, .. } => answer.page.as_deref(),
            _ => None,
        }
    }

    /// Returns how long the service asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.api_error()?.retry_after
    }

    /// Returns whether ngrok's code is `code`, such as `ERR_NGROK_218`.
    pub fn has_code(&self, code: &str) -> bool {
        let known = self.api_error().and_then(|api| api.code.as_ref());
        known.is_some_and(|known| code.parse().is_ok_and(|code: ErrorCode| code == *known))
    }

    fn class(&self) -> ErrorClass {
        let code = self.api_error().and_then(|api| api.code.as_ref());
        code.map_or(ErrorClass::Unknown, ErrorCode::class)
    }

    /// Returns whether there is no such object (404): it is gone, or the id belongs to another service or account.
    /// A path or method that the service does not know is answered in the same way.
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::Api && self.status() == Some(404)
    }

    fn is_unknown_path(&self) -> bool {
        self.api_error().is_some_and(ApiError::is_unknown_path)
    }

    /// Returns whether it clashes with what is there, such as a domain that is reserved already: look it up instead.
    ///
    /// ngrok answers so with status 400 and a code for the case. A 409 counts too.
    pub fn is_conflict(&self) -> bool {
        let taken =
            |code: ErrorCode| code.class() == ErrorClass::Conflict && !code.is_after_change();
        self.kind() == ErrorKind::Api
            && (self.status() == Some(409) || self.code().is_some_and(taken))
    }

    /// Returns whether the object cannot be deleted or changed since others still use it: remove those first.
    pub fn is_in_use(&self) -> bool {
        let used = |code: ErrorCode| code.class() == ErrorClass::Conflict && code.is_after_change();
        self.code().is_some_and(used)
    }

    /// Returns whether the key is missing, wrong or not allowed to do this. An authtoken is not an API key.
    ///
    /// ngrok answers so with status 403, and with 400 to an authtoken.
    pub fn is_auth(&self) -> bool {
        match self.class() {
            ErrorClass::Auth | ErrorClass::Account => true,
            ErrorClass::Unknown | ErrorClass::Policy => {
                self.kind() == ErrorKind::Api && matches!(self.status(), Some(401 | 403))
            }
            _ => false,
        }
    }

    /// Returns whether the plan does not include what was asked for.
    pub fn is_plan(&self) -> bool {
        self.class() == ErrorClass::Plan
    }

    /// Returns whether there were too many requests (429), and the deadline left no time to wait: slow down, or allow more time.
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == ErrorKind::Api && self.status() == Some(429)
    }

    /// Returns whether the deadline has passed: allow more time. A call that changes something may have had its effect.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Returns whether the same call may succeed later: a 429, a 5xx but 501, a fault of the connection, or a deadline.
    /// Before repeating a POST or PATCH, look whether the first one had its effect.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Api => self
                .status()
                .is_some_and(|status| status == 429 || (status >= 500 && status != 501)),
            ErrorKind::Connection => self.is_transient(),
            ErrorKind::Timeout => true,
            _ => false,
        }
    }

    /// Whether a connection may well come about the next time. A certificate that is refused will be refused again.
    fn is_transient(&self) -> bool {
        match &*self.0 {
            Detail::Cut { .. } => true,
            Detail::Connection { class, .. } => class.is_transient(),
            _ => false,
        }
    }

    pub(crate) fn api(error: ApiError) -> Self {
        Detail::Api(error).into()
    }

    /// Sorts a failure of the HTTP layer.
    pub(crate) fn http(fault: Fault, source: ureq::Error) -> Self {
        let Fault {
            request,
            proxy,
            status,
            limit,
            body_limit,
        } = fault;
        let class = FaultClass::of(&source);
        match (source, status) {
            (source, _) if class == FaultClass::Timeout => Detail::Timeout {
                request,
                limit,
                source,
            },
            (source @ ureq::Error::BodyExceedsLimit(_), _) => Detail::TooLarge {
                request,
                limit: body_limit,
                source,
            },
            (source, Some(status)) => Detail::Cut {
                request,
                status,
                source,
            },
            (source, None) => Detail::Connection {
                request,
                class,
                proxy,
                source,
            },
        }
        .into()
    }

    pub(crate) fn pace(request: Request, limit: Duration) -> Self {
        Detail::Pace { request, limit }.into()
    }

    pub(crate) fn decode(request: Request, answer: Unreadable, source: serde_json::Error) -> Self {
        Detail::Decode {
            request,
            answer,
            source,
        }
        .into()
    }

    pub(crate) fn paging(request: Request, next: &str, why: &'static str) -> Self {
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

    #[cfg_attr(
        not(any(
            feature = "core",
            feature = "domains",
            feature = "ssh",
            feature = "ip",
            feature = "table"
        )),
        allow(dead_code, reason = "only these groups have such updates")
    )]
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
        if f.alternate() {
            self.0.fmt(f)
        } else {
            write_chain(self, f)
        }
    }
}
