//! What the agent's binary does for us, calls of any URL, and the free functions.

use ngrok_facade::{Config, Ngrok, api_request};
use ngrok_testkit::eventually;
use serde_json::json;

use crate::lab::{Lab, PATIENCE, visit};

#[test]
fn api_runs_the_agents_own_client() {
    let lab = Lab::new();
    let ngrok = Ngrok::new(lab.builder().api_key("planted-key").build().unwrap());
    let help = ngrok.api(["--help"]).unwrap();
    assert!(!help.status.is_empty() && help.data.is_null(), "{help:?}");
    assert!(!format!("{help:?}").contains("planted"));
}

#[test]
fn get_version_tells_both() {
    let (agent, library) = Lab::new().ngrok().version().unwrap();
    assert!(agent.starts_with("3."), "{agent}");
    assert_eq!(library, env!("CARGO_PKG_VERSION"));
}

#[test]
fn update_returns_what_the_agent_says() {
    let said = Lab::new().ngrok().update().unwrap();
    assert!(!said.trim().is_empty());
}

#[test]
fn api_request_reaches_a_tunnel() {
    let lab = Lab::new();
    let tunnel = lab.ngrok().connect(lab.addr()).unwrap();
    let url = format!("{}/some-route?a=1", tunnel.public_url());
    let answer = api_request(url)
        .method("POST")
        .data(json!({"foo": "bar"}))
        .params([("b", "2")])
        .send()
        .unwrap();
    assert_eq!(answer["path"], "/some-route?a=1&b=2");
    assert_eq!(answer["body"], "{\"foo\":\"bar\"}");
    assert!(api_request("ftp://example.com").send().is_err());
}

#[test]
fn run_hands_over_to_the_agent() {
    let lab = Lab::new();
    assert!(lab.ngrok().run(["--version"]).unwrap().success());
    assert!(
        !lab.ngrok()
            .run(["start", "no-such-tunnel", "--log", "false"])
            .unwrap()
            .success()
    );
}

#[test]
fn the_free_functions_share_the_default_handle() {
    use ngrok_facade as ngrok;
    let lab = Lab::new();
    ngrok::set_default_config(lab.builder().max_logs(7).build().unwrap());
    assert_eq!(ngrok::default_config().unwrap().max_logs(), 7);
    ngrok::install_ngrok().unwrap();
    let tunnel = ngrok::connect(lab.addr()).unwrap();
    assert_eq!(ngrok::get_tunnels().unwrap().len(), 1);
    assert_eq!(
        ngrok::get_ngrok_process().unwrap().pid(),
        ngrok::default_ngrok().unwrap().running().unwrap().pid()
    );
    assert!(visit(tunnel.public_url()).is_some());
    assert!(eventually(PATIENCE, || ngrok::agent::get_requests(None)
        .unwrap()
        .len()
        == 1));
    let id = ngrok::agent::get_requests(Some(tunnel.name())).unwrap()[0]
        .id
        .clone();
    assert_eq!(ngrok::agent::get_request(&id).unwrap().id, id);
    ngrok::agent::replay_request(&id, None).unwrap();
    ngrok::agent::delete_requests().unwrap();
    assert!(
        !ngrok::agent::get_agent_status()
            .unwrap()
            .agent_version
            .is_empty()
    );
    assert!(ngrok::connect_all().unwrap().is_empty());
    ngrok::disconnect(tunnel.public_url()).unwrap();
    ngrok::set_auth_token("planted-token").unwrap();
    ngrok::set_api_key("planted-key").unwrap();
    assert!(
        ngrok::get_version().is_ok()
            && ngrok::update().is_ok()
            && ngrok::run(["--version"]).is_ok()
    );
    assert!(!ngrok::api(["--help"]).unwrap().status.is_empty());
    ngrok::kill().unwrap();
    assert!(ngrok::default_ngrok().unwrap().running().is_none());
    // Another default leaves nothing of the one before behind.
    ngrok::set_default_config(
        Config::builder()
            .ngrok_path("/no/such/ngrok")
            .build()
            .unwrap(),
    );
    assert_eq!(ngrok::default_config().unwrap().max_logs(), 100);
}
