//! The client: a cheap handle on the connections, the key and the pace that its clones share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Secret;
use crate::builder::ClientBuilder;
use crate::call::{Call, Method, push_query};
use crate::env;
use crate::error::{Error, Result};
use crate::list::List;
use crate::send::{Sender, Stats};
use crate::transport::Reply;

/// A client of ngrok's cloud API.
///
/// Each service is a method, such as `endpoints()` or `reserved_domains()`. Clones are cheap and share connections,
/// rate limit and counters; a client can be used from many threads.
///
/// ```no_run
/// use ngrok_cloudapi::Client;
///
/// # fn main() -> ngrok_cloudapi::Result<()> {
/// let client = Client::from_env()?;
/// # #[cfg(feature = "core")]
/// for endpoint in client.endpoints().list() {
///     let endpoint = endpoint?;
///     println!("{} {}", endpoint.id, endpoint.url);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) sender: Arc<Sender>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) page_size: Option<u32>,
}

impl Client {
    /// A client of ngrok's own service, with an API key from the [dashboard](https://dashboard.ngrok.com/api-keys).
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the key is empty or cannot be a header.
    pub fn new(api_key: impl Into<Secret>) -> Result<Self> {
        Self::builder(api_key).build()
    }

    /// All that can be set.
    pub fn builder(api_key: impl Into<Secret>) -> ClientBuilder {
        ClientBuilder::new(api_key.into())
    }

    /// A client with the key of `NGROK_API_KEY` and, if it is set, the base URL of `NGROK_API_URL`.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the key is missing, or one of them is wrong.
    pub fn from_env() -> Result<Self> {
        Self::from_variables(env::system)
    }

    pub(crate) fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let key = variable(env::API_KEY).ok_or_else(|| {
            Error::input(
                "NGROK_API_KEY is not set; make a key at https://dashboard.ngrok.com/api-keys",
            )
        })?;
        let builder = Self::builder(key);
        match variable(env::API_URL) {
            Some(url) => builder.base_url(url).build(),
            None => builder.build(),
        }
    }

    /// The same client with another deadline for each call, waits and retries included. A list applies it to each page.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            timeout: Some(timeout),
            ..self.clone()
        }
    }

    /// How much this client and its clones have sent and waited.
    pub fn stats(&self) -> Stats {
        self.sender.counters.stats()
    }

    /// Sends a request that this crate has no method for, and returns the answer as it is; null if it has no body.
    ///
    /// `path` starts with a slash and is sent as it is, after the base URL; `query` is escaped here.
    /// The key, the pace and the retries are those of every call.
    ///
    /// ```no_run
    /// # fn main() -> ngrok_cloudapi::Result<()> {
    /// use ngrok_cloudapi::{Client, Method};
    ///
    /// let client = Client::from_env()?;
    /// let page = client.request(Method::Get, "/endpoints", &[("limit", "5")], None)?;
    /// println!("{}", page["endpoints"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As every call; [`InvalidInput`](crate::ErrorKind::InvalidInput) if the path is not one, or a body is given to a GET or DELETE.
    pub fn request(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value> {
        let mut call = self.call_at(method, path, query, body.is_some())?;
        if let Some(body) = body {
            call = call.body(body)?;
        }
        let reply = self.send(&call)?;
        if reply.body.is_empty() {
            return Ok(Value::Null);
        }
        self.decode(&call, &reply)
    }

    /// A call of a path that the caller gave.
    pub(crate) fn call_at(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        has_body: bool,
    ) -> Result<Call> {
        let plain = path
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"?#\\".contains(&b));
        let dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
        if !path.starts_with('/') || !plain || dots {
            return Err(Error::input(format!(
                "the path {path:?} is not one of the API, such as /endpoints"
            )));
        }
        if has_body && !method.has_body() {
            return Err(Error::input(format!("a {method} request has no body")));
        }
        let mut call = Call::at(method, path.to_owned());
        for (name, value) in query {
            push_query(&mut call.query, name, value);
        }
        Ok(call)
    }

    /// Sends, and returns the answer as it is; nothing if it has no body.
    #[cfg(feature = "table")]
    pub(crate) fn raw(&self, call: &Call) -> Result<Option<crate::table::RawJson>> {
        let reply = self.send(call)?;
        if reply.body.is_empty() {
            return Ok(None);
        }
        self.decode(call, &reply).map(Some)
    }

    fn decode<T: DeserializeOwned>(&self, call: &Call, reply: &Reply) -> Result<T> {
        serde_json::from_slice(&reply.body).map_err(|e| self.unreadable(call, reply, e))
    }

    /// The error of an answer of a success status that cannot be read.
    pub(crate) fn unreadable(&self, call: &Call, reply: &Reply, error: serde_json::Error) -> Error {
        let transport = &self.sender.transport;
        Error::decode(transport.describe(call), transport.unreadable(reply), error)
    }

    pub(crate) fn send(&self, call: &Call) -> Result<Reply> {
        self.sender.send(call, self.timeout)
    }

    /// Sends without a body and reads an answer.
    pub(crate) fn fetch<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        args: &[&str],
    ) -> Result<T> {
        let call = Call::new(method, path, args)?;
        self.decode(&call, &self.send(&call)?)
    }

    /// Sends a body and reads an answer.
    pub(crate) fn submit<T: DeserializeOwned, B: Serialize>(
        &self,
        method: Method,
        path: &str,
        args: &[&str],
        body: &B,
    ) -> Result<T> {
        let call = Call::new(method, path, args)?.body(body)?;
        self.decode(&call, &self.send(&call)?)
    }

    /// Sends an update, unless it changes nothing, which the service would refuse with `code`.
    #[cfg_attr(
        not(any(feature = "core", feature = "domains", feature = "ssh", feature = "ip")),
        allow(dead_code, reason = "only these groups have such updates")
    )]
    pub(crate) fn change<T: DeserializeOwned, B: Serialize>(
        &self,
        path: &str,
        args: &[&str],
        body: &B,
        code: &str,
    ) -> Result<T> {
        let call = Call::new(Method::Patch, path, args)?.body(body)?;
        if call.body.as_deref() == Some(b"{}") {
            return Err(Error::nothing_to_change(path, code));
        }
        self.decode(&call, &self.send(&call)?)
    }

    /// Sends a body, and the answer has none.
    #[cfg_attr(
        not(feature = "core"),
        allow(dead_code, reason = "only agent sessions are such")
    )]
    pub(crate) fn order<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        args: &[&str],
        body: &B,
    ) -> Result<()> {
        self.send(&Call::new(method, path, args)?.body(body)?)
            .map(drop)
    }

    /// Sends without a body, and the answer has none.
    pub(crate) fn perform(&self, method: Method, path: &str, args: &[&str]) -> Result<()> {
        self.send(&Call::new(method, path, args)?).map(drop)
    }

    /// The list at `path`, whose pages hold their items in `items`.
    pub(crate) fn list<T>(&self, path: &str, args: &[&str], items: &'static str) -> List<T> {
        List::new(self, Call::new(Method::Get, path, args), items, true)
    }

    /// A list that comes in one piece, so that it is not asked for pages of a size.
    #[cfg_attr(
        not(feature = "events"),
        allow(dead_code, reason = "only sources of events are such")
    )]
    pub(crate) fn short_list<T>(&self, path: &str, args: &[&str], items: &'static str) -> List<T> {
        List::new(self, Call::new(Method::Get, path, args), items, false)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.sender.transport.base.join(""))
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
