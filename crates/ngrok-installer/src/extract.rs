//! From an archive's bytes to the one program in it.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use crate::digest::Hasher;
use crate::error::{ArchiveFault, Error, Result};
use crate::feed::{Failure, Feed};
use crate::header;
use crate::platform::Platform;

mod names;
mod tgz;
#[cfg(feature = "zip")]
mod zip;

/// How much of an archive is held in memory at a time.
const BUFFER: usize = 64 * 1024;

/// Caps that keep a hostile archive from filling the disk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes that the whole archive may unpack to.
    pub(crate) unpacked: u64,
    /// How many times its own size the archive may unpack to.
    pub(crate) ratio: u64,
}

/// What came out of an archive.
#[derive(Debug)]
pub(crate) struct Extracted {
    pub(crate) archive_sha256: String,
    pub(crate) binary_sha256: String,
    pub(crate) bytes: u64,
}

/// Reads all of `feed` and writes the program in it to `out`. A temporary file, if one is needed, goes to `directory`.
pub(crate) fn extract(
    mut feed: Feed<'_>,
    out: &mut File,
    directory: &Path,
    limits: Limits,
    platform: Platform,
) -> Result<Extracted, Failure> {
    let mut program = Program::new(out, directory, limits);
    let result = read_by_form(&mut feed, &mut program)
        // To the very end: the digest is that of the whole file.
        .and_then(|()| drain(&mut feed))
        .and_then(|()| feed.verified_digest())
        .and_then(|digest| header::check(&program.head, platform).map(|()| digest));
    // A broken connection or a cancelled read is the cause of whatever the decoders said about it.
    if let Some(failure) = feed.take_failure() {
        return Err(failure);
    }
    Ok(Extracted {
        archive_sha256: result.map_err(Failure::Error)?,
        bytes: program.bytes,
        binary_sha256: program.hasher.finish(),
    })
}

/// The content decides what it is; a name may lie, or say nothing.
fn read_by_form(feed: &mut Feed<'_>, program: &mut Program<'_>) -> Result<()> {
    let head = read_head(feed)?;
    let mut whole = BufReader::with_capacity(BUFFER, io::Cursor::new(&head).chain(&mut *feed));
    match Form::of(&head) {
        Form::Nothing => Err(Error::archive(ArchiveFault::Empty)),
        Form::Gzip => tgz::read(whole, program),
        Form::Zip => {
            let spooled = spool(&mut whole, program.directory)?;
            drop(whole);
            // All of it is here, so nothing of a wrong one is looked at.
            feed.verified_digest()?;
            unzip(&spooled, program)
        }
        Form::Program => program.fill(&mut whole),
        Form::WebPage => Err(Error::archive(ArchiveFault::WebPage)),
        Form::Unknown => Err(Error::archive(ArchiveFault::Unknown)),
    }
}

/// Keeps all of an archive in a file without a name.
fn spool(from: &mut impl Read, directory: &Path) -> Result<File> {
    let mut spooled = tempfile::tempfile_in(directory)
        .map_err(|e| Error::io("write a temporary file in", directory, e))?;
    copy(from, &mut spooled, directory)?;
    Ok(spooled)
}

#[cfg(feature = "zip")]
use self::zip::read as unzip;

#[cfg(not(feature = "zip"))]
fn unzip(_: &File, _: &mut Program<'_>) -> Result<()> {
    Err(Error::missing_feature("zip", "a .zip archive"))
}

#[derive(Debug, PartialEq, Eq)]
enum Form {
    Nothing,
    Gzip,
    Zip,
    Program,
    WebPage,
    Unknown,
}

impl Form {
    fn of(head: &[u8]) -> Self {
        let text = head.trim_ascii_start();
        match head {
            [] => Self::Nothing,
            [0x1f, 0x8b, ..] => Self::Gzip,
            // An entry, or the end of an archive without any.
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            head if header::is_program(head) => Self::Program,
            _ if text.first() == Some(&b'<') => Self::WebPage,
            _ => Self::Unknown,
        }
    }
}

fn read_head(feed: &mut Feed<'_>) -> Result<Vec<u8>> {
    let mut head = Vec::with_capacity(header::HEAD);
    feed.take(header::HEAD as u64)
        .read_to_end(&mut head)
        .map_err(damaged)?;
    Ok(head)
}

/// Reads the rest, which nobody needs but the digest and the checksums.
fn drain(from: &mut impl Read) -> Result<()> {
    copy(from, &mut io::sink(), Path::new(""))
}

/// Copies all there is. Faults of `from` are the archive's, faults of `to` those of the disk that `path` lies on.
fn copy(from: &mut impl Read, to: &mut impl Write, path: &Path) -> Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => to
                .write_all(buffer.get(..n).unwrap_or_default())
                .map_err(|e| unwritten(e, path))?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(damaged(e)),
        }
    }
}

fn unwritten(error: io::Error, path: &Path) -> Error {
    match error.downcast::<Error>() {
        Ok(ours) => ours,
        Err(error) => Error::io("write to the directory", path, error),
    }
}

/// A decoder's error: the archive ends too early, or is not what it should be.
fn damaged(error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(ours) => ours,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::archive_caused(ArchiveFault::Truncated, error)
        }
        Err(error) => Error::archive_caused(ArchiveFault::Corrupt, error),
    }
}

/// The program as it is written: counted, capped, hashed, and its first bytes kept.
struct Program<'a> {
    out: &'a mut File,
    /// Where `out` lies.
    directory: &'a Path,
    limits: Limits,
    hasher: Hasher,
    bytes: u64,
    head: Vec<u8>,
}

impl<'a> Program<'a> {
    fn new(out: &'a mut File, directory: &'a Path, limits: Limits) -> Self {
        Self {
            out,
            directory,
            limits,
            hasher: Hasher::default(),
            bytes: 0,
            head: Vec::new(),
        }
    }

    fn fill(&mut self, from: &mut impl Read) -> Result<()> {
        let directory = self.directory;
        copy(from, self, directory)
    }
}

impl Write for Program<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.limits
            .check_size(self.bytes.saturating_add(bytes.len() as u64))
            .map_err(io::Error::other)?;
        let written = self.out.write(bytes)?;
        let bytes = bytes.get(..written).unwrap_or_default();
        let missing = header::HEAD.saturating_sub(self.head.len());
        self.head
            .extend_from_slice(bytes.get(..missing).unwrap_or(bytes));
        self.hasher.update(bytes);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Limits {
    fn check_size(self, unpacked: u64) -> Result<()> {
        if unpacked > self.unpacked {
            return Err(Error::archive(ArchiveFault::TooLarge {
                what: "what the archive unpacks to",
                cap: self.unpacked,
            }));
        }
        Ok(())
    }

    /// Small archives may be dense (a text, a padded file), so the ratio counts from the first megabyte.
    fn check(self, unpacked: u64, packed: u64) -> Result<()> {
        const FREE: u64 = 1024 * 1024;
        self.check_size(unpacked)?;
        if unpacked.saturating_sub(FREE) > packed.saturating_mul(self.ratio) {
            return Err(Error::archive(ArchiveFault::TooDense { ratio: self.ratio }));
        }
        Ok(())
    }
}
