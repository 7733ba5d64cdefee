//! Why an agent that printed this and ended so is not ready: a pure function from what is known to an error.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

use ngrok_localapi::ErrorClass;

use crate::startup::StartupState;
use crate::{ErrorCode, ErrorKind, LogLine};

/// The start of an agent, or a command of it, that failed.
#[derive(Debug)]
pub(crate) struct AgentFailure {
    pub(crate) kind: ErrorKind,
    /// What failed, in one clause.
    pub(crate) what: String,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) agent_error: Option<String>,
    pub(crate) status: Option<ExitStatus>,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) output: String,
}

impl fmt::Display for AgentFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let said = self.agent_error.as_deref().unwrap_or(&self.output);
        if let Some(line) = first_line(said) {
            write!(f, ": {line}")?;
        }
        let Some(code) = &self.code else {
            return Ok(());
        };
        match code.hint() {
            Some(hint) => write!(f, " ({code}: {hint})"),
            None => write!(f, " ({code}, see {})", code.docs_url()),
        }
    }
}

/// The first line that says something, without the `ERROR:` that agents put before each. A line that announces the next
/// is shown with it. Control characters, which a terminal would obey, are left out, and the end of an endless line.
fn first_line(text: &str) -> Option<String> {
    let mut lines = text
        .lines()
        .map(|line| line.trim_start_matches("ERROR:").trim())
        .filter(|line| !line.is_empty());
    let first = lines.next()?;
    let next = lines.next().filter(|_| first.ends_with(':'));
    let line = next.map_or(first.to_owned(), |next| format!("{first} {next}"));
    let shown = line.chars().filter(|c| !c.is_control());
    Some(shown.take(300).collect())
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
    /// The failure of an agent in this state.
    pub(crate) fn of_start(state: &StartupState, end: End, logs: Vec<LogLine>) -> Self {
        let (kind, what) = match end {
            End::Exited(status) => exited(state, status),
            End::Deadline(timeout) => deadline(state, timeout),
            End::Stopped => (ErrorKind::Stopped, "ngrok agent was stopped while it started".to_owned()),
            End::UnknownPort => (
                ErrorKind::Config,
                "ngrok agent does not tell the port of its web service: set web_addr to a fixed port".to_owned(),
            ),
        };
        Self {
            kind,
            what,
            code: state.code(),
            agent_error: match end {
                End::Exited(_) => state.end_error().map(str::to_owned),
                End::Deadline(_) => state.retry_error().map(str::to_owned),
                End::Stopped | End::UnknownPort => None,
            },
            status: match end {
                End::Exited(status) => Some(status),
                _ => None,
            },
            logs,
            output: state.output().to_owned(),
        }
    }

    /// Neither the agent nor a signal says why.
    pub(crate) fn is_unexplained(&self) -> bool {
        matches!(self.kind, ErrorKind::Exited | ErrorKind::Killed) && self.agent_error.is_none()
    }

    /// The failure of a one-shot command that printed this.
    pub(crate) fn of_command(what: &str, status: ExitStatus, output: String) -> Self {
        let code = ErrorCode::find(&output);
        let kind = code
            .as_ref()
            .and_then(kind_of_code)
            .or_else(|| kind_of_text(&output))
            .or_else(|| killed(status).then_some(ErrorKind::Killed))
            .unwrap_or(ErrorKind::Exited);
        Self {
            kind,
            what: format!("{what} failed ({status})"),
            code,
            agent_error: None,
            status: Some(status),
            logs: Vec::new(),
            output,
        }
    }
}

fn exited(state: &StartupState, status: ExitStatus) -> (ErrorKind, String) {
    let said = state.end_error().unwrap_or_default();
    let by_text = || kind_of_text(said).or_else(|| kind_of_text(state.output()));
    let refused = || state.was_refused().then_some(ErrorKind::Auth);
    // What an agent complains about before it has even opened its web service is what it was told.
    let by_time = || {
        (state.web_addr().is_none() && state.output().contains("ERROR:"))
            .then_some(ErrorKind::Config)
    };
    let kind = state
        .code()
        .as_ref()
        .and_then(kind_of_code)
        .or_else(by_text)
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
        ErrorKind::Killed => format!(
            "ngrok agent was killed ({status}){when}; antivirus software does that, and lack of memory"
        ),
        _ => format!("ngrok agent ended ({status}){when}"),
    };
    (kind, what)
}

fn deadline(state: &StartupState, timeout: Duration) -> (ErrorKind, String) {
    let what = if state.retry_error().is_some() && !state.session_is_up() {
        // An agent may go on trying with a token that will never do.
        let kind = state.code().as_ref().and_then(kind_of_code);
        return (
            kind.unwrap_or(ErrorKind::NoSession),
            format!("ngrok agent has no session yet after {timeout:?}"),
        );
    } else if !state.has_printed() {
        "it has printed nothing"
    } else if state.web_addr().is_none() {
        "its web service has not started; is web_addr false?"
    } else if state.session_is_up() {
        "its local API does not answer"
    } else {
        "its session has not started"
    };
    (
        ErrorKind::Timeout,
        format!("ngrok agent was not ready after {timeout:?}: {what}"),
    )
}

fn kind_of_code(code: &ErrorCode) -> Option<ErrorKind> {
    Some(match code.class() {
        ErrorClass::Auth => ErrorKind::Auth,
        ErrorClass::Account => ErrorKind::Account,
        ErrorClass::Policy => ErrorKind::Policy,
        ErrorClass::Plan => ErrorKind::Plan,
        ErrorClass::Limit => ErrorKind::Limit,
        ErrorClass::Version => ErrorKind::Version,
        ErrorClass::Config => ErrorKind::Config,
        ErrorClass::Conflict => ErrorKind::Conflict,
        _ => return None,
    })
}

/// Failures that have no code, by words that agents of all versions use.
fn kind_of_text(text: &str) -> Option<ErrorKind> {
    const WORDS: [(&str, ErrorKind); 16] = [
        ("address already in use", ErrorKind::PortInUse),
        (
            "Only one usage of each socket address",
            ErrorKind::PortInUse,
        ),
        ("Error reading configuration file", ErrorKind::Config),
        ("Invalid configuration property", ErrorKind::Config),
        ("configuration error", ErrorKind::Config),
        ("Failed to configure", ErrorKind::Config),
        ("Invalid tunnel configuration", ErrorKind::Config),
        ("You may not specify both", ErrorKind::Config),
        ("Invalid log ", ErrorKind::Config),
        ("unknown flag", ErrorKind::Config),
        ("unknown command", ErrorKind::Config),
        ("flag provided but not defined", ErrorKind::Config),
        ("Too many sessions", ErrorKind::Limit),
        ("limited to", ErrorKind::Limit),
        ("authentication failed", ErrorKind::Auth),
        ("YAML parsing error", ErrorKind::Config),
    ];
    WORDS
        .iter()
        .find(|(words, _)| text.contains(words))
        .map(|(_, kind)| *kind)
}

/// Ended by a signal.
fn killed(status: ExitStatus) -> bool {
    // A process that a signal ended has no code; on Windows every process has one.
    status.code().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes that people meet, and what they mean for who starts an agent.
    const CODES: [(u32, ErrorKind); 30] = [
        (102, ErrorKind::Account),
        (103, ErrorKind::Account),
        (105, ErrorKind::Auth),
        (107, ErrorKind::Auth),
        (108, ErrorKind::Limit),
        (116, ErrorKind::Policy),
        (120, ErrorKind::Version),
        (121, ErrorKind::Version),
        (202, ErrorKind::Auth),
        (206, ErrorKind::Auth),
        (226, ErrorKind::Limit),
        (302, ErrorKind::Account),
        (313, ErrorKind::Plan),
        (314, ErrorKind::Plan),
        (319, ErrorKind::Config),
        (324, ErrorKind::Limit),
        (334, ErrorKind::Conflict),
        (337, ErrorKind::Account),
        (446, ErrorKind::Conflict),
        (702, ErrorKind::Limit),
        (725, ErrorKind::Limit),
        (4018, ErrorKind::Auth),
        (8013, ErrorKind::Account),
        (9009, ErrorKind::Plan),
        (9026, ErrorKind::Policy),
        (15013, ErrorKind::Account),
        (18016, ErrorKind::Conflict),
        // Nothing that the start depends on: the agent ended for another reason.
        (802, ErrorKind::Exited),
        (3004, ErrorKind::Exited),
        (99999, ErrorKind::Exited),
    ];

    #[test]
    fn a_code_means_the_same_in_a_log_line_and_in_text_of_either_stream() {
        for (number, kind) in CODES {
            for line in [
                format!(
                    "lvl=crit msg=\"command failed\" err=\"No.\\r\\n\\r\\nERR_NGROK_{number}\\r\\n\""
                ),
                format!("{{\"lvl\":\"eror\",\"msg\":\"x\",\"err\":\"No.\\nERR_NGROK_{number}\"}}"),
                format!("see https://ngrok.com/docs/errors/err_ngrok_{number}"),
                format!("No. ERR_NGROK_{number}"),
            ] {
                let mut state = StartupState::default();
                state.feed(&LogLine::parse(line.as_str()));
                let end = End::Exited(ExitStatus::default());
                let failure = AgentFailure::of_start(&state, end, Vec::new());
                assert_eq!(failure.kind, kind, "{line}: {failure}");
                assert_eq!(failure.code, Some(ErrorCode::new(number)));
                let shown = failure.to_string();
                assert!(shown.contains(&format!("ERR_NGROK_{number}")), "{shown}");
            }
        }
    }

    #[test]
    fn what_a_session_has_outlived_does_not_explain_the_end() {
        let up =
            "lvl=info msg=\"tunnel session started\"\nlvl=info msg=\"client session established\"";
        let lost = "lvl=eror msg=\"session closed, starting reconnect loop\" err=EOF";
        let refused = "lvl=eror msg=\"failed to auth\" err=\"no\\n\\nERR_NGROK_107\"";
        let tunnel = "lvl=eror msg=\"internal error\" err=\"limited to 3\\n\\nERR_NGROK_324\"";
        let fatal = "lvl=crit msg=\"command failed\" err=\"no\\n\\nERR_NGROK_108\"";
        for (lines, kind) in [
            ([up, lost, refused, up], ErrorKind::Exited),
            ([up, tunnel, tunnel, tunnel], ErrorKind::Exited),
            ([up, lost, refused, refused], ErrorKind::Auth),
            ([up, tunnel, lost, lost], ErrorKind::Exited),
            ([up, tunnel, tunnel, fatal], ErrorKind::Limit),
        ] {
            let mut state = StartupState::default();
            for line in lines.join("\n").lines() {
                state.feed(&LogLine::parse(line));
            }
            let end = End::Exited(ExitStatus::default());
            let failure = AgentFailure::of_start(&state, end, Vec::new());
            assert_eq!(failure.kind, kind, "{lines:?}: {failure}");
        }
    }

    #[test]
    fn an_agent_that_retries_with_a_refused_token_is_refused_not_offline() {
        let mut state = StartupState::default();
        state.feed(&LogLine::parse(
            "lvl=eror msg=\"failed to reconnect session\" err=\"no\\n\\nERR_NGROK_107\"",
        ));
        let end = End::Deadline(Duration::from_secs(1));
        assert_eq!(
            AgentFailure::of_start(&state, end, Vec::new()).kind,
            ErrorKind::Auth
        );
    }
}
