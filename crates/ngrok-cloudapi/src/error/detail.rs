//! The parts of an error, and the sentence that each kind makes of them.

use std::fmt;
use std::time::Duration;

use ngrok_core::ErrorCode;
use ngrok_core::net::FaultClass;
use serde_json::Value;

use super::text::{Spoken, excerpt};
use crate::call::Method;

/// The request that failed.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The whole URL, with its query.
    pub(crate) url: String,
    /// Method and path.
    pub(crate) line: String,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Detail {
    #[error("{0}")]
    Api(ApiError),
    #[error("{request}: {}{}", fault(*.class, .proxy.as_deref()), effect(.request, may_be_sent(*.class)))]
    Connection {
        request: Request,
        class: FaultClass,
        proxy: Option<String>,
        source: ureq::Error,
    },
    #[error("{request}: timed out after {}; allow more time or try again{}", Spoken(*.limit), effect(.request, true))]
    Timeout {
        request: Request,
        limit: Duration,
        source: ureq::Error,
    },
    #[error(
        "{request}: the rate limit leaves no place within {}; allow more time or send less",
        Spoken(*.limit)
    )]
    Pace { request: Request, limit: Duration },
    #[error("{request}: the answer ({status}) broke off{}", effect(.request, true))]
    Cut {
        request: Request,
        status: u16,
        source: ureq::Error,
    },
    #[error("{request}: {}{}", unreadable(.answer), effect(.request, true))]
    Decode {
        request: Request,
        answer: Unreadable,
        source: serde_json::Error,
    },
    #[error("{request}: the answer is larger than {limit} bytes; ask for smaller pages{}", effect(.request, true))]
    TooLarge {
        request: Request,
        limit: u64,
        source: ureq::Error,
    },
    #[error("{request}: the next page `{next}` is not followed: {why}")]
    Paging {
        request: Request,
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

/// An exchange that brought no whole answer.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) request: Request,
    /// The proxy that it went through, as it may be shown.
    pub(crate) proxy: Option<String>,
    /// The status of the answer, if it is its body that is missing.
    pub(crate) status: Option<u16>,
    pub(crate) limit: Duration,
    pub(crate) body_limit: u64,
}

/// What failed, and what to look at.
fn fault(class: FaultClass, proxy: Option<&str>) -> String {
    let what = match class {
        FaultClass::NameLookup => "no answer, as the host's name has no address",
        FaultClass::Refused => "no answer, as the connection was refused",
        FaultClass::Disconnected => "no answer, as the connection broke off",
        FaultClass::Tls => {
            return match proxy {
                Some(proxy) => format!(
                    "no answer through {proxy}, as the certificate is not trusted; if the proxy inspects TLS, trust its authority with `root_certs` or SSL_CERT_FILE"
                ),
                None => "no answer, as the certificate is not trusted; if a proxy inspects TLS, trust its authority with `root_certs` or SSL_CERT_FILE".to_owned(),
            };
        }
        FaultClass::Protocol => "the answer is not HTTP, or broke off",
        FaultClass::Request => return "the request cannot be sent".to_owned(),
        _ => "no answer, as the connection failed",
    };
    match proxy {
        Some(proxy) => format!("{what}; check the network and {proxy}"),
        None => format!("{what}; check the network, and whether a proxy is needed"),
    }
}

/// Whether a request may have reached the service although the exchange failed.
fn may_be_sent(class: FaultClass) -> bool {
    !matches!(
        class,
        FaultClass::NameLookup | FaultClass::Refused | FaultClass::Tls | FaultClass::Request
    )
}

/// What to do about a change that may have been made although no whole answer came.
fn effect(request: &Request, sent: bool) -> String {
    // A path that ends in an id is that of one object, whose list is above it.
    let path = &request.path;
    match (sent, request.method) {
        (true, Method::Post) => format!(
            "; what it makes or starts may exist: look with GET {path} before you repeat it"
        ),
        (true, Method::Patch) => {
            format!("; the change may have been made: look with GET {path} before you repeat it")
        }
        _ => String::new(),
    }
}

/// An answer of a success status that is not what was promised.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) status: u16,
    /// The beginning of a body that is not JSON.
    pub(crate) page: Option<String>,
}

fn unreadable(answer: &Unreadable) -> String {
    let status = answer.status;
    match answer.page.as_deref().map(excerpt) {
        Some(text) if text.is_empty() => format!(
            "the answer ({status}) is empty where an object belongs; something between here and ngrok may have answered"
        ),
        Some(text) => format!(
            "the answer ({status}) is not JSON but {text:?}; a proxy or a sign-in page may have answered instead of ngrok"
        ),
        None => format!(
            "the answer ({status}) is not what this version can read; `Client::request` returns it as it is"
        ),
    }
}

/// An answer with an error status. The service leaves out any part of it.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub(crate) request: Request,
    pub(crate) status: u16,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) message: Option<String>,
    pub(crate) details: Option<Value>,
    pub(crate) operation_id: Option<String>,
    /// The beginning of a body that is not JSON.
    pub(crate) body: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl ApiError {
    /// Whether it is the service's answer to a path or method that it does not know.
    pub(super) fn is_unknown_path(&self) -> bool {
        let path = |details: &Value| details.get("path").is_some();
        self.status == 404 && self.details.as_ref().is_some_and(path)
    }

    pub(super) fn hint(&self) -> Option<&'static str> {
        if let Some(hint) = self.code.as_ref().and_then(ErrorCode::hint) {
            return Some(hint);
        }
        match self.status {
            404 if self.is_unknown_path() => Some(
                "check the path, the method and the base URL: the service does not know this one",
            ),
            404 => {
                Some("check the id: the object is gone, or belongs to another service or account")
            }
            401 | 403 if self.code.is_none() => Some(
                "check the API key: make one at https://dashboard.ngrok.com/api-keys; an authtoken is something else",
            ),
            407 => Some("give the proxy a user and a password"),
            429 => Some("send less, or allow more time"),
            300..=399 => Some("set the base URL to where it points; redirects are not followed"),
            502..=504 => {
                Some("try again in a while; if it goes on, look at what is between here and ngrok")
            }
            500..=599 => {
                Some("try again in a while; give ngrok's support the operation id if it goes on")
            }
            _ => None,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the service answered {}", self.request, self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        let page = self.body.as_deref().map(excerpt);
        match (&self.message, page.filter(|text| !text.is_empty())) {
            (Some(_), _) if self.is_unknown_path() => {
                f.write_str(": there is no such path or method")
            }
            (Some(message), _) => write!(f, ": {}", message.trim()),
            (None, _) if (300..400).contains(&self.status) => {
                f.write_str(", a redirect, which is not followed; set the base URL it points to")
            }
            (None, Some(page)) => write!(f, ", with a page instead of JSON: {page:?}"),
            (None, None) => Ok(()),
        }
    }
}
