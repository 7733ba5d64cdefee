//! Answers that are wrong, endless or late: a clear error in time, and no memory to speak of.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use ngrok_localapi::{Client, Error, ErrorKind};

use crate::server::{Server, answer, json};

const DEADLINE: Duration = Duration::from_millis(400);
const CAP: u64 = 200_000;

/// What a list of tunnels gives when each connection is served by `serve`, which must be in time.
fn failing(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Error {
    let server = Server::raw(move |mut stream| {
        let mut request = [0; 1024];
        if stream.read(&mut request).is_ok_and(|n| n > 0) {
            serve(stream);
        }
    });
    let client = Client::builder(server.url())
        .deadline(DEADLINE)
        .max_body(CAP)
        .build()
        .unwrap();
    let begin = Instant::now();
    let error = client.tunnels().list().unwrap_err();
    let took = begin.elapsed();
    if error.is_timeout() {
        assert!(took >= DEADLINE, "{took:?}: {error}");
    }
    assert!(
        took < DEADLINE + Duration::from_millis(600),
        "{took:?}: {error}"
    );
    assert!(
        error.to_string().contains("GET http://127.0.0.1:"),
        "{error}"
    );
    error
}

/// Sends the bytes and keeps the connection open until the client leaves.
fn sending(bytes: impl Into<Vec<u8>>) -> impl Fn(TcpStream) + Send + Sync + 'static {
    let bytes = bytes.into();
    move |mut stream| {
        let _ = stream.write_all(&bytes);
        let _ = stream.read(&mut [0]);
    }
}

fn kind_of(bytes: impl Into<Vec<u8>>) -> ErrorKind {
    failing(sending(bytes)).kind()
}

#[test]
fn answers_that_are_no_json() {
    for body in [
        "{\"tunnels\":[{\"name\":\"we",
        "",
        "hello",
        "[1,2",
        "{\"tunnels\":5}",
        "{\"tunnels\":[7]}",
        "\u{0}",
    ] {
        assert_eq!(kind_of(json(200, body)), ErrorKind::Decode, "{body}");
    }
    for kind in ["text/html; charset=utf-8", "application/xml", ""] {
        let bytes = answer(200, kind, b"{\"tunnels\":[]}");
        assert_eq!(kind_of(bytes), ErrorKind::Decode, "{kind}");
    }
    let error = failing(sending(answer(200, "text/html", b"<html>")));
    assert!(error.to_string().contains("text/html"), "{error}");
    assert_eq!((error.status(), error.body()), (Some(200), &b"<html>"[..]));
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    let deep = format!(
        "{{\"tunnels\":[{{\"x\":{}{}}}]}}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    assert_eq!(kind_of(json(200, &deep)), ErrorKind::Decode);
    // In an error's body too.
    let deep = format!(
        "{{\"details\":{}{}}}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    assert_eq!(kind_of(json(500, &deep)), ErrorKind::Http);
}

#[test]
fn what_is_too_large_is_not_read() {
    let declared =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10000000000\r\n\r\n{";
    assert_eq!(kind_of(declared), ErrorKind::TooLarge);

    let endless = |mut stream: TcpStream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        let chunk = format!("2710\r\n{}\r\n", "[".repeat(10_000));
        let _ = stream.write_all(head.as_bytes());
        while stream.write_all(chunk.as_bytes()).is_ok() {}
    };
    assert_eq!(failing(endless).kind(), ErrorKind::TooLarge);

    let until_close = |mut stream: TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\n");
        while stream.write_all(&[b'x'; 10_000]).is_ok() {}
    };
    assert_eq!(failing(until_close).kind(), ErrorKind::TooLarge);

    // A head without end.
    let head = |mut stream: TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-More: and more and more\r\n").is_ok() {}
    };
    assert_eq!(failing(head).kind(), ErrorKind::Transport);
}

#[test]
fn as_much_as_the_cap_is_read() {
    let body = format!("{{\"tunnels\":[]}}{}", " ".repeat(CAP as usize - 14));
    assert_eq!(body.len() as u64, CAP);
    let server = Server::start(move |_| json(200, &body));
    let client = Client::builder(server.url()).max_body(CAP).build().unwrap();
    assert!(client.tunnels().list().unwrap().is_empty());
    let smaller = Client::builder(server.url())
        .max_body(CAP - 1)
        .build()
        .unwrap();
    assert_eq!(
        smaller.tunnels().list().unwrap_err().kind(),
        ErrorKind::TooLarge
    );
}

#[test]
fn slow_answers_end_with_the_deadline() {
    /// Sends a byte now and then until the client leaves.
    fn drip(mut stream: TcpStream, bytes: impl Iterator<Item = u8>) {
        for byte in bytes {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n";
    let silent = failing(sending(""));
    assert!(silent.is_timeout() && silent.is_retryable());
    assert_eq!(
        failing(|stream| drip(stream, head.iter().copied().cycle())).kind(),
        ErrorKind::Timeout
    );
    let body = |mut stream: TcpStream| {
        let _ = stream.write_all(head);
        drip(stream, std::iter::repeat(b' '));
    };
    assert_eq!(failing(body).kind(), ErrorKind::Timeout);
}

#[test]
fn what_is_cut_short_or_is_not_http() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"tunnels\":";
    let hang_up = |bytes: &'static str| {
        move |mut stream: TcpStream| stream.write_all(bytes.as_bytes()).unwrap()
    };
    for bytes in [
        cut,
        "HTTP/1.1 200 OK\r\nContent-Le",
        "",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 abc\r\n\r\n",
    ] {
        let error = failing(hang_up(bytes));
        assert_eq!(error.kind(), ErrorKind::Transport, "{bytes:?}: {error:?}");
        assert!(std::error::Error::source(&error).is_some());
    }
    // Unread input makes the system reset the connection.
    let reset = failing(drop);
    assert_eq!(reset.kind(), ErrorKind::Transport);
    let chunk = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}";
    assert_eq!(failing(hang_up(chunk)).kind(), ErrorKind::Transport);
}

#[test]
fn nobody_listens() {
    let client = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Client::new(format!("http://{}", free.local_addr().unwrap())).unwrap()
    };
    let error = client.tunnels().list().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.is_retryable() && error.status().is_none());
}

#[test]
fn provisional_answers_and_redirects() {
    let ready = json(200, "{\"tunnels\":[{\"name\":\"web\"}]}");
    let hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    let bytes = [&hints[..], &ready].concat();
    let server = Server::start(move |_| bytes.clone());
    assert_eq!(server.client().tunnels().list().unwrap()[0].name, "web");
    let endless =
        failing(|mut stream| while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {});
    assert_eq!(endless.kind(), ErrorKind::Transport);
    let switched = failing(sending(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    ));
    assert_eq!(
        (switched.kind(), switched.status()),
        (ErrorKind::Http, Some(101))
    );

    let target = Server::start(|_| json(200, "{\"tunnels\":[]}"));
    let location = format!(
        "HTTP/1.1 302 Found\r\nLocation: {}/api\r\nContent-Length: 0\r\n\r\n",
        target.url()
    );
    let error = failing(sending(location));
    assert_eq!((error.kind(), error.status()), (ErrorKind::Http, Some(302)));
    assert_eq!(target.connections(), 0);
}

#[test]
fn an_error_without_the_agents_object() {
    for (body, message) in [
        ("", None),
        (
            "<html>\n <p>Bad  gateway</p>",
            Some("<html> <p>Bad gateway</p>"),
        ),
        ("[1]", Some("[1]")),
        (
            "{\"msg\":null,\"error_code\":\"x\",\"details\":\"none\"}",
            None,
        ),
    ] {
        let error = failing(sending(json(502, body)));
        assert_eq!(error.kind(), ErrorKind::Http, "{body}");
        assert_eq!(error.body(), body.as_bytes());
        if let Some(message) = message {
            assert_eq!(error.message(), Some(message));
        }
        assert_eq!(
            error.headers().find(|(n, _)| *n == "content-type"),
            Some(("content-type", "application/json"))
        );
    }
}

#[test]
fn a_server_that_does_not_read() {
    let deaf = Server::raw(|stream| {
        thread::sleep(DEADLINE * 4);
        drop(stream);
    });
    let client = Client::builder(deaf.url())
        .deadline(DEADLINE)
        .build()
        .unwrap();
    let body = "x".repeat(8_000_000).into();
    let begin = Instant::now();
    let error = client
        .request("POST", "/api/tunnels", &[], Some(&body))
        .unwrap_err();
    let took = begin.elapsed();
    assert!(error.is_timeout(), "{error:?}");
    assert!(took < DEADLINE + Duration::from_millis(600), "{took:?}");
}
