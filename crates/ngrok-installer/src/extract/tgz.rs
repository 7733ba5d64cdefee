//! `.tgz`: read once, from front to back, as it arrives.

use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;
use tar::{Archive, EntryType};

use super::{Limits, Program, damaged, drain, names};
use crate::error::{ArchiveFault, Error, Result};

pub(super) fn read(input: impl BufRead, program: &mut Program<'_>) -> Result<()> {
    let mut archive = Archive::new(Unpacked {
        decoder: MultiGzDecoder::new(Counted { input, bytes: 0 }),
        bytes: 0,
        limits: program.limits,
    });
    let mut is_found = false;
    // Raw: extended headers (long names, sparse maps) are entries like any other, and ignored like them.
    // Resolving them would read entries of any size into memory, and the program needs none of them.
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        let kind = entry.header().entry_type();
        let name = entry.header().path_bytes().into_owned();
        if is_extension(kind) || !names::is_program(&name)? {
            continue;
        }
        if let Some(what) = refusal(kind) {
            return Err(names::refused(&name, what));
        }
        if is_found {
            return Err(Error::archive(ArchiveFault::Ambiguous));
        }
        let size = entry.size();
        let before = program.bytes;
        program.fill(&mut entry)?;
        if program.bytes - before != size {
            return Err(Error::archive(ArchiveFault::Truncated));
        }
        is_found = true;
    }
    // The gzip checksum comes after the tar's end.
    drain(&mut archive.into_inner())?;
    is_found
        .then_some(())
        .ok_or_else(|| Error::archive(ArchiveFault::NoBinary))
}

/// Whether it only describes the entry after it, whose name it may bear.
fn is_extension(kind: EntryType) -> bool {
    matches!(
        kind,
        EntryType::XHeader
            | EntryType::XGlobalHeader
            | EntryType::GNULongName
            | EntryType::GNULongLink
    )
}

/// Why an entry called `ngrok` is refused, if it is.
fn refusal(kind: EntryType) -> Option<&'static str> {
    match kind {
        EntryType::Regular => None,
        EntryType::Symlink => Some("a symbolic link"),
        EntryType::Link => Some("a hard link"),
        EntryType::Directory => Some("a directory"),
        EntryType::Char | EntryType::Block => Some("a device"),
        EntryType::Fifo => Some("a named pipe"),
        _ => Some("not a regular file"),
    }
}

/// What goes into the decoder, counted.
struct Counted<R> {
    input: R,
    bytes: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(buffer)?;
        self.bytes += n as u64;
        Ok(n)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.bytes += amount as u64;
        self.input.consume(amount);
    }
}

/// What comes out of the decoder, capped by size and by ratio.
struct Unpacked<R> {
    decoder: MultiGzDecoder<Counted<R>>,
    bytes: u64,
    limits: Limits,
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.decoder.read(buffer)?;
        self.bytes += n as u64;
        let packed = self.decoder.get_ref().bytes;
        self.limits
            .check(self.bytes, packed)
            .map_err(io::Error::other)?;
        Ok(n)
    }
}
