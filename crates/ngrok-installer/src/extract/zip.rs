//! `.zip`: its directory is at its end, so all of it has to be in a file first.

use std::fs::File;
use std::io::BufReader;

use zip::read::Config;
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

use super::{BUFFER, Program, damaged, names};
use crate::error::{ArchiveFault, Error, Result};

pub(super) fn read(archive: &File, program: &mut Program<'_>) -> Result<()> {
    let (directory, limits) = (program.directory, program.limits);
    let io_error = |e| Error::io("read a temporary file in", directory, e);
    let packed = archive.metadata().map_err(io_error)?.len();
    let mut reader = BufReader::with_capacity(BUFFER, archive);
    // Entry by entry: an index of the whole would take memory that the archive's maker decides on,
    // and would hide an entry behind another one of the same name.
    let mut entries = ZipIterable::try_new(&mut reader, Config::default()).map_err(no_directory)?;
    let mut chosen = None;
    for entry in entries.files().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !names::is_program(entry.name_raw())? {
            continue;
        }
        if let Some(what) = refusal(entry.unix_mode(), entry.name_raw()) {
            return Err(names::refused(entry.name_raw(), what));
        }
        let is_known = matches!(
            entry.compression(),
            CompressionMethod::Stored | CompressionMethod::Deflated
        );
        if entry.encrypted() || !is_known {
            let what = "encrypted, or packed by a method that ngrok does not use";
            return Err(names::refused(entry.name_raw(), what));
        }
        limits.check(entry.size(), packed)?;
        if chosen.replace(entry).is_some() {
            return Err(Error::archive(ArchiveFault::Ambiguous));
        }
    }
    let Some(entry) = chosen else {
        return Err(Error::archive(ArchiveFault::NoBinary));
    };
    let mut file = entry
        .with_reader(&mut reader, ZipReadOptions::new())
        .map_err(unreadable)?;
    program.fill(&mut file)?;
    limits.check(program.bytes, packed)
}

/// Why an entry called `ngrok` is refused, if it is: by the file type of its Unix mode, where it has one.
fn refusal(mode: Option<u32>, name: &[u8]) -> Option<&'static str> {
    const KIND: u32 = 0o170_000;
    if name.ends_with(b"/") {
        return Some("a directory");
    }
    match mode.unwrap_or(0) & KIND {
        0 | 0o100_000 => None,
        0o120_000 => Some("a symbolic link"),
        0o040_000 => Some("a directory"),
        _ => Some("not a regular file"),
    }
}

/// Without the directory at its end, a zip is a beginning.
fn no_directory(error: ZipError) -> Error {
    match error {
        ZipError::Io(e) => damaged(e),
        other => Error::archive_caused(ArchiveFault::Truncated, other),
    }
}

fn unreadable(error: ZipError) -> Error {
    match error {
        ZipError::Io(e) => damaged(e),
        other => Error::archive_caused(ArchiveFault::Corrupt, other),
    }
}
