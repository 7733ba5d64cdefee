//! Bytes through tunnels of every kind.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::time::Duration;

use ngrok_testkit::{TcpEcho, Upstream, eventually};
use serde_json::json;
use ureq::http::Request;

use crate::client::{Api, connect, converse, get, send};

#[test]
fn a_request_reaches_the_upstream_and_its_answer_comes_back() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let url = api.http("web", upstream.url());
    let echo = get(&format!("{url}/hello?x=1&y=a%20b")).json();
    assert_eq!(echo["path"], "/hello?x=1&y=a%20b");
    let received = &upstream.received()[0];
    let public = url.trim_start_matches("http://");
    assert_eq!(received.header("host"), Some(public));
    assert_eq!(received.header("x-forwarded-host"), Some(public));
    assert_eq!(received.header("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(received.header("x-forwarded-proto"), Some("http"));
}

#[test]
fn bodies_of_any_size_pass_both_ways_whole() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let url = api.http("web", upstream.port());
    for size in [0, 1, 65_536, 20_000_000] {
        let body: Vec<u8> = (0..size).map(|i| (i % 249) as u8).collect();
        let request = Request::post(format!("{url}/raw")).body(body.clone());
        assert!(send(request.unwrap()).unwrap().body == body, "{size} up");
        let bytes = get(&format!("{url}/bytes/{size}")).body;
        assert_eq!(bytes.len(), size);
    }
    let chunked = get(&format!("{url}/chunked/2000"));
    assert_eq!(chunked.header("transfer-encoding"), "chunked");
    assert_eq!(chunked.text().lines().count(), 2_000);
}

#[test]
fn one_connection_carries_many_requests_in_any_framing() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let url = api.http("web", upstream.port());
    let answers = converse(
        &url,
        b"GET /chunked/2 HTTP/1.1\r\nHost: a\r\n\r\n\
          POST /raw HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n\
          HEAD /bytes/10 HTTP/1.1\r\nHost: a\r\n\r\n\
          GET /status/204 HTTP/1.1\r\nHost: a\r\n\r\n\
          GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 5, "{answers}");
    assert!(answers.contains("hello") && answers.contains("\"/last\""));
    let lines = api.0.log_lines();
    let joined = lines.iter().filter(|l| l.contains("join connections"));
    assert_eq!(joined.count(), 1, "the upstream's connection is kept, too");
    let metrics = api.get("/api/tunnels/web").json()["metrics"].clone();
    assert_eq!(metrics["http"]["count"], 5);
    assert!(metrics["http"]["p50"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_dead_upstream_is_a_502_with_the_code_people_look_up() {
    let api = Api::start();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = api.http("dead", format!("127.0.0.1:{port}"));
    let answer = get(&url);
    assert_eq!(answer.status, 502);
    assert_eq!(answer.header("ngrok-error-code"), "ERR_NGROK_8012");
    assert!(answer.text().contains("connection refused"));
}

#[test]
fn an_upstream_that_says_nothing_or_nonsense_is_a_502_of_another_code() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let url = api.http("web", upstream.url());
    let silent = get(&format!("{url}/close"));
    assert_eq!(silent.header("ngrok-error-code"), "ERR_NGROK_3004");

    let nonsense = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = api.http("nonsense", nonsense.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = nonsense.accept().unwrap();
        stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n\r\n").unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    });
    assert_eq!(get(&url).status, 502);
    server.join().unwrap();
}

#[test]
fn an_upstream_that_closes_a_kept_connection_is_not_noticed_by_the_client() {
    let api = Api::start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = api.http("web", listener.local_addr().unwrap());
    let (closed, is_closed) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        // Keep-alive is promised, and broken after each answer.
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1_024];
            assert!(stream.read(&mut request).unwrap() > 0);
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                .unwrap();
            drop(stream);
            closed.send(()).unwrap();
        }
    });
    let mut public = connect(&url);
    for _ in 0..3 {
        public
            .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap();
        let mut answer = [0; 40];
        public.read_exact(&mut answer).unwrap();
        assert!(answer.ends_with(b"\r\n\r\nok"));
        is_closed.recv().unwrap();
    }
    server.join().unwrap();
}

#[test]
fn basic_auth_lets_in_who_knows_and_nobody_else() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let tunnel = json!({"name": "a", "proto": "http", "addr": upstream.port(), "basic_auth": ["user:secret12"]});
    let policy = json!({"on_http_request": [{"actions": [
        {"type": "basic-auth", "config": {"credentials": ["user:secret12"]}}]}]});
    let endpoint =
        json!({"name": "b", "upstream": {"url": upstream.port()}, "traffic_policy": policy});
    for definition in [tunnel, endpoint] {
        let url = api.open(&definition);
        let refused = get(&url);
        assert_eq!(refused.status, 401);
        assert_eq!(refused.header("www-authenticate"), "Basic realm=\"ngrok\"");
        for (credentials, status) in [("dXNlcjpzZWNyZXQxMg==", 200), ("dXNlcjp3cm9uZw==", 401)] {
            let request =
                Request::get(&url).header("authorization", format!("Basic {credentials}"));
            let answer = send(request.body(Vec::new()).unwrap()).unwrap();
            assert_eq!(answer.status, status);
        }
    }
    assert_eq!(upstream.received().len(), 2);
}

#[test]
fn headers_are_rewritten_as_asked() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let addr = format!("localhost:{}", upstream.port());
    for (host_header, expected) in [("rewrite", addr.as_str()), ("custom.test", "custom.test")] {
        let url = api.open(&json!({
            "name": host_header, "proto": "http", "addr": addr, "host_header": host_header,
            "request_header": {"add": ["X-Added: yes"], "remove": ["User-Agent"]},
            "response_header": {"add": ["X-Seen: too"], "remove": ["content-type"]},
        }));
        let answer = get(&url);
        assert_eq!(answer.header("x-seen"), "too");
        assert_eq!(answer.header("content-type"), "");
        let received = upstream.received().pop().unwrap();
        assert_eq!(received.header("host"), Some(expected));
        let original = Some(url.trim_start_matches("http://"));
        assert_eq!(received.header("x-forwarded-host"), original);
        assert_eq!(received.header("x-original-host"), None);
        assert_eq!(received.header("x-added"), Some("yes"));
        assert_eq!(received.header("user-agent"), None);
    }
}

#[test]
fn a_put_moves_an_endpoint_to_another_upstream_under_the_same_url() {
    let (first, second) = (Upstream::start().unwrap(), Upstream::start().unwrap());
    let api = Api::start();
    let url = api.open(&json!({"name": "web", "upstream": {"url": first.url()}}));
    let mut kept = connect(&url);
    let mut ask = |path: &str| {
        write!(kept, "GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut answer = vec![0; 4_096];
        let read = kept.read(&mut answer).unwrap();
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
    };
    ask("/status/200");
    let changed = json!({"upstream": {"url": second.url()}, "description": "moved"});
    let put = api.call("PUT", "/api/endpoints/web", &changed);
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(put.json()["url"], url.as_str());
    assert_eq!(put.json()["description"], "moved");
    // A connection that was open before the change follows it too.
    ask("/status/200");
    assert_eq!(first.received().len(), 1);
    assert_eq!(second.received().len(), 1);
}

#[test]
fn tcp_and_tls_pass_bytes_as_they_are() {
    let (api, echo) = (Api::start(), TcpEcho::start().unwrap());
    for proto in ["tcp", "tls"] {
        let url = api.open(&json!({"name": proto, "proto": proto, "addr": echo.port()}));
        assert!(url.starts_with(&format!("{proto}://127.0.0.1:")));
        let mut stream = connect(&url);
        // A TLS client hello's first bytes among others: nothing looks at them.
        let sent: Vec<u8> = [0x16, 3, 1, 2].into_iter().cycle().take(1 << 20).collect();
        let mut writer = stream.try_clone().unwrap();
        let expected = sent.clone();
        let writing = std::thread::spawn(move || writer.write_all(&sent).unwrap());
        let mut got = vec![0; expected.len()];
        stream.read_exact(&mut got).unwrap();
        writing.join().unwrap();
        assert!(got == expected);
        let open = api.get(&format!("/api/tunnels/{proto}")).json();
        assert_eq!(open["metrics"]["conns"]["gauge"], 1);
        assert_eq!(open["config"]["inspect"], false);
    }
}

#[test]
fn a_half_closed_connection_is_closed_both_ways() {
    let (api, echo) = (Api::start(), TcpEcho::start().unwrap());
    let url = api.open(&json!({"name": "t", "proto": "tcp", "addr": echo.port()}));
    let mut stream = connect(&url);
    stream.write_all(b"ping").unwrap();
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(stream.read(&mut answer).unwrap(), 0);
}

#[test]
fn a_websocket_is_upgraded_and_echoes() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let url = api.http("ws", upstream.port());
    let mut stream = connect(&url);
    stream
        .write_all(b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        .unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("HTTP/1.1 101"));
    // The key and the answer are RFC 6455's own example.
    assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    // The upgrade is captured while the conversation goes on.
    assert!(eventually(Duration::from_secs(5), || {
        let list = api.get("/api/requests/http").json();
        list["requests"][0]["response"]["status_code"] == 101
    }));
    for text in ["Hello", "again"] {
        let mut frame = vec![0x81, 0x85, 1, 2, 3, 4];
        frame.extend(
            text.bytes()
                .zip([1, 2, 3, 4].iter().cycle())
                .map(|(b, m)| b ^ m),
        );
        stream.write_all(&frame).unwrap();
        let mut echo = [0; 7];
        stream.read_exact(&mut echo).unwrap();
        assert_eq!(&echo[..2], [0x81, 5]);
        assert_eq!(&echo[2..], text.as_bytes());
    }
}

#[test]
fn a_client_that_reads_slowly_gets_everything_and_slows_the_upstream_down() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let url = api.http("slow", upstream.port());
    let mut stream = connect(&url);
    const SIZE: usize = 30_000_000;
    write!(stream, "GET /bytes/{SIZE} HTTP/1.0\r\n\r\n").unwrap();
    let mut total = 0;
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = stream.read(&mut piece).unwrap();
        if read == 0 {
            break;
        }
        total += read;
        if total < 4 << 20 {
            std::thread::sleep(Duration::from_millis(20));
        }
        // Another client is not held up by this one.
        if total < 2 << 20 {
            assert_eq!(get(&url).status, 200);
        }
    }
    assert!(total > SIZE);
}

#[test]
fn a_lost_session_takes_the_urls_offline_and_gives_them_back() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let echo = TcpEcho::start().unwrap();
    let web = api.http("web", upstream.port());
    let tcp = api.open(&json!({"name": "t", "proto": "tcp", "addr": echo.port()}));
    let mut open = connect(&tcp);
    api.0.lose_session();
    let offline = get(&web);
    assert_eq!(offline.status, 404);
    assert_eq!(offline.header("ngrok-error-code"), "ERR_NGROK_3200");
    assert_eq!(open.read(&mut [0]).unwrap(), 0, "an open connection is cut");
    let listed = api.get("/api/tunnels").json();
    assert_eq!(listed["tunnels"].as_array().unwrap().len(), 2);
    let created = json!({"name": "n", "proto": "http", "addr": "80"});
    let refused = api.call("POST", "/api/tunnels", &created);
    assert_eq!(
        (refused.status, refused.json()["error_code"].clone()),
        (502, json!(103))
    );
    let refused = api.call("DELETE", "/api/tunnels/t", &json!(null));
    assert_eq!(
        (refused.status, refused.json()["error_code"].clone()),
        (500, json!(107))
    );
    assert_eq!(api.get("/api/status").json()["status"], "reconnecting");
    api.0.restore_session();
    assert_eq!(get(&web).status, 200);
    let lines = api.0.log_lines();
    let count = |text: &str| lines.iter().filter(|l| l.contains(text)).count();
    assert_eq!(count("tunnel session started"), 2);
    assert_eq!(count("started tunnel"), 2);
    assert_eq!(count("session closed, starting reconnect loop"), 1);
    assert!(count("failed to reconnect session") >= 1);
}

#[test]
fn an_upload_that_is_not_wanted_still_gets_its_answer() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let url = api.open(
        &json!({"name": "a", "proto": "http", "addr": upstream.port(), "basic_auth": ["user:password"]}),
    );
    for _ in 0..5 {
        let request = Request::post(&url).body(vec![0; 3_000_000]).unwrap();
        assert_eq!(send(request).unwrap().status, 401);
    }
}

#[test]
fn an_upstream_may_answer_before_it_has_read_the_upload() {
    let api = Api::start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = api.http("early", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 100]).unwrap();
        stream
            .write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno\n")
            .unwrap();
        // It goes on reading, as a polite server does.
        stream.read_to_end(&mut Vec::new()).ok();
    });
    let mut public = connect(&url);
    write!(
        public,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"
    )
    .unwrap();
    public.write_all(&[0; 4_096]).unwrap();
    let mut answer = vec![0; 200];
    let read = public.read(&mut answer).unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 413"));
    drop(public);
    server.join().unwrap();
}

#[test]
fn what_is_no_request_gets_a_400() {
    let (api, upstream) = (Api::start(), Upstream::start().unwrap());
    let url = api.http("web", upstream.port());
    for wire in [
        "rubbish without a colon\r\nin a header\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
    ] {
        let answer = converse(&url, wire.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request"), "{answer}");
    }
    assert!(upstream.received().is_empty());
}
