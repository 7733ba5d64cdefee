//! What happens to an agent, as its owner sees it.

use std::process::ExitStatus;

use ngrok_core::mask::Redactor;

use crate::{Error, LogLine};

/// One step in the life of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgentEvent {
    /// The process runs.
    Starting {
        /// Its process id.
        pid: u32,
    },
    /// The agent's web interface and local API listen on this address, such as `127.0.0.1:4040`.
    WebService {
        /// Host and port as the agent logged them.
        addr: String,
    },
    /// The agent has a session with ngrok's service, for the first time or again.
    SessionUp,
    /// The session broke. The agent reconnects by itself, so nothing needs to be done.
    SessionLost {
        /// Why, if the agent said so.
        error: Option<String>,
    },
    /// A tunnel or endpoint is online.
    TunnelStarted {
        /// Its name.
        name: String,
        /// Its public URL. Agents that log none leave it empty.
        url: String,
    },
    /// The agent logged a warning or an error that is none of the other events.
    Warning(LogLine),
    /// The process has ended and is reaped. No event follows.
    Exited {
        /// How it ended.
        status: ExitStatus,
        /// Why, with code, hint and the agent's own words; `None` if this program ended it.
        error: Option<Error>,
    },
}

impl AgentEvent {
    /// The event without the secrets in it; `line` is the masked line that it was made of.
    pub(crate) fn masked(self, line: &LogLine, redactor: &Redactor) -> Self {
        match self {
            Self::Warning(_) => Self::Warning(line.clone()),
            Self::SessionLost { error } => Self::SessionLost {
                error: error.map(|error| redactor.redact(error)),
            },
            Self::TunnelStarted { name, url } => Self::TunnelStarted {
                name: redactor.redact(name),
                url: redactor.redact(url),
            },
            other => other,
        }
    }
}
