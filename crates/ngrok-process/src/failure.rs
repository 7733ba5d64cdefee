//! Why an agent that printed this and ended so is not ready: a pure function from what is known to an error.

mod codes;
pub(crate) mod offline;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

use ngrok_core::mask::Redactor;

use crate::reason::{self, Reason};
use crate::startup::StartupState;
use crate::{ErrorCode, ErrorKind, LogLine};

/// The start of an agent, or a command of it, that failed.
#[derive(Clone, Debug)]
pub(crate) struct AgentFailure {
    pub(crate) kind: ErrorKind,
    /// What failed, in one clause.
    pub(crate) what: String,
    pub(crate) code: Option<ErrorCode>,
    /// What to do about it, where no code says so.
    pub(crate) hint: Option<&'static str>,
    /// What someone else has found out about it.
    pub(crate) note: Option<String>,
    /// The reason in the agent's own words.
    pub(crate) agent_error: Option<String>,
    /// The agent gave the reason on purpose: it is not just the last thing that it printed.
    pub(crate) is_reported: bool,
    pub(crate) status: Option<ExitStatus>,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) output: String,
}

impl fmt::Display for AgentFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let code_hint = self.code.as_ref().and_then(ErrorCode::hint);
        if let Some(said) = &self.agent_error {
            // ngrok's messages go on with advice; ours follows in its place.
            let said = match code_hint {
                Some(_) => reason::first_part(said),
                None => said,
            };
            write!(f, ": {}", reason::shorten(said))?;
        }
        match (&self.code, code_hint, self.hint) {
            (Some(code), Some(hint), _) => write!(f, " ({code}: {hint})"),
            (Some(code), None, _) => write!(f, " ({code}, see {})", code.docs_url()),
            (None, _, Some(hint)) => write!(f, " ({hint})"),
            (None, _, None) => Ok(()),
        }?;
        match &self.note {
            Some(note) => write!(f, "; {note}"),
            None => Ok(()),
        }
    }
}

/// How the start came to nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// The agent ended by itself.
    Exited(ExitStatus),
    /// It still ran at the deadline.
    Deadline(Duration),
    /// This program stopped it.
    Stopped,
    /// It listens on a port that it does not tell.
    UnknownPort,
}

impl AgentFailure {
    /// The failure of an agent in this state, whose secrets are masked only now.
    pub(crate) fn of_start(
        state: &StartupState,
        end: End,
        logs: Vec<LogLine>,
        redactor: &Redactor,
    ) -> Self {
        let mut failure = match end {
            End::Exited(status) => exited(state, status),
            End::Deadline(timeout) => deadline(state, timeout),
            End::Stopped => Self::new(
                ErrorKind::Stopped,
                "ngrok agent was stopped while it started",
            ),
            End::UnknownPort => Self::new(
                ErrorKind::Config,
                "ngrok agent does not tell the port of its web service: set web_addr to a fixed port",
            ),
        };
        failure.code = state.code();
        failure.logs = logs;
        failure.output = redactor.redact(state.output().to_owned());
        failure.agent_error = failure.agent_error.map(|error| redactor.redact(error));
        failure
    }

    /// The failure of a one-shot command that printed this.
    pub(crate) fn of_command(
        what: &str,
        status: ExitStatus,
        output: String,
        redactor: &Redactor,
    ) -> Self {
        let reason = Reason::of(&output);
        let reported = reason.reported();
        let is_reported = reported.is_some();
        let said = reported.or_else(|| reason.last_words());
        let code = ErrorCode::find(&output);
        let meaning = said.as_deref().and_then(words::meaning);
        let kind = code
            .as_ref()
            .and_then(codes::kind)
            .or(meaning.map(|it| it.kind))
            .or_else(|| killed(status).then_some(ErrorKind::Killed))
            .unwrap_or(ErrorKind::Exited);
        Self {
            code,
            hint: meaning.and_then(|it| it.hint),
            agent_error: said.map(|said| redactor.redact(said)),
            is_reported,
            status: Some(status),
            output: redactor.redact(output),
            ..Self::new(kind, format!("{what} failed ({status})"))
        }
    }

    fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            code: None,
            hint: None,
            note: None,
            agent_error: None,
            is_reported: false,
            status: None,
            logs: Vec::new(),
            output: String::new(),
        }
    }

    /// Neither the agent nor a signal says why.
    pub(crate) fn is_unexplained(&self) -> bool {
        matches!(self.kind, ErrorKind::Exited | ErrorKind::Killed) && !self.is_reported
    }
}

fn exited(state: &StartupState, status: ExitStatus) -> AgentFailure {
    let reason = state.reason();
    let logged = || {
        state
            .end_error()
            .and_then(|error| reason::sentence(error.lines()))
    };
    let reported = reason.reported().or_else(logged);
    let is_reported = reported.is_some();
    let said = reported.or_else(|| reason.last_words());
    let meaning = said.as_deref().and_then(words::meaning);
    let crashed = || reason.is_crash().then_some(ErrorKind::Exited);
    let refused = || state.was_refused().then_some(ErrorKind::Auth);
    // What an agent complains about before it has even opened its web service is what it was told.
    let by_time = || {
        let is_error = reason.reported().is_some() && !reason.is_crash();
        (state.web_addr().is_none() && is_error).then_some(ErrorKind::Config)
    };
    let kind = crashed()
        .or_else(|| state.code().as_ref().and_then(codes::kind))
        .or(meaning.map(|it| it.kind))
        .or_else(refused)
        .or_else(by_time)
        .or_else(|| killed(status).then_some(ErrorKind::Killed))
        .unwrap_or(ErrorKind::Exited);
    let when = if state.was_up() {
        ""
    } else {
        " before it was ready"
    };
    let what = match kind {
        ErrorKind::Auth
        | ErrorKind::Limit
        | ErrorKind::Plan
        | ErrorKind::Account
        | ErrorKind::Policy => "ngrok's service refused the agent".to_owned(),
        ErrorKind::Killed if is_sigkill(status) => format!(
            "ngrok agent was killed ({status}){when}; antivirus software does that, and lack of memory"
        ),
        ErrorKind::Killed => format!("ngrok agent was ended by a signal ({status}){when}"),
        ErrorKind::Exited if state.was_stopped_remotely() => {
            "ngrok agent was stopped from the dashboard or by the cloud API".to_owned()
        }
        _ if reason.is_crash() => format!("ngrok agent crashed ({status}){when}"),
        _ => format!("ngrok agent ended ({status}){when}"),
    };
    let crash_hint = "update the agent or install it again; report it to ngrok if it lasts";
    AgentFailure {
        hint: match reason.is_crash() {
            true => Some(crash_hint),
            false => meaning.and_then(|it| it.hint),
        },
        agent_error: said,
        is_reported,
        status: Some(status),
        ..AgentFailure::new(kind, what)
    }
}

fn deadline(state: &StartupState, timeout: Duration) -> AgentFailure {
    let what = if let Some(error) = state.retry_error().filter(|_| !state.session_is_up()) {
        // An agent may go on trying with a token that will never do.
        let kind = state.code().as_ref().and_then(codes::kind);
        let kind = kind.unwrap_or(ErrorKind::NoSession);
        return AgentFailure {
            agent_error: reason::sentence(error.lines()),
            is_reported: true,
            hint: Some(offline::hint(error)).filter(|_| kind == ErrorKind::NoSession),
            ..AgentFailure::new(
                kind,
                format!("ngrok agent has no session yet after {timeout:?}"),
            )
        };
    } else if !state.has_printed() {
        "it has printed nothing"
    } else if state.web_addr().is_none() {
        "its web service has not started; is web_addr false?"
    } else if state.session_is_up() {
        "its local API does not answer"
    } else {
        "its session has not started"
    };
    AgentFailure {
        agent_error: state.reason().reported(),
        ..AgentFailure::new(
            ErrorKind::Timeout,
            format!("ngrok agent was not ready after {timeout:?}: {what}"),
        )
    }
}

/// Ended by a signal.
fn killed(status: ExitStatus) -> bool {
    // A process that a signal ended has no code; on Windows every process has one.
    status.code().is_none()
}

/// Only what the system or another program does without warning ends a process in this way.
fn is_sigkill(status: ExitStatus) -> bool {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None::<i32>.filter(|_| killed(status));
    signal == Some(9)
}
