//! Windows: job objects, console events, and handles that a child must not inherit.
#![allow(
    unsafe_code,
    reason = "the standard library has no safe call for console events and for the flags of handles"
)]

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::AsRawHandle;
use std::os::windows::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};

use win32job::{ExtendedLimitInfo, Job};
use windows_sys::Win32::Foundation::{
    GetHandleInformation, HANDLE, HANDLE_FLAG_INHERIT, SetHandleInformation, WAIT_OBJECT_0,
};
use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, GenerateConsoleCtrlEvent, GetConsoleProcessList,
};
use windows_sys::Win32::System::Threading::{
    CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, INFINITE, WaitForSingleObject,
};

use super::Ties;

/// A child process that any thread may end while one waits for it.
#[derive(Debug)]
pub(crate) struct Process {
    id: u32,
    /// It has a process group of its own on this program's console, so that Ctrl-Break can be sent to it alone.
    hears_break: bool,
    sweep: bool,
    child: Mutex<Child>,
    /// When its last handle is closed, as the system does when this program ends, the processes in the job are ended.
    job: Mutex<Option<Job>>,
}

impl Process {
    pub(super) fn spawn(command: &mut Command, ties: Ties) -> io::Result<Self> {
        // A detached agent outlives the console, so it must not be on it.
        let hears_break = ties.background && !ties.new_session && has_console();
        if ties.background {
            // A console program without a console would open a window.
            let window = if hears_break { 0 } else { CREATE_NO_WINDOW };
            command.creation_flags(CREATE_NEW_PROCESS_GROUP | window);
        }
        let mut child = if ties.background {
            let _kept = StandardHandles::keep_to_ourselves();
            command.spawn()?
        } else {
            command.spawn()?
        };
        let job = match ties.die_with_parent.then(|| job_of(&child)).transpose() {
            Ok(job) => job,
            Err(error) => {
                // An agent that could outlive this program must not run.
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        Ok(Self {
            id: child.id(),
            hears_break,
            sweep: ties.sweep,
            child: Mutex::new(child),
            job: Mutex::new(job),
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

    /// Asks the process to end, by Ctrl-Break. One that is not on this program's console cannot be asked: it is killed.
    pub(crate) fn terminate(&self) {
        let mut child = self.lock();
        // The id of a process that has ended must not be used: the event could reach others.
        let runs = matches!(child.try_wait(), Ok(None));
        if runs && !(self.hears_break && send_break(self.id)) {
            let _ = child.kill();
        }
    }

    /// Ends the process.
    pub(crate) fn kill(&self) {
        // One that has ended by itself is as good as killed.
        let _ = self.lock().kill();
    }

    /// Waits for the end of the process.
    pub(crate) fn wait(&self) -> io::Result<ExitStatus> {
        let handle: HANDLE = self.lock().as_raw_handle();
        // SAFETY: the handle is the child's, which is dropped with `self` and not before.
        let ended = unsafe { WaitForSingleObject(handle, INFINITE) };
        if ended != WAIT_OBJECT_0 {
            return Err(io::Error::last_os_error());
        }
        if self.sweep {
            // Helpers that it left behind would hold its pipes open.
            drop(
                self.job
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take(),
            );
        }
        self.lock().wait()
    }

    fn lock(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that ends its processes when its last handle is closed, with this process in it.
fn job_of(child: &Child) -> io::Result<Job> {
    let mut limits = ExtendedLimitInfo::new();
    limits.limit_kill_on_job_close();
    let job = Job::create_with_limit_info(&limits).map_err(io::Error::other)?;
    job.assign_process(child.as_raw_handle() as isize)
        .map_err(io::Error::other)?;
    Ok(job)
}

/// Whether this program has a console, which its children then share.
fn has_console() -> bool {
    let mut ids = [0; 1];
    // SAFETY: the buffer holds as many ids as are announced; a longer list is only counted.
    unsafe { GetConsoleProcessList(ids.as_mut_ptr(), 1) != 0 }
}

/// Sends Ctrl-Break to the process group that this process leads, and returns whether that could be done.
fn send_break(group: u32) -> bool {
    // SAFETY: the call takes two numbers. The group is that of a child of ours which has not ended.
    unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, group) != 0 }
}

/// Only one thread at a time may change the flags: another one would restore what it saw in between.
static FLAGS: Mutex<()> = Mutex::new(());

/// This program's own standard handles, not inherited as long as this lives.
///
/// Every inheritable handle goes to every child, whatever the child's own streams are. An agent that outlives this
/// program would so hold the pipe open in which another program waits for the end of our output.
struct StandardHandles {
    inherited: Vec<HANDLE>,
    _lock: MutexGuard<'static, ()>,
}

impl StandardHandles {
    fn keep_to_ourselves() -> Self {
        let lock = FLAGS.lock().unwrap_or_else(PoisonError::into_inner);
        let handles = [
            io::stdin().as_raw_handle(),
            io::stdout().as_raw_handle(),
            io::stderr().as_raw_handle(),
        ];
        let inherited = handles
            .into_iter()
            .filter(|handle| is_inherited(*handle) && set_inherited(*handle, false))
            .collect();
        Self {
            inherited,
            _lock: lock,
        }
    }
}

impl Drop for StandardHandles {
    fn drop(&mut self) {
        for handle in &self.inherited {
            set_inherited(*handle, true);
        }
    }
}

fn is_inherited(handle: HANDLE) -> bool {
    let mut flags = 0;
    // SAFETY: the flags go to a variable of ours; a null or closed handle makes the call fail.
    let known = unsafe { GetHandleInformation(handle, &raw mut flags) != 0 };
    known && flags & HANDLE_FLAG_INHERIT != 0
}

fn set_inherited(handle: HANDLE, inherited: bool) -> bool {
    let flag = if inherited { HANDLE_FLAG_INHERIT } else { 0 };
    // SAFETY: only a flag of the handle changes; a null or closed handle makes the call fail.
    unsafe { SetHandleInformation(handle, HANDLE_FLAG_INHERIT, flag) != 0 }
}

/// Every file may be tried.
pub(crate) fn is_executable(_metadata: &Metadata) -> bool {
    true
}

/// Whether no program can be run from this path because of its length, in units of UTF-16 and without the final zero.
pub(crate) fn is_too_long(path: &Path) -> bool {
    const MAX_PATH: usize = 260;
    path.as_os_str().encode_wide().count() >= MAX_PATH
}

/// A new file; those of the user's temporary folder are private already.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}
