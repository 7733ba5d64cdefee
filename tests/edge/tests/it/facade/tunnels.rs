//! Tunnels of every kind with traffic both ways, lists, metrics, captured requests.

use ngrok_facade::{ConnectOptions, Ngrok};
use ngrok_testkit::{TcpEcho, Upstream};

use super::ngrok;
use crate::support::{SOON, edge_or_skip, public, traffic, until};

#[test]
fn http_and_https_carry_everything() {
    let (edge, binary) = edge_or_skip!();
    let upstream = Upstream::start().unwrap();
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    let https = ngrok.connect(upstream.port()).unwrap();
    assert_eq!(https.proto(), "https");
    assert_eq!(
        https.upstream_url(),
        Some(format!("http://localhost:{}", upstream.port()).as_str())
    );
    assert_eq!(
        https.to_string(),
        format!(
            "NgrokTunnel: \"{}\" -> \"http://localhost:{}\"",
            https.public_url(),
            upstream.port()
        )
    );
    // Version 2 of the agent makes two of one.
    let both = ngrok.tunnels().unwrap();
    let http = both.iter().find(|tunnel| tunnel.proto() == "http").unwrap();
    assert_eq!(http.name(), format!("{} (http)", https.name()));
    for tunnel in [&https, http] {
        traffic::http(&edge, tunnel.public_url(), &upstream);
        traffic::websocket(&edge, tunnel.public_url());
        traffic::large_bodies(&edge, tunnel.public_url());
        traffic::hundred_at_once(&edge, tunnel.public_url());
    }
    for tunnel in [&https, http] {
        tunnel.disconnect().unwrap();
        tunnel.disconnect().unwrap();
        assert_eq!(public::get(&edge, tunnel.public_url(), "/").status, 404);
    }
    assert!(ngrok.tunnels().unwrap().is_empty());
}

#[test]
fn tcp_and_tls_carry_bytes() {
    let (edge, binary) = edge_or_skip!();
    let echo = TcpEcho::start().unwrap();
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    for options in [
        ConnectOptions::tcp(echo.port()),
        ConnectOptions::tls(echo.port()),
    ] {
        let tunnel = ngrok.connect(options).unwrap();
        traffic::bytes(&edge, tunnel.public_url());
        ngrok.disconnect(tunnel.public_url()).unwrap();
    }
    let tunnel = ngrok
        .connect(format!("tcp://127.0.0.1:{}", echo.port()).as_str())
        .unwrap();
    traffic::bytes(&edge, tunnel.public_url());
}

#[test]
fn a_directory_is_served() {
    let (edge, binary) = edge_or_skip!();
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    let folder = edge.folder().join("with space");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("hello.txt"), "from a file").unwrap();
    let tunnel = ngrok.connect(ConnectOptions::directory(&folder)).unwrap();
    assert_eq!(
        public::get(&edge, tunnel.public_url(), "/hello.txt").text(),
        "from a file"
    );
    assert!(
        public::get(&edge, tunnel.public_url(), "/")
            .text()
            .contains("hello.txt")
    );
    assert_eq!(public::get(&edge, tunnel.public_url(), "/nope").status, 404);
}

#[test]
fn names_with_brackets_and_spaces_are_closed_again() {
    let (edge, binary) = edge_or_skip!();
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    for name in ["my tunnel (1) [x]", "ü–日本", "a+b&c=d;e,f"] {
        let tunnel = ngrok.connect(ConnectOptions::tcp(22).name(name)).unwrap();
        assert_eq!(tunnel.name(), name);
        let listed = ngrok.tunnels().unwrap();
        assert_eq!(listed.len(), 1);
        listed[0].disconnect().unwrap();
        assert!(ngrok.tunnels().unwrap().is_empty(), "{name}");
    }
}

#[test]
fn a_definition_of_the_file_is_used_and_overridden() {
    let (edge, binary) = edge_or_skip!();
    let upstream = Upstream::start().unwrap();
    let file = format!(
        "tunnels:\n  web:\n    proto: http\n    addr: {}\n    subdomain: mine\n  ssh:\n    proto: tcp\n    addr: 22",
        upstream.port()
    );
    let config = edge.agent_config().unwrap().with(&file).unwrap();
    let ngrok = ngrok(&binary, &config);
    let web = ngrok.connect(ConnectOptions::named("web")).unwrap();
    assert_eq!(
        (web.name(), web.public_url()),
        ("web-api", "https://mine.ngrok.test")
    );
    traffic::http(&edge, web.public_url(), &upstream);
    web.disconnect().unwrap();
    ngrok.disconnect("http://mine.ngrok.test").unwrap();

    let all = ngrok.connect_all().unwrap();
    let names: Vec<&str> = all.iter().map(|tunnel| tunnel.name()).collect();
    assert_eq!(names, ["web-api", "ssh-api"]);
}

#[test]
fn captured_requests_and_metrics_are_the_tunnels() {
    let (edge, binary) = edge_or_skip!();
    let upstream = Upstream::start().unwrap();
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    let mut tunnel = ngrok
        .connect(ConnectOptions::http(upstream.port()).name("web"))
        .unwrap();
    assert_eq!(tunnel.metrics().unwrap().http.count, 0);
    public::connect(&edge, tunnel.public_url()).request("POST", "/hook", &[], b"payload");
    until("the metrics", || {
        tunnel.refresh_metrics().unwrap().http.count == 1
    });

    let done = ngrok
        .local_api()
        .unwrap()
        .requests()
        .wait_for(|it| it.response.is_some(), SOON)
        .unwrap();
    assert_eq!(done.request.body().unwrap().text(), "payload");
    assert_eq!(ngrok.requests(Some("web")).unwrap().len(), 1);
    assert_eq!(ngrok.request(&done.id).unwrap().request.uri, "/hook");
    ngrok.replay(&done.id, None).unwrap();
    until("the replay", || upstream.received().len() == 2);
    assert_eq!(upstream.received()[1].body, b"payload");
    ngrok.clear_requests().unwrap();
    assert!(ngrok.requests(None).unwrap().is_empty());
    assert!(ngrok.request(&done.id).unwrap_err().is_not_found());
}

#[test]
fn a_guard_closes_and_the_last_handle_ends_the_agent() {
    let (edge, binary) = edge_or_skip!();
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    let guard = ngrok
        .connect(ConnectOptions::tcp(22))
        .unwrap()
        .close_on_drop();
    assert_eq!(edge.tunnels().len(), 1);
    drop(guard);
    assert!(edge.wait_for_tunnels(0, SOON));
    let tunnel = ngrok.connect(ConnectOptions::tcp(22)).unwrap();
    drop(ngrok);
    assert_eq!(edge.sessions(), 1, "the tunnel keeps it");
    drop(tunnel);
    assert!(edge.wait_for_sessions(0, SOON));
}

#[test]
fn an_agent_that_somebody_else_started_is_left_running() {
    let (edge, binary) = edge_or_skip!();
    let agent = crate::support::ready_agent(&edge, &binary);
    let ours = ngrok(&binary, &agent.config);
    let attached = Ngrok::attach(ours.config().clone(), agent.config.api_url());
    let tunnel = attached.connect(ConnectOptions::tcp(22)).unwrap();
    assert_eq!(edge.tunnels()[0].url, tunnel.public_url());
    drop((attached, tunnel));
    assert_eq!(edge.sessions(), 1);
}
