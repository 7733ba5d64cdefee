//! Agent 3: endpoints, their life, change and policy; the status; captured requests.

use std::time::Duration;

use ngrok_facade::localapi::{Action, Rule, TrafficPolicy, api_request};
use ngrok_facade::{ConfigVersion, ConnectOptions};
use ngrok_testkit::{Upstream, eventually};

use crate::account::{account, echo};

#[test]
fn an_endpoint_is_opened_listed_reached_and_closed() {
    let Some(account) = account() else { return };
    let ngrok = account.ngrok(ConfigVersion::V3);
    let options = ConnectOptions::http(account.upstream.port())
        .name("live (1)")
        .metadata("a live test")
        .description("from the e2e suite");
    let endpoint = ngrok.connect(options).unwrap();
    assert!(endpoint.public_url().starts_with("https://"), "{endpoint}");
    assert!(endpoint.uri().starts_with("/api/endpoints/"));
    assert_eq!(
        echo(endpoint.public_url(), "/hello?x=1")["path"],
        "/hello?x=1"
    );
    let seen = account.upstream.received().pop().unwrap();
    assert_eq!(seen.header("x-forwarded-proto"), Some("https"));

    let listed = ngrok.tunnels().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].public_url(), endpoint.public_url());
    let endpoints = ngrok.local_api().unwrap().endpoints().list().unwrap();
    assert_eq!(
        (endpoints[0].name.as_str(), endpoints[0].metadata.as_str()),
        ("live (1)", "a live test")
    );
    endpoint.disconnect().unwrap();
    assert!(ngrok.tunnels().unwrap().is_empty());
}

#[test]
fn a_live_endpoint_gets_another_upstream_under_the_same_url() {
    let Some(account) = account() else { return };
    let ngrok = account.ngrok(ConfigVersion::V3);
    let mut endpoint = ngrok.connect(account.upstream.port()).unwrap();
    let url = endpoint.public_url().to_owned();
    echo(&url, "/first");
    let second = Upstream::start().unwrap();
    endpoint.update(second.port()).unwrap();
    assert_eq!(endpoint.public_url(), url);
    echo(&url, "/second");
    assert_eq!(second.received().last().unwrap().path, "/second");
    let mut metrics = endpoint.clone();
    assert!(metrics.refresh_metrics().unwrap().http.count >= 1);
}

#[test]
fn a_traffic_policy_is_in_force_and_can_be_changed() {
    let Some(account) = account() else { return };
    let ngrok = account.ngrok(ConfigVersion::V3);
    let denying = TrafficPolicy::new().on_http_request(
        Rule::when("req.url.path.startsWith('/secret')").action(Action::deny(403)),
    );
    let options = ConnectOptions::http(account.upstream.port()).traffic_policy(&denying);
    let mut endpoint = ngrok.connect(options).unwrap();
    let url = endpoint.public_url().to_owned();
    echo(&url, "/open");
    let denied = api_request(format!("{url}/secret")).send().unwrap_err();
    assert_eq!(denied.status(), Some(403), "{denied}");

    let open = ConnectOptions::new().traffic_policy(&TrafficPolicy::new());
    endpoint.update(open).unwrap();
    echo(&url, "/secret");
}

#[test]
fn the_status_tells_version_and_session() {
    let Some(account) = account() else { return };
    let ngrok = account.ngrok(ConfigVersion::V3);
    ngrok.process().unwrap();
    let status = ngrok.agent_status().unwrap();
    assert!(status.agent_version.starts_with("3."), "{status:?}");
    assert!(
        !status.status.is_empty() && status.session.is_object(),
        "{status:?}"
    );
    assert_eq!(ngrok.version().unwrap().0, status.agent_version);
}

#[test]
fn requests_are_captured_and_replayed() {
    let Some(account) = account() else { return };
    let ngrok = account.ngrok(ConfigVersion::V3);
    let endpoint = ngrok.connect(account.upstream.port()).unwrap();
    echo(endpoint.public_url(), "/captured");
    let client = ngrok.local_api().unwrap();
    let done = client
        .requests()
        .wait_for(
            |it| it.request.uri == "/captured" && it.response.is_some(),
            Duration::from_secs(20),
        )
        .unwrap();
    let before = account.upstream.received().len();
    client
        .requests()
        .replay_and_wait(&done.id, Duration::from_secs(20))
        .unwrap();
    assert_eq!(account.upstream.received().len(), before + 1);
    client.requests().delete().unwrap();
    assert!(client.requests().list().unwrap().is_empty());
}

#[test]
fn an_internal_endpoint_is_not_for_the_world() {
    let Some(account) = account() else { return };
    let ngrok = account.ngrok(ConfigVersion::V3);
    let url = format!("https://e2e-{}.internal", std::process::id());
    let options = ConnectOptions::http(account.upstream.port())
        .url(&*url)
        .binding("internal");
    let endpoint = ngrok.connect(options).unwrap();
    assert_eq!(endpoint.public_url(), url);
    assert_eq!(
        ngrok.local_api().unwrap().endpoints().list().unwrap()[0].bindings,
        ["internal"]
    );
}

#[test]
fn a_tcp_endpoint_carries_bytes() {
    use std::io::{Read, Write};
    let Some(account) = account() else { return };
    let echo = ngrok_testkit::TcpEcho::start().unwrap();
    let ngrok = account.ngrok(ConfigVersion::V3);
    let endpoint = match ngrok.connect(ConnectOptions::tcp(echo.port())) {
        Ok(endpoint) => endpoint,
        // A free account needs a verified card for TCP.
        Err(error) if error.error_code().is_some() => {
            return println!("not for this account: {error}");
        }
        Err(error) => panic!("{error}"),
    };
    let addr = endpoint.public_url().strip_prefix("tcp://").unwrap();
    let mut socket = None;
    assert!(eventually(Duration::from_secs(20), || {
        socket = std::net::TcpStream::connect(addr).ok();
        socket.is_some()
    }));
    let mut socket = socket.unwrap();
    socket.write_all(b"ping").unwrap();
    let mut answer = [0; 4];
    socket.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"ping");
}
