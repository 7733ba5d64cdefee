//! Tunnels: list, get, start and stop.

mod config;
mod login;

pub use config::TunnelConfig;
pub use login::{OAuth, Oidc};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ureq::http::Method;

use crate::client::Client;
use crate::error::Result;
use crate::metrics::Metrics;
use crate::{lenient, names};

const PATH: &str = "/api/tunnels";

/// The tunnels of an agent; see [`Client::tunnels`].
#[derive(Clone, Copy, Debug)]
pub struct Tunnels<'a> {
    client: &'a Client,
}

/// A tunnel as the agent describes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Tunnel {
    /// What the agent calls it. An agent of version 2 that makes two tunnels of one calls the second `name (http)`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The service's id for it, which agents of version 3 tell.
    #[serde(rename = "ID", alias = "id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The path of its description in this API.
    #[serde(deserialize_with = "lenient::or_default")]
    pub uri: String,
    /// The URL under which the world reaches it.
    #[serde(deserialize_with = "lenient::or_default")]
    pub public_url: String,
    /// `http`, `https`, `tcp` or `tls`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub proto: String,
    /// Where it forwards to.
    #[serde(deserialize_with = "lenient::or_default")]
    pub config: TunnelTarget,
    /// Counters, if the agent sent them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Where a [`Tunnel`] forwards to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TunnelTarget {
    /// The local address or URL.
    #[serde(deserialize_with = "lenient::or_default")]
    pub addr: String,
    /// Whether requests are captured.
    #[serde(deserialize_with = "lenient::or_default")]
    pub inspect: bool,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct List {
    #[serde(deserialize_with = "lenient::or_default")]
    tunnels: Vec<Tunnel>,
}

impl<'a> Tunnels<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Returns all tunnels, in no particular order.
    ///
    /// # Errors
    ///
    /// Those of every call: [`Transport`](crate::ErrorKind::Transport), [`Timeout`](crate::ErrorKind::Timeout),
    /// [`TooLarge`](crate::ErrorKind::TooLarge), [`Decode`](crate::ErrorKind::Decode), [`Http`](crate::ErrorKind::Http).
    pub fn list(&self) -> Result<Vec<Tunnel>> {
        let list: List = self.client.get(PATH, self.client.deadline())?;
        Ok(list.tunnels.into_iter().map(|it| named(it, "")).collect())
    }

    /// Returns the tunnel of this name.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound), and those of every call.
    pub fn get(&self, name: &str) -> Result<Tunnel> {
        let found = self.client.get(&path(name)?, self.client.deadline())?;
        Ok(named(found, name))
    }

    /// Starts a tunnel and waits until ngrok's service has given it a URL.
    ///
    /// While the agent has no session, or has lost it and connects again, it refuses: the call is then repeated until the
    /// client's deadline.
    ///
    /// # Errors
    ///
    /// [`BadConfig`](crate::ErrorKind::BadConfig) for a name that could not be looked up again or a definition that the agent
    /// refuses; [`NotReady`](crate::ErrorKind::NotReady) and [`SessionClosed`](crate::ErrorKind::SessionClosed) if no session
    /// has come until the deadline; [`AlreadyExists`](crate::ErrorKind::AlreadyExists);
    /// [`Http`](crate::ErrorKind::Http) with an [`error_code`](crate::Error::error_code) when the service refuses; and those
    /// of every call.
    pub fn start(&self, config: &TunnelConfig) -> Result<Tunnel> {
        config.check()?;
        let started = self.client.submit(Method::POST, PATH, config.as_json())?;
        Ok(named(started.unwrap_or_default(), config.name()))
    }

    /// Stops a tunnel.
    ///
    /// It is repeated as [`start`](Self::start) is: a tunnel that is stopped while the session is lost would come back with
    /// the session, be listed and reach nothing.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if it is gone already; [`SessionClosed`](crate::ErrorKind::SessionClosed) if
    /// the session is still lost at the deadline; those of every call.
    pub fn stop(&self, name: &str) -> Result<()> {
        self.client.stop(&path(name)?)
    }
}

/// Adds the name that was asked for, the path and the protocol, where the agent leaves them out.
fn named(mut tunnel: Tunnel, asked: &str) -> Tunnel {
    if tunnel.name.is_empty() {
        asked.clone_into(&mut tunnel.name);
    }
    if tunnel.uri.is_empty() {
        tunnel.uri = path(&tunnel.name).unwrap_or_default();
    }
    if tunnel.proto.is_empty()
        && let Some((scheme, _)) = tunnel.public_url.split_once("://")
    {
        tunnel.proto = scheme.to_owned();
    }
    tunnel
}

fn path(name: &str) -> Result<String> {
    Ok(format!("{PATH}/{}", names::segment(name)?))
}
