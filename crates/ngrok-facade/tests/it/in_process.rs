//! The quick way to test a program that uses ngrok: an agent in the test's own process, and a handle that is attached to it.

use std::time::Duration;

use ngrok_facade::{Config, ConfigVersion, ConnectOptions, Ngrok};
use ngrok_testkit::{LoopbackAgent, Upstream};

use crate::lab::visit;

/// A handle on an agent of this process, and on no file of the person who runs the test.
fn attached(agent: &LoopbackAgent) -> Ngrok {
    let config = Config::builder().config_path(agent.config_path());
    Ngrok::attach(config.build().unwrap(), agent.api_url())
}

#[test]
fn tunnels_are_opened_visited_captured_and_closed() {
    for text in ["version: 2\n", "version: 3\n"] {
        let upstream = Upstream::start().unwrap();
        let agent = LoopbackAgent::builder().config(text).start().unwrap();
        let ngrok = attached(&agent);
        let tunnel = ngrok.connect(upstream.port()).unwrap();
        let (status, _) = visit(&format!("{}/hook", tunnel.public_url())).unwrap();
        assert_eq!(status, 200);
        assert_eq!(upstream.received()[0].path, "/hook");
        assert_eq!(ngrok.tunnels().unwrap().len(), 1);
        tunnel.disconnect().unwrap();
        assert!(ngrok.tunnels().unwrap().is_empty());
        assert_eq!(agent.tunnels(), serde_json::json!([]));
    }
}

#[test]
fn definitions_come_from_the_agents_own_file() {
    let upstream = Upstream::start().unwrap();
    let port = upstream.port();
    for (text, version) in [
        (
            format!(
                "version: 2\ntunnels:\n  web: {{proto: http, addr: {port}, basic_auth: ['user:password']}}\n"
            ),
            ConfigVersion::V2,
        ),
        (
            format!(
                "version: 3\nendpoints:\n  - name: web\n    upstream: {{url: {port}}}\n    traffic_policy: {{on_http_request: [{{actions: [{{type: deny, config: {{status_code: 401}}}}]}}]}}\n"
            ),
            ConfigVersion::V3,
        ),
    ] {
        let agent = LoopbackAgent::builder().config(text).start().unwrap();
        let ngrok = attached(&agent);
        assert_eq!(ngrok.config_version().unwrap(), version);
        let tunnel = ngrok.connect(ConnectOptions::named("web")).unwrap();
        assert_eq!(tunnel.name(), "web-api");
        // What guards the definition guards the tunnel.
        assert_eq!(visit(tunnel.public_url()).unwrap().0, 401);
    }
    assert!(upstream.received().is_empty());
}

#[test]
fn the_file_is_the_agents_own_and_goes_with_it() {
    let (one, other) = (LoopbackAgent::builder(), LoopbackAgent::builder());
    let (one, other) = (one.start().unwrap(), other.start().unwrap());
    assert_ne!(one.config_path(), other.config_path());
    assert!(one.config_path().starts_with(one.folder()));
    let folder = one.folder().to_path_buf();
    assert!(folder.starts_with(std::env::temp_dir()));
    drop(one);
    assert!(!folder.exists() && other.config_path().is_file());
    let began = std::time::Instant::now();
    drop(LoopbackAgent::builder().start().unwrap());
    assert!(began.elapsed() < Duration::from_secs(5));
}
