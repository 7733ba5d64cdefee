//! Endpoints, which took the place of tunnels in version 3.30 of the agent: list, get, create, change and delete.

mod config;

pub use config::EndpointConfig;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ureq::http::Method;

use crate::{Client, Metrics, Result, lenient, names};
use ngrok_core::Masked;

const PATH: &str = "/api/endpoints";

/// The endpoints of an agent; see [`Client::endpoints`].
///
/// An agent older than 3.30 answers 404 to all of it: the error's [`is_unknown_path`](crate::Error::is_unknown_path) tells.
#[derive(Clone, Copy, Debug)]
pub struct Endpoints<'a> {
    client: &'a Client,
}

/// An endpoint as the agent describes it. `Debug` hides the secrets of its traffic policy.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Endpoint {
    /// What the agent calls it.
    #[serde(deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The service's id for it.
    #[serde(rename = "ID", alias = "id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The path of its description in this API.
    #[serde(deserialize_with = "lenient::or_default")]
    pub uri: String,
    /// The URL under which it is reached.
    #[serde(deserialize_with = "lenient::or_default")]
    pub url: String,
    /// Where it forwards to.
    #[serde(deserialize_with = "lenient::or_default")]
    pub upstream: Upstream,
    /// Whether requests are captured.
    #[serde(deserialize_with = "lenient::or_default")]
    pub inspect: bool,
    /// Its traffic policy, as the agent writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic_policy: Option<Value>,
    /// Whether several endpoints may share the URL.
    #[serde(deserialize_with = "lenient::or_default")]
    pub pooling_enabled: bool,
    /// Who can reach it: `public`, `internal` or `kubernetes`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub bindings: Vec<String>,
    /// A text of yours, for programs.
    #[serde(deserialize_with = "lenient::or_default")]
    pub metadata: String,
    /// A text of yours, for people.
    #[serde(deserialize_with = "lenient::or_default")]
    pub description: String,
    /// Counters, if the agent sent them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let policy = self.traffic_policy.as_ref();
        f.debug_struct("Endpoint")
            .field("name", &self.name)
            .field("id", &self.id)
            .field("url", &self.url)
            .field("upstream", &self.upstream)
            .field("inspect", &self.inspect)
            .field(
                "traffic_policy",
                &policy.map(|policy| Masked("traffic_policy", policy)),
            )
            .field("pooling_enabled", &self.pooling_enabled)
            .field("bindings", &self.bindings)
            .field("metadata", &self.metadata)
            .field("description", &self.description)
            .field("metrics", &self.metrics)
            .finish_non_exhaustive()
    }
}

/// Where an [`Endpoint`] forwards to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Upstream {
    /// The local address or URL.
    #[serde(deserialize_with = "lenient::or_default")]
    pub url: String,
    /// `http1` or `http2`.
    #[serde(deserialize_with = "lenient::or_default")]
    pub protocol: String,
    /// The version of the PROXY protocol that is sent, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_protocol: Option<Value>,
    /// What this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct List {
    #[serde(deserialize_with = "lenient::or_default")]
    endpoints: Vec<Endpoint>,
}

impl<'a> Endpoints<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// All endpoints, in no particular order.
    ///
    /// # Errors
    ///
    /// Those of every call.
    pub fn list(&self) -> Result<Vec<Endpoint>> {
        let list: List = self.client.get(PATH, self.client.deadline())?;
        Ok(list.endpoints)
    }

    /// The endpoint of this name.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound), and those of every call.
    pub fn get(&self, name: &str) -> Result<Endpoint> {
        let path = path(name)?;
        self.client.get(&path, self.client.deadline())
    }

    /// Starts an endpoint and waits until ngrok's service has given it a URL.
    ///
    /// # Errors
    ///
    /// Those of [`Tunnels::start`](crate::Tunnels::start).
    pub fn create(&self, config: &EndpointConfig) -> Result<Endpoint> {
        config.check()?;
        self.client.submit(Method::POST, PATH, config.as_json())
    }

    /// Changes a running endpoint to `config`, or starts one if there is none of its name.
    ///
    /// `config` takes the place of the whole definition. Name the URL in it to keep a random one.
    ///
    /// # Errors
    ///
    /// Those of [`Tunnels::start`](crate::Tunnels::start).
    pub fn update(&self, config: &EndpointConfig) -> Result<Endpoint> {
        config.check()?;
        let path = path(config.name())?;
        self.client.submit(Method::PUT, &path, config.as_json())
    }

    /// Stops an endpoint.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if it is gone already; those of every call.
    pub fn delete(&self, name: &str) -> Result<()> {
        let path = path(name)?;
        self.client.command(Method::DELETE, &path, None::<&()>)
    }
}

fn path(name: &str) -> Result<String> {
    Ok(format!("{PATH}/{}", names::segment(name)?))
}
