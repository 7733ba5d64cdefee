//! Windows and others: the process is polled, since killing it and waiting for it need the same handle.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Ties;

/// How soon the end of a process is seen.
const POLL: Duration = Duration::from_millis(10);

/// A child process that any thread may kill while one waits for it.
#[derive(Debug)]
pub(crate) struct Process {
    id: u32,
    child: Mutex<Child>,
    /// Closing the last handle of the job, as the system does when this program ends, kills the process.
    #[cfg(windows)]
    _job: Option<win32job::Job>,
}

impl Process {
    pub(super) fn spawn(command: &mut Command, ties: Ties) -> io::Result<Self> {
        #[cfg(windows)]
        windows_flags(command, ties);
        #[cfg_attr(not(windows), allow(unused_mut, reason = "only a job needs the child"))]
        let mut child = command.spawn()?;
        #[cfg(windows)]
        let job = match ties.die_with_parent.then(|| job_of(&child)).transpose() {
            Ok(job) => job,
            Err(error) => {
                // An agent that could outlive us is worse than none.
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        #[cfg(not(windows))]
        let _ = ties;
        Ok(Self {
            id: child.id(),
            child: Mutex::new(child),
            #[cfg(windows)]
            _job: job,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// The two pipes, if the command was given any.
    pub(crate) fn take_pipes(&self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        let mut child = self.lock();
        (child.stdout.take(), child.stderr.take())
    }

    /// There is no polite way that a program without a console could use.
    pub(crate) fn terminate(&self) {
        self.kill();
    }

    /// Ends the process.
    pub(crate) fn kill(&self) {
        let _ = self.lock().kill();
    }

    /// Waits for the end of the process.
    pub(crate) fn wait(&self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.lock().try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(POLL);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(windows)]
fn windows_flags(command: &mut Command, ties: Ties) {
    use std::os::windows::process::CommandExt;

    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    if ties.background {
        command.creation_flags(CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP);
    }
}

/// A job that kills its processes when its last handle is closed, with this process in it.
#[cfg(windows)]
fn job_of(child: &Child) -> io::Result<win32job::Job> {
    use std::os::windows::io::AsRawHandle;

    let mut limits = win32job::ExtendedLimitInfo::new();
    limits.limit_kill_on_job_close();
    let job = win32job::Job::create_with_limit_info(&limits).map_err(io::Error::other)?;
    job.assign_process(child.as_raw_handle() as isize)
        .map_err(io::Error::other)?;
    Ok(job)
}

/// Every file may be tried.
pub(crate) fn is_executable(_metadata: &Metadata) -> bool {
    true
}

/// A new file; those of the user's temporary folder are private already.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}
