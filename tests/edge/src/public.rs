//! The public side of HTTP and HTTPS tunnels: one listener per scheme, routed by the `Host` header.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::shared::Shared;

/// The longest request head we look at.
const HEAD_LIMIT: usize = 64 * 1024;

/// Accepts public connections for ever; with an acceptor, TLS ends here.
pub(crate) async fn serve(shared: Arc<Shared>, listener: TcpListener, tls: Option<TlsAcceptor>) {
    while let Ok((socket, peer)) = listener.accept().await {
        let (shared, tls) = (shared.clone(), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => route(&shared, "http", peer, socket).await,
                Some(tls) => {
                    if let Ok(socket) = tls.accept(socket).await {
                        route(&shared, "https", peer, socket).await;
                    }
                }
            }
        });
    }
}

/// Finds the tunnel by the connection's first request, checks its password and adds ngrok's headers; later requests on the connection go the same way as they are.
async fn route<S>(shared: &Shared, scheme: &str, peer: SocketAddr, mut socket: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some((head, body)) = read_head(&mut socket).await else {
        return;
    };
    let host = header(&head, "host").unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_lowercase();
    let Some(tunnel) = shared.tunnels.by_url(&format!("{scheme}://{host}")) else {
        let text = format!("The endpoint {host} is offline.\n\nERR_NGROK_3200\n");
        let extra = "Ngrok-Error-Code: ERR_NGROK_3200\r\n";
        return answer(&mut socket, "404 Not Found", extra, &text).await;
    };
    let user = tunnel.opts.get("Auth").and_then(|auth| auth.as_str());
    if let Some(user) = user.filter(|user| !user.is_empty()) {
        let expected = format!("Basic {}", STANDARD.encode(user));
        if header(&head, "authorization") != Some(&expected) {
            let extra = "WWW-Authenticate: Basic realm=\"ngrok\"\r\n";
            return answer(&mut socket, "401 Unauthorized", extra, "").await;
        }
    }
    tunnel.connections.fetch_add(1, Ordering::Relaxed);
    let mut first = forwarded(&head, scheme, peer).into_bytes();
    first.extend_from_slice(&body);
    tunnel.session.carry(&tunnel, peer, socket, &first).await;
}

/// The head up to its empty line, and what of the body came with it.
async fn read_head<S: AsyncRead + Unpin>(socket: &mut S) -> Option<(String, Vec<u8>)> {
    let mut buffer = Vec::new();
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = buffer.split_off(end + 4);
            return Some((String::from_utf8_lossy(&buffer).into_owned(), body));
        }
        let size = socket.read_buf(&mut buffer).await.ok()?;
        if size == 0 || buffer.len() > HEAD_LIMIT {
            return None;
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The head with ngrok's `X-Forwarded-*` in the place of the client's.
fn forwarded(head: &str, scheme: &str, peer: SocketAddr) -> String {
    let earlier = header(head, "x-forwarded-for").map(|chain| format!("{chain}, "));
    let mut lines: Vec<&str> = head
        .trim_end()
        .lines()
        .filter(|line| {
            let name = line.split(':').next().unwrap_or_default().trim();
            !name.eq_ignore_ascii_case("x-forwarded-for")
                && !name.eq_ignore_ascii_case("x-forwarded-proto")
        })
        .collect();
    let chain = format!(
        "X-Forwarded-For: {}{}",
        earlier.unwrap_or_default(),
        peer.ip()
    );
    let proto = format!("X-Forwarded-Proto: {scheme}");
    lines.extend([chain.as_str(), &proto, "", ""]);
    lines.join("\r\n")
}

async fn answer<S: AsyncWrite + Unpin>(socket: &mut S, status: &str, extra: &str, text: &str) {
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n{extra}Connection: close\r\n\r\n{text}",
        text.len()
    );
    // A client that has gone away needs no answer.
    let _ = socket.write_all(response.as_bytes()).await;
    let _ = socket.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forwarded_headers_are_the_edges() {
        let head = "GET /a HTTP/1.1\r\nHost: x\r\nx-forwarded-for: 192.0.2.1\r\nX-Forwarded-Proto: ftp\r\n\r\n";
        let peer = "127.0.0.1:5".parse().unwrap();
        assert_eq!(
            forwarded(head, "https", peer),
            "GET /a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1, 127.0.0.1\r\nX-Forwarded-Proto: https\r\n\r\n"
        );
    }

    #[test]
    fn headers_are_found_whatever_their_case() {
        let head = "GET / HTTP/1.1\r\nhOST:  Web.Test:80 \r\n\r\n";
        assert_eq!(header(head, "Host"), Some("Web.Test:80"));
        assert_eq!(header(head, "Cookie"), None);
    }
}
