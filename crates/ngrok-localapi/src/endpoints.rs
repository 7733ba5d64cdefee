//! Endpoints, which took the place of tunnels in version 3.30 of the agent: list, get, create, change and delete.

mod agent_tls;
mod config;
mod endpoint;
mod upstream;

pub use agent_tls::AgentTls;
pub use config::EndpointConfig;
pub use endpoint::Endpoint;
pub use upstream::Upstream;

use serde::Deserialize;
use serde_json::{Map, Value};
use ureq::http::Method;

use crate::client::Client;
use crate::error::Result;
use crate::names;

const PATH: &str = "/api/endpoints";

/// The endpoints of an agent; see [`Client::endpoints`].
///
/// An agent older than 3.30 answers 404 to all of it: the error's [`is_unknown_path`](crate::Error::is_unknown_path) tells.
#[derive(Clone, Copy, Debug)]
pub struct Endpoints<'a> {
    client: &'a Client,
}

/// A list, which some agents send under the name of the tunnels.
#[derive(Default, Deserialize)]
#[serde(default)]
struct List {
    endpoints: Option<Vec<Endpoint>>,
    tunnels: Option<Vec<Endpoint>>,
}

impl<'a> Endpoints<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Returns all endpoints, in no particular order.
    ///
    /// # Errors
    ///
    /// Those of every call.
    pub fn list(&self) -> Result<Vec<Endpoint>> {
        let list: List = self.client.get(PATH, self.client.deadline())?;
        let endpoints = list.endpoints.or(list.tunnels).unwrap_or_default();
        Ok(endpoints.into_iter().map(|it| named(it, "")).collect())
    }

    /// Returns the endpoint of this name.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound), and those of every call.
    pub fn get(&self, name: &str) -> Result<Endpoint> {
        let found = self.client.get(&path(name)?, self.client.deadline())?;
        Ok(named(found, name))
    }

    /// Returns the definition of a running endpoint: all that the agent shows of it, without what it only reports.
    ///
    /// With [`replace`](Self::replace) it changes an endpoint and keeps what this crate does not know.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound), and those of every call.
    pub fn definition(&self, name: &str) -> Result<EndpointConfig> {
        let shown: Map<String, Value> = self.client.get(&path(name)?, self.client.deadline())?;
        Ok(EndpointConfig::of_answer(shown, name))
    }

    /// Starts an endpoint and waits until ngrok's service has given it a URL.
    ///
    /// # Errors
    ///
    /// Those of [`Tunnels::start`](crate::Tunnels::start).
    pub fn create(&self, config: &EndpointConfig) -> Result<Endpoint> {
        config.check()?;
        let created = self.client.submit(Method::POST, PATH, config.as_json())?;
        Ok(named(created.unwrap_or_default(), config.name()))
    }

    /// Replaces the definition of a running endpoint by `config`, or starts one if there is none of its name.
    ///
    /// What `config` leaves out is gone afterwards, and a URL that it does not name may change:
    /// [`definition`](Self::definition) returns what to start from.
    ///
    /// # Errors
    ///
    /// Those of [`Tunnels::start`](crate::Tunnels::start).
    pub fn replace(&self, config: &EndpointConfig) -> Result<Endpoint> {
        config.check()?;
        let path = path(config.name())?;
        match self.client.submit(Method::PUT, &path, config.as_json())? {
            Some(replaced) => Ok(named(replaced, config.name())),
            // Agents may answer without a description.
            None => self.get(config.name()),
        }
    }

    /// Stops an endpoint.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if it is gone already; those of [`Tunnels::stop`](crate::Tunnels::stop).
    pub fn delete(&self, name: &str) -> Result<()> {
        self.client.stop(&path(name)?)
    }
}

/// Adds the name that was asked for and the path, where the agent leaves them out.
fn named(mut endpoint: Endpoint, asked: &str) -> Endpoint {
    if endpoint.name.is_empty() {
        asked.clone_into(&mut endpoint.name);
    }
    if endpoint.uri.is_empty() {
        endpoint.uri = path(&endpoint.name).unwrap_or_default();
    }
    endpoint
}

fn path(name: &str) -> Result<String> {
    Ok(format!("{PATH}/{}", names::segment(name)?))
}
