//! Process calls that differ between systems: the only file tree with `unsafe`.

use std::io;
use std::process::Command;
use std::time::Duration;

use ngrok_core::Deadline;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod watcher;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{Process, create_private, is_executable, is_too_long};
#[cfg(windows)]
pub(crate) use windows::{Process, create_private, is_executable, is_too_long};

#[cfg(not(any(unix, windows)))]
compile_error!("ngrok-process starts processes on Unix and on Windows only");

/// How a process relates to this one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ties {
    /// It ends when this process, or the thread that started it, does.
    pub(crate) die_with_parent: bool,
    /// It has a session of its own, not only a process group. On Windows: it is not on this program's console.
    pub(crate) new_session: bool,
    /// It has a process group of its own, so that Ctrl-C at the terminal does not reach it, and no window.
    pub(crate) background: bool,
    /// What it started and left behind in its process group ends with it.
    pub(crate) sweep: bool,
}

/// Prepares and starts the command with these ties.
pub(crate) fn spawn(mut command: Command, ties: Ties) -> io::Result<Process> {
    Process::spawn(&mut command, ties)
}

/// A binary that was just written is busy as long as another thread's fork has its descriptor open.
const BUSY_PATIENCE: Duration = Duration::from_secs(2);
const BUSY_INTERVAL: Duration = Duration::from_millis(10);

/// Tries again for 2 s, within the deadline, while the binary is busy.
pub(crate) fn retry_while_busy<T>(
    deadline: Deadline,
    mut spawn: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    let deadline = deadline.min(Deadline::after(BUSY_PATIENCE));
    loop {
        match spawn() {
            Err(error) if is_busy(&error) && !deadline.is_over() => {
                std::thread::sleep(deadline.remaining_or(BUSY_INTERVAL));
            }
            outcome => return outcome,
        }
    }
}

fn is_busy(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ExecutableFileBusy
}
