//! Writing a file so that its name always holds all of the old content or all of the new.

mod replace;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

pub(crate) use self::replace::Content;
use self::replace::Files;
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
    fn content(self) -> Content {
        match self {
            Self::OwnerProgram => Content::Program,
            Self::OwnerData | Self::Mode(_) => Content::Data,
        }
    }

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
    content: Content,
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
        Ok(Self {
            file,
            target: target.to_path_buf(),
            content: access.content(),
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
        let Self {
            file,
            target,
            content,
        } = self;
        file.as_file()
            .sync_all()
            .map_err(|e| Error::io("flush", &target, e))?;
        // Closed before it gets its name: a program that is still open for writing cannot be started.
        Files::of_system()
            .replace(file.into_temp_path(), &target, content)
            .map_err(|e| Error::io("replace", &target, e))?;
        sync_directory(parent(&target));
        Ok(())
    }
}

/// Clears up after writers of `target` that were killed: removes their unfinished files, and on Windows brings back a
/// program that was moved aside and not replaced. Only the holder of the lock of `target` may call this, since then no
/// one else is writing.
pub(crate) fn clear_leftovers(target: &Path, content: Content) {
    Files::of_system().clear_aside(target, content);
    let prefix = leftover_prefix(target);
    let Ok(entries) = fs::read_dir(parent(target)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(&prefix) {
            // Best effort: the next writer tries again.
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
    fn leftovers_are_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let names = [
            ".ngrok.lock-partial-abc",
            ".ngrok.yml.lock-partial-abc",
            "ngrok",
            "ngrok.lock",
            "ngrok.yml.locked",
            "x",
        ];
        for name in names {
            fs::write(dir.path().join(name), "").unwrap();
        }
        clear_leftovers(&dir.path().join("ngrok"), Content::Program);
        let left = names.map(|name| dir.path().join(name).exists());
        assert_eq!(left, [false, true, true, true, true, true]);
    }
}
