//! A loopback edge: the server side that the real ngrok agent dials, so that tests can hold real sessions without ngrok's service, an account or a network.
//!
//! [`Edge::start`] makes a certificate authority, listens on loopback ports of the system's choice and accepts agents of the 2.x protocol. [`Edge::agent_config`] gives the configuration that leads an agent there; [`real_agent`] finds the agent's binary. Public connections are made to [`Edge::http_addr`], [`Edge::https_addr`] or [`Edge::public_addr`]; faults are switched on and off while agents are connected.
//!
//! ```no_run
//! use std::process::{Command, Stdio};
//!
//! # fn main() -> std::io::Result<()> {
//! let Some(binary) = ngrok_edge::real_agent() else { return Ok(()) };
//! let edge = ngrok_edge::Edge::start()?;
//! let config = edge.agent_config()?;
//! let mut agent = Command::new(binary)
//!     .args(["start", "--none", "--log", "stdout", "--config"])
//!     .arg(config.file())
//!     .stdout(Stdio::null())
//!     .spawn()?;
//! assert!(edge.wait_for_sessions(1, std::time::Duration::from_secs(10)));
//! agent.kill()?;
//! agent.wait()?;
//! # Ok(())
//! # }
//! ```

mod agent;
mod certificates;
mod config;
mod edge;
mod frame;
mod messages;
mod ports;
mod public;
mod random;
mod session;
mod shared;
mod stream;
mod tunnels;

pub use agent::real_agent;
pub use config::AgentConfig;
pub use edge::{Edge, PublicTunnel};

/// The domain below which the edge makes up names.
pub const DOMAIN: &str = "ngrok.test";
