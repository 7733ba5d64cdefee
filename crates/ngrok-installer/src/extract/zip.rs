//! `.zip`: its directory is at its end, so all of it is written to an unnamed file first.

use std::io::{BufReader, Read, Seek};

use zip::read::Config;
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

use super::{BUFFER, Program, copy, damaged, names};
use crate::error::{ArchiveFault, Error, Result};

pub(super) fn read(input: &mut impl Read, program: &mut Program<'_>) -> Result<()> {
    let (directory, limits) = (program.directory, program.limits);
    let spool_error = |e| Error::io("write a temporary file in", directory, e);
    let mut spool = tempfile::tempfile_in(directory).map_err(spool_error)?;
    copy(input, &mut spool, directory)?;
    let packed = spool.stream_position().map_err(spool_error)?;
    let reader = || -> Result<_> {
        let mut again = spool.try_clone().map_err(spool_error)?;
        again.rewind().map_err(spool_error)?;
        Ok(BufReader::with_capacity(BUFFER, again))
    };
    // Entry by entry: an index of the whole would take memory that the archive's maker decides on,
    // and would hide an entry behind another one of the same name.
    let mut archive = ZipIterable::try_new(reader()?, Config::default()).map_err(no_directory)?;
    let mut chosen = None;
    for entry in archive.files().map_err(unreadable)? {
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
    let mut reader = reader()?;
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
