//! The directory that a binary goes to: made if it is missing, refused if others could slip something in.

use std::fs;
use std::path::Path;

use crate::atomic::parent;
use crate::error::{Error, Result};
use crate::trust::check_place;

/// Makes the directory of `target`, for the owner alone, and checks that no one else can plant files in it.
pub(crate) fn prepare(target: &Path) -> Result<()> {
    let directory = parent(target);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder
        .create(directory)
        .map_err(|e| Error::io("create the directory", directory, e))?;
    check_place(target)
}

/// What lies under the target's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    Binary,
}

/// Looks at the target's name without following a link.
pub(crate) fn look(target: &Path) -> Result<Found> {
    match fs::symlink_metadata(target) {
        Ok(found) if found.is_file() => Ok(Found::Binary),
        Ok(found) if found.is_symlink() => Err(Error::insecure_path(
            target,
            "a symbolic link lies there, which could lead anywhere; remove it, or name the file it leads to",
        )),
        Ok(found) if found.is_dir() => Err(Error::insecure_path(
            target,
            "a directory lies there; name the binary's own path",
        )),
        Ok(_) => Err(Error::insecure_path(
            target,
            "something lies there that is not a file",
        )),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Found::Nothing),
        Err(e) => Err(Error::io("look at", target, e)),
    }
}
