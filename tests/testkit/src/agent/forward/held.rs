//! The body of a request, kept until a policy has seen all of it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;

use super::wire::Framing;

/// The longest body that is kept.
const MAX_HELD: usize = 8 * 1024 * 1024;

/// Takes bytes, up to a size.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) bytes: Vec<u8>,
    /// More came than is kept.
    pub(super) is_full: bool,
}

impl AsyncWrite for Held {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.bytes.len().saturating_add(bytes.len()) > MAX_HELD {
            self.is_full = true;
            return Poll::Ready(Err(io::ErrorKind::StorageFull.into()));
        }
        self.bytes.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The body within its framing. What was read is well formed.
pub(super) fn dechunked(raw: &[u8], framing: Framing) -> Vec<u8> {
    if framing != Framing::Chunked {
        return raw.to_vec();
    }
    let mut body = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end + 1);
        let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
        let size = std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| usize::from_str_radix(digits.trim(), 16).ok())
            .unwrap_or(0);
        let Some((chunk, after)) = after.split_at_checked(size).filter(|_| size > 0) else {
            break;
        };
        body.extend_from_slice(chunk);
        rest = after.get(2..).unwrap_or_default();
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together() {
        let raw = b"4\r\nabcd\r\n3;x=y\r\nefg\r\n0\r\nTrailer: t\r\n\r\n";
        assert_eq!(dechunked(raw, Framing::Chunked), b"abcdefg");
        assert_eq!(dechunked(b"4\r\nabcd", Framing::Length(7)), b"4\r\nabcd");
        assert_eq!(dechunked(b"0\r\n\r\n", Framing::Chunked), b"");
    }
}
