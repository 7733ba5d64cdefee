//! Writing a file so that its name always holds all of the old content or all of the new.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use ngrok_core::Deadline;

/// Who may use a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// 0700: a program of the owner.
    OwnerProgram,
    /// 0600: data of the owner.
    OwnerData,
    /// These permission bits, of the file that is replaced.
    #[allow(dead_code, reason = "used by the feature `config`")]
    Mode(u32),
}

impl Access {
    #[cfg(unix)]
    fn permissions(self) -> fs::Permissions {
        use std::os::unix::fs::PermissionsExt;
        fs::Permissions::from_mode(match self {
            Self::OwnerProgram => 0o700,
            Self::OwnerData => 0o600,
            Self::Mode(bits) => bits & 0o7777,
        })
    }
}

/// A file in the making: it lies beside its target under a random name, and vanishes unless it is [placed](Staged::place).
#[derive(Debug)]
pub(crate) struct Staged {
    file: NamedTempFile,
    target: PathBuf,
}

impl Staged {
    /// Creates the file. A link planted under the random name is not followed, since the name must be new.
    pub(crate) fn beside(target: &Path, access: Access) -> Result<Self> {
        let io_error = |e| Error::io("write beside", target, e);
        let file = tempfile::Builder::new()
            .prefix(&leftover_prefix(target))
            .tempfile_in(parent(target))
            .map_err(io_error)?;
        // Not at creation, where the umask would still take bits away.
        #[cfg(unix)]
        file.as_file()
            .set_permissions(access.permissions())
            .map_err(io_error)?;
        #[cfg(not(unix))]
        let _ = access;
        Ok(Self {
            file,
            target: target.to_path_buf(),
        })
    }

    /// Creates the file with all of its content.
    pub(crate) fn with(target: &Path, content: &[u8], access: Access) -> Result<Self> {
        let mut staged = Self::beside(target, access)?;
        staged
            .file()
            .write_all(content)
            // A full disk shows now, while nothing has its name yet.
            .and_then(|()| staged.file().sync_all())
            .map_err(|e| Error::io("write", target, e))?;
        Ok(staged)
    }

    pub(crate) fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Gives the finished file its name; a link under that name is replaced, not followed.
    /// When this returns, the new content survives a power cut, as far as the file system lets us see to it.
    pub(crate) fn place(self) -> Result<()> {
        let Self { file, target } = self;
        file.as_file()
            .sync_all()
            .map_err(|e| Error::io("flush", &target, e))?;
        // Closed before it gets its name: a program that is still open for writing cannot be started.
        replace(file.into_temp_path(), &target).map_err(|e| Error::io("replace", &target, e))?;
        sync_directory(parent(&target));
        Ok(())
    }
}

/// Removes what killed writers of `target` left. Only whoever holds the lock of `target` may call this:
/// then nobody else is writing.
pub(crate) fn remove_leftovers(target: &Path) {
    let prefix = leftover_prefix(target);
    // Best effort, here and below: on Windows the old binary may still run.
    let _ = fs::remove_file(aside_path(target));
    let Ok(entries) = fs::read_dir(parent(target)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(&prefix) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The directory that `path` lies in.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Such a file belongs to whoever holds the lock of the target, and its name says so.
fn leftover_prefix(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    format!(".{name}.lock-partial-")
}

/// Where a running binary goes on Windows, where it can be renamed but not replaced.
fn aside_path(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(".locked");
    target.with_file_name(name)
}

/// How long Windows is given to let go of a file: a virus scanner opens every new program for a moment.
const SCANNER: Duration = Duration::from_secs(3);

fn replace(mut from: tempfile::TempPath, target: &Path) -> io::Result<()> {
    let deadline = Deadline::after(SCANNER);
    loop {
        let failed = match from.persist(target) {
            Ok(()) => return Ok(()),
            Err(failed) => failed,
        };
        // Access denied, sharing violation: the old binary runs, or somebody reads the old or the new one.
        let is_busy = cfg!(windows) && matches!(failed.error.raw_os_error(), Some(5 | 32));
        if !is_busy {
            return Err(failed.error);
        }
        from = match replace_by_moving_aside(failed.path, target) {
            Ok(()) => {
                // At once where it was only read, as a config file is; not yet where it runs.
                let _ = fs::remove_file(aside_path(target));
                return Ok(());
            }
            Err(failed) if deadline.is_over() => return Err(failed.error),
            Err(failed) => failed.path,
        };
        thread::sleep(deadline.remaining_or(Duration::from_millis(50)));
    }
}

/// Windows refuses to overwrite a program that runs, but lets it be renamed; [`remove_leftovers`] deletes it later.
fn replace_by_moving_aside(
    from: tempfile::TempPath,
    target: &Path,
) -> Result<(), tempfile::PathPersistError> {
    let aside = aside_path(target);
    let _ = fs::remove_file(&aside);
    if let Err(error) = fs::rename(target, &aside) {
        return Err(tempfile::PathPersistError { error, path: from });
    }
    from.persist(target).inspect_err(|_| {
        // Back to where it was; if even that fails, it is still there under the other name.
        let _ = fs::rename(&aside, target);
    })
}

/// Makes a rename durable. Some file systems cannot flush a directory, and Windows has no such call;
/// the rename itself has happened by now, so there is nothing to report.
fn sync_directory(directory: &Path) {
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_aside_places_the_new_file_and_the_old_one_is_cleared_away_later() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("ngrok.exe");
        fs::write(&target, "old").unwrap();
        let staged = Staged::with(&target, b"new", Access::OwnerProgram).unwrap();
        replace_by_moving_aside(staged.file.into_temp_path(), &target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        let aside = dir.path().join("ngrok.exe.locked");
        assert_eq!(fs::read(&aside).unwrap(), b"old");
        remove_leftovers(&target);
        assert!(target.exists() && !aside.exists());
    }

    #[test]
    fn a_failed_move_puts_the_old_file_back() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("ngrok.exe");
        fs::write(&target, "old").unwrap();
        let staged = Staged::with(&target, b"new", Access::OwnerProgram).unwrap();
        let temp = staged.file.into_temp_path();
        fs::remove_file(&temp).unwrap();
        assert!(replace_by_moving_aside(temp, &target).is_err());
        assert_eq!(fs::read(&target).unwrap(), b"old");
    }

    #[test]
    fn leftovers_are_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let names = [
            ".ngrok.lock-partial-abc",
            ".ngrok.yml.lock-partial-abc",
            "ngrok",
            "ngrok.lock",
            "x",
        ];
        for name in names {
            fs::write(dir.path().join(name), "").unwrap();
        }
        remove_leftovers(&dir.path().join("ngrok"));
        let left = names.map(|name| dir.path().join(name).exists());
        assert_eq!(left, [false, true, true, true, true]);
    }
}
