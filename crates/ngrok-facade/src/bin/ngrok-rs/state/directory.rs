//! Where the files are: a directory that only the user can read.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::PathBuf;

/// Returns the directory if it is there.
pub(super) fn existing() -> Option<PathBuf> {
    place().filter(|folder| folder.is_dir())
}

/// Returns the directory, made if it was not there.
pub(super) fn created() -> io::Result<PathBuf> {
    let folder = place().ok_or_else(|| io::Error::other("there is no home directory"))?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder)?;
    Ok(folder)
}

/// Opens an empty file that only the user can read.
pub(super) fn private_file(path: &std::path::Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn place() -> Option<PathBuf> {
    let folder = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let base = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else {
        folder("XDG_RUNTIME_DIR")
            .filter(|folder| folder.is_dir())
            .or_else(|| folder("XDG_CACHE_HOME"))
            .or_else(|| Some(std::env::home_dir()?.join(".cache")))
    };
    Some(base?.join("ngrok-rs").join("run"))
}
