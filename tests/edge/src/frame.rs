//! The frame layer under an agent's session: eight bytes of header, then the payload.
//!
//! The first word holds the payload's length (24 bits), the kind (4) and the flags (4), the second the stream; both are big-endian.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The frame ends the sender's half of its stream.
pub(crate) const FIN: u8 = 1;
/// The frame opens its stream.
pub(crate) const SYN: u8 = 2;

/// What each side may send on a new stream before the other grants more.
pub(crate) const WINDOW: usize = 256 * 1024;
/// The largest payload we put into one frame.
pub(crate) const CHUNK: usize = 16 * 1024;

const STREAM_BITS: u32 = 0x7fff_ffff;

/// One frame of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) stream: u32,
    pub(crate) body: Body,
}

/// What a frame says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// The stream is broken off, with a reason's number.
    Reset(u32),
    /// Bytes of the stream, and the flags [`SYN`] and [`FIN`].
    Data { flags: u8, payload: Vec<u8> },
    /// The receiver has taken this many bytes: as many more may be sent.
    Window(u32),
    /// The whole session ends: the last stream that was served, a reason's number, a text.
    GoAway { last: u32, code: u32, text: String },
    /// A kind we do not know, which the protocol lets us skip.
    Unknown,
}

impl Frame {
    pub(crate) fn new(stream: u32, body: Body) -> Self {
        Self { stream, body }
    }

    fn encode(self) -> Vec<u8> {
        let (kind, flags, payload) = match self.body {
            Body::Reset(code) => (0, 0, code.to_be_bytes().to_vec()),
            Body::Data { flags, payload } => (1, flags, payload),
            Body::Window(amount) => (2, 0, amount.to_be_bytes().to_vec()),
            Body::GoAway { last, code, text } => {
                let mut payload = [last.to_be_bytes(), code.to_be_bytes()].concat();
                payload.extend_from_slice(text.as_bytes());
                (3, 0, payload)
            }
            Body::Unknown => (15, 0, Vec::new()),
        };
        let word = (payload.len() as u32) << 8 | kind << 4 | u32::from(flags);
        let mut bytes = [word.to_be_bytes(), self.stream.to_be_bytes()].concat();
        bytes.extend_from_slice(&payload);
        bytes
    }

    fn decode(word: u32, stream: u32, payload: Vec<u8>) -> Self {
        let body = match (word >> 4) & 15 {
            0 => Body::Reset(word_at(&payload, 0)),
            1 => Body::Data {
                flags: (word & 15) as u8,
                payload,
            },
            2 => Body::Window(word_at(&payload, 0) & STREAM_BITS),
            3 => Body::GoAway {
                last: word_at(&payload, 0),
                code: word_at(&payload, 4),
                text: String::from_utf8_lossy(payload.get(8..).unwrap_or_default()).into_owned(),
            },
            _ => Body::Unknown,
        };
        Self {
            stream: stream & STREAM_BITS,
            body,
        }
    }
}

fn word_at(payload: &[u8], start: usize) -> u32 {
    match payload.get(start..start + 4) {
        Some(&[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]),
        _ => 0,
    }
}

/// The next frame of the connection.
pub(crate) async fn read<R: AsyncRead + Unpin>(reader: &mut R) -> io::Result<Frame> {
    let word = reader.read_u32().await?;
    let stream = reader.read_u32().await?;
    let mut payload = vec![0; (word >> 8) as usize];
    reader.read_exact(&mut payload).await?;
    Ok(Frame::decode(word, stream, payload))
}

/// Puts a frame on the connection; the caller flushes.
pub(crate) async fn write<W: AsyncWrite + Unpin>(writer: &mut W, frame: Frame) -> io::Result<()> {
    writer.write_all(&frame.encode()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_come_back_as_they_were_sent() {
        let frames = [
            Body::Reset(7),
            Body::Data {
                flags: SYN | FIN,
                payload: b"hello".to_vec(),
            },
            Body::Data {
                flags: 0,
                payload: Vec::new(),
            },
            Body::Window(0x0102_0304),
            Body::GoAway {
                last: 9,
                code: 2,
                text: "later".into(),
            },
            Body::Unknown,
        ]
        .map(|body| Frame::new(5, body));
        let mut wire = Vec::new();
        for frame in frames.clone() {
            write(&mut wire, frame).await.unwrap();
        }
        let mut reader = wire.as_slice();
        for frame in frames {
            assert_eq!(read(&mut reader).await.unwrap(), frame);
        }
        assert!(read(&mut reader).await.is_err());
    }

    #[tokio::test]
    async fn the_header_is_the_agents() {
        let mut wire = Vec::new();
        let body = Body::Data {
            flags: SYN,
            payload: vec![0xff; 3],
        };
        write(&mut wire, Frame::new(2, body)).await.unwrap();
        assert_eq!(wire, [0, 0, 3, 0x12, 0, 0, 0, 2, 0xff, 0xff, 0xff]);
    }
}
