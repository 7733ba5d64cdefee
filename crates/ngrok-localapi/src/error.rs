//! What can go wrong in a call of the agent's API.

mod fault;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

pub use fault::AgentCode;
pub(crate) use fault::Fault;

use serde_json::Value;

use crate::ErrorCode;
use crate::shape;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
///
/// [`kind`](Self::kind) tells the cases apart; the accessors give the parts. The text names the call; the cause is in
/// [`source`](StdError::source).
pub struct Error(Box<Inner>);

/// The cases of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The agent has no such tunnel, endpoint, captured request or path.
    NotFound,
    /// The name or the URL is in use, in this agent, its configuration file or elsewhere.
    AlreadyExists,
    /// The agent has no session with ngrok's service yet. Try again in a moment.
    NotReady,
    /// The agent has lost its session and connects again by itself. Try again in a moment.
    SessionClosed,
    /// The agent refused what was asked for, or it was refused here before it was sent.
    BadConfig,
    /// Any other answer that is no success.
    Http,
    /// No answer came: connection refused, reset, closed half way, or not HTTP.
    Transport,
    /// No whole answer came before the deadline.
    Timeout,
    /// The answer is larger than the cap of the client.
    TooLarge,
    /// The answer came but could not be understood.
    Decode,
    /// The URL is one that this client does not call for the sake of safety.
    Security,
}

/// An error of another library.
pub(crate) type Cause = Box<dyn StdError + Send + Sync>;

struct Inner {
    /// Method and URL, once there is a call.
    call: Option<(String, String)>,
    /// The address of what answered, if that is not an agent.
    stranger: Option<String>,
    detail: Detail,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Detail {
    #[error("{url} is refused, since {reason}")]
    Security { url: String, reason: &'static str },
    #[error("{text}")]
    BadInput { text: String, source: Option<Cause> },
    #[error(transparent)]
    BadPolicy(ngrok_core::PolicyError),
    #[error("{0}")]
    Fault(Box<Fault>),
    #[error("got no answer; is the agent running, and is this its address?")]
    Transport(#[source] ureq::Error),
    #[error("got no whole answer within {0:.1?}")]
    Timeout(Duration, #[source] Option<ureq::Error>),
    #[error("got an answer of more than {0} bytes; the builder's `max_body` raises the cap")]
    TooLarge(u64),
    #[error("got an answer ({status}) that {problem}")]
    Decode {
        problem: String,
        status: u16,
        body: Vec<u8>,
        source: Option<serde_json::Error>,
    },
    #[error("{what}")]
    BadCapture { what: String, source: Option<Cause> },
    #[error("body of a captured message has more than {0} bytes; `body_capped` raises the cap")]
    LargeBody(usize),
    #[error("decoding the body takes too long; {0} bytes were decoded when the time was up")]
    SlowBody(usize),
    #[error("no captured request matched within {0:?}")]
    NoMatch(Duration, #[source] Option<Error>),
}

impl Error {
    pub(crate) fn new(detail: Detail) -> Self {
        Self(Box::new(Inner {
            call: None,
            stranger: None,
            detail,
        }))
    }

    pub(crate) fn in_call(detail: Detail, method: &str, url: &str) -> Self {
        let call = Some((method.to_owned(), url.to_owned()));
        Self(Box::new(Inner {
            call,
            stranger: None,
            detail,
        }))
    }

    /// What the caller gave is wrong.
    pub(crate) fn bad_policy(error: ngrok_core::PolicyError) -> Self {
        Self::new(Detail::BadPolicy(error))
    }

    pub(crate) fn bad_input(text: impl Into<String>) -> Self {
        let (text, source) = (text.into(), None);
        Self::new(Detail::BadInput { text, source })
    }

    /// What the caller gave was refused by another library.
    pub(crate) fn bad_input_by(text: impl Into<String>, cause: impl Into<Cause>) -> Self {
        let (text, source) = (text.into(), Some(cause.into()));
        Self::new(Detail::BadInput { text, source })
    }

    /// Which case it is.
    pub fn kind(&self) -> ErrorKind {
        match &self.0.detail {
            Detail::Security { .. } => ErrorKind::Security,
            Detail::BadInput { .. } | Detail::BadPolicy(_) => ErrorKind::BadConfig,
            // What another program does not have, or is not ready for, says nothing about the agent.
            Detail::Fault(_) if self.is_not_an_agent() => ErrorKind::Http,
            Detail::Fault(fault) => fault.kind(),
            Detail::Transport(_) => ErrorKind::Transport,
            Detail::Timeout(..) | Detail::NoMatch(..) => ErrorKind::Timeout,
            Detail::TooLarge(_) | Detail::LargeBody(_) => ErrorKind::TooLarge,
            Detail::SlowBody(_) => ErrorKind::Timeout,
            Detail::Decode { .. } | Detail::BadCapture { .. } => ErrorKind::Decode,
        }
    }

    /// The method of the call, if there was one.
    pub fn method(&self) -> Option<&str> {
        self.0.call.as_ref().map(|(method, _)| method.as_str())
    }

    /// The URL that was called, or the one that was refused.
    pub fn url(&self) -> Option<&str> {
        match (&self.0.call, &self.0.detail) {
            (Some((_, url)), _) | (None, Detail::Security { url, .. }) => Some(url),
            _ => None,
        }
    }

    /// The HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match &self.0.detail {
            Detail::Fault(fault) => Some(fault.status),
            Detail::Decode { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The agent's own number for the error. It is not an [`ErrorCode`].
    pub fn agent_code(&self) -> Option<AgentCode> {
        self.fault()?.agent_code
    }

    /// ngrok's code, if the service refused and the agent passed its words on.
    pub fn error_code(&self) -> Option<ErrorCode> {
        self.fault()?.error_code.clone()
    }

    /// The agent's message, such as `failed to start tunnel`.
    pub fn message(&self) -> Option<&str> {
        self.fault().and_then(|fault| fault.message.as_deref())
    }

    /// What the agent added to its message; usually an object with `err`. Null if there is nothing.
    pub fn details(&self) -> &Value {
        self.fault().map_or(&Value::Null, |fault| &fault.details)
    }

    /// The options of a definition that the agent refuses because it does not know them; empty for all other errors.
    pub fn unknown_options(&self) -> Vec<&str> {
        self.fault().map(Fault::unknown_options).unwrap_or_default()
    }

    /// The headers of a refusing answer, names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.fault().map_or(&[][..], |fault| &fault.headers[..]);
        headers.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// The body of an answer that refuses or is not understood; empty if there was none.
    pub fn body(&self) -> &[u8] {
        match &self.0.detail {
            Detail::Fault(fault) => &fault.body,
            Detail::Decode { body, .. } => body,
            _ => &[],
        }
    }

    /// The place in a traffic policy that is wrong, such as `on_http_request[0].actions[1].type`.
    pub fn policy_path(&self) -> Option<&str> {
        match &self.0.detail {
            Detail::BadPolicy(error) => Some(error.path()),
            _ => None,
        }
    }

    /// The agent is too old to have this path at all, such as endpoints before version 3.30.
    pub fn is_unknown_path(&self) -> bool {
        self.fault().is_some_and(Fault::is_unknown_path)
    }

    /// The agent has no session yet, or has lost it and connects again by itself.
    pub(crate) fn is_without_session(&self) -> bool {
        matches!(self.kind(), ErrorKind::NotReady | ErrorKind::SessionClosed)
    }

    /// Returns whether what answered is another program, not an ngrok agent.
    pub fn is_not_an_agent(&self) -> bool {
        self.0.stranger.is_some()
    }

    /// The same error, said to be that of another program.
    pub(crate) fn of_stranger(mut self, origin: &str) -> Self {
        self.0.stranger = Some(origin.to_owned());
        self
    }

    /// The same error, said to be that of another program if what refused cannot be an agent.
    pub(crate) fn of_agent_at(self, origin: &str, target: &str) -> Self {
        let is_strange = self.fault().is_some_and(|fault| {
            // A refusal of ngrok's service is the agent's, whatever is left of its text.
            fault.error_code.is_none()
                && !shape::is_refusal_of_agent(target, fault.status, &fault.body)
        });
        if is_strange {
            self.of_stranger(origin)
        } else {
            self
        }
    }

    /// The agent does not know the thing: it is safe to take it as gone.
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// The deadline passed. A call that changes something may have been carried out nevertheless.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// The same call after a while can succeed with nothing changed: the agent starts, connects again, or the service says so.
    ///
    /// After [`Transport`](ErrorKind::Transport) and [`Timeout`](ErrorKind::Timeout) a call that changes something may have
    /// been carried out: look before you start a tunnel again.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::NotReady
            | ErrorKind::SessionClosed
            | ErrorKind::Transport
            | ErrorKind::Timeout => true,
            _ => self.error_code().is_some_and(|code| code.is_retryable()),
        }
    }

    fn fault(&self) -> Option<&Fault> {
        match &self.0.detail {
            Detail::Fault(fault) => Some(fault),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.call {
            Some((method, url)) => write!(f, "request {method} {url} {}", self.0.detail),
            None => self.0.detail.fmt(f),
        }?;
        match &self.0.stranger {
            Some(origin) => write!(f, "; what answers at {origin} is not an ngrok agent"),
            None => Ok(()),
        }
    }
}

/// As `Display`, with the causes one a line, so that a program which returns the error from `main` prints what a person can
/// read; `{:#?}` shows the parts.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ngrok_core::write_debug(self, &self.kind(), f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.detail.source()
    }
}
