#![doc = include_str!("../README.md")]

pub mod agent;
mod config;
mod definition;
mod env;
mod error;
mod finding;
mod free;
mod ngrok;
mod options;
mod preflight;
mod support;
mod tunnel;
mod unique;

pub use config::{Config, ConfigBuilder};
pub use error::{Error, ErrorKind, Result};
pub use finding::{Finding, FindingCode, Severity};
pub use free::{
    api, connect, connect_all, default_config, default_ngrok, disconnect, get_ngrok_process,
    get_tunnels, get_version, install_ngrok, kill, run, set_api_key, set_auth_token,
    set_default_config, update,
};
pub use ngrok::{Event, Events, Ngrok};
pub use ngrok_installer::config::ConfigVersion;
pub use ngrok_localapi::{
    Action, AgentStatus, AgentTls, ApiRequest, CapturedRequest, Metrics, OAuth, Oidc, Rule,
    TrafficPolicy, Upstream, api_request,
};
pub use ngrok_process::{Agent, AgentEvent, ApiResponse, ErrorCode, LogLine, Secret};
pub use options::ConnectOptions;
pub use preflight::{check_network, preflight};
pub use tunnel::{Tunnel, TunnelGuard};

#[cfg(feature = "cloud")]
pub use ngrok_cloudapi as cloud;
pub use ngrok_installer as installer;
pub use ngrok_localapi as localapi;
pub use ngrok_process as process;
