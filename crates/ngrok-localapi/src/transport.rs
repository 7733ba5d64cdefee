//! One HTTP exchange: bounded in time and size, over a kept-alive connection, never through a proxy.

use std::io::Read;
use std::time::Duration;

use ureq::http::{HeaderMap, Method, Request, header};
use ureq::unversioned::transport::{Connector, TcpConnector};
use ureq::{Agent, AsSendBody, Body};

use crate::connection::LeanConnector;
use crate::error::{Detail, Fault};
use crate::{Error, Result};
use ngrok_core::Deadline;
use ngrok_core::net::{CachedResolver, FaultClass};

#[derive(Debug)]
pub(crate) struct Transport {
    agent: Agent,
    max_body: u64,
}

/// What to send. `url` is complete.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// JSON.
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) deadline: Deadline,
}

/// An answer of 200–299.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Transport {
    pub(crate) fn new(user_agent: &str, max_body: u64) -> Self {
        let config = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            // As many threads of a program may call without connecting anew.
            .max_idle_connections_per_host(10)
            .user_agent(user_agent)
            .accept("application/json")
            .build();
        let connector = ().chain(TcpConnector::default()).chain(LeanConnector);
        #[cfg(feature = "https")]
        let connector = connector.chain(ureq::unversioned::transport::RustlsConnector::default());
        Self {
            agent: Agent::with_parts(config, connector, CachedResolver::default()),
            max_body,
        }
    }

    /// Sends `call` and reads the whole answer; one that is no success is an error.
    ///
    /// The agent may close an idle connection at the moment it is used again, so a call that may be repeated is, once.
    pub(crate) fn send(&self, call: &Call<'_>) -> Result<Answer> {
        let started = call.deadline.remaining();
        let mut tried = self.try_send(call);
        if tried
            .as_ref()
            .is_err_and(|e| was_disconnected(e) && call.method.is_idempotent())
        {
            tried = self.try_send(call);
        }
        let (status, headers, body) = tried.map_err(|problem| {
            let detail = match problem {
                Problem::TooLarge => Detail::TooLarge(self.max_body),
                Problem::Http(ureq::Error::Http(e)) => {
                    let text = format!("{:?} cannot be called", call.url);
                    return Error::bad_input_by(text, e);
                }
                Problem::Http(e @ ureq::Error::Timeout(_)) => {
                    Detail::Timeout(started.unwrap_or_default(), Some(e))
                }
                Problem::Http(e) => Detail::Transport(e),
            };
            Error::in_call(detail, call.method.as_str(), &call.url)
        })?;
        if (200..300).contains(&status) {
            return Ok(Answer {
                status,
                headers,
                body,
            });
        }
        let fault = Fault::new(path_of(&call.url), status, &headers, body);
        let detail = Detail::Fault(Box::new(fault));
        Err(Error::in_call(detail, call.method.as_str(), &call.url))
    }

    fn try_send(&self, call: &Call<'_>) -> Result<(u16, HeaderMap, Vec<u8>), Problem> {
        let mut request = Request::builder().method(&call.method).uri(&call.url);
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        let left = call.deadline.remaining();
        let answer = match &call.body {
            Some(body) => {
                let request = request.header(header::CONTENT_TYPE, "application/json");
                self.run(request.body(&body[..]).map_err(ureq::Error::from)?, left)
            }
            // Without a body these would be sent chunked.
            None if matches!(call.method, Method::POST | Method::PUT | Method::PATCH) => {
                self.run(request.body(&[][..]).map_err(ureq::Error::from)?, left)
            }
            None => self.run(request.body(()).map_err(ureq::Error::from)?, left),
        }?;
        let (parts, mut body) = answer.into_parts();
        let body = self.read(&mut body)?;
        Ok((parts.status.as_u16(), parts.headers, body))
    }

    fn run<S: AsSendBody>(
        &self,
        request: Request<S>,
        left: Option<Duration>,
    ) -> Result<ureq::http::Response<Body>, ureq::Error> {
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(left)
            .build();
        self.agent.run(request)
    }

    fn read(&self, body: &mut Body) -> Result<Vec<u8>, Problem> {
        let declared = body.content_length().unwrap_or(0);
        if declared > self.max_body {
            return Err(Problem::TooLarge);
        }
        // The declared length is not trusted with memory before the bytes are there.
        let mut bytes = Vec::with_capacity(declared.min(64 * 1024) as usize);
        let read = body
            .as_reader()
            .take(self.max_body.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(ureq::Error::from)?;
        if read as u64 > self.max_body {
            return Err(Problem::TooLarge);
        }
        Ok(bytes)
    }
}

/// Why there is no answer.
enum Problem {
    Http(ureq::Error),
    TooLarge,
}

impl From<ureq::Error> for Problem {
    fn from(error: ureq::Error) -> Self {
        Self::Http(error)
    }
}

fn was_disconnected(problem: &Problem) -> bool {
    match problem {
        Problem::Http(error) => FaultClass::of(error) == FaultClass::Disconnected,
        Problem::TooLarge => false,
    }
}

/// The path of a complete URL, without its query.
fn path_of(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = after_scheme.find('/').and_then(|at| after_scheme.get(at..));
    let path = path.unwrap_or("/");
    path.split_once('?').map_or(path, |(path, _)| path)
}
