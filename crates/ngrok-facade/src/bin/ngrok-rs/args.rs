//! The command line: every command, with a struct for the arguments of each.

mod agent;
mod config;
mod globals;
mod help;
mod inspect;
mod install;
mod raw;
mod tunnel;

use std::ffi::OsString;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use serde_json::Value;

pub(crate) use agent::split as split_agent;
pub(crate) use config::{ConfigCommand, InitArgs, SecretArgs};
pub(crate) use globals::{Globals, variable_is_set};
use help::adapted;
pub(crate) use help::of_command;
pub(crate) use inspect::{
    ApiUrl, IdArgs, LogsArgs, OpenArgs, ReplayArgs, RequestsArgs, StatusArgs,
};
pub(crate) use install::InstallArgs;
pub(crate) use raw::Cloud;
pub(crate) use tunnel::{
    ConnectAllArgs, ConnectArgs, EndpointArgs, HoldArgs, HttpArgs, HttpFlags, RunArgs, StopArgs,
    TcpArgs, TlsArgs,
};

/// A public URL for a local port: installs, starts and drives the ngrok agent
#[derive(Debug, Parser)]
#[command(
    name = "ngrok-rs",
    bin_name = "ngrok-rs",
    disable_help_subcommand = true,
    disable_version_flag = true,
    arg_required_else_help = true,
    max_term_width = 80
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    /// Print the version; -v adds the system's
    #[arg(short = 'V', long)]
    pub(crate) version: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open an HTTP endpoint to a port, address, URL or directory
    Http(HttpArgs),
    /// Open a TCP endpoint to a port or address
    Tcp(TcpArgs),
    /// Open a TLS endpoint to a port or address
    Tls(TlsArgs),
    /// Open an endpoint with any option of ngrok's
    Connect(ConnectArgs),
    /// Open every endpoint that the config file defines
    ConnectAll(ConnectAllArgs),
    /// Run a command with a public URL for the port that it listens on
    Run(RunArgs),
    /// Close an endpoint, or end all agents started here
    Stop(StopArgs),
    /// Show the agent's session, region, latency and versions
    Status(StatusArgs),
    /// List open endpoints, one a line
    Tunnels(ApiUrl),
    /// List captured requests, newest first, or show one
    Requests(RequestsArgs),
    /// Show one captured request
    Request(IdArgs),
    /// Send a captured request again, and show the new response
    Replay(ReplayArgs),
    /// Delete all captured requests
    Clear(ApiUrl),
    /// Print the log of an agent started here
    Logs(LogsArgs),
    /// Open the agent's web inspector in a browser
    Open(OpenArgs),
    /// Download, verify and install the agent, unless it is there
    Install(InstallArgs),
    /// Run the agent itself; it is installed if missing
    #[command(after_help = agent::EXAMPLES)]
    Agent(agent::AgentArgs),
    /// Print the versions of the agent and of ngrok-rs
    Version,
    /// Let the agent update itself
    Update,
    /// Check what can prevent a tunnel from working, and say what to do
    Doctor(DoctorArgs),
    /// Find, show, check and edit ngrok.yml
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Call an operation of ngrok's cloud API
    Cloud(Cloud),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for each command
    Man(ManArgs),
    /// Show the help of a command
    Help(HelpArgs),
}

const COMPLETIONS: &str = "Examples:
  ngrok-rs completions bash >> ~/.bashrc
  ngrok-rs completions zsh > ~/.zfunc/_ngrok-rs   # a folder of fpath
  ngrok-rs completions fish > ~/.config/fish/completions/ngrok-rs.fish";

#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ngrok-rs man | man -l -\n  ngrok-rs man --dir ~/.local/share/man/man1"
)]
pub(crate) struct ManArgs {
    /// Write one page for each command into this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: Option<std::path::PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct HelpArgs {
    /// The command, such as `connect` or `config set-authtoken`
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// Also check whether this upstream answers
    #[arg(value_name = "ADDR")]
    pub(crate) addr: Option<String>,
    /// Also check whether ngrok's ingress can be reached
    #[arg(long)]
    pub(crate) network: bool,
}

/// Returns the whole command line as clap reads it.
pub(crate) fn command() -> clap::Command {
    adapted(Cli::command())
}

/// Returns the arguments as typed values.
pub(crate) fn parse(args: Vec<OsString>) -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(args)?;
    <Cli as clap::FromArgMatches>::from_arg_matches(&matches)
        .map_err(|error| error.format(&mut command))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a length of time".to_owned())
}

fn key_value(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("it has no `=`")?;
    if key.is_empty() {
        return Err("it has no key before the `=`".to_owned());
    }
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((key.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn values_are_json_if_they_parse() {
        for (text, value) in [
            ("a=1", serde_json::json!(1)),
            ("a=true", true.into()),
            ("a=[\"x\"]", serde_json::json!(["x"])),
            ("a=x y", "x y".into()),
            ("a=", "".into()),
            ("a=b=c", "b=c".into()),
        ] {
            assert_eq!(key_value(text).unwrap(), ("a".to_owned(), value), "{text}");
        }
        assert!(key_value("a").is_err() && key_value("=1").is_err());
    }
}
