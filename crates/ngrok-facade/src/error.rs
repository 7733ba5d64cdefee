//! What can go wrong: the errors of the crates below, and the few that belong to this one.

use std::fmt;
use std::path::PathBuf;

use ngrok_localapi::ErrorCode;

use crate::ConfigVersion;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of one of the crates below, or of this one.
///
/// [`kind`](Self::kind) tells them apart coarsely, [`error_code`](Self::error_code) is ngrok's own code if there is one,
/// and the variants hold the errors of the crates below with all that these tell.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The agent could not be installed, or its config file could not be read or edited.
    #[error(transparent)]
    Install(#[from] ngrok_installer::Error),
    /// The agent could not be started or run.
    #[error(transparent)]
    Agent(#[from] ngrok_process::Error),
    /// The agent's local API refused, or did not answer.
    #[error(transparent)]
    Api(#[from] ngrok_localapi::Error),
    /// ngrok's cloud API refused, or did not answer.
    #[cfg(feature = "cloud")]
    #[error(transparent)]
    Cloud(#[from] ngrok_cloudapi::Error),
    /// An address or a protocol that cannot be read, or that contradicts another one.
    #[error(transparent)]
    Address(#[from] ngrok_core::ParseError),
    /// An option whose value cannot be used.
    #[error("option `{option}` cannot be used: {reason}")]
    #[non_exhaustive]
    Option {
        /// The option.
        option: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// The file of a traffic policy cannot be read.
    #[error("cannot read the traffic policy {}", .path.display())]
    #[non_exhaustive]
    PolicyFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A traffic policy whose structure is wrong.
    #[error(transparent)]
    Policy(#[from] ngrok_core::PolicyError),
    /// An option of tunnels in endpoint mode, or the other way round.
    #[error("option `{option}` does not go with config version {version}: {}", way_out(*.version, .instead.as_deref()))]
    #[non_exhaustive]
    WrongConfigVersion {
        /// The option.
        option: String,
        /// What to do instead.
        instead: Option<String>,
        /// The config version in force.
        version: ConfigVersion,
    },
    /// An option that guards a tunnel, which an endpoint would silently ignore.
    #[error(
        "option `{option}` would not guard an endpoint: {instead}; or set `config_version` to 2"
    )]
    #[non_exhaustive]
    GuardDropped {
        /// The option.
        option: String,
        /// What to do instead: mostly a traffic-policy action.
        instead: String,
    },
    /// An option that guards a tunnel, which an agent before version 3 would silently ignore.
    #[error("option `{option}` would be ignored by this agent, which is older than version 3: {}", update_or(*.instead))]
    #[non_exhaustive]
    GuardIgnored {
        /// The option.
        option: String,
        /// The option that this agent has in its place.
        instead: Option<&'static str>,
    },
    /// Another option that an agent before version 3 would silently ignore.
    #[error("option `{option}` would be ignored by this agent, which is older than version 3: {}", update_or(*.instead))]
    #[non_exhaustive]
    OptionIgnored {
        /// The option.
        option: String,
        /// The option that this agent has in its place.
        instead: Option<&'static str>,
    },
    /// An agent on another machine, which has to be allowed.
    #[error(
        "the agent at {api_url} is not on this machine, and its API asks no one for a password: \
         allow it with `--allow-remote`, NGROK_RS_ALLOW_REMOTE=1 or `allow_remote` of the config"
    )]
    #[non_exhaustive]
    RemoteAgent {
        /// The address of its local API.
        api_url: String,
        /// Why the client refused it.
        source: ngrok_localapi::Error,
    },
    /// A traffic policy that is neither YAML nor JSON.
    #[error("the traffic policy is neither YAML nor JSON: correct it")]
    #[non_exhaustive]
    PolicySyntax {
        /// Where it is wrong.
        source: ngrok_installer::Error,
    },
    /// A major version of the agent that is not supported.
    #[error("agent version `{version}` is not supported: 3 is the only one")]
    #[non_exhaustive]
    NgrokVersion {
        /// The version asked for.
        version: String,
    },
    /// The agent is older than 3.30, which brought endpoints.
    #[error(
        "the agent has no /api/endpoints: update it to 3.30 or later (`update()`), or set `config_version` to 2"
    )]
    #[non_exhaustive]
    EndpointsMissing {
        /// What the agent answered.
        source: ngrok_localapi::Error,
    },
    /// The cloud API needs a key, and there is none.
    #[cfg(feature = "cloud")]
    #[error("no API key is set: set NGROK_API_KEY, or save one with `ngrok-rs config set-api-key`")]
    NoApiKey,
    /// Somebody else started the agent, so there is no process to work with.
    #[error("the agent at {api_url} was not started by this handle")]
    #[non_exhaustive]
    NotOurs {
        /// The address of its local API.
        api_url: String,
    },
    /// The agent's answer holds no public URL.
    #[error("the agent reports no public URL for `{name}`")]
    #[non_exhaustive]
    NoPublicUrl {
        /// The tunnel's name.
        name: String,
    },
    /// The agent's answer holds no metrics.
    #[error("the agent reports no metrics for `{name}`")]
    #[non_exhaustive]
    NoMetrics {
        /// The tunnel's name.
        name: String,
    },
    /// Only endpoints can be changed while they are open.
    #[error(
        "tunnel `{name}` cannot be changed while it is open: set `config_version` to 3 to open endpoints, which can"
    )]
    #[non_exhaustive]
    NotAnEndpoint {
        /// The tunnel's name.
        name: String,
    },
}

/// The sort of an [`Error`]; more may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An address, an option or a version that cannot work. Nothing was done.
    Usage,
    /// The installer's or the config file's.
    Install,
    /// The agent's process.
    Agent,
    /// The agent's local API.
    Api,
    /// The cloud API.
    Cloud,
    /// The agent is too old for what was asked.
    AgentTooOld,
    /// The agent answered, but not what was expected.
    Answer,
}

impl ErrorKind {
    /// The kind as text, such as `install`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Install => "install",
            Self::Agent => "agent",
            Self::Api => "api",
            Self::Cloud => "cloud",
            Self::AgentTooOld => "agent-too-old",
            Self::Answer => "answer",
        }
    }
}

/// As `Display`, with the causes one a line, so that a program which returns the error from `main` prints what a person can
/// read; `{:#?}` shows the parts.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ngrok_core::write_debug(self, &self.kind(), f)
    }
}

impl Error {
    pub(crate) fn option(option: &str, reason: impl Into<String>) -> Self {
        Self::Option {
            option: option.to_owned(),
            reason: reason.into(),
        }
    }

    /// Which sort it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            // What is refused before it is sent.
            Self::Api(error)
                if error.kind() == ngrok_localapi::ErrorKind::BadConfig
                    && error.status().is_none() =>
            {
                ErrorKind::Usage
            }
            Self::Api(error) if error.kind() == ngrok_localapi::ErrorKind::Security => {
                ErrorKind::Usage
            }
            Self::Install(error) if error.kind() == ngrok_installer::ErrorKind::InvalidOption => {
                ErrorKind::Usage
            }
            Self::Install(_) => ErrorKind::Install,
            Self::Agent(_) => ErrorKind::Agent,
            Self::Api(_) => ErrorKind::Api,
            #[cfg(feature = "cloud")]
            Self::Cloud(error) if error.kind() == ngrok_cloudapi::ErrorKind::InvalidInput => {
                ErrorKind::Usage
            }
            #[cfg(feature = "cloud")]
            Self::Cloud(_) | Self::NoApiKey => ErrorKind::Cloud,
            Self::EndpointsMissing { .. }
            | Self::GuardIgnored { .. }
            | Self::OptionIgnored { .. } => ErrorKind::AgentTooOld,
            Self::NoPublicUrl { .. } | Self::NoMetrics { .. } => ErrorKind::Answer,
            Self::Address(_)
            | Self::Policy(_)
            | Self::Option { .. }
            | Self::PolicyFile { .. }
            | Self::RemoteAgent { .. }
            | Self::WrongConfigVersion { .. }
            | Self::GuardDropped { .. }
            | Self::PolicySyntax { .. }
            | Self::NgrokVersion { .. }
            | Self::NotOurs { .. }
            | Self::NotAnEndpoint { .. } => ErrorKind::Usage,
        }
    }

    /// ngrok's own code (`ERR_NGROK_nnn`), if ngrok refused; it has a hint and a page of documentation.
    pub fn error_code(&self) -> Option<ErrorCode> {
        match self {
            Self::Agent(error) => error.error_code(),
            Self::Api(error) | Self::EndpointsMissing { source: error } => error.error_code(),
            #[cfg(feature = "cloud")]
            Self::Cloud(error) => error.code(),
            _ => None,
        }
    }

    /// What was asked for cannot work, and nothing was done: correct the call.
    pub fn is_wrong_use(&self) -> bool {
        self.kind() == ErrorKind::Usage
    }

    /// A deadline passed; what was asked for may have been done all the same.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Install(error) => error.is_timeout(),
            Self::Agent(error) => error.is_timeout(),
            Self::Api(error) => error.is_timeout(),
            #[cfg(feature = "cloud")]
            Self::Cloud(error) => error.is_timeout(),
            _ => false,
        }
    }

    /// What was asked for is not there: a tunnel, a request, the binary.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Install(error) => error.is_not_found(),
            Self::Api(error) => error.is_not_found(),
            #[cfg(feature = "cloud")]
            Self::Cloud(error) => error.is_not_found(),
            _ => false,
        }
    }

    /// The same call may succeed later with nothing changed.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Install(error) => error.is_retryable(),
            Self::Agent(error) => error.is_retryable(),
            Self::Api(error) => error.is_retryable(),
            #[cfg(feature = "cloud")]
            Self::Cloud(error) => error.is_retryable(),
            _ => false,
        }
    }
}

fn way_out(version: ConfigVersion, instead: Option<&str>) -> String {
    let other = if version == ConfigVersion::V3 {
        "2"
    } else {
        "3"
    };
    match instead {
        Some(instead) => format!("{instead}; or set `config_version` to {other}"),
        None => format!("set `config_version` to {other}"),
    }
}

fn update_or(instead: Option<&str>) -> String {
    let update = "update the agent (`ngrok-rs update`, `update()`)";
    match instead {
        Some(instead) => format!("{update}, or use `{instead}`, which this one knows"),
        None => update.to_owned(),
    }
}
