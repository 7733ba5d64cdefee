//! Captured requests of the real agent: the very bytes, watched, waited for, replayed, deleted.

use std::time::Duration;

use ngrok_localapi::{Client, Har, TunnelConfig};

use crate::support::child::Agent;
use crate::support::recorder::Recorder;
use crate::support::{SOON, edge_or_skip, public, ready_agent, until};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nX-Two: a\r\nX-Two: b\r\nContent-Length: 6\r\nConnection: close\r\n\r\n\x00\x01\xfe\xff\r\n";

/// An HTTP tunnel `web` on its http half alone, to this upstream.
fn web(agent: &Agent, upstream: &Recorder) -> (Client, String) {
    let client = Client::new(agent.config.api_url()).unwrap();
    let config = TunnelConfig::http("web", upstream.addr).extra("bind_tls", false);
    let url = client.tunnels().start(&config).unwrap().public_url;
    (client, url)
}

#[test]
fn the_bytes_are_those_of_the_wire() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let upstream = Recorder::start(ANSWER);
    let (client, url) = web(&agent, &upstream);
    let body: Vec<u8> = (0..=255).collect();
    let headers = [
        ("X-Mark", "one"),
        ("X-Mark", "two"),
        ("Content-Type", "application/octet-stream"),
    ];
    let response = public::connect(&edge, &url).request("POST", "/a%20b?q=%C3%A4", &headers, &body);
    assert_eq!(response.body, b"\x00\x01\xfe\xff\r\n");

    let kept = client
        .requests()
        .wait_for(|request| request.response.is_some(), SOON)
        .unwrap();
    assert_eq!(kept.request.method, "POST");
    assert_eq!(kept.request.uri, "/a%20b?q=%C3%A4");
    assert_eq!(
        (kept.request.path(), kept.request.query()),
        ("/a%20b", Some("q=%C3%A4"))
    );
    let marks: Vec<&str> = kept.request.headers.get_all("x-mark").collect();
    assert_eq!(marks, ["one", "two"]);
    assert_eq!(kept.request.body().unwrap().into_bytes(), body);
    let sent = upstream.requests().remove(0);
    assert_eq!(text(&kept.request.raw_bytes().unwrap()), text(&sent));
    assert_eq!(kept.request.raw_bytes().unwrap(), sent);

    let answer = kept.response.as_ref().unwrap();
    assert_eq!(answer.status_code, 200);
    assert_eq!(text(&answer.raw_bytes().unwrap()), text(ANSWER));
    assert_eq!(answer.raw_bytes().unwrap(), ANSWER);
    assert_eq!(answer.body().unwrap().into_bytes(), b"\x00\x01\xfe\xff\r\n");
    assert!(kept.duration > Duration::ZERO && kept.start.to_system_time().is_some());
    assert!(!kept.is_replay() && kept.tunnel_name == "web");
}

/// For a readable difference.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_watch_sees_each_new_request_once() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let upstream = Recorder::start(ANSWER);
    let (client, url) = web(&agent, &upstream);
    public::get(&edge, &url, "/before");
    client
        .requests()
        .wait_for(|request| request.response.is_some(), SOON)
        .unwrap();

    let mut watch = client.requests().watch().unwrap();
    for n in 0..20 {
        public::get(&edge, &url, &format!("/{n}"));
    }
    let mut seen = Vec::new();
    while seen.len() < 20 {
        let request = watch
            .wait_for(|request| request.response.is_some(), SOON)
            .unwrap();
        seen.push(request.request.uri);
    }
    seen.sort_by_key(|uri| uri[1..].parse::<u32>().unwrap());
    let expected: Vec<String> = (0..20).map(|n| format!("/{n}")).collect();
    assert_eq!(seen, expected);
    assert!(
        watch
            .wait_for(|_| true, Duration::from_millis(300))
            .unwrap_err()
            .is_timeout()
    );
}

#[test]
fn a_replay_is_the_same_request_again() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let upstream = Recorder::start(ANSWER);
    let (client, url) = web(&agent, &upstream);
    public::connect(&edge, &url).request("PUT", "/again", &[("X-Mark", "1")], b"the body");
    let original = client
        .requests()
        .wait_for(|request| request.response.is_some(), SOON)
        .unwrap();

    let replay = client
        .requests()
        .replay_and_wait(&original.id, SOON)
        .unwrap();
    assert!(replay.is_replay() && replay.id != original.id);
    assert_eq!(replay.request.body().unwrap().text(), "the body");
    let sent = upstream.requests();
    assert_eq!(sent.len(), 2);
    assert_eq!(text(&sent[0]), text(&sent[1]));

    let other = Recorder::start(ANSWER);
    let config = TunnelConfig::http("other (http)", other.addr).extra("bind_tls", false);
    client.tunnels().start(&config).unwrap();
    client
        .requests()
        .replay_to(&original.id, "other (http)")
        .unwrap();
    until("the replay at the other upstream", || {
        other.requests().len() == 1
    });

    client.requests().delete().unwrap();
    assert!(client.requests().list().unwrap().is_empty());
    assert!(
        client
            .requests()
            .get(&original.id)
            .unwrap_err()
            .is_not_found()
    );
    assert!(
        client
            .requests()
            .replay(&original.id)
            .unwrap_err()
            .is_not_found()
    );
}

#[test]
fn an_export_holds_what_was_captured_and_no_password() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let upstream = Recorder::start(ANSWER);
    let (client, url) = web(&agent, &upstream);
    let secret = ("Authorization", "Bearer planted");
    public::connect(&edge, &url).request("POST", "/hook?a=1", &[secret], b"body");
    client
        .requests()
        .wait_for(|request| request.response.is_some(), SOON)
        .unwrap();
    let har = Har::new().export(&client.requests().list().unwrap());
    let entry = &har["log"]["entries"][0];
    assert_eq!(entry["request"]["method"], "POST");
    assert!(
        entry["request"]["url"]
            .as_str()
            .unwrap()
            .ends_with("/hook?a=1"),
        "{har}"
    );
    assert_eq!(entry["request"]["postData"]["text"], "body");
    assert_eq!(entry["response"]["status"], 200);
    assert!(!har.to_string().contains("planted"), "{har}");
}

#[test]
fn requests_are_listed_by_number_and_tunnel() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let upstream = Recorder::start(ANSWER);
    let (client, web) = web(&agent, &upstream);
    let config = TunnelConfig::http("a (b)", upstream.addr).extra("bind_tls", false);
    let other = client.tunnels().start(&config).unwrap().public_url;
    for n in 0..3 {
        public::get(&edge, &web, &format!("/web/{n}"));
        public::get(&edge, &other, &format!("/other/{n}"));
    }
    until("all six", || client.requests().list().unwrap().len() == 6);
    assert_eq!(client.requests().limit(2).list().unwrap().len(), 2);
    let of_other = client.requests().tunnel("a (b)").list().unwrap();
    assert_eq!(of_other.len(), 3);
    assert!(
        of_other
            .iter()
            .all(|request| request.request.path().starts_with("/other/"))
    );
}

/// An upstream that closes without a word: so does the agent, and the capture stays without an answer.
#[test]
fn a_failed_request_is_kept_without_an_answer() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let upstream = Recorder::start(b"");
    let (client, url) = web(&agent, &upstream);
    let mut connection = public::connect(&edge, &url);
    connection.send_request("GET", "/lost", &[], b"");
    assert!(connection.rest().is_empty());
    until("the capture", || {
        client.requests().list().unwrap().len() == 1
    });
    let kept = client.requests().list().unwrap().remove(0);
    assert!(kept.response.is_none());
    assert_eq!(kept.duration, Duration::ZERO);
    assert_eq!(
        client.requests().get(&kept.id).unwrap().request.path(),
        "/lost"
    );
}

#[test]
fn metrics_move_with_the_traffic() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let upstream = Recorder::start(ANSWER);
    let (client, url) = web(&agent, &upstream);
    for n in 1..=5 {
        public::get(&edge, &url, "/");
        let count = || client.tunnels().get("web").unwrap().metrics.unwrap();
        until("the count", || {
            count().http.count == n && count().conns.count == n
        });
        assert!(count().http.p50 > Duration::ZERO);
    }
}

/// The agent keeps the first five megabytes, head included; the client says that there was more.
#[test]
fn a_large_body_is_cut_and_marked() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let upstream = Recorder::start(ANSWER);
    let (client, url) = web(&agent, &upstream);
    let body = vec![b'x'; 10_000_000];
    public::connect(&edge, &url).request("POST", "/large", &[], &body);
    let seen = client
        .requests()
        .wait_for(|request| request.response.is_some(), SOON)
        .unwrap();
    let head = upstream.requests()[0].len() - body.len();
    let kept = || {
        client
            .requests()
            .get(&seen.id)
            .unwrap()
            .request
            .body()
            .unwrap()
    };
    // A busy agent has the answer before it has put the request's body away.
    until("the body", || kept().is_truncated());
    let kept = kept();
    assert_eq!(head + kept.into_bytes().len(), 5 * 1024 * 1024);
}
