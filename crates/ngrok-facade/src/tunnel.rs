//! An open tunnel or endpoint, as a handle.

mod guard;
mod shape;

use std::fmt;
use std::sync::Arc;

use ngrok_localapi::Metrics;
use serde_json::{Map, Value};

use crate::definition;
use crate::{ConfigVersion, ConnectOptions, Error, Ngrok, Result};

pub use guard::TunnelGuard;
pub(crate) use shape::Shape;

/// An open tunnel (config version 2) or endpoint (version 3).
///
/// It is a cheap handle: cloning it opens nothing and dropping it closes nothing, see [`disconnect`](Self::disconnect)
/// and [`close_on_drop`](Self::close_on_drop). It keeps the [`Ngrok`] it came from alive, and so the agent. What it shows
/// is what the agent answered last; [`refresh_metrics`](Self::refresh_metrics) and [`update`](Self::update) ask again.
#[derive(Clone)]
pub struct Tunnel {
    ngrok: Ngrok,
    api_url: Arc<str>,
    shape: Arc<Shape>,
}

impl Tunnel {
    /// Reads what the agent answered; `name` is for the error if that is no tunnel.
    pub(crate) fn new(
        ngrok: &Ngrok,
        api_url: &str,
        data: Value,
        version: ConfigVersion,
        name: &str,
    ) -> Result<Self> {
        Ok(Self {
            ngrok: ngrok.clone(),
            api_url: api_url.into(),
            shape: Arc::new(Shape::read(data, version, name)?),
        })
    }

    /// The public URL, such as `https://example.ngrok.app`.
    pub fn public_url(&self) -> &str {
        &self.shape.public_url
    }

    /// Its name, which is unique within the agent.
    pub fn name(&self) -> &str {
        &self.shape.name
    }

    /// ngrok's id of it, if the agent tells.
    pub fn id(&self) -> Option<&str> {
        self.shape.id.as_deref()
    }

    /// The protocol of the public URL: `https`, `http`, `tcp` or `tls`.
    pub fn proto(&self) -> &str {
        &self.shape.proto
    }

    /// Its path in the agent's local API.
    pub fn uri(&self) -> &str {
        &self.shape.uri
    }

    /// What a tunnel was configured with, such as `addr` and `inspect`; empty for an endpoint.
    pub fn config(&self) -> &Map<String, Value> {
        &self.shape.config
    }

    /// Where it sends traffic, with `url` and, of an endpoint, what else was set.
    pub fn upstream(&self) -> &Map<String, Value> {
        &self.shape.upstream
    }

    /// Where it sends traffic, such as `http://localhost:8080`.
    pub fn upstream_url(&self) -> Option<&str> {
        self.shape.upstream.get("url").and_then(Value::as_str)
    }

    /// Counts and times of its traffic, as of the last answer; see [`refresh_metrics`](Self::refresh_metrics).
    pub fn metrics(&self) -> Option<&Metrics> {
        self.shape.metrics.as_ref()
    }

    /// All that the agent answered, also what this crate does not know.
    pub fn data(&self) -> &Value {
        &self.shape.data
    }

    /// The address of the agent's local API.
    pub fn api_url(&self) -> &str {
        &self.api_url
    }

    /// The handle that it came from.
    pub fn ngrok(&self) -> &Ngrok {
        &self.ngrok
    }

    /// Asks the agent for the metrics as they are now.
    ///
    /// # Errors
    ///
    /// [`Error::NoMetrics`] if the answer holds none; [`Error::Api`] if the agent does not answer or the tunnel is gone.
    pub fn refresh_metrics(&mut self) -> Result<&Metrics> {
        let data = self
            .ngrok
            .client(&self.api_url)?
            .request("GET", self.uri(), &[], None)?;
        let fresh = data.get("metrics").filter(|it| it.is_object()).cloned();
        let missing = || Error::NoMetrics {
            name: self.name().to_owned(),
        };
        let fresh = fresh.ok_or_else(missing)?;
        Arc::make_mut(&mut self.shape).set_metrics(fresh);
        self.metrics().ok_or_else(|| Error::NoMetrics {
            name: self.name().to_owned(),
        })
    }

    /// Changes a live endpoint: another upstream or policy under the same URL, without a gap for visitors.
    ///
    /// What `options` leave out stays as it is. Endpoints can do this (config version 3), on agents from 3.30.
    ///
    /// # Errors
    ///
    /// [`Error::NotAnEndpoint`] if it is a tunnel; [`Error::Api`] if the agent refuses; the errors of the options as for
    /// [`connect`](Ngrok::connect).
    pub fn update(&mut self, options: impl Into<ConnectOptions>) -> Result<()> {
        if !self
            .uri()
            .starts_with(definition::api_path(ConfigVersion::V3))
        {
            return Err(Error::NotAnEndpoint {
                name: self.name().to_owned(),
            });
        }
        let client = self.ngrok.client(&self.api_url)?;
        let current = client.request("GET", self.uri(), &[], None)?;
        let nothing = Map::new();
        let body =
            definition::replacement(current.as_object().unwrap_or(&nothing), &options.into())?;
        let body = Value::Object(body);
        let answer = client.request("PUT", self.uri(), &[], Some(&body))?;
        // An agent may answer with nothing; what was sent is then what is.
        let data = if answer.is_object() { answer } else { body };
        self.shape = Arc::new(Shape::read(data, ConfigVersion::V3, &self.shape.name)?);
        self.ngrok.remember(self);
        Ok(())
    }

    /// Closes it. The agent goes on running, see [`Ngrok::kill`]. It is no error if it is closed already.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the agent does not answer or fails.
    pub fn disconnect(&self) -> Result<()> {
        self.ngrok
            .close(&self.api_url, self.public_url(), self.uri())
    }

    /// A guard that closes it when dropped.
    pub fn close_on_drop(self) -> TunnelGuard {
        TunnelGuard::new(self)
    }
}

/// As pyngrok prints it.
impl fmt::Display for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.upstream_url() {
            Some(upstream) => write!(
                f,
                "NgrokTunnel: \"{}\" -> \"{upstream}\"",
                self.public_url()
            ),
            None => f.write_str("<pending Tunnel>"),
        }
    }
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel")
            .field("name", &self.name())
            .field("public_url", &self.public_url())
            .field("upstream", &self.upstream_url())
            .field("uri", &self.uri())
            .field("api_url", &self.api_url)
            .finish_non_exhaustive()
    }
}
