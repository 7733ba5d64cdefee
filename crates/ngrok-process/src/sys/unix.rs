//! Unix: signals, sessions, and what ends a child with this program: on Linux the parent-death signal, elsewhere a watcher.
#![allow(
    unsafe_code,
    reason = "code that runs between fork and exec cannot be proven safe to the compiler"
)]

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use super::Ties;
use super::watcher::{self, Watcher};

/// Whether the system has no signal for the death of a parent. The second condition is for tests on Linux.
const NEEDS_WATCHER: bool =
    cfg!(not(any(target_os = "linux", target_os = "android"))) || cfg!(ngrok_process_watcher);

/// A child process that any thread may signal while one waits for it.
#[derive(Debug)]
pub(crate) struct Process {
    pid: Pid,
    owns_group: bool,
    sweep: bool,
    /// `None` once reaped: from then on the id may be another process's.
    child: Mutex<Option<Child>>,
    watcher: Mutex<Option<Watcher>>,
}

impl Process {
    pub(super) fn spawn(command: &mut Command, ties: Ties) -> io::Result<Self> {
        Self::spawn_watched(command, ties, NEEDS_WATCHER)
    }

    pub(super) fn spawn_watched(
        command: &mut Command,
        ties: Ties,
        needs_watcher: bool,
    ) -> io::Result<Self> {
        let owns_group = ties.background || ties.new_session;
        if ties.background && !ties.new_session {
            command.process_group(0);
        }
        // One that could outlive this program must not run, so it fails with its watcher.
        let watcher = (ties.die_with_parent && needs_watcher)
            .then(Watcher::start)
            .transpose()?;
        let parent = rustix::process::getpid();
        let line = watcher.as_ref().map(|watcher| watcher.line().as_raw_fd());
        // SAFETY: the closure runs in the child between fork and exec, where only async-signal-safe calls are allowed. It
        // makes plain system calls (prctl, getppid, setsid, write), allocates nothing and takes no lock. The descriptor is
        // the watcher's, which lives until after the spawn.
        unsafe {
            command.pre_exec(move || before_exec(ties, parent, line));
        }
        let child = command.spawn()?;
        let pid = Pid::from_raw(child.id().cast_signed())
            .ok_or_else(|| io::Error::other("the system gave the process the id 0"))?;
        Ok(Self {
            pid,
            owns_group,
            sweep: ties.sweep,
            child: Mutex::new(Some(child)),
            watcher: Mutex::new(watcher),
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.pid.as_raw_nonzero().get().cast_unsigned()
    }

    /// The two pipes, if the command was given any.
    pub(crate) fn take_pipes(&self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        self.lock().as_mut().map_or((None, None), |child| {
            (child.stdout.take(), child.stderr.take())
        })
    }

    /// Asks the process to end, unless it is reaped: the lock keeps it from being reaped meanwhile.
    pub(crate) fn terminate(&self) {
        if self.lock().is_some() {
            // It may have ended by itself, which is as good.
            let _ = rustix::process::kill_process(self.pid, Signal::TERM);
        }
    }

    /// Ends the process, and its group if it has one of its own.
    pub(crate) fn kill(&self) {
        if self.lock().is_some() {
            self.kill_unreaped();
        }
    }

    /// Until the process is reaped, neither its id nor that of its group can be another's.
    fn kill_unreaped(&self) {
        // What has ended by itself is as good as killed.
        let _ = if self.owns_group {
            rustix::process::kill_process_group(self.pid, Signal::KILL)
        } else {
            rustix::process::kill_process(self.pid, Signal::KILL)
        };
    }

    /// Waits for the end of the process, then reaps it. Without reaping first, so that until then its id stays its own.
    pub(crate) fn wait(&self) -> io::Result<ExitStatus> {
        let ended = self.wait_for_end();
        let mut child = self.lock();
        if let Some(watcher) = self.take_watcher() {
            watcher.dismiss();
        }
        if self.sweep && ended.is_ok() {
            // Helpers that it left behind would hold its pipes open.
            self.kill_unreaped();
        }
        match child.take() {
            Some(mut child) => child.wait(),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Fails if somebody else reaps the children of this program.
    fn wait_for_end(&self) -> rustix::io::Result<()> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        loop {
            match rustix::process::waitid(WaitId::Pid(self.pid), options) {
                Err(rustix::io::Errno::INTR) => {}
                ended => return ended.map(|_| ()),
            }
        }
    }

    #[cfg(test)]
    pub(super) fn put_watcher(&self, watcher: Watcher) {
        *self.watcher.lock().unwrap() = Some(watcher);
    }

    pub(super) fn take_watcher(&self) -> Option<Watcher> {
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        watcher.take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn before_exec(ties: Ties, parent: Pid, line: Option<RawFd>) -> io::Result<()> {
    if ties.new_session {
        rustix::process::setsid()?;
    }
    if let Some(line) = line {
        // SAFETY: the descriptor was open when this process was forked, and is closed at the exec that comes next.
        let line = unsafe { BorrowedFd::borrow_raw(line) };
        return watcher::announce(line, ties.background || ties.new_session);
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if ties.die_with_parent {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // A parent that died before the call above sends no signal any more.
        if rustix::process::getppid() != Some(parent) {
            return Err(rustix::io::Errno::SRCH.into());
        }
    }
    let _ = parent;
    Ok(())
}

/// Whether anybody may execute the file.
pub(crate) fn is_executable(metadata: &Metadata) -> bool {
    metadata.permissions().mode() & 0o111 != 0
}

/// Whether no program can be run from this path because of its length. A file whose path is too long cannot exist here.
pub(crate) fn is_too_long(_path: &Path) -> bool {
    false
}

/// A new file that only this user can read.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}
