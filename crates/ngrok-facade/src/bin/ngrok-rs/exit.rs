//! How a command ends: its exit status, and the error that it prints.
//!
//! | status | meaning |
//! |---|---|
//! | 0 | done; also when the reader of the output stopped reading |
//! | 1 | failed; stderr says why |
//! | 2 | wrong use: an option, address or value that cannot work, and nothing was done |
//! | any | `agent` and `run` pass on that of the program; 128 + N if signal N ended it |
//! | 130 | a signal ended `connect` before anything was open, or a second one its cleaning up |

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use ngrok_facade::Error;
use serde_json::{Value, json};

use crate::kinds;
use crate::output::{with, write_line, write_object};

/// The result of a command.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a command did not do what it should.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error of the library.
    Library(Box<Error>),
    /// Wrong use that clap cannot see.
    Usage(String),
    /// Something outside failed; what it is, and the cause.
    Io(String, io::Error),
    /// Stdout cannot be written to.
    Stdout(io::Error),
    /// The config file has problems, which are told.
    BadConfig(PathBuf),
    /// A signal came before anything was open.
    Interrupted,
    /// The agent ended by itself, and how.
    AgentEnded(String),
    /// The doctor found so many things in the way.
    Found(usize),
    /// Something failed that has no further cause.
    Failed(String),
    /// A program that was run ended with this status, and has said why itself.
    Status(u8),
    /// A process of ours failed with this status and error object.
    Relayed { status: u8, object: Value },
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Library(Box::new(error.into()))
    }
}

impl Failure {
    /// Prints the error, as one JSON object if asked to, and returns the exit status.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        match self {
            Self::Stdout(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            Self::Status(status) => return ExitCode::from(*status),
            _ => {}
        }
        let status = self.status();
        let _ = if json {
            write_object(io::stderr().lock(), &self.object(status))
        } else {
            write_line(io::stderr().lock(), &self.text())
        };
        ExitCode::from(status)
    }

    /// What a program that was run ended with: its status, or 128 + N if signal N ended it.
    pub(crate) fn ended(status: ExitStatus) -> Self {
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        #[cfg(unix)]
        let code = code.or_else(|| {
            let signal = std::os::unix::process::ExitStatusExt::signal(&status)?;
            u8::try_from(signal).ok()?.checked_add(128)
        });
        Self::Status(code.unwrap_or(1))
    }

    /// A status of 0 is no failure.
    pub(crate) fn or_success(self) -> Outcome {
        match self {
            Self::Status(0) => Ok(()),
            failure => Err(failure),
        }
    }

    fn status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Library(error) if error.is_wrong_use() => 2,
            Self::Interrupted => 130,
            Self::Status(status) | Self::Relayed { status, .. } => *status,
            _ => 1,
        }
    }

    fn text(&self) -> String {
        let mut text = format!("ngrok-rs: {}", self.chain().join(": "));
        if let Self::Library(error) = self
            && let Some(code) = error.error_code()
        {
            if !text.contains(&code.to_string()) {
                text.push_str(&format!(" ({code})"));
            }
            if let Some(hint) = code.hint().filter(|hint| !text.contains(hint)) {
                text.push_str(&format!("\n  {hint}"));
            }
            text.push_str(&format!("\n  {}", code.docs_url()));
        } else if let Self::Library(error) = self
            && let Error::Cloud(error) = error.as_ref()
            && let Some(hint) = error.hint()
        {
            text.push_str(&format!("\n  {hint}"));
        }
        text
    }

    fn object(&self, status: u8) -> Value {
        if let Self::Relayed { object, .. } = self {
            return object.clone();
        }
        let object = json!({
            "error": self.chain().join(": "),
            "kind": self.kind(),
            "exit_status": status,
        });
        let Self::Library(error) = self else {
            return object;
        };
        let object = match error.error_code() {
            Some(code) => with(
                object,
                json!({"error_code": code.to_string(), "hint": code.hint(), "docs_url": code.docs_url()}),
            ),
            None => object,
        };
        match error.as_ref() {
            Error::Agent(error) => with(
                object,
                json!({
                    "hint": error.hint(),
                    "agent_error": error.agent_error(),
                    "agent_exit_status": error.exit_status().map(|status| status.to_string()),
                }),
            ),
            Error::Cloud(error) => with(
                object,
                json!({
                    "status": error.status(),
                    "error_code": error.code().map(|code| code.to_string()),
                    "message": error.message(),
                    "hint": error.hint(),
                    "details": error.details(),
                    "operation_id": error.operation_id(),
                }),
            ),
            _ => object,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Library(error) if error.is_wrong_use() => "usage",
            Self::Library(error) => kinds::of(error),
            Self::BadConfig(_) => "config",
            Self::Found(_) => "doctor",
            Self::Interrupted => "interrupted",
            Self::AgentEnded(_) => "agent",
            _ => "io",
        }
    }

    /// The error and its causes, each once.
    fn chain(&self) -> Vec<String> {
        let mut chain = Vec::new();
        let mut cause: Option<&dyn StdError> = match self {
            Self::Library(error) => Some(error.as_ref()),
            Self::Usage(text) => {
                chain.push(text.clone());
                None
            }
            Self::BadConfig(path) => {
                chain.push(format!("{} has problems", path.display()));
                None
            }
            Self::Interrupted => {
                chain.push("interrupted before anything was open".to_owned());
                None
            }
            Self::AgentEnded(how) => {
                chain.push(format!("the agent ended by itself ({how})"));
                None
            }
            Self::Io(text, error) => {
                chain.push(text.clone());
                Some(error)
            }
            Self::Stdout(error) => {
                chain.push("stdout cannot be written to".to_owned());
                Some(error)
            }
            Self::Found(count) => {
                let are = if *count == 1 {
                    "thing is"
                } else {
                    "things are"
                };
                chain.push(format!("{count} {are} in the way"));
                None
            }
            Self::Failed(text) => {
                chain.push(text.clone());
                None
            }
            Self::Relayed { object, .. } => {
                let text = |key| object.get(key).and_then(Value::as_str);
                chain.push(text("error").unwrap_or("it failed").to_owned());
                chain.extend(text("hint").map(str::to_owned));
                None
            }
            Self::Status(_) => None,
        };
        while let Some(error) = cause {
            let text = error.to_string();
            // Some errors of other crates repeat their cause in their own text.
            if !chain
                .last()
                .is_some_and(|last: &String| last.ends_with(&text))
            {
                chain.push(text);
            }
            cause = error.source();
        }
        if let Self::Library(error) = self
            && let Error::Agent(error) = error.as_ref()
            && let Some(status) = error.exit_status()
        {
            let status = status.to_string();
            if !chain.iter().any(|text| text.contains(&status)) {
                chain.push(format!("the agent ended with {status}"));
            }
        }
        chain
    }
}
