//! The bytes of a config file as text: how many, in which encoding, and where in it something stands.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// Files above this are refused. An `ngrok.yml` has kilobytes, and what reads it is not linear in its size.
pub(super) const MAX_BYTES: u64 = 1 << 20;

/// Reads the whole file. What is no regular file (a directory, a pipe) is refused before it is opened.
pub(super) fn read(path: &Path) -> Result<String> {
    let refuse = |message: String| Error::config(ErrorKind::ConfigInvalid, message).in_file(path);
    let metadata = fs::metadata(path).map_err(|e| Error::io("read", path, e))?;
    if metadata.is_dir() {
        return Err(refuse(
            "a directory stands where the config file belongs".into(),
        ));
    }
    if !metadata.is_file() {
        return Err(refuse("not a regular file".into()));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|e| Error::io("read", path, e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(refuse(format!(
            "larger than {} KiB, which no config file is",
            MAX_BYTES >> 10
        )));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..valid).unwrap_or_default();
        let (line, column) = position(&String::from_utf8_lossy(before), valid);
        Error::config(
            ErrorKind::ConfigSyntax,
            "not UTF-8; save the file in that encoding",
        )
        .at(line, column)
        .in_file(path)
    })
}

/// Line and column of a byte, both counted from 1, the column in characters.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default();
    (line, column.trim_start_matches(BOM).chars().count() + 1)
}

/// The byte-order mark that some Windows editors put at the front.
pub(super) const BOM: char = '\u{feff}';

/// The byte-order mark, or nothing, and the rest.
pub(super) fn split_bom(text: &str) -> (&str, &str) {
    let rest = text.strip_prefix(BOM).unwrap_or(text);
    text.split_at(text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let text = "\u{feff}ä: ö\r\nb: c\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, text.find('ö').unwrap()), (1, 4));
        assert_eq!(position(text, text.find('c').unwrap()), (2, 4));
        assert_eq!(position(text, text.len()), (3, 1));
    }
}
