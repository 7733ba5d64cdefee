//! Arguments of `install`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::seconds;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InstallArgs {
    /// Download from this https URL instead of ngrok's stable channel
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Install from this .tgz, .tar.gz or .zip, without network
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    pub(crate) archive: Option<PathBuf>,
    /// Install this exact release, checked against its known SHA-256
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["url", "archive"])]
    pub(crate) version: Option<String>,
    /// Fail unless the archive has this SHA-256
    #[arg(long, value_name = "HEX")]
    pub(crate) sha256: Option<String>,
    /// Download again and replace the installed agent
    #[arg(long)]
    pub(crate) force: bool,
    /// Overall time limit
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Retry transient failures this many times
    #[arg(long, value_name = "N")]
    pub(crate) retries: Option<u32>,
}

const EXAMPLES: &str = "Examples:
  ngrok-rs install
  ngrok-rs install --version 3.39.9
  ngrok-rs install --archive ngrok-v3-stable-linux-amd64.tgz \\
      --ngrok-path /opt/ngrok";
