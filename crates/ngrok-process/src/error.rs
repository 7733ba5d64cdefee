//! The one error type of the crate.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use ngrok_core::ParseError;

use crate::failure::AgentFailure;
use crate::{ErrorClass, ErrorCode, LogLine};

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an agent could not be started, or a command of it failed.
///
/// [`kind`](Self::kind) tells what to do about it; the accessors hold what the agent said, with every known secret masked.
#[derive(Clone, thiserror::Error)]
#[error(transparent)]
pub struct Error(Arc<Detail>);

/// What went wrong, by what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no file at the path of the binary. Install the agent, or correct the path.
    NotFound,
    /// The binary cannot be run: it is no file, not executable, or not an executable at all.
    NotExecutable,
    /// The binary is there but its loader is not, or it is made for another processor.
    WrongArchitecture,
    /// The binary vanished while it was used, as when antivirus software takes it away.
    BinaryGone,
    /// An agent of the same key runs already: use [`get_process`](crate::get_process) to get it.
    AlreadyRunning,
    /// The operating system refused to start the process, or a file of ours could not be written.
    Io,
    /// The authtoken or API key is missing or refused.
    Auth,
    /// ngrok's service refuses the account as it is.
    Account,
    /// A rule of the account refuses, such as one on the addresses that its agents may connect from.
    Policy,
    /// The plan does not include what was asked for.
    Plan,
    /// A limit of the account is reached, such as that of simultaneous sessions.
    Limit,
    /// The agent is too old: [`update`](crate::update) it.
    Version,
    /// The configuration file or an option is not valid.
    Config,
    /// The name or URL is in use elsewhere.
    Conflict,
    /// The address of the web interface is in use.
    PortInUse,
    /// The deadline passed while the agent was still trying to reach ngrok's service.
    NoSession,
    /// The deadline passed, and the agent said nothing that explains it.
    Timeout,
    /// A signal ended the agent, and it was not ours.
    Killed,
    /// The agent ended by itself before it was ready, or a command of it failed, for a reason that fits no other kind.
    Exited,
    /// The agent was stopped by this program while it started.
    Stopped,
    /// The agent's command succeeded but printed something else than it should.
    UnexpectedOutput,
}

/// A file system or process call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Spawn,
    Watch,
    WriteOverlay,
    OpenLog,
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Spawn => "could not start the ngrok agent",
            Self::Watch => "could not watch the ngrok agent",
            Self::WriteOverlay => "could not write the configuration overlay",
            Self::OpenLog => "could not open the log of a detached ngrok agent",
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Detail {
    #[error("ngrok binary was not found at {}: install it or correct the path", .0.display())]
    NotFound(PathBuf),
    #[error("ngrok binary {} is not a file: give the path of the binary itself", .0.display())]
    NotAFile(PathBuf),
    #[error("ngrok binary {} is no program: it is {}; install the agent again", .0.display(), .1)]
    NotAProgram(PathBuf, &'static str),
    #[error("ngrok binary {} is built for {}, not for this machine: install the agent again", .0.display(), .1)]
    OtherMachine(PathBuf, String),
    #[error("ngrok binary {} is only the beginning of a program, its end is missing: install the agent again", .0.display())]
    CutOff(PathBuf),
    #[error("ngrok binary {} is not executable: set its execute permission", .0.display())]
    NotExecutable(PathBuf, #[source] Option<io::Error>),
    #[error(
        "ngrok binary {} exists but this system cannot load it: install the build for this processor and C library",
        .0.display()
    )]
    WrongArchitecture(PathBuf, #[source] io::Error),
    #[error(
        "ngrok binary {} vanished while it was started: look into the quarantine of your antivirus software",
        .0.display()
    )]
    BinaryGone(PathBuf, #[source] Option<io::Error>),
    #[error("ngrok agent {} is already running with these files and this token: use that one or stop it", .0.display())]
    AlreadyRunning(PathBuf),
    #[error("{}{}", .0.as_ref().map(|place| format!("{place}: ")).unwrap_or_default(), .1)]
    NoAuthtoken(Option<String>, ParseError),
    #[error(
        "{0}: `web_addr: false` turns the agent's local API off, and without it nothing can be opened: remove the key, or give an address such as 127.0.0.1:4040"
    )]
    NoWebService(String),
    #[error("{call} ({})", path.display())]
    Io {
        call: Call,
        path: PathBuf,
        source: io::Error,
    },
    #[error("the wait for the ngrok agent was over after {0:?}")]
    Timeout(Duration),
    #[error("{0}")]
    Agent(AgentFailure),
}

/// An error is equal to its clones alone.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Error {}

impl From<Detail> for Error {
    fn from(detail: Detail) -> Self {
        Self(Arc::new(detail))
    }
}

impl From<AgentFailure> for Error {
    fn from(failure: AgentFailure) -> Self {
        Detail::Agent(failure).into()
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
    pub(crate) fn io(call: Call, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Detail::Io { call, path, source }.into()
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Detail::NotFound(_) => ErrorKind::NotFound,
            Detail::NotAFile(_) | Detail::NotAProgram(..) | Detail::NotExecutable(..) => {
                ErrorKind::NotExecutable
            }
            Detail::OtherMachine(..) | Detail::CutOff(_) | Detail::WrongArchitecture(..) => {
                ErrorKind::WrongArchitecture
            }
            Detail::BinaryGone(..) => ErrorKind::BinaryGone,
            Detail::AlreadyRunning(_) => ErrorKind::AlreadyRunning,
            Detail::Io { .. } => ErrorKind::Io,
            Detail::NoAuthtoken(..) => ErrorKind::Auth,
            Detail::NoWebService(_) => ErrorKind::Config,
            Detail::Timeout(_) => ErrorKind::Timeout,
            Detail::Agent(failure) => failure.kind,
        }
    }

    /// The file that it is about: mostly the binary.
    pub fn path(&self) -> Option<&Path> {
        match &*self.0 {
            Detail::NotFound(path)
            | Detail::NotAFile(path)
            | Detail::NotAProgram(path, _)
            | Detail::OtherMachine(path, _)
            | Detail::CutOff(path)
            | Detail::NotExecutable(path, _)
            | Detail::WrongArchitecture(path, _)
            | Detail::BinaryGone(path, _)
            | Detail::AlreadyRunning(path)
            | Detail::Io { path, .. } => Some(path),
            Detail::NoAuthtoken(..)
            | Detail::NoWebService(_)
            | Detail::Timeout(_)
            | Detail::Agent(_) => None,
        }
    }

    fn agent(&self) -> Option<&AgentFailure> {
        match &*self.0 {
            Detail::Agent(failure) => Some(failure),
            _ => None,
        }
    }

    /// ngrok's error code, if the agent named one.
    ///
    /// What cannot be an authtoken is refused here with the code that ngrok has for it, `ERR_NGROK_105`.
    pub fn error_code(&self) -> Option<ErrorCode> {
        match &*self.0 {
            Detail::NoAuthtoken(..) => Some(ErrorCode::new(105)),
            _ => self.agent()?.code.clone(),
        }
    }

    /// Returns what to do about it, in one clause: the hint of ngrok's code, or else one for what the agent said.
    pub fn hint(&self) -> Option<&str> {
        let failure = self.agent()?;
        let of_code = failure.code.as_ref().and_then(ErrorCode::hint);
        of_code.or(failure.hint)
    }

    /// Returns the reason in the agent's own words, as one sentence: the message of a crash, its last block of `ERROR:`
    /// lines, the `err=` of its first fatal log line or of its last error, or else the last line that it printed.
    pub fn agent_error(&self) -> Option<&str> {
        self.agent()?.agent_error.as_deref()
    }

    /// Returns the error with a note at the end of its text, such as what a check of the configuration file has found. An error
    /// that is not about what an agent said stays as it is.
    #[must_use]
    pub fn with_note(self, note: impl Into<String>) -> Self {
        match &*self.0 {
            Detail::Agent(failure) if failure.note.is_none() => AgentFailure {
                note: Some(note.into()),
                ..failure.clone()
            }
            .into(),
            _ => self,
        }
    }

    /// How the process ended, if it did so by itself.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        self.agent()?.status
    }

    /// The agent's last log lines, oldest first; at most as many as `max_logs`.
    pub fn logs(&self) -> &[LogLine] {
        self.agent().map_or(&[], |failure| &failure.logs)
    }

    /// Returns what the agent printed on either stream besides log lines, the newest 64 KB or more of it.
    pub fn output(&self) -> &str {
        self.agent().map_or("", |failure| &failure.output)
    }

    /// A deadline passed. The same call with more time may succeed.
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind(), ErrorKind::Timeout | ErrorKind::NoSession)
    }

    /// The same call later, with nothing changed, may succeed: wait, then try again.
    pub fn is_retryable(&self) -> bool {
        match self.error_code() {
            // A code that is not known gives no reason to hope.
            Some(code) => code.is_retryable(),
            None => self.kind_is_retryable(),
        }
    }

    /// No later call will succeed until somebody changes the token, the plan, the agent, its file or its place.
    pub fn is_final(&self) -> bool {
        match self.error_code() {
            Some(code) if code.class() != ErrorClass::Unknown => code.is_final(),
            // ngrok refused, and not for a reason that is known to pass.
            Some(_) => !self.kind_is_retryable(),
            None => matches!(
                self.kind(),
                ErrorKind::Auth
                    | ErrorKind::Account
                    | ErrorKind::Policy
                    | ErrorKind::Plan
                    | ErrorKind::Version
                    | ErrorKind::Config
                    | ErrorKind::NotFound
                    | ErrorKind::NotExecutable
                    | ErrorKind::WrongArchitecture
                    | ErrorKind::BinaryGone
            ),
        }
    }

    fn kind_is_retryable(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::NoSession | ErrorKind::Timeout | ErrorKind::Killed | ErrorKind::PortInUse
        )
    }
}
