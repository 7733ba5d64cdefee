//! Process calls that differ between systems: the only file tree with `unsafe`.

use std::process::Command;

#[cfg(not(unix))]
mod polled;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(crate) use polled::{Process, create_private, is_executable};
#[cfg(unix)]
pub(crate) use unix::{Process, create_private, is_executable};

/// How a process relates to this one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ties {
    /// It ends when this process, or the thread that started it, does.
    pub(crate) die_with_parent: bool,
    /// It has a session of its own, not only a process group.
    pub(crate) new_session: bool,
    /// It has a process group of its own, so that Ctrl-C at the terminal does not reach it, and no window.
    pub(crate) background: bool,
}

/// Prepares and starts the command with these ties.
pub(crate) fn spawn(mut command: Command, ties: Ties) -> std::io::Result<Process> {
    Process::spawn(&mut command, ties)
}
