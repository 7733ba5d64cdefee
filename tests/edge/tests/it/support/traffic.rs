//! What must come through a tunnel unharmed, whoever opened it.

use std::io::{Read, Write};
use std::net::TcpStream;

use ngrok_edge::Edge;
use ngrok_testkit::Upstream;
use serde_json::Value;

use super::public::{connect, get};

/// Methods, paths, headers, bodies, statuses and chunks, several on one connection.
pub(crate) fn http(edge: &Edge, url: &str, upstream: &Upstream) {
    let (scheme, host) = url.split_once("://").unwrap();
    let mut connection = connect(edge, url);
    for (method, path, body) in [
        ("GET", "/a/b%20c?q=1&q=2", ""),
        ("POST", "/form", "k=v&x=%20"),
        ("PUT", "/json", r#"{"ä":[1,null]}"#),
        ("DELETE", "/", ""),
        ("PATCH", "/p", "patch"),
    ] {
        let response = connection.request(method, path, &[("X-Mark", "ä")], body.as_bytes());
        assert_eq!(response.status, 200, "{method} {path}");
        let echo: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(
            (&echo["method"], &echo["path"]),
            (&method.into(), &path.into())
        );
        assert_eq!(echo["body"], body);
        let seen = upstream.received().pop().unwrap();
        // The edge looks at a connection's first request alone.
        if method == "GET" {
            assert_eq!(seen.header("x-forwarded-proto"), Some(scheme));
        }
        assert_eq!(seen.header("host"), Some(host));
        assert_eq!(seen.header("x-mark"), Some("ä"));
    }
    assert_eq!(
        connection.request("GET", "/status/404", &[], b"").status,
        404
    );
    assert_eq!(
        connection.request("GET", "/status/204", &[], b"").status,
        204
    );
    let lines = connection.request("GET", "/chunked/100", &[], b"").text();
    assert!(
        lines.starts_with("line 0\n") && lines.ends_with("line 99\n"),
        "{lines}"
    );
}

/// Ten megabytes up and down.
pub(crate) fn large_bodies(edge: &Edge, url: &str) {
    const SIZE: usize = 10_000_000;
    let body: Vec<u8> = (0..SIZE).map(|i| (i % 253) as u8).collect();
    let response = connect(edge, url).request("POST", "/raw", &[], &body);
    assert!(
        response.body == body,
        "{} bytes came back",
        response.body.len()
    );
    let response = get(edge, url, &format!("/bytes/{SIZE}"));
    assert_eq!(response.body.len(), SIZE);
    assert!(
        response
            .body
            .iter()
            .enumerate()
            .all(|(i, byte)| *byte == (i % 251) as u8)
    );
}

/// A hundred connections at the same time, each with an answer of its own.
pub(crate) fn hundred_at_once(edge: &Edge, url: &str) {
    std::thread::scope(|scope| {
        for n in 0..100 {
            scope.spawn(move || {
                let body = format!("number {n}");
                let response = connect(edge, url).request("POST", "/raw", &[], body.as_bytes());
                assert_eq!((response.status, response.text()), (200, body));
            });
        }
    });
}

/// An upgrade, then frames both ways.
pub(crate) fn websocket(edge: &Edge, url: &str) {
    let mut connection = connect(edge, url);
    let headers = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let response = connection.request("GET", "/socket", &headers, b"");
    assert_eq!(response.status, 101);
    assert!(
        response.head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        "{}",
        response.head
    );
    for text in ["hello", "again"] {
        // A final text frame, masked with zeros.
        let mut frame = vec![0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
        frame.extend_from_slice(text.as_bytes());
        connection.send(&frame);
        let echo = connection.exactly(2 + text.len());
        assert_eq!(&echo[..2], [0x81, text.len() as u8]);
        assert_eq!(&echo[2..], text.as_bytes());
    }
}

/// Megabytes through a TCP or TLS tunnel to an echo.
pub(crate) fn bytes(edge: &Edge, url: &str) {
    let socket = TcpStream::connect(edge.public_addr(url).unwrap()).unwrap();
    let sent: Vec<u8> = (0..3_000_000_u32)
        .map(|n| (n.wrapping_mul(n) >> 8) as u8)
        .collect();
    let mut received = vec![0; sent.len()];
    std::thread::scope(|scope| {
        scope.spawn(|| (&socket).write_all(&sent).unwrap());
        (&socket).read_exact(&mut received).unwrap();
    });
    assert!(sent == received, "{url}");
}
