//! A lock between processes: the operating system's lock on a small file that stays where it is.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::error::{Error, Result};
use ngrok_core::Deadline;

/// How long a waiting process sleeps between two tries: short beside an install, long beside a system call.
const PAUSE: Duration = Duration::from_millis(20);

/// Held until dropped, or until the process ends, whatever ends it. The file is never deleted:
/// whoever deletes a lock file can let two processes in.
#[derive(Debug)]
pub(crate) struct FileLock(#[expect(dead_code, reason = "held, not used")] File);

impl FileLock {
    /// Waits for the lock that belongs to `target`, at most until `deadline`.
    /// `keep_waiting` is asked before each pause and ends the wait with its error.
    pub(crate) fn acquire(
        target: &Path,
        deadline: Deadline,
        mut keep_waiting: impl FnMut() -> Result<()>,
    ) -> Result<Self> {
        let path = lock_path(target);
        let file = open(&path)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(e)) => return Err(Error::io("lock", path, e)),
            }
            keep_waiting()?;
            if deadline.is_over() {
                return Err(Error::timeout(format!(
                    "waiting for another process to release {}",
                    path.display()
                )));
            }
            thread::sleep(deadline.remaining_or(PAUSE));
        }
    }
}

/// `ngrok` → `ngrok.lock`.
pub(crate) fn lock_path(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(".lock");
    target.with_file_name(name)
}

/// Makes the file if there is none. A link is never followed to make one elsewhere, and a pipe, whose opening would
/// wait for a reader, is not opened.
fn open(path: &Path) -> Result<File> {
    let io_error = |e| Error::io("open the lock file", path, e);
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.create_new(true).open(path) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        made => return made.map_err(io_error),
    }
    if !fs::symlink_metadata(path).map_err(io_error)?.is_file() {
        return Err(Error::insecure_path(
            path,
            "a link, or something else that is no file, lies where the lock file belongs",
        ));
    }
    options.create_new(false).open(path).map_err(io_error)
}
