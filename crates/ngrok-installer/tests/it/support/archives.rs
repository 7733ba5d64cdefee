//! Archives, good and bad, and programs to put in them.

#[cfg(feature = "zip")]
use std::io::Cursor;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};

/// A script that is a program anywhere, made of `size` bytes that hardly compress; another `seed` gives another one.
pub(crate) fn program(seed: u64, size: usize) -> Vec<u8> {
    let mut bytes = format!("#!/bin/sh\necho {seed}\nexit 0\n").into_bytes();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    while bytes.len() < size {
        // xorshift: cheap, and no pattern that deflate would find.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(size.max(24));
    bytes
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

/// A `.tgz` with `ngrok` alone at its root.
pub(crate) fn tgz(program: &[u8]) -> Vec<u8> {
    gzip(&tar(&[Entry::file("ngrok", program)]))
}

/// A `.zip` with `ngrok` alone at its root.
#[cfg(feature = "zip")]
pub(crate) fn zip(program: &[u8]) -> Vec<u8> {
    zip_of(&[("ngrok", program, Some(0o755))])
}

pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: EntryType,
    pub(crate) content: &'a [u8],
}

impl<'a> Entry<'a> {
    pub(crate) fn file(name: &'a str, content: &'a [u8]) -> Self {
        Self {
            name,
            kind: EntryType::Regular,
            content,
        }
    }

    pub(crate) fn of(name: &'a str, kind: EntryType) -> Self {
        Self {
            name,
            kind,
            content: b"",
        }
    }
}

/// A tar whose names go in as they are, however bad.
pub(crate) fn tar(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for entry in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..entry.name.len()].copy_from_slice(entry.name.as_bytes());
        header.set_entry_type(entry.kind);
        header.set_size(entry.content.len() as u64);
        header.set_mode(0o644);
        if matches!(entry.kind, EntryType::Symlink | EntryType::Link) {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        builder.append(&header, entry.content).unwrap();
    }
    builder.into_inner().unwrap()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_at(bytes, Compression::fast())
}

pub(crate) fn gzip_at(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A zip of (name, content, Unix mode with the file type).
#[cfg(feature = "zip")]
pub(crate) fn zip_of(entries: &[(&str, &[u8], Option<u32>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content, mode) in entries {
        let mut options = zip::write::SimpleFileOptions::default();
        if let Some(mode) = mode {
            options = options.unix_permissions(mode & 0o777);
        }
        match mode.map(|mode| mode & 0o170_000) {
            Some(0o120_000) => writer.add_symlink(*name, "/etc/passwd", options).unwrap(),
            Some(0o040_000) => writer.add_directory(*name, options).unwrap(),
            _ => {
                writer.start_file(*name, options).unwrap();
                writer.write_all(content).unwrap();
            }
        }
    }
    writer.finish().unwrap().into_inner()
}
