//! Typed blocking client of the ngrok agent's local HTTP API.

mod address;
mod client;
mod deadline;
mod definition;
mod error;
mod error_code;
mod lenient;
mod metrics;
mod names;
mod resolver;
mod secret;
mod transport;
mod tunnels;

pub use client::{Client, ClientBuilder};
pub use error::{AgentCode, Error, ErrorKind, Result};
pub use error_code::{ErrorClass, ErrorCode, ParseErrorCodeError};
pub use metrics::{ConnMetrics, HttpMetrics, Metrics};
pub use secret::Secret;
pub use tunnels::{Tunnel, TunnelConfig, TunnelTarget, Tunnels};
