//! The global options, and the variables that set them too.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ngrok_facade::ConfigVersion;

use crate::exit::{Failure, Outcome};

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// The agent's program [default: by ngrok.yml]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) ngrok_path: Option<PathBuf>,
    /// The config file [default: the agent's own]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// 2 tunnels, 3 endpoints [default: the file's]
    #[arg(long, global = true, value_name = "N", hide_possible_values = true)]
    pub(crate) config_version: Option<Version>,
    /// ngrok's region [default: the nearest]
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// One JSON object a line; errors on stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print results and errors only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Print the agent's log to stderr
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}

/// A version of the config file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Version {
    #[value(name = "2")]
    V2,
    #[value(name = "3")]
    V3,
}

impl From<Version> for ConfigVersion {
    fn from(version: Version) -> Self {
        match version {
            Version::V2 => Self::V2,
            Version::V3 => Self::V3,
        }
    }
}

impl Globals {
    /// Adds what the variables `NGROK_RS_*` say and the command line does not. An empty variable counts as unset.
    pub(crate) fn with_variables(mut self) -> Outcome<Self> {
        let text = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let path = |name| text(name).map(PathBuf::from);
        self.ngrok_path = self.ngrok_path.or_else(|| path("NGROK_RS_NGROK_PATH"));
        self.config = self.config.or_else(|| path("NGROK_RS_CONFIG"));
        if self.config_version.is_none()
            && let Some(version) = text("NGROK_RS_CONFIG_VERSION")
        {
            let version = version.to_string_lossy();
            let read = Version::from_str(&version, false);
            self.config_version = Some(read.map_err(|_| {
                Failure::Usage(format!(
                    "NGROK_RS_CONFIG_VERSION is `{version}`; it can be 2 or 3"
                ))
            })?);
        }
        if self.region.is_none() {
            self.region = text("NGROK_RS_REGION").map(|it| it.to_string_lossy().into_owned());
        }
        self.json |= variable_is_set("NGROK_RS_JSON");
        // The command line decides between the two where both are set.
        let chosen = self.quiet || self.verbose;
        self.quiet |= !chosen && variable_is_set("NGROK_RS_QUIET");
        self.verbose |= !chosen && !self.quiet && variable_is_set("NGROK_RS_VERBOSE");
        Ok(self)
    }
}

/// Whether a switch is on in the environment: anything but empty, `0`, `false`, `no` and `off`.
pub(crate) fn variable_is_set(name: &str) -> bool {
    std::env::var(name).is_ok_and(|value| {
        !["", "0", "false", "no", "off"]
            .iter()
            .any(|off| value.eq_ignore_ascii_case(off))
    })
}
