//! Arguments of `config`.

use clap::{Args, Subcommand};
use ngrok_facade::installer::config::AgentVersion;

use super::globals::Version;

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the path of the config file
    Path,
    /// Print the config file, secrets masked
    Show,
    /// Check the config file
    #[command(after_help = CHECK)]
    Check(CheckArgs),
    /// Make a config file, by questions or from the options
    #[command(after_help = INIT)]
    Init(InitArgs),
    /// Open the config file in your editor, and check it afterwards
    Edit,
    /// Save your authtoken
    #[command(visible_alias = "add-authtoken", after_help = AUTHTOKEN)]
    SetAuthtoken(SecretArgs),
    /// Save your API key
    #[command(visible_alias = "add-api-key", after_help = API_KEY)]
    SetApiKey(SecretArgs),
}

const CHECK: &str = "What is wrong depends on the agent: those before 3.0 ignore keys that they do
not know, later ones refuse the file. The exit status is 1 if there is an error;
warnings are printed and do not count.

Examples:
  ngrok-rs config check
  ngrok-rs config check --agent-version 2.3.41";

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The agent to judge for [default: the installed one, else the newest]
    #[arg(long, value_name = "VERSION")]
    pub(crate) agent_version: Option<AgentVersion>,
}

const INIT: &str = "At a terminal, `config init` asks for the authtoken, the version and the first
endpoint. Elsewhere the options decide, and the authtoken is read from stdin or
NGROK_AUTHTOKEN if one is there.

Examples:
  ngrok-rs config init
  ngrok-rs config init --name web --addr 8080 < token.txt";

const AUTHTOKEN: &str =
    "A terminal is asked, without showing what you type. Otherwise the authtoken is
read from stdin, else from NGROK_AUTHTOKEN. It is not taken as an argument,
which the process list and the shell's history would show.

Examples:
  ngrok-rs config set-authtoken
  ngrok-rs config set-authtoken < token.txt";

const API_KEY: &str =
    "A terminal is asked, without showing what you type. Otherwise the key is read
from stdin, else from NGROK_API_KEY. It is not taken as an argument, which the
process list and the shell's history would show.

Examples:
  ngrok-rs config set-api-key
  ngrok-rs config set-api-key < key.txt";

#[derive(Debug, Args)]
pub(crate) struct SecretArgs {
    /// Where ngrok's own command takes a secret; accepted only to refuse it without repeating it.
    #[arg(hide = true, num_args = 0..)]
    pub(crate) misplaced: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The version of the file: 2 with tunnels, 3 with endpoints
    #[arg(long, value_name = "VERSION", hide_possible_values = true)]
    pub(crate) version: Option<Version>,
    /// The name of the first endpoint
    #[arg(long, value_name = "NAME", requires = "addr")]
    pub(crate) name: Option<String>,
    /// The port or address that the first endpoint forwards to
    #[arg(long, value_name = "ADDR")]
    pub(crate) addr: Option<String>,
}
