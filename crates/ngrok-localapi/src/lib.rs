//! Typed blocking client of the ngrok agent's local HTTP API.
//!
//! [`Client`] is where to begin: [`tunnels`](Client::tunnels), [`endpoints`](Client::endpoints),
//! [`requests`](Client::requests), [`status`](Client::status), and [`request`](Client::request) for everything else. ngrok
//! documents the API at <https://ngrok.com/docs/agent/api>.
#![doc = concat!("\n\n", include_str!("../README.md"))]

mod address;
#[cfg(feature = "https")]
mod api_request;
mod captured;
mod client;
mod connection;
mod definition;
mod endpoints;
mod error;
mod har;
mod lenient;
mod metrics;
mod names;
mod received;
mod requests;
mod shape;
mod status;
mod transport;
mod tunnels;
mod watch;

#[cfg(feature = "https")]
pub use api_request::{ApiRequest, api_request};
pub use captured::{Body, CapturedRequest, Headers, HttpRequest, HttpResponse};
pub use client::{Client, ClientBuilder};
pub use endpoints::{AgentTls, Endpoint, EndpointConfig, Endpoints, Upstream};
pub use error::{AgentCode, Error, ErrorKind, Result};
pub use har::Har;
pub use metrics::{Meter, Metrics};
pub use ngrok_core::Secret;
pub use ngrok_core::Timestamp;
pub use ngrok_core::{Action, PolicyError, Rule, TrafficPolicy};
pub use ngrok_core::{ErrorClass, ErrorCode, ParseError};
pub use requests::Requests;
pub use status::AgentStatus;
pub use tunnels::{OAuth, Oidc, Tunnel, TunnelConfig, TunnelTarget, Tunnels};
pub use watch::{StopHandle, Watch, Watched};
