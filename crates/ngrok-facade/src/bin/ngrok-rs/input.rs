//! Text from stdin or a file, in the encodings that Windows writes it in.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads stdin to its end, at most this many bytes.
pub(crate) fn stdin(limit: u64) -> io::Result<String> {
    read(io::stdin().lock(), limit)
}

/// Reads a file, at most this many bytes.
pub(crate) fn file(path: impl AsRef<Path>, limit: u64) -> io::Result<String> {
    read(File::open(path)?, limit)
}

fn read(from: impl Read, limit: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    from.take(limit).read_to_end(&mut bytes)?;
    decoded(bytes)
}

/// A byte-order mark says how the text is encoded, and is not part of it. PowerShell puts one before what it pipes to a
/// program, and so do editors.
fn decoded(bytes: Vec<u8>) -> io::Result<String> {
    let invalid =
        |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("it is not {what}"));
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units = pairs.iter().map(|pair| unit(*pair));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.ok()
            .filter(|_| rest.is_empty())
            .ok_or_else(|| invalid("UTF-16, as its first bytes say"))
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            String::from_utf8(rest.to_vec()).map_err(|_| invalid("UTF-8"))
        }
        _ => String::from_utf8(bytes).map_err(|_| invalid("UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_not_part_of_the_text() {
        let le = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = "\u{feff}tök\r\n";
        let cases: [(Vec<u8>, &str); 6] = [
            ("tök\r\n".into(), "tök\r\n"),
            (marked.into(), "tök\r\n"),
            (le(marked), "tök\r\n"),
            (be(marked), "tök\r\n"),
            ("\u{feff}".into(), ""),
            ("".into(), ""),
        ];
        for (bytes, text) in cases {
            assert_eq!(decoded(bytes.clone()).unwrap(), text, "{bytes:?}");
        }
    }

    #[test]
    fn other_encodings_are_refused_by_name() {
        for (bytes, said) in [
            (&b"t\xf6k"[..], "UTF-8"),
            (b"\xef\xbb\xbft\xf6k", "UTF-8"),
            (b"\xff\xfet\0o", "UTF-16"),
            (b"\xff\xfe\0\xd8", "UTF-16"),
        ] {
            let error = decoded(bytes.to_vec()).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
