//! The chain against the test kit's loopback agent: tunnels that forward, endpoints that change, requests that are captured.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use ngrok_localapi::{
    Action, CapturedRequest, Client, EndpointConfig, ErrorKind, Har, Rule, TrafficPolicy,
    TunnelConfig,
};
use ngrok_testkit::{LoopbackAgent, Upstream, eventually};
use serde_json::json;

use crate::watch::paths;

const LONG: Duration = Duration::from_secs(20);

struct Chain {
    agent: LoopbackAgent,
    upstream: Upstream,
    client: Client,
}

fn chain() -> Chain {
    let agent = LoopbackAgent::builder().start().unwrap();
    Chain {
        client: Client::new(agent.api_url()).unwrap(),
        upstream: Upstream::start().unwrap(),
        agent,
    }
}

impl Chain {
    /// An HTTP tunnel to the upstream; gives back its public URL.
    fn tunnel(&self, name: &str) -> String {
        let config = TunnelConfig::http(name, self.upstream.addr()).schemes(["http"]);
        self.client.tunnels().start(&config).unwrap().public_url
    }
}

/// Sends a request of HTTP/1.1 and gives back the whole answer.
fn call(public_url: &str, line: &str, headers: &str, body: &[u8]) -> String {
    let addr = public_url.split_once("://").unwrap().1;
    let mut stream = TcpStream::connect(addr).unwrap();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_tunnel_from_start_to_stop() {
    let chain = chain();
    let tunnels = chain.client.tunnels();
    assert!(tunnels.list().unwrap().is_empty());
    let url = chain.tunnel("web (main)");
    assert!(call(&url, "GET /hello", "", b"").contains("/hello"));
    let tunnel = tunnels.get("web (main)").unwrap();
    assert_eq!(tunnel.public_url, url);
    assert_eq!(tunnels.list().unwrap().len(), 1);
    let counted = eventually(LONG, || {
        let metrics = tunnels.get("web (main)").unwrap().metrics.unwrap();
        metrics.http.count == 1 && metrics.http.p50 > Duration::ZERO
    });
    assert!(counted);

    let again = tunnels
        .start(&TunnelConfig::http("web (main)", 80))
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::AlreadyExists, "{again}");
    tunnels.stop("web (main)").unwrap();
    assert!(tunnels.stop("web (main)").unwrap_err().is_not_found());
    assert!(tunnels.get("web (main)").unwrap_err().is_not_found());
}

#[test]
fn refusals_by_their_kind() {
    let chain = chain();
    let start = |config: &TunnelConfig| chain.client.tunnels().start(config).unwrap_err();
    assert_eq!(
        start(&TunnelConfig::new("x", "udp", 1)).kind(),
        ErrorKind::BadConfig
    );
    assert_eq!(
        start(&TunnelConfig::http("x", "")).kind(),
        ErrorKind::BadConfig
    );
    chain
        .agent
        .fault("refuse_tunnels", "ERR_NGROK_324")
        .unwrap();
    let refused = start(&TunnelConfig::http("x", 80));
    assert_eq!(refused.error_code().unwrap().number(), Some(324));
    chain.agent.fault("refuse_tunnels", "").unwrap();
    chain.agent.lose_session();
    let lost = start(&TunnelConfig::http("x", 80));
    assert!(lost.is_retryable(), "{lost:?}");
    chain.agent.restore_session();
    assert!(eventually(LONG, || chain
        .client
        .tunnels()
        .start(&TunnelConfig::http("x", 80))
        .is_ok()));

    let starting = LoopbackAgent::builder()
        .fault("session_delay_ms", "600000")
        .start()
        .unwrap();
    let client = Client::new(starting.api_url()).unwrap();
    let early = client
        .tunnels()
        .start(&TunnelConfig::http("x", 80))
        .unwrap_err();
    assert_eq!(early.kind(), ErrorKind::NotReady, "{early}");
}

#[test]
fn an_endpoint_is_changed_while_it_runs() {
    let chain = chain();
    let endpoints = chain.client.endpoints();
    let first = endpoints
        .create(&EndpointConfig::new("web", chain.upstream.url()).url("http://"))
        .unwrap();
    assert!(call(&first.url, "GET /one", "", b"").contains("/one"));
    let other = Upstream::start().unwrap();
    let headers = json!({"headers": {"x-policy": "seen"}});
    let policy = TrafficPolicy::new()
        .on_http_request(Rule::new().action(Action::new("add-headers", headers)));
    let changed = EndpointConfig::new("web", other.url())
        .url(&first.url)
        .traffic_policy(&policy);
    let second = endpoints.replace(&changed).unwrap();
    assert_eq!(second.url, first.url);
    // Agents show a policy as one YAML text.
    let shown = second.traffic_policy.unwrap();
    assert!(
        shown.as_str().unwrap().contains("type: add-headers"),
        "{shown}"
    );
    call(&first.url, "GET /two", "", b"");
    let paths: Vec<String> = other.received().into_iter().map(|r| r.path).collect();
    assert_eq!(paths, ["/two"]);
    endpoints.delete("web").unwrap();
    assert!(endpoints.get("web").unwrap_err().is_not_found());
    assert!(!chain.client.status().unwrap().agent_version.is_empty());
}

#[test]
fn captured_requests_and_their_bodies() {
    let chain = chain();
    let url = chain.tunnel("web");
    let requests = chain.client.requests();
    call(
        &url,
        "POST /hook?a=1",
        "Authorization: Bearer planted\r\nX-Kind: test\r\n",
        b"{\"n\":7}",
    );
    call(&url, "GET /gzip", "", b"");
    call(&url, "GET /chunked/3", "", b"");
    let find = |path: &str| {
        requests
            .wait_for(|r| r.request.path() == path && r.response.is_some(), LONG)
            .unwrap()
    };
    let hook = find("/hook");
    assert_eq!(
        (&*hook.request.method, hook.request.query()),
        ("POST", Some("a=1"))
    );
    assert_eq!(hook.request.header("x-kind"), Some("test"));
    assert_eq!(
        hook.request
            .body()
            .unwrap()
            .json::<serde_json::Value>()
            .unwrap(),
        json!({ "n": 7 })
    );
    assert_eq!(hook.response.as_ref().unwrap().status_code, 200);
    assert!(hook.start.to_system_time().is_some() && hook.duration > Duration::ZERO);
    assert_eq!(requests.get(&hook.id).unwrap(), hook);
    for path in ["/gzip", "/chunked/3"] {
        let body = find(path).response.unwrap().body().unwrap();
        assert!(
            !body.is_truncated() && str::from_utf8(&body).is_ok_and(|text| text.len() > 3),
            "{body:?}"
        );
    }

    assert_eq!(requests.clone().limit(2).list().unwrap().len(), 2);
    assert_eq!(requests.clone().tunnel("web").list().unwrap().len(), 3);
    assert_eq!(requests.clone().tunnel("other").list().unwrap().len(), 0);
    let har = Har::new().export(&requests.list().unwrap());
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 3);
    // The upstream echoes headers, so the answer is left out here.
    assert!(
        !har["log"]["entries"][0]["request"]
            .to_string()
            .contains("planted")
    );

    let replay = requests.replay_and_wait(&hook.id, LONG).unwrap();
    assert_eq!(replay.request.body().unwrap(), hook.request.body().unwrap());
    assert_eq!(
        chain
            .upstream
            .received()
            .iter()
            .filter(|r| r.path == "/hook?a=1")
            .count(),
        2
    );
    assert!(requests.replay("airt_missing").unwrap_err().is_not_found());
    requests.delete().unwrap();
    assert!(requests.list().unwrap().is_empty());
    assert!(requests.get(&hook.id).unwrap_err().is_not_found());
}

#[test]
fn a_watch_sees_all_traffic_once() {
    let chain = chain();
    let url = chain.tunnel("web");
    call(&url, "GET /before", "", b"");
    let mut watch = chain.client.requests().watch().unwrap();
    let senders: Vec<_> = (0..4)
        .map(|sender| {
            let url = url.clone();
            thread::spawn(move || {
                for n in 0..25 {
                    call(&url, &format!("GET /{sender}/{n}"), "", b"");
                }
            })
        })
        .collect();
    let mut seen = paths(&mut watch, 100);
    senders.into_iter().for_each(|s| s.join().unwrap());
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 100);
    assert!(!seen.contains(&"/before".to_owned()));
}

#[test]
fn a_request_under_way_has_no_response() {
    let chain = chain();
    let url = chain.tunnel("web");
    let mut watch = chain.client.requests().watch().unwrap();
    let caller = thread::spawn(move || call(&url, "GET /slow/0.4", "", b""));
    let under_way = watch.wait_for(|_| true, LONG).unwrap();
    assert_eq!(under_way.response, None);
    let answered = |r: &CapturedRequest| r.id == under_way.id && r.response.is_some();
    chain.client.requests().wait_for(answered, LONG).unwrap();
    caller.join().unwrap();
}

#[test]
fn an_agent_that_dies_or_answers_badly() {
    let chain = chain();
    chain.agent.fault("reply_cut", "1").unwrap();
    assert_eq!(
        chain.client.tunnels().list().unwrap_err().kind(),
        ErrorKind::Transport
    );
    chain.agent.fault("reply_cut", "").unwrap();
    chain.agent.fault("reply_body", "<html>").unwrap();
    assert_eq!(
        chain.client.tunnels().list().unwrap_err().kind(),
        ErrorKind::Decode
    );
    chain.agent.fault("reply_body", "").unwrap();
    chain.agent.fault("reply_delay_ms", "60000").unwrap();
    let hasty = Client::builder(chain.agent.api_url())
        .deadline(Duration::from_millis(200))
        .build()
        .unwrap();
    assert!(hasty.tunnels().list().unwrap_err().is_timeout());
    chain.agent.fault("reply_delay_ms", "").unwrap();
    assert!(hasty.tunnels().list().is_ok());
    drop(chain.agent);
    assert_eq!(
        hasty.tunnels().list().unwrap_err().kind(),
        ErrorKind::Transport
    );
}
