//! What can be said about a binary before and after the attempt to run it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ngrok_core::program::{Content, HEAD, inspect};

use crate::error::{Call, Detail};
use crate::{Error, Result, sys};

/// Errs if the path cannot be run, so that the reason is told better than by the system's error.
pub(crate) fn binary(path: &Path) -> Result<()> {
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if is_missing(&error) => return Err(Detail::NotFound(path.to_owned()).into()),
        Err(error) => return Err(Error::io(Call::Spawn, path, error)),
    };
    if !metadata.is_file() {
        return Err(Detail::NotAFile(path.to_owned()).into());
    }
    if !sys::is_executable(&metadata) {
        return Err(Detail::NotExecutable(path.to_owned(), None).into());
    }
    content(path, metadata.len())
}

/// Errs if the file is no program of this machine, so that it is never run. A file that cannot be read may still be one.
fn content(path: &Path, length: u64) -> Result<()> {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
    if read.is_err() {
        return Ok(());
    }
    let path = path.to_owned();
    match inspect(&head, length) {
        Content::Program(target) if !target.fits_this_machine() => {
            Err(Detail::OtherMachine(path, target.to_string()).into())
        }
        Content::Truncated => Err(Detail::CutOff(path).into()),
        // Windows runs text files of some names.
        Content::Other(what) if cfg!(unix) || what != "text" => {
            Err(Detail::NotAProgram(path, what).into())
        }
        _ => Ok(()),
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// What the system's refusal to run a binary means that was there a moment ago.
pub(crate) fn spawn_error(path: &Path, dir: Option<&Path>, error: io::Error) -> Error {
    // A missing working directory gives the same error as a missing loader.
    if let Some(dir) = dir.filter(|dir| !dir.is_dir()) {
        return Error::io(Call::Spawn, dir, error);
    }
    let path_buf = path.to_owned();
    // ENOEXEC: no header that the system knows. Windows says 193 for the same.
    let is_foreign = matches!(error.raw_os_error(), Some(8)) && cfg!(unix)
        || matches!(error.raw_os_error(), Some(193 | 216)) && cfg!(windows);
    match error.kind() {
        // Files of any length can be opened, but not run.
        io::ErrorKind::NotFound | io::ErrorKind::InvalidFilename if sys::is_too_long(path) => {
            let reason = "its path is longer than the 259 characters that Windows allows for a program; \
                          place the agent in a shorter path";
            let error = io::Error::new(io::ErrorKind::InvalidFilename, reason);
            Error::io(Call::Spawn, path, error)
        }
        io::ErrorKind::NotFound if path.exists() => {
            Detail::WrongArchitecture(path_buf, error).into()
        }
        io::ErrorKind::NotFound => Detail::BinaryGone(path_buf, Some(error)).into(),
        io::ErrorKind::PermissionDenied => Detail::NotExecutable(path_buf, Some(error)).into(),
        _ if is_foreign => Detail::WrongArchitecture(path_buf, error).into(),
        _ => Error::io(Call::Spawn, path, error),
    }
}

/// Whether a shell tried to read the binary as a script: what some C libraries do with a file that the system cannot
/// load, such as one for another processor or one that was cut off.
pub(crate) fn was_read_by_shell(path: &Path, output: &str) -> bool {
    let named = format!("{}: ", path.display());
    let mut head = [0; 64];
    let read = File::open(path).and_then(|mut file| file.read(&mut head));
    let is_script = head.starts_with(b"#!");
    read.is_ok() && !is_script && output.contains(&named)
}
