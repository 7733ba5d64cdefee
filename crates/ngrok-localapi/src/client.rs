//! The client: an address, a kept-alive connection and the limits of a call.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{Method, header};

use crate::address::{self, Allowed};
use crate::names;
use crate::received::{Expected, Received};
use crate::transport::{Call, Transport};
use crate::{AgentStatus, Endpoints, Error, Requests, Result, Tunnels};
use ngrok_core::Deadline;

const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);
/// Between two tries of a call that needs a session.
const PAUSE: Duration = Duration::from_millis(25);
const DEFAULT_MAX_BODY: u64 = 64 * 1024 * 1024;
const DEFAULT_USER_AGENT: &str = concat!("ngrok-localapi/", env!("CARGO_PKG_VERSION"));

/// A client of one agent's HTTP API.
///
/// Clones are cheap and share the connections. Calls block, from any thread; each has a deadline that covers it whole.
/// No proxy is ever used, whatever the environment says, and redirects are not followed.
///
/// ```no_run
/// use ngrok_localapi::{Client, TunnelConfig};
///
/// # fn main() -> ngrok_localapi::Result<()> {
/// let client = Client::new("http://127.0.0.1:4040")?;
/// let tunnel = client.tunnels().start(&TunnelConfig::http("web", 8080))?;
/// println!("{} forwards to {}", tunnel.public_url, tunnel.config.addr);
/// client.tunnels().stop(&tunnel.name)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    origin: String,
    deadline: Duration,
    transport: Transport,
}

/// Settings of a [`Client`].
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    url: String,
    deadline: Duration,
    max_body: u64,
    user_agent: String,
    allowed: Allowed,
}

impl ClientBuilder {
    /// The longest that one call may take, from connecting to the last byte. 10 s unless set.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The largest answer that is read, in bytes. 64 MiB unless set.
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }

    /// The header `User-Agent`. Name and version of this crate unless set.
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.user_agent = text.into();
        self
    }

    /// Permits an agent on another machine. Its API has no authentication: anyone who reaches it can open tunnels.
    pub fn allow_remote(mut self) -> Self {
        self.allowed.remote = true;
        self
    }

    /// Permits an https URL, for an agent behind a proxy that speaks TLS.
    #[cfg(feature = "https")]
    pub fn allow_https(mut self) -> Self {
        self.allowed.https = true;
        self
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`Security`](crate::ErrorKind::Security) for a scheme or host that is not allowed,
    /// [`BadConfig`](crate::ErrorKind::BadConfig) for what is no URL of a server or no user agent.
    pub fn build(self) -> Result<Client> {
        let origin = address::origin(&self.url, self.allowed)?;
        if let Err(e) = header::HeaderValue::from_str(&self.user_agent) {
            let text = format!("user agent {:?} cannot stand in a header", self.user_agent);
            return Err(Error::bad_input_by(text, e));
        }
        Ok(Client(Arc::new(Inner {
            origin,
            deadline: self.deadline,
            transport: Transport::new(&self.user_agent, self.max_body),
        })))
    }
}

impl Client {
    /// A client of the agent at `url`, such as `http://127.0.0.1:4040` or `127.0.0.1:4040`, with the default limits.
    ///
    /// # Errors
    ///
    /// See [`ClientBuilder::build`].
    pub fn new(url: impl Into<String>) -> Result<Self> {
        Self::builder(url).build()
    }

    /// A builder for a client of the agent at `url`.
    pub fn builder(url: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            url: url.into(),
            deadline: DEFAULT_DEADLINE,
            max_body: DEFAULT_MAX_BODY,
            user_agent: DEFAULT_USER_AGENT.to_owned(),
            allowed: Allowed::default(),
        }
    }

    /// The address of the agent's API, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.0.origin
    }

    /// The tunnels of the agent.
    pub fn tunnels(&self) -> Tunnels<'_> {
        Tunnels::new(self)
    }

    /// The endpoints of the agent, from version 3.30 on.
    pub fn endpoints(&self) -> Endpoints<'_> {
        Endpoints::new(self)
    }

    /// The requests that the agent captured.
    pub fn requests(&self) -> Requests<'_> {
        Requests::new(self)
    }

    /// Version and session of the agent, from version 3 on.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) from an agent of version 2; those of every call.
    pub fn status(&self) -> Result<AgentStatus> {
        self.get("/api/status", self.deadline())
    }

    /// Calls any path of the API, for what this crate has no method for.
    ///
    /// `path` begins with a slash; what cannot stand in it is percent-encoded, except that `%`, `?` and `#` keep their meaning.
    /// `query` is encoded and appended. An empty answer is null.
    ///
    /// # Errors
    ///
    /// Those of every call; [`Decode`](crate::ErrorKind::Decode) if the answer is not JSON.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value> {
        let method = names::method(method)?;
        if !path.starts_with('/') {
            return Err(Error::bad_input(format!(
                "path {path:?} does not begin with a slash"
            )));
        }
        let target = names::with_query(&names::encode_path(path), query);
        self.send(method, &target, body, self.deadline())?
            .json_or_null()
    }

    /// The deadline of a call that begins now.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(self.0.deadline)
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, target: &str, deadline: Deadline) -> Result<T> {
        let nothing = None::<&()>;
        self.send(Method::GET, target, nothing, deadline)?.json()
    }

    /// Sends a call of which only success or failure matters.
    pub(crate) fn command(
        &self,
        method: Method,
        target: &str,
        body: Option<&impl Serialize>,
    ) -> Result<()> {
        self.send(method, target, body, self.deadline())?.done()
    }

    /// Sends `body` once the agent has a session, and reads the answer as `T`; none if it is empty.
    pub(crate) fn submit<T: DeserializeOwned>(
        &self,
        method: Method,
        target: &str,
        body: &impl Serialize,
    ) -> Result<Option<T>> {
        self.with_session(|deadline| self.send(method.clone(), target, Some(body), deadline))?
            .json_or_none()
    }

    /// Deletes what the agent has at `target`, once it has a session.
    pub(crate) fn stop(&self, target: &str) -> Result<()> {
        self.with_session(|deadline| self.send(Method::DELETE, target, None::<&()>, deadline))?
            .done()
    }

    /// Repeats a call that the agent refuses because it has no session yet, or has lost it and connects again.
    fn with_session<T>(&self, call: impl Fn(Deadline) -> Result<T>) -> Result<T> {
        let deadline = self.deadline();
        let mut refused = None;
        loop {
            match call(deadline) {
                Err(error)
                    if error.is_without_session()
                        && deadline.remaining().is_none_or(|left| left > PAUSE) =>
                {
                    std::thread::sleep(PAUSE);
                    refused = Some(error);
                }
                // Why it was repeated says more than that the time is up.
                Err(error) if error.is_timeout() => return Err(refused.unwrap_or(error)),
                outcome => return outcome,
            }
        }
    }

    fn send(
        &self,
        method: Method,
        target: &str,
        body: Option<&impl Serialize>,
        deadline: Deadline,
    ) -> Result<Received> {
        let body = match body.map(serde_json::to_vec).transpose() {
            Ok(body) => body,
            Err(e) => {
                let text = format!("body for {target} cannot be written as JSON");
                return Err(Error::bad_input_by(text, e));
            }
        };
        let call = Call {
            method,
            url: format!("{}{target}", self.0.origin),
            headers: &[],
            body,
            deadline,
        };
        let agents_only = Expected {
            origin: &self.0.origin,
            target,
        };
        Received::by(&self.0.transport, call, Some(agents_only))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("url", &ngrok_core::mask_url(&self.url))
            .field("deadline", &self.deadline)
            .field("max_body", &self.max_body)
            .field("user_agent", &self.user_agent)
            .field("allowed", &self.allowed)
            .finish()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.0.origin)
            .field("deadline", &self.0.deadline)
            .finish_non_exhaustive()
    }
}
