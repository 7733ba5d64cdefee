//! What the agent answered about a tunnel or an endpoint.

use std::borrow::Cow;

use ngrok_localapi::{Client, Endpoint, Metrics, Result, Tunnel, Upstream};

/// An answer, by what it is about.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Tunnel(Tunnel),
    Endpoint(Endpoint),
}

impl Answer {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Tunnel(tunnel) => &tunnel.name,
            Self::Endpoint(endpoint) => &endpoint.name,
        }
    }

    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::Tunnel(tunnel) => tunnel.id.as_deref(),
            Self::Endpoint(endpoint) => endpoint.id.as_deref(),
        }
    }

    pub(crate) fn public_url(&self) -> &str {
        match self {
            Self::Tunnel(tunnel) => &tunnel.public_url,
            Self::Endpoint(endpoint) => &endpoint.url,
        }
    }

    pub(crate) fn proto(&self) -> &str {
        match self {
            Self::Tunnel(tunnel) => &tunnel.proto,
            Self::Endpoint(endpoint) => endpoint.proto(),
        }
    }

    pub(crate) fn uri(&self) -> &str {
        match self {
            Self::Tunnel(tunnel) => &tunnel.uri,
            Self::Endpoint(endpoint) => &endpoint.uri,
        }
    }

    pub(crate) fn upstream(&self) -> Cow<'_, Upstream> {
        match self {
            Self::Tunnel(tunnel) => Cow::Owned(Upstream::new(tunnel.config.addr.as_str())),
            Self::Endpoint(endpoint) => Cow::Borrowed(&endpoint.upstream),
        }
    }

    pub(crate) fn upstream_url(&self) -> &str {
        match self {
            Self::Tunnel(tunnel) => &tunnel.config.addr,
            Self::Endpoint(endpoint) => &endpoint.upstream.url,
        }
    }

    pub(crate) fn metrics(&self) -> Option<&Metrics> {
        match self {
            Self::Tunnel(tunnel) => tunnel.metrics.as_ref(),
            Self::Endpoint(endpoint) => endpoint.metrics.as_ref(),
        }
    }

    pub(crate) fn set_metrics(&mut self, metrics: Option<Metrics>) {
        match self {
            Self::Tunnel(tunnel) => tunnel.metrics = metrics,
            Self::Endpoint(endpoint) => endpoint.metrics = metrics,
        }
    }

    /// Asks the agent about the same tunnel or endpoint again.
    pub(crate) fn ask_again(&self, client: &Client) -> Result<Self> {
        Ok(match self {
            Self::Tunnel(tunnel) => Self::Tunnel(client.tunnels().get(&tunnel.name)?),
            Self::Endpoint(endpoint) => Self::Endpoint(client.endpoints().get(&endpoint.name)?),
        })
    }

    /// Closes it.
    pub(crate) fn close(&self, client: &Client) -> Result<()> {
        match self {
            Self::Tunnel(tunnel) => client.tunnels().stop(&tunnel.name),
            Self::Endpoint(endpoint) => client.endpoints().delete(&endpoint.name),
        }
    }
}
