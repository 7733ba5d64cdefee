//! Commands of the agent that run to their end: `version`, `update`, `api` and the like.

mod api;
mod known;

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::error::{Call, Detail};
use crate::failure::AgentFailure;
use crate::invocation::Invocation;
use crate::options::AgentOptions;
use crate::sys::{Process, Ties};
use crate::{Error, Result, env, sys, validate};
use ngrok_core::Deadline;
use ngrok_core::mask::Redactor;

pub use api::{ApiResponse, api};
pub use known::{set_api_key, set_auth_token, update, version};

/// How long a command may take unless the caller says otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A command that prints more than this is not one of the agent's.
const OUTPUT_CAP: u64 = 16 * 1024 * 1024;

/// What a command of the agent printed. Known secrets are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed to its standard output.
    pub stdout: String,
    /// What it printed to its standard error.
    pub stderr: String,
}

impl Output {
    /// Both streams, standard output first.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Runs the agent with these arguments on this program's own terminal or streams, and waits for its end.
///
/// # Errors
///
/// If it cannot be started. A command that fails is none: look at the status.
pub fn run_process<A: Into<OsString>>(
    binary: impl AsRef<Path>,
    args: impl IntoIterator<Item = A>,
) -> Result<ExitStatus> {
    let binary = &env::absolute(binary.as_ref());
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let command = || {
        let mut command = Command::new(binary);
        command.args(&args);
        command
    };
    let ties = Ties {
        die_with_parent: true,
        new_session: false,
        background: false,
        sweep: false,
    };
    start(binary, command, ties, Deadline::never())?
        .wait()
        .map_err(|error| Error::io(Call::Watch, binary, error))
}

/// Runs the agent with these arguments and returns what it printed, within a minute.
///
/// # Errors
///
/// If it cannot be started, takes longer, or exits with another status than 0.
pub fn capture_run_process<A: Into<OsString>>(
    binary: impl AsRef<Path>,
    args: impl IntoIterator<Item = A>,
) -> Result<Output> {
    capture_run_process_within(binary, args, TIMEOUT)
}

/// As [`capture_run_process`], within the time given.
///
/// # Errors
///
/// As [`capture_run_process`]. A command that takes longer is ended, with all that it started; one that has ended itself, but
/// left something behind that holds its output open, takes longer too.
pub fn capture_run_process_within<A: Into<OsString>>(
    binary: impl AsRef<Path>,
    args: impl IntoIterator<Item = A>,
    timeout: Duration,
) -> Result<Output> {
    OneShot::new(binary.as_ref())
        .args(args)
        .timeout(timeout)
        .capture("ngrok command")
}

/// A command to be captured.
pub(crate) struct OneShot {
    binary: PathBuf,
    invocation: Invocation,
    redactor: Redactor,
    timeout: Duration,
}

impl OneShot {
    pub(crate) fn new(binary: &Path) -> Self {
        Self::of(&AgentOptions::builder(binary).build())
    }

    /// With the environment and the secrets of these options.
    pub(crate) fn of(options: &AgentOptions) -> Self {
        let options = &options.clone().with_inherited(env::authtoken());
        let secrets = [options.all_secrets(), env::secrets()].concat();
        Self {
            binary: options.binary.clone(),
            invocation: Invocation::of(options),
            redactor: Redactor::new(&secrets),
            timeout: TIMEOUT,
        }
    }

    pub(crate) fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.invocation
            .args
            .extend(args.into_iter().map(Into::into));
        self
    }

    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Runs it; `what` names it in an error. Both streams are read as they come, so it never blocks on a full pipe.
    pub(crate) fn capture(self, what: &str) -> Result<Output> {
        let deadline = Deadline::after(self.timeout);
        let command = || {
            let mut command = self.invocation.command(&self.binary);
            command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            command
        };
        let ties = Ties {
            // The thread that starts it waits for it, so it lives as long.
            die_with_parent: true,
            new_session: false,
            background: true,
            sweep: false,
        };
        let process = Arc::new(start(&self.binary, command, ties, deadline)?);
        let watch_error = |error| Error::io(Call::Watch, &self.binary, error);
        let parts = Parts::watch(&process).map_err(|error| {
            process.kill();
            // Reaped here if no thread does: whoever comes second finds nothing to do.
            let _ = process.wait();
            watch_error(error)
        })?;
        let parts = parts.collect(deadline).map_err(watch_error)?;
        let Some((status, [stdout, stderr])) = parts else {
            process.kill();
            return Err(Detail::Timeout(self.timeout).into());
        };
        if !status.success() {
            let text = format!("{stdout}{stderr}");
            return Err(AgentFailure::of_command(what, status, text, &self.redactor).into());
        }
        Ok(Output {
            status,
            stdout: self.redactor.redact(stdout),
            stderr: self.redactor.redact(stderr),
        })
    }
}

/// What a command leaves behind, as it comes from the threads that wait for it.
enum Part {
    Stdout(io::Result<Vec<u8>>),
    Stderr(io::Result<Vec<u8>>),
    Status(io::Result<ExitStatus>),
}

struct Parts(Receiver<Part>);

impl Parts {
    /// Starts a thread for each part. They end with the process, which they also reap.
    fn watch(process: &Arc<Process>) -> io::Result<Self> {
        let (send, receive) = channel();
        let spawn = |part: Box<dyn FnOnce() -> Part + Send>| {
            let send = send.clone();
            let builder = thread::Builder::new().name("ngrok-command".into());
            // Nobody listens if it took too long.
            builder.spawn(move || drop(send.send(part())))
        };
        let (stdout, stderr) = process.take_pipes();
        let process = process.clone();
        spawn(Box::new(move || Part::Status(process.wait())))?;
        spawn(Box::new(move || Part::Stdout(read(stdout))))?;
        spawn(Box::new(move || Part::Stderr(read(stderr))))?;
        Ok(Self(receive))
    }

    /// The status and both streams, or `None` if that takes too long.
    fn collect(&self, deadline: Deadline) -> io::Result<Option<(ExitStatus, [String; 2])>> {
        let (mut status, mut texts) = (None, [String::new(), String::new()]);
        let [stdout, stderr] = &mut texts;
        for _ in 0..3 {
            let wait = deadline.remaining_or(Duration::from_secs(3600));
            match self.0.recv_timeout(wait) {
                Ok(Part::Status(ended)) => status = Some(ended?),
                Ok(Part::Stdout(bytes)) => *stdout = String::from_utf8_lossy(&bytes?).into_owned(),
                Ok(Part::Stderr(bytes)) => *stderr = String::from_utf8_lossy(&bytes?).into_owned(),
                Err(_) => return Ok(None),
            }
        }
        Ok(status.map(|status| (status, texts)))
    }
}

fn read(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(OUTPUT_CAP).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn start(
    binary: &Path,
    command: impl Fn() -> Command,
    ties: Ties,
    deadline: Deadline,
) -> Result<Process> {
    validate::binary(binary)?;
    sys::retry_while_busy(deadline, || sys::spawn(command(), ties))
        .map_err(|error| validate::spawn_error(binary, None, error))
}
