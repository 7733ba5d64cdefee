//! An open tunnel or endpoint, as a handle.

mod answer;
mod guard;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use ngrok_core::definition::Vocabulary;
use ngrok_localapi::{Client, Endpoint, Metrics, TunnelTarget, Upstream};
use serde_json::Value;

use crate::definition;
use crate::error::{Error, Result};
use crate::ngrok::Ngrok;
use crate::options::ConnectOptions;

pub(crate) use answer::Answer;
pub use guard::TunnelGuard;

/// An open tunnel (config version 2) or endpoint (version 3).
///
/// It is a cheap handle: cloning it opens nothing and dropping it closes nothing, see [`disconnect`](Self::disconnect)
/// and [`close_on_drop`](Self::close_on_drop). It keeps the [`Ngrok`] it came from alive, and so the agent. What it shows
/// is what the agent answered last; [`refresh_metrics`](Self::refresh_metrics) and [`update`](Self::update) ask again.
#[derive(Clone)]
pub struct Tunnel {
    ngrok: Ngrok,
    api_url: Arc<str>,
    answer: Arc<Answer>,
}

impl Tunnel {
    /// Takes what the agent answered, which must hold a public URL.
    pub(crate) fn new(ngrok: &Ngrok, api_url: &str, answer: Answer) -> Result<Self> {
        if answer.public_url().is_empty() {
            return Err(Error::NoPublicUrl {
                name: answer.name().to_owned(),
            });
        }
        Ok(Self {
            ngrok: ngrok.clone(),
            api_url: api_url.into(),
            answer: Arc::new(answer),
        })
    }

    /// Returns the public URL, such as `https://example.ngrok.app`.
    pub fn public_url(&self) -> &str {
        self.answer.public_url()
    }

    /// Returns its name, which is unique within the agent.
    pub fn name(&self) -> &str {
        self.answer.name()
    }

    /// Returns ngrok's id of it, if the agent reports one.
    pub fn id(&self) -> Option<&str> {
        self.answer.id()
    }

    /// Returns the protocol of the public URL: `https`, `http`, `tcp` or `tls`.
    pub fn proto(&self) -> &str {
        self.answer.proto()
    }

    /// Returns its path in the agent's local API.
    pub fn uri(&self) -> &str {
        self.answer.uri()
    }

    /// Returns what the agent made of a tunnel's definition, such as `addr` and `inspect`; `None` for an endpoint.
    pub fn config(&self) -> Option<&TunnelTarget> {
        match &*self.answer {
            Answer::Tunnel(tunnel) => Some(&tunnel.config),
            Answer::Endpoint(_) => None,
        }
    }

    /// Returns where it sends traffic. For a tunnel that is the URL alone.
    pub fn upstream(&self) -> Cow<'_, Upstream> {
        self.answer.upstream()
    }

    /// Returns where it sends traffic, such as `http://localhost:8080`.
    pub fn upstream_url(&self) -> Option<&str> {
        Some(self.answer.upstream_url()).filter(|url| !url.is_empty())
    }

    /// Returns the endpoint as the agent described it last; `None` for a tunnel.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        match &*self.answer {
            Answer::Tunnel(_) => None,
            Answer::Endpoint(endpoint) => Some(endpoint),
        }
    }

    /// Returns counts and times of its traffic, as of the last answer; see [`refresh_metrics`](Self::refresh_metrics).
    pub fn metrics(&self) -> Option<&Metrics> {
        self.answer.metrics()
    }

    /// Returns all that the agent answered, also what this crate does not know.
    pub fn data(&self) -> Value {
        let data = match &*self.answer {
            Answer::Tunnel(tunnel) => serde_json::to_value(tunnel),
            Answer::Endpoint(endpoint) => serde_json::to_value(endpoint),
        };
        // Both came from JSON, so they can be written as JSON.
        data.unwrap_or_default()
    }

    /// Returns the address of the agent's local API.
    pub fn api_url(&self) -> &str {
        &self.api_url
    }

    /// Returns the handle that it came from.
    pub fn ngrok(&self) -> &Ngrok {
        &self.ngrok
    }

    /// Asks the agent for the metrics as they are now.
    ///
    /// # Errors
    ///
    /// [`Error::NoMetrics`] if the answer holds none; [`Error::Api`] if the agent does not answer or the tunnel is gone.
    pub fn refresh_metrics(&mut self) -> Result<&Metrics> {
        let fresh = self.answer.ask_again(&self.client()?)?.metrics().cloned();
        if fresh.is_some() {
            Arc::make_mut(&mut self.answer).set_metrics(fresh);
            if let Some(metrics) = self.answer.metrics() {
                return Ok(metrics);
            }
        }
        Err(Error::NoMetrics {
            name: self.answer.name().to_owned(),
        })
    }

    /// Changes a live endpoint: another upstream or policy under the same URL, without a gap for visitors.
    ///
    /// What `options` leave out stays as it is, also what this crate does not know. Endpoints can do this (config version
    /// 3), on agents from 3.30.
    ///
    /// # Errors
    ///
    /// [`Error::NotAnEndpoint`] if it was opened as a tunnel; [`Error::Api`] if the agent refuses; the errors of the options
    /// as for [`connect`](Ngrok::connect).
    pub fn update(&mut self, options: impl Into<ConnectOptions>) -> Result<()> {
        if self.endpoint().is_none() {
            return Err(Error::NotAnEndpoint {
                name: self.name().to_owned(),
            });
        }
        let client = self.client()?;
        let endpoints = client.endpoints();
        let current = endpoints.definition(self.name())?;
        let changed = definition::changed(Vocabulary::ngrok(), current, &options.into())?;
        let answer = Answer::Endpoint(endpoints.replace(&changed)?);
        *self = Self::new(&self.ngrok, &self.api_url, answer)?;
        self.ngrok.remember(self);
        Ok(())
    }

    /// Closes it. The agent goes on running, see [`Ngrok::kill`]. It is no error if it is closed already.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the agent does not answer or fails.
    pub fn disconnect(&self) -> Result<()> {
        self.ngrok.close(&self.client()?, &self.answer)
    }

    /// Returns a guard that closes it when dropped.
    pub fn close_on_drop(self) -> TunnelGuard {
        TunnelGuard::new(self)
    }

    pub(crate) fn answer(&self) -> &Arc<Answer> {
        &self.answer
    }

    fn client(&self) -> Result<Client> {
        self.ngrok.client(&self.api_url)
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
