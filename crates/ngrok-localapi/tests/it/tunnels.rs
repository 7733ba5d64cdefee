//! Tunnels: what is sent, what is read, and what is refused before it is sent.

use std::time::{Duration, Instant};

use ngrok_localapi::{Client, EndpointConfig, ErrorKind, TunnelConfig};
use serde_json::json;

use crate::server::{Server, json};

const WEB: &str = r#"{"name":"web","uri":"/api/tunnels/web","public_url":"https://a.ngrok.test","proto":"https",
    "config":{"addr":"http://localhost:80","inspect":true},"ID":"ep_1","forwards_to":"x",
    "metrics":{"conns":{"count":3,"gauge":1,"p50":1500000.5},"http":null}}"#;

#[test]
fn two_calls_share_a_connection() {
    let server = Server::start(|asked| match asked.method.as_str() {
        "POST" => json(201, WEB),
        _ => json(204, ""),
    });
    let client = server.client();
    let tunnel = client
        .tunnels()
        .start(&TunnelConfig::http("web", 80))
        .unwrap();
    assert_eq!(tunnel.public_url, "https://a.ngrok.test");
    assert_eq!(tunnel.id.as_deref(), Some("ep_1"));
    assert_eq!(tunnel.extra["forwards_to"], "x");
    let metrics = tunnel.metrics.unwrap();
    assert_eq!(metrics.conns.count, 3);
    assert_eq!(metrics.conns.p50.as_nanos(), 1_500_001);
    client.tunnels().stop("web").unwrap();
    assert_eq!(server.connections(), 1);

    let asked = server.asked();
    assert_eq!(asked[0].target, "/api/tunnels");
    assert_eq!(asked[0].header("content-type"), Some("application/json"));
    assert_eq!(asked[0].header("accept"), Some("application/json"));
    let sent = json!({"name": "web", "proto": "http", "addr": "80"});
    assert_eq!(asked[0].json(), sent);
    assert_eq!(
        (&*asked[1].method, &*asked[1].target),
        ("DELETE", "/api/tunnels/web")
    );
}

#[test]
fn a_dropped_idle_connection_is_retried_once() {
    let mut calls = 0;
    let server = Server::start(move |_| {
        calls += 1;
        match calls {
            2 => Vec::new(),
            _ => json(200, WEB),
        }
    });
    let client = server.client();
    client.tunnels().get("web").unwrap();
    assert_eq!(client.tunnels().get("web").unwrap().name, "web");
    assert_eq!(server.asked().len(), 3);
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_start_is_never_sent_twice() {
    let server = Server::start(|_| Vec::new());
    let error = server
        .client()
        .tunnels()
        .start(&TunnelConfig::tcp("t", 22))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_name_that_could_not_be_found_again_is_not_created() {
    let server = Server::start(|_| json(201, WEB));
    let client = server.client();
    for name in ["", "a/b", "x?y", "q#r", "a%20b", ".."] {
        let error = client
            .tunnels()
            .start(&TunnelConfig::http(name, 80))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadConfig, "{name}");
        assert!(error.to_string().contains(&format!("{name:?}")), "{error}");
    }
    assert_eq!(server.connections(), 0);
}

/// What an agent says while it has no session, or has just lost it.
const WITHOUT_SESSION: [(u16, &str); 4] = [
    (
        503,
        r#"{"error_code":104,"status_code":503,"msg":"ngrok is not ready","details":{}}"#,
    ),
    (
        502,
        r#"{"error_code":103,"msg":"failed to start tunnel","details":{"err":"session closed"}}"#,
    ),
    (
        502,
        r#"{"error_code":103,"msg":"failed to start tunnel","details":{"err":"remote gone away"}}"#,
    ),
    (
        500,
        r#"{"error_code":107,"msg":"internal","details":{"err":"write tcp: broken pipe"}}"#,
    ),
];

#[test]
fn a_call_that_needs_a_session_waits_for_it() {
    for (status, body) in WITHOUT_SESSION {
        let mut calls = 0;
        let server = Server::start(move |asked| {
            calls += 1;
            match (calls % 3, asked.method.as_str()) {
                (0, "DELETE") => json(204, ""),
                (0, _) => json(201, WEB),
                _ => json(status, body),
            }
        });
        let client = server.client();
        let web = TunnelConfig::http("web", 80);
        assert_eq!(client.tunnels().start(&web).unwrap().name, "web", "{body}");
        client.tunnels().stop("web").unwrap();
        client
            .endpoints()
            .create(&EndpointConfig::new("web", 80))
            .unwrap();
        client
            .endpoints()
            .replace(&EndpointConfig::new("web", 80))
            .unwrap();
        client.endpoints().delete("web").unwrap();
        assert_eq!(server.asked().len(), 15, "{body}");
    }
}

#[test]
fn a_session_that_does_not_come_back_ends_the_call_at_its_deadline() {
    for (status, body) in WITHOUT_SESSION {
        let server = Server::start(move |_| json(status, body));
        let deadline = Duration::from_millis(300);
        let client = Client::builder(server.url())
            .deadline(deadline)
            .build()
            .unwrap();
        let began = Instant::now();
        let error = client
            .tunnels()
            .start(&TunnelConfig::http("web", 80))
            .unwrap_err();
        assert!(began.elapsed() < deadline * 20, "{error}");
        assert!(
            error.is_retryable() && error.status() == Some(status),
            "{error}"
        );
        assert!(server.asked().len() > 1);
    }
}

#[test]
fn unknown_options_are_named() {
    let body = json!({"error_code": 102, "status_code": 400, "msg": "invalid tunnel configuration", "details": {"err":
        "yaml: unmarshal errors:\n  line 1: field region not found in type config.HTTPv2Tunnel\n  line 1: field path not found in type config.HTTPv2Tunnel"}});
    let server = Server::start(move |_| json(400, &body.to_string()));
    let error = server
        .client()
        .tunnels()
        .start(&TunnelConfig::http("web", 80))
        .unwrap_err();
    assert_eq!(error.unknown_options(), ["region", "path"]);
    let text = error.to_string();
    assert!(
        text.contains("does not know `region`, `path`") && !text.contains("line 1"),
        "{text}"
    );
}
