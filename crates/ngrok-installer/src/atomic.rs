//! Writing a file so that its name always holds all of the old content or all of the new.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

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

/// Writes all of a small file at once.
#[allow(dead_code, reason = "used by the feature `config`")]
pub(crate) fn write(target: &Path, content: &[u8], access: Access) -> Result<()> {
    Staged::with(target, content, access)?.place()
}

/// Removes what killed writers of `target` left. Only whoever holds the lock of `target` may call this:
/// then nobody else is writing.
pub(crate) fn remove_leftovers(target: &Path) {
    let prefix = leftover_prefix(target);
    let aside = aside_name(target);
    let Ok(entries) = fs::read_dir(parent(target)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_left_over = name
            .to_str()
            .is_some_and(|name| name.starts_with(&prefix) || Some(name) == aside.to_str());
        if is_left_over {
            // Best effort: on Windows the old binary may still run.
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

fn leftover_prefix(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    format!(".{name}.partial-")
}

/// Where a running binary goes on Windows, where it can be renamed but not replaced.
fn aside_name(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(".locked");
    PathBuf::from(name)
}

fn replace(from: tempfile::TempPath, target: &Path) -> io::Result<()> {
    match from.persist(target) {
        Ok(()) => Ok(()),
        Err(error) if cfg!(windows) => replace_by_moving_aside(error.path, target),
        Err(error) => Err(error.error),
    }
}

/// Windows refuses to overwrite a program that runs, but lets it be renamed; [`remove_leftovers`] deletes it later.
fn replace_by_moving_aside(from: tempfile::TempPath, target: &Path) -> io::Result<()> {
    let aside = parent(target).join(aside_name(target));
    let _ = fs::remove_file(&aside);
    fs::rename(target, &aside)?;
    from.persist(target).map_err(|failed| {
        let _ = fs::rename(&aside, target);
        failed.error
    })
}

/// Makes a rename durable. Some file systems cannot flush a directory, and Windows has no such call;
/// the rename itself has happened by now, so there is nothing to report.
fn sync_directory(directory: &Path) {
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}
