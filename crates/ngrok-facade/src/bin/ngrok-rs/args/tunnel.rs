//! Arguments of the commands that open and close endpoints.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args};
use serde_json::Value;

use super::key_value;

/// How an open endpoint is held and shown.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct HoldArgs {
    /// Open it, print the URL, close it and exit
    #[arg(long, conflicts_with = "background")]
    pub(crate) once: bool,
    /// Keep it open in the background
    #[arg(long)]
    pub(crate) background: bool,
    /// Also print the URL as a QR code
    #[arg(long, hide_short_help = true)]
    pub(crate) qr: bool,
    /// Also copy the URL to the clipboard
    #[arg(long, hide_short_help = true)]
    pub(crate) copy: bool,
    /// Print plain lines instead of the screen
    #[arg(long, hide_short_help = true)]
    pub(crate) plain: bool,
    /// Set by `--background` for the process that it starts.
    #[arg(long, hide = true)]
    pub(crate) detached: bool,
}

/// What every endpoint can have, under the names of ngrok's own flags.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct EndpointArgs {
    /// The public URL or domain [default: random]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// A name, or that of a definition in the file
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Apply the traffic policy in this YAML or JSON file
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) traffic_policy_file: Option<PathBuf>,
    /// Let several agents share the URL
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub(crate) pooling_enabled: Option<bool>,
    /// Text of your own, shown in ngrok's dashboard and API
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub(crate) metadata: Option<String>,
    /// A description, shown in ngrok's dashboard and API (version 3)
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub(crate) description: Option<String>,
    /// Who can reach the URL: public, internal or kubernetes (version 3)
    #[arg(long, value_name = "BINDING", hide_short_help = true)]
    pub(crate) binding: Vec<String>,
    /// Any option of ngrok's: -o metadata=mine
    ///
    /// VALUE is JSON if it parses, else a string. May be given several times.
    #[arg(short, long = "option", value_name = "KEY=VALUE", action = ArgAction::Append, value_parser = key_value)]
    pub(crate) option: Vec<(String, Value)>,
}

/// What an HTTP endpoint can have.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct HttpFlags {
    /// The domain of the public URL; ngrok's newer name is --url
    #[arg(
        long,
        value_name = "DOMAIN",
        conflicts_with = "url",
        hide_short_help = true
    )]
    pub(crate) domain: Option<String>,
    /// Ask visitors for these
    #[arg(long, value_name = "USER:PASSWORD")]
    pub(crate) basic_auth: Vec<String>,
    /// Set the Host header of requests
    ///
    /// With config version 2, `rewrite` takes the upstream's host.
    #[arg(long, value_name = "HOST")]
    pub(crate) host_header: Option<String>,
    /// Keep requests for replay [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub(crate) inspect: Option<bool>,
}

#[derive(Debug, Args)]
#[command(after_help = HTTP)]
pub(crate) struct HttpArgs {
    /// A port, host:port, URL or file:///directory
    #[arg(value_name = "ADDR")]
    pub(crate) addr: String,
    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
    #[command(flatten)]
    pub(crate) http: HttpFlags,
    #[command(flatten)]
    pub(crate) hold: HoldArgs,
}

const HTTP: &str = "Examples:
  ngrok-rs http 8080
  ngrok-rs http https://localhost:8443 --url app.example.com
  ngrok-rs http 8080 --basic-auth 'user:a long password'
  ngrok-rs http 8080 --background --json

The process list shows the arguments: a password is safer in the config file or
in the file of --traffic-policy-file.";

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  ngrok-rs tcp 22\n  ngrok-rs tcp 192.168.0.5:5432 --url tcp://1.tcp.ngrok.io:20000"
)]
pub(crate) struct TcpArgs {
    /// A port or host:port
    #[arg(value_name = "ADDR")]
    pub(crate) addr: String,
    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
    #[command(flatten)]
    pub(crate) hold: HoldArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  ngrok-rs tls 8443\n  ngrok-rs tls 8443 --url tls://app.example.com"
)]
pub(crate) struct TlsArgs {
    /// A port or host:port
    #[arg(value_name = "ADDR")]
    pub(crate) addr: String,
    /// The domain of the public URL; ngrok's newer name is --url
    #[arg(
        long,
        value_name = "DOMAIN",
        conflicts_with = "url",
        hide_short_help = true
    )]
    pub(crate) domain: Option<String>,
    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
    #[command(flatten)]
    pub(crate) hold: HoldArgs,
}

#[derive(Debug, Args)]
#[command(after_help = CONNECT, after_long_help = CONNECT_LONG)]
pub(crate) struct ConnectArgs {
    /// A port, host:port, URL or file:///directory
    #[arg(value_name = "ADDR", long_help = ADDR)]
    pub(crate) addr: Option<String>,
    /// http, tcp or tls [default: as ADDR says]
    #[arg(long, value_name = "PROTO")]
    pub(crate) proto: Option<String>,
    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
    #[command(flatten)]
    pub(crate) hold: HoldArgs,
}

const ADDR: &str = "A port, host:port, URL or file:///directory [default: the definition \
`ngrok-default` of the config file, else port 80]";

const CONNECT: &str = "Examples:
  ngrok-rs connect 8080
  ngrok-rs connect tcp://22 --json
  ngrok-rs connect --name web";

const CONNECT_LONG: &str = "Examples:
  ngrok-rs connect 8080
  ngrok-rs connect tcp://22 --json
  ngrok-rs connect --name web
  ngrok-rs connect https://localhost:8443 --url app.example.com
  ngrok-rs connect 8080 -o metadata=mine -o inspect=false

With --name, a definition of that name in the config file is used; options
override it key by key. The options that -o knows are those of ngrok's config
file: https://ngrok.com/docs/agent/config/v2/ for version 2 and
https://ngrok.com/docs/agent/config/v3/ for version 3.

The process list shows the arguments: a password is safer in the config file or
in the file of --traffic-policy-file.";

#[derive(Debug, Args)]
pub(crate) struct ConnectAllArgs {
    #[command(flatten)]
    pub(crate) hold: HoldArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = RUN,
    after_long_help = RUN_LONG,
    override_usage = "ngrok-rs run [OPTIONS] [PORT] -- COMMAND..."
)]
pub(crate) struct RunArgs {
    /// The command's port [default: one it opens]
    #[arg(value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// The command and its arguments
    #[arg(value_name = "COMMAND", last = true, required = true)]
    pub(crate) command: Vec<OsString>,
    /// Set this variable to the URL, as NGROK_URL
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Vec<String>,
    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
    #[command(flatten)]
    pub(crate) http: HttpFlags,
    /// Also print the URL as a QR code
    #[arg(long, hide_short_help = true)]
    pub(crate) qr: bool,
    /// Also copy the URL to the clipboard
    #[arg(long, hide_short_help = true)]
    pub(crate) copy: bool,
    /// Leave the terminal to the command
    #[arg(long)]
    pub(crate) plain: bool,
}

const RUN: &str = "Examples:
  ngrok-rs run -- npm start
  ngrok-rs run 3000 --env APP_URL -- bin/rails server";

const RUN_LONG: &str = "Examples:
  ngrok-rs run -- npm start
  ngrok-rs run 3000 --env APP_URL -- bin/rails server

The command gets NGROK_URL, the public URL, and PORT. Without a port, a free one
is chosen and handed over as PORT; on Linux, a command that listens elsewhere is
found and served too. The command and the endpoint end together, and the exit
status is the command's: 128+N if signal N ended it.";

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  ngrok-rs stop web\n  ngrok-rs stop https://example.ngrok.app\n  ngrok-rs stop --all"
)]
pub(crate) struct StopArgs {
    /// The name or public URL of an endpoint
    #[arg(value_name = "NAME|URL", required_unless_present = "all")]
    pub(crate) of: Option<String>,
    /// End every agent that `ngrok-rs` started
    #[arg(long, conflicts_with = "of")]
    pub(crate) all: bool,
    /// Look at the agent with this local API only
    #[arg(long, value_name = "URL", conflicts_with = "all")]
    pub(crate) api_url: Option<String>,
}
