//! The pages that ngrok answers with itself. The words are ours, the codes and headers ngrok's.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::wire::{Head, Reader};

/// Text as HTML shows it.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A page with a code, and the head to send before it.
pub(crate) fn error(status: u16, reason: &str, code: u16, text: &str) -> (Head, Vec<u8>) {
    let text = escape(text);
    let body = format!(
        "<!DOCTYPE html>\n<html><body><h1>{status} {reason}</h1><p>{text}</p><p>ERR_NGROK_{code}</p></body></html>\n"
    );
    let mut head = plain(status, reason, "text/html", body.len());
    head.add("Ngrok-Error-Code", &format!("ERR_NGROK_{code}"));
    (head, body.into_bytes())
}

/// The answer to a request without the right credentials.
pub(crate) fn unauthorized(realm: &str) -> (Head, Vec<u8>) {
    let body = b"Authorization required\n".to_vec();
    let mut head = plain(401, "Unauthorized", "text/plain", body.len());
    head.add("WWW-Authenticate", &format!("Basic realm=\"{realm}\""));
    (head, body)
}

/// The answer of a policy: a status, headers and a body. Where no header says what the body is, it is plain text.
pub(crate) fn own(status: u16, headers: &[(String, String)], body: &[u8]) -> (Head, Vec<u8>) {
    let reason = hyper::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Unknown");
    let mut head = plain(status, reason, "text/plain", body.len());
    if matches!(status, 204 | 304) {
        head.remove("Content-Length");
    }
    for (name, value) in headers {
        if name.eq_ignore_ascii_case("content-type") {
            head.set(name, value);
        } else {
            head.add(name, value);
        }
    }
    (head, body.to_vec())
}

/// The answer to what is no request.
pub(crate) fn bad_request() -> (Head, Vec<u8>) {
    let body = b"Bad Request\n".to_vec();
    (plain(400, "Bad Request", "text/plain", body.len()), body)
}

fn plain(status: u16, reason: &str, content_type: &str, length: usize) -> Head {
    let mut head = Head {
        start: format!("HTTP/1.1 {status} {reason}"),
        headers: Vec::new(),
    };
    head.add("Content-Length", &length.to_string());
    head.add("Connection", "close");
    head.add("Content-Type", content_type);
    head
}

/// What a client sees while the session is lost.
pub(crate) async fn offline(mut stream: TcpStream) {
    let (read, mut write) = stream.split();
    let (head, body) = error(404, "Not Found", 3200, "The endpoint is offline.");
    // The request is read first, or closing would reset the connection before the page is read.
    if let Ok(Some(_)) = Reader::new(read).head().await {
        send_last(&mut write, &head, &body).await;
    }
}

/// Sends an answer after which the connection closes. Errors are the peer's absence.
pub(crate) async fn send_last(
    write: &mut (impl tokio::io::AsyncWrite + Unpin),
    head: &Head,
    body: &[u8],
) {
    let message = [head.to_bytes(), body.to_vec()].concat();
    let _ = tokio::time::timeout(Duration::from_secs(10), write.write_all(&message)).await;
    let _ = write.shutdown().await;
}
