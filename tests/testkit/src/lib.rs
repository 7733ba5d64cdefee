//! A loopback ngrok agent, download host and cloud API to test against.

mod agent;
pub mod archive;
mod binaries;
mod clock;
mod cloud;
mod download_host;
mod eventually;
mod range;
mod server;
mod tcp_echo;
mod upstream;
mod websocket;

pub use agent::{Builder, LoopbackAgent, agent_main};
pub use binaries::{AGENT_BIN_VAR, agent_bin, workspace_bin};
pub use cloud::{CloudFault, CloudRequest, LoopbackCloud, LoopbackCloudBuilder};
pub use download_host::{DownloadFault, DownloadHost};
pub use eventually::eventually;
pub use tcp_echo::TcpEcho;
pub use upstream::{Received, Upstream};
