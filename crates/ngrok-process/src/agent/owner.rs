//! The thread that starts an agent, waits for it and reaps it. It lives as long as the agent: on Linux the parent-death
//! signal fires when the *thread* that started a process ends.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Shared;
use crate::error::Call;
use crate::failure::{AgentFailure, End};
use crate::hub::Phase;
use crate::invocation::{self, Invocation};
use crate::overlay::Overlay;
use crate::pump::{Pumps, Tail};
use crate::sys::{self, Process, Ties};
use crate::{Error, LogLine, Result, confined, env, validate};
use ngrok_core::Deadline;

/// How long output may come after the end of the process, from something that it started.
const DRAIN_PATIENCE: Duration = Duration::from_secs(1);

/// The process, for those who want to end it at any time.
#[derive(Debug, Default)]
pub(super) struct Child(Mutex<Slot>);

#[derive(Debug, Default)]
struct Slot {
    process: Option<Arc<Process>>,
    /// This program wanted it to end, maybe before it was started.
    ended: bool,
}

impl Child {
    pub(super) fn terminate(&self) {
        self.end(Process::terminate);
    }

    pub(super) fn kill(&self) {
        self.end(Process::kill);
    }

    fn end(&self, signal: fn(&Process)) {
        let mut slot = self.lock();
        slot.ended = true;
        if let Some(process) = &slot.process {
            signal(process);
        }
    }

    /// Whether this program wanted it to end.
    pub(super) fn was_ended(&self) -> bool {
        self.lock().ended
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The whole life of the thread.
pub(super) fn run(shared: &Shared) {
    let (phase, error) = match live(shared) {
        Ok(status) if shared.child.was_ended() => (Phase::Exited(status), None),
        Ok(status) => {
            let error = shared.failure(&shared.hub.lock(), End::Exited(status));
            (Phase::Exited(status), Some(error))
        }
        Err(error) => (Phase::Failed(error), None),
    };
    shared.hub.over(phase, error);
}

fn live(shared: &Shared) -> Result<ExitStatus> {
    let options = &shared.options;
    // Removed when it goes out of scope: after the agent's end.
    let overlay = invocation::overlay(options)
        .map(|text| Overlay::write(&text, &confined::overlay_dir(options, env::temp_dir())))
        .transpose()?;
    if let Some(overlay) = &overlay {
        shared.hub.lock().overlay = Some(overlay.path().to_owned());
    }
    let invocation = Invocation::start(options, overlay.as_ref().map(Overlay::path));
    let log = match &options.detached_log {
        Some(path) => Some(Log::open(path).map_err(|error| Error::io(Call::OpenLog, path, error))?),
        None => None,
    };
    let process = start(shared, &invocation, log.as_ref())?;
    shared.hub.started(process.id());
    if cfg!(not(unix)) && options.start_new_session {
        let warning = "lvl=warn msg=\"start_new_session has no effect on this system\" obj=options";
        shared.hub.line(LogLine::parse(warning));
    }
    let watch = || -> io::Result<ExitStatus> {
        let pumps = attach(shared, &process, log).inspect_err(|_| {
            // Without a reader the agent would block or die later: better now.
            process.kill();
        });
        let status = process.wait();
        shared.hub.end_reading();
        pumps?.join(Deadline::after(DRAIN_PATIENCE));
        status
    };
    watch().map_err(|error| Error::io(Call::Watch, &options.binary, error))
}

/// Starts the readers of what the process prints.
fn attach(shared: &Shared, process: &Process, log: Option<Log>) -> io::Result<Pumps> {
    let mut pumps = Pumps::new(shared.hub.clone());
    let (stdout, stderr) = process.take_pipes();
    if let Some(log) = log {
        let hub = shared.hub.clone();
        pumps.add(Tail {
            file: log.reader,
            hub,
        })?;
    }
    if let Some(stdout) = stdout {
        pumps.add(stdout)?;
    }
    if let Some(stderr) = stderr {
        pumps.add(stderr)?;
    }
    Ok(pumps)
}

/// The log file of a detached agent. The reader begins where this agent's lines will.
struct Log {
    writer: File,
    reader: File,
}

impl Log {
    fn open(path: &Path) -> io::Result<Self> {
        let mut append = OpenOptions::new();
        append.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut append, 0o600);
        let writer = append.open(path)?;
        let mut reader = File::open(path)?;
        reader.seek(SeekFrom::End(0))?;
        Ok(Self { writer, reader })
    }
}

fn start(shared: &Shared, invocation: &Invocation, log: Option<&Log>) -> Result<Arc<Process>> {
    let options = &shared.options;
    let ties = Ties {
        die_with_parent: !options.is_detached(),
        new_session: options.start_new_session || options.is_detached(),
        background: true,
        sweep: !options.is_detached(),
    };
    let spawned = sys::retry_while_busy(shared.deadline, || {
        let mut slot = shared.child.lock();
        if slot.ended {
            return Ok(None);
        }
        let process = Arc::new(sys::spawn(command(shared, invocation, log)?, ties)?);
        slot.process = Some(process.clone());
        Ok(Some(process))
    });
    match spawned {
        Ok(Some(process)) => Ok(process),
        Ok(None) => {
            let state = shared.hub.lock();
            Err(AgentFailure::of_start(
                &state.startup,
                End::Stopped,
                Vec::new(),
                shared.hub.redactor(),
            )
            .into())
        }
        Err(error) => {
            let dir = options.current_dir.as_deref();
            Err(validate::spawn_error(&options.binary, dir, error))
        }
    }
}

fn command(shared: &Shared, invocation: &Invocation, log: Option<&Log>) -> io::Result<Command> {
    let mut command = invocation.command(&shared.options.binary);
    if let Some(dir) = &shared.options.current_dir {
        command.current_dir(dir);
    }
    let (stdout, stderr) = match log {
        Some(log) => (
            log.writer.try_clone()?.into(),
            log.writer.try_clone()?.into(),
        ),
        None => (Stdio::piped(), Stdio::piped()),
    };
    command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
    Ok(command)
}
