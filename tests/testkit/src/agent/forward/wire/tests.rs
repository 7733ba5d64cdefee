//! Messages in one piece, in many, and cut short.

use std::pin::Pin;
use std::task::{Context, Poll};

use proptest::prelude::*;
use tokio::io::ReadBuf;

use super::*;

#[tokio::test]
async fn messages_follow_each_other_on_one_connection() {
    let wire = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\nGET /b HTTP/1.1\r\nConnection: a, Close\r\n\r\n";
    let mut reader = Reader::new(wire.as_slice());
    let first = reader.head().await.unwrap().unwrap();
    assert_eq!(first.words(), ("POST", "/a", "HTTP/1.1"));
    assert_eq!(first.request_framing().unwrap(), Framing::Chunked);
    assert!(first.keeps_alive());
    let (mut to, mut seen) = (Vec::new(), Vec::new());
    reader
        .body(Framing::Chunked, &mut to, &mut |b| {
            seen.extend_from_slice(b)
        })
        .await
        .unwrap();
    assert_eq!(to, b"5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n");
    assert_eq!(to, seen);
    let second = reader.head().await.unwrap().unwrap();
    assert!(!second.keeps_alive());
    assert_eq!(second.request_framing().unwrap(), Framing::Length(0));
    assert!(reader.head().await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_no_message_is_an_error() {
    for wire in [
        "rubbish",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200",
    ] {
        assert!(Reader::new(wire.as_bytes()).head().await.is_err(), "{wire}");
    }
    let head = Head::parse(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").unwrap();
    assert!(head.response_framing("GET").is_err());
    let mut short = Reader::new(b"abc".as_slice());
    let error = short
        .body(Framing::Length(4), &mut Vec::new(), &mut |_| ())
        .await;
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn an_answer_without_a_body_is_known_by_method_and_status() {
    let head = |status| Head {
        start: format!("HTTP/1.1 {status} X"),
        headers: vec![("content-length".into(), b"9".to_vec())],
    };
    for (status, method, framing) in [
        (200, "HEAD", Framing::Length(0)),
        (204, "GET", Framing::Length(0)),
        (304, "GET", Framing::Length(0)),
        (200, "GET", Framing::Length(9)),
    ] {
        assert_eq!(head(status).response_framing(method).unwrap(), framing);
    }
    let open = Head {
        start: "HTTP/1.0 200 OK".into(),
        headers: Vec::new(),
    };
    assert_eq!(open.response_framing("GET").unwrap(), Framing::UntilClose);
}

/// Gives its bytes in pieces of these lengths, over and over.
struct Pieces {
    bytes: Vec<u8>,
    lengths: Vec<usize>,
    next: usize,
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = self.lengths[self.next % self.lengths.len()];
        self.next += 1;
        let length = length.min(self.bytes.len()).min(buffer.remaining());
        let piece: Vec<u8> = self.bytes.drain(..length).collect();
        buffer.put_slice(&piece);
        Poll::Ready(Ok(()))
    }
}

/// A request with a body in one of the two framings, as bytes.
fn message(body: &[u8], chunks: Option<usize>) -> Vec<u8> {
    let mut bytes = b"POST /x HTTP/1.1\r\nHost: a\r\n".to_vec();
    match chunks {
        None => {
            bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
            bytes.extend(body);
        }
        Some(size) => {
            bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
            for chunk in body.chunks(size) {
                bytes.extend(format!("{:X}\r\n", chunk.len()).bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
        }
    }
    bytes
}

/// Everything that comes out of a reader, heads and bodies, up to its end.
async fn passed(reader: &mut Reader<Pieces>) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    while let Some(head) = reader.head().await? {
        out.extend(head.to_bytes());
        let framing = head.request_framing()?;
        reader.body(framing, &mut out, &mut |_| ()).await?;
    }
    Ok(out)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn messages_pass_unchanged_however_they_are_cut_into_pieces(
        bodies in prop::collection::vec(
            (prop::collection::vec(any::<u8>(), 0..400), prop::option::of(1_usize..90)),
            1..5,
        ),
        lengths in prop::collection::vec(1_usize..120, 1..6),
    ) {
        let bytes: Vec<u8> = bodies.iter().flat_map(|(body, chunks)| message(body, *chunks)).collect();
        let pieces = Pieces { bytes: bytes.clone(), lengths, next: 0 };
        prop_assert_eq!(run(passed(&mut Reader::new(pieces))).unwrap(), bytes);
    }

    #[test]
    fn no_bytes_make_a_reader_panic_or_hang(
        bytes in prop::collection::vec(prop::sample::select(b"GET / HTP1.0\r\n:\r\n\xff0f;Content-Length: 9".to_vec()), 0..300),
        framing in prop::sample::select(vec![Framing::Chunked, Framing::Length(50), Framing::UntilClose]),
    ) {
        let pieces = || Pieces { bytes: bytes.clone(), lengths: vec![7], next: 0 };
        let _ = run(passed(&mut Reader::new(pieces())));
        let _ = run(Reader::new(pieces()).body(framing, &mut Vec::new(), &mut |_| ()));
    }
}
