//! Archives as ngrok's download host serves them, packed in memory.

use std::io::{self, Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// One file of an archive.
#[derive(Clone, Debug)]
pub struct Entry {
    name: String,
    bytes: Vec<u8>,
    mode: u32,
}

impl Entry {
    /// A file that may be executed (mode `0755`), as the agent is.
    pub fn executable(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
            mode: 0o755,
        }
    }

    /// A plain file (mode `0644`).
    pub fn file(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            mode: 0o644,
            ..Self::executable(name, bytes)
        }
    }
}

/// Packs a gzipped tar. Names are written as they are, `../evil` too: a test of an extractor may want that.
///
/// # Errors
/// When a name is longer than a tar header has room for (100 bytes).
pub fn tgz(entries: &[Entry]) -> io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for entry in entries {
        let mut header = tar::Header::new_gnu();
        // `set_path` refuses the names that an extractor must refuse.
        let name = entry.name.as_bytes();
        let Some(field) = header.as_old_mut().name.get_mut(..name.len()) else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "name too long for tar",
            ));
        };
        field.copy_from_slice(name);
        header.set_size(entry.bytes.len() as u64);
        header.set_mode(entry.mode);
        header.set_cksum();
        tar.append(&header, entry.bytes.as_slice())?;
    }
    tar.into_inner()?.finish()
}

/// Packs a zip with deflated entries.
///
/// # Errors
/// When an entry is too large for the format.
pub fn zip(entries: &[Entry]) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let options = SimpleFileOptions::default().unix_permissions(entry.mode);
        zip.start_file(entry.name.as_str(), options)
            .map_err(io::Error::other)?;
        zip.write_all(&entry.bytes)?;
    }
    Ok(zip.finish().map_err(io::Error::other)?.into_inner())
}
