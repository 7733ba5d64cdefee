//! Arguments of the commands that ask a running agent, and never start one.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ngrok_facade::process;

/// Which agent to ask.
#[derive(Clone, Debug, Args)]
pub(crate) struct ApiUrl {
    /// The agent's local API [default: the agent started last by `ngrok-rs`,
    /// else web_addr of the config file, else http://127.0.0.1:4040]
    #[arg(long, value_name = "URL")]
    pub(crate) api_url: Option<String>,
    /// Call an agent on another machine, whose API has no password
    /// [env: NGROK_RS_ALLOW_REMOTE]
    #[arg(long)]
    pub(crate) allow_remote: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) agent: ApiUrl,
    /// List every agent that `ngrok-rs` started and that still runs
    #[arg(long, conflicts_with = "api_url")]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
#[command(after_help = REQUESTS)]
pub(crate) struct RequestsArgs {
    /// Show this request alone, with its headers and decoded bodies
    #[arg(value_name = "ID", conflicts_with_all = ["tunnel", "limit", "follow", "har", "html"])]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) agent: ApiUrl,
    /// List requests of this endpoint only
    #[arg(long, value_name = "NAME")]
    pub(crate) tunnel: Option<String>,
    /// List at most this many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// Print each new request when it has its response, until Ctrl-C
    #[arg(long)]
    pub(crate) follow: bool,
    /// Print one HAR document, which browsers and HTTP tools read
    #[arg(long, conflicts_with = "follow")]
    pub(crate) har: bool,
    /// Write one page for a browser, secrets masked
    #[arg(long, value_name = "FILE", conflicts_with_all = ["follow", "har"])]
    pub(crate) html: Option<PathBuf>,
}

const REQUESTS: &str = "Examples:
  ngrok-rs requests --follow --json | jq .path
  ngrok-rs requests --har > today.har
  ngrok-rs requests --html today.html";

#[derive(Debug, Args)]
pub(crate) struct IdArgs {
    /// The request's id, as `requests` prints it
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) agent: ApiUrl,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub(crate) request: IdArgs,
    /// Send it through this endpoint instead of its own
    #[arg(long, value_name = "NAME")]
    pub(crate) tunnel: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  ngrok-rs logs --level warn\n  ngrok-rs logs --follow")]
pub(crate) struct LogsArgs {
    /// The name or URL of an endpoint of the agent, or the agent's API URL
    /// [default: the agent started last]
    #[arg(value_name = "NAME|URL")]
    pub(crate) of: Option<String>,
    /// Print further lines as they come, until Ctrl-C
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Leave out lines below this level
    #[arg(long, value_name = "LEVEL", value_enum)]
    pub(crate) level: Option<Level>,
}

/// A level of the agent's log.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Level {
    Debug,
    Info,
    #[value(alias = "warning")]
    Warn,
    Error,
    #[value(alias = "critical")]
    Crit,
}

impl From<Level> for process::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warning,
            Level::Error => Self::Error,
            Level::Crit => Self::Critical,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct OpenArgs {
    #[command(flatten)]
    pub(crate) agent: ApiUrl,
}
