//! From the agent's base64 to the body of a message: head cut off, chunks joined, decompressed.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Deref;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ngrok_core::Deadline;
use serde::de::DeserializeOwned;

use crate::error::Detail;
use crate::{Error, Result};

/// More layers of encoding than any honest sender uses; each costs a pass over the data.
const MOST_CODINGS: usize = 8;

/// How much is inflated between two looks at the clock.
const STEP: usize = 64 * 1024;

/// The standard alphabet, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The body of a captured message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    bytes: Vec<u8>,
    truncated: bool,
}

impl Body {
    /// Whether the end is missing: the agent keeps only so much of a long body, and nothing yet of one under way.
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The text, with replacement characters where it is not UTF-8.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// The body read as JSON.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) if it is not, or not that.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.bytes).map_err(|e| {
            Error::new(Detail::BadCapture {
                what: "body is not the JSON that was expected".to_owned(),
                source: Some(e.into()),
            })
        })
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

pub(super) fn raw_bytes(raw: Option<&str>) -> Result<Vec<u8>> {
    BASE64
        .decode(raw.unwrap_or_default())
        .map_err(|e| broken("base64", io::Error::other(e)))
}

/// The body of the message that `raw` is.
pub(super) fn decode(raw: &[u8], max: usize, deadline: Deadline) -> Result<Body> {
    let Some((head, rest)) = split_head(raw) else {
        // Not even the head is whole.
        return Ok(Body {
            bytes: Vec::new(),
            truncated: !raw.is_empty(),
        });
    };
    let chunked = head_values(head, "transfer-encoding").any(|c| c.eq_ignore_ascii_case("chunked"));
    let (mut bytes, mut truncated) = if chunked {
        join_chunks(rest)?
    } else {
        let declared = head_values(head, "content-length").next();
        let declared = declared.and_then(|n| n.parse().ok()).unwrap_or(0);
        // An answer to HEAD declares what it does not send.
        (rest.to_vec(), !rest.is_empty() && rest.len() < declared)
    };
    let codings = codings(head)?;
    for coding in codings.into_iter().rev().filter(|_| !rest.is_empty()) {
        let (decoded, cut) = decompress(coding, &bytes, max, deadline)?;
        (bytes, truncated) = (decoded, truncated || cut);
    }
    if bytes.len() > max {
        return Err(Error::new(Detail::LargeBody(max)));
    }
    Ok(Body { bytes, truncated })
}

fn broken(what: &str, cause: impl Into<io::Error>) -> Error {
    Error::new(Detail::BadCapture {
        what: format!("{what} of a captured message is broken"),
        source: Some(Box::new(cause.into())),
    })
}

fn split_head(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = raw.windows(4).position(|w| w == b"\r\n\r\n")?;
    Some((raw.get(..at)?, raw.get(at + 4..)?))
}

/// The items of a header that is a list, in order.
fn head_values<'a>(head: &'a [u8], name: &'a str) -> impl Iterator<Item = &'a str> {
    head.split(|b| *b == b'\n')
        .filter_map(|line| str::from_utf8(line).ok()?.split_once(':'))
        .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
        .flat_map(|(_, value)| value.split(','))
        .map(str::trim)
}

/// The encodings that change the body, in the order in which they were applied.
fn codings(head: &[u8]) -> Result<Vec<&str>> {
    let changing = head_values(head, "content-encoding")
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"));
    let codings: Vec<&str> = changing.take(MOST_CODINGS + 1).collect();
    if codings.len() > MOST_CODINGS {
        return Err(Error::new(Detail::BadCapture {
            what: format!("body is encoded more than {MOST_CODINGS} times over"),
            source: None,
        }));
    }
    Ok(codings)
}

/// The data of a chunked body, and whether its end is missing.
fn join_chunks(mut rest: &[u8]) -> Result<(Vec<u8>, bool)> {
    let mut data = Vec::with_capacity(rest.len());
    loop {
        let Some(end) = rest.windows(2).position(|w| w == b"\r\n") else {
            return Ok((data, true));
        };
        let line = rest.get(..end).unwrap_or_default();
        let size = line.split(|b| *b == b';').next().unwrap_or_default();
        let size = str::from_utf8(size).ok().map(str::trim);
        let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size) = size else {
            return Err(broken("chunked body", io::ErrorKind::InvalidData));
        };
        if size == 0 {
            return Ok((data, false));
        }
        let chunk = rest.get(end + 2..).unwrap_or_default();
        match chunk.get(..size) {
            Some(whole) => data.extend_from_slice(whole),
            None => {
                data.extend_from_slice(chunk);
                return Ok((data, true));
            }
        }
        rest = chunk.get(size..).unwrap_or_default();
        rest = rest.strip_prefix(b"\r\n").unwrap_or(rest);
    }
}

/// The decompressed data, and whether its end is missing.
fn decompress(
    coding: &str,
    data: &[u8],
    max: usize,
    deadline: Deadline,
) -> Result<(Vec<u8>, bool)> {
    match coding.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => inflate("gzip", MultiGzDecoder::new(data), max, deadline),
        // By the standard there is a zlib header; some leave it out.
        "deflate" if has_zlib_header(data) => {
            inflate("deflate", ZlibDecoder::new(data), max, deadline)
        }
        "deflate" => inflate("deflate", DeflateDecoder::new(data), max, deadline),
        other => Err(Error::new(Detail::BadCapture {
            what: format!("body is encoded as {other:?}, which only `raw_bytes` gives back"),
            source: None,
        })),
    }
}

fn has_zlib_header(data: &[u8]) -> bool {
    matches!(data, [a, b, ..] if a & 0x0f == 8 && (u16::from(*a) << 8 | u16::from(*b)) % 31 == 0)
}

fn inflate(
    coding: &str,
    mut from: impl Read,
    max: usize,
    deadline: Deadline,
) -> Result<(Vec<u8>, bool)> {
    let mut data = Vec::new();
    loop {
        let step = from.by_ref().take(STEP as u64).read_to_end(&mut data);
        if data.len() > max {
            return Err(Error::new(Detail::LargeBody(max)));
        }
        match step {
            Ok(0) => return Ok((data, false)),
            Ok(_) if deadline.is_over() => return Err(Error::new(Detail::SlowBody(data.len()))),
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok((data, true)),
            Err(e) => return Err(broken(coding, e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use flate2::Compression;
    use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;

    fn message(headers: &str, body: &[u8]) -> Vec<u8> {
        let mut raw = format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes();
        raw.extend(body);
        raw
    }

    fn all(mut from: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn chunked(body: &[u8], size: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for chunk in body.chunks(size) {
            out.extend(format!("{:X};x=y\r\n", chunk.len()).bytes());
            out.extend(chunk);
            out.extend(b"\r\n");
        }
        out.extend(b"0\r\nTrailer: x\r\n\r\n");
        out
    }

    #[test]
    fn each_encoding_is_undone() {
        let text = b"hello hello hello";
        let level = Compression::fast();
        let gz = all(GzEncoder::new(&text[..], level));
        let zlib = all(ZlibEncoder::new(&text[..], level));
        let plain = all(DeflateEncoder::new(&text[..], level));
        let twice = all(GzEncoder::new(&zlib[..], level));
        let te = "Transfer-Encoding: chunked\r\n";
        for (headers, body) in [
            ("Content-Length: 17\r\n".to_owned(), text.to_vec()),
            ("Content-Encoding: identity\r\n".to_owned(), text.to_vec()),
            (te.to_owned(), chunked(text, 5)),
            ("content-encoding: GZIP\r\n".to_owned(), gz.clone()),
            (format!("Content-Encoding: x-gzip\r\n{te}"), chunked(&gz, 7)),
            ("Content-Encoding: deflate\r\n".to_owned(), zlib),
            ("Content-Encoding: deflate\r\n".to_owned(), plain),
            ("Content-Encoding: deflate, gzip\r\n".to_owned(), twice),
        ] {
            let decoded = decode(&message(&headers, &body), 100, Deadline::never()).unwrap();
            assert_eq!(&*decoded, text, "{headers}");
            assert!(!decoded.is_truncated(), "{headers}");
        }
    }

    #[test]
    fn what_is_cut_off_is_marked() {
        let text = vec![b'x'; 4000];
        let gz = all(GzEncoder::new(&text[..], Compression::none()));
        for (raw, kept) in [
            (message("Content-Length: 17\r\n", b"hello"), 5),
            (message("Transfer-Encoding: chunked\r\n", b"5\r\nhel"), 3),
            (
                message("Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n"),
                5,
            ),
            (message("Content-Encoding: gzip\r\n", &gz[..2000]), 1900),
            (b"HTTP/1.1 200 OK\r\nConte".to_vec(), 0),
        ] {
            let body = decode(&raw, 10_000, Deadline::never()).unwrap();
            assert!(body.is_truncated() && body.len() >= kept, "{raw:?}");
        }
        let head = message("Content-Length: 195\r\n", b"");
        assert!(!decode(&head, 10, Deadline::never()).unwrap().is_truncated());
        assert!(!decode(b"", 10, Deadline::never()).unwrap().is_truncated());
    }

    #[test]
    fn what_is_broken_is_an_error() {
        for (headers, body) in [
            ("Transfer-Encoding: chunked\r\n", &b"zz\r\nhello"[..]),
            ("Transfer-Encoding: chunked\r\n", b"fffffffffffffffff\r\n"),
            ("Content-Encoding: gzip\r\n", b"this is not gzip"),
            ("Content-Encoding: br\r\n", b"x"),
        ] {
            let error = decode(&message(headers, body), 100, Deadline::never()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{headers}");
        }
        assert_eq!(
            raw_bytes(Some("not*base64")).unwrap_err().kind(),
            ErrorKind::Decode
        );
        assert_eq!(raw_bytes(Some("aGk")).unwrap(), b"hi");
    }

    #[test]
    fn a_bomb_is_not_unfolded() {
        let zeros = all(GzEncoder::new(
            io::repeat(0).take(50_000_000),
            Compression::best(),
        ));
        let raw = message("Content-Encoding: gzip\r\n", &zeros);
        let error = decode(&raw, 1_000_000, Deadline::never()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        let error = decode(&message("", b"hello"), 4, Deadline::never()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }

    #[test]
    fn the_largest_cap_is_none() {
        let gz = all(GzEncoder::new(&b"hello"[..], Compression::fast()));
        let raw = message("Content-Encoding: gzip\r\n", &gz);
        assert_eq!(
            &*decode(&raw, usize::MAX, Deadline::never()).unwrap(),
            b"hello"
        );
    }

    proptest! {
        #[test]
        fn chunks_are_joined(body: Vec<u8>, size in 1_usize..50) {
            let raw = message("Transfer-Encoding: chunked\r\n", &chunked(&body, size));
            let decoded = decode(&raw, 1 << 20, Deadline::never()).unwrap();
            prop_assert!(!decoded.is_truncated());
            prop_assert_eq!(decoded.into_bytes(), body);
        }

        #[test]
        fn no_bytes_panic(body: Vec<u8>, kind in 0..4) {
            let headers = ["", "Transfer-Encoding: chunked\r\n", "Content-Encoding: gzip\r\n", "Content-Encoding: deflate\r\n"];
            let _ = decode(&message(headers[kind as usize], &body), 1000, Deadline::never());
            let _ = decode(&body, 1000, Deadline::never());
        }
    }
}
