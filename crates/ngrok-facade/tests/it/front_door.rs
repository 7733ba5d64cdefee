//! The rows of pyngrok's front door, each as a test of that name.

use std::time::Duration;

use ngrok_facade::installer::{ErrorKind, Installer, Source};
use ngrok_facade::{Config, ConfigVersion, ConnectOptions, Error, Ngrok, api_request};
use ngrok_testkit::archive::{self, Entry};
use ngrok_testkit::{DownloadHost, agent_bin, eventually};
use serde_json::json;

use crate::lab::{Lab, PATIENCE, answering, answering_in_turn, visit};

#[test]
fn install_ngrok_downloads_only_what_is_missing() {
    let lab = Lab::new();
    let host = DownloadHost::start().unwrap();
    let program = std::fs::read(agent_bin()).unwrap();
    host.serve(
        "/ngrok.tgz",
        archive::tgz(&[Entry::executable("ngrok", program)]).unwrap(),
    );
    let path = lab.folder.path().join("bin/ngrok");
    let config = lab
        .builder()
        .ngrok_path(&path)
        .download_url(host.url("/ngrok.tgz"))
        .build()
        .unwrap();
    let ngrok = Ngrok::new(config);
    ngrok.install().unwrap();
    assert!(path.is_file());
    assert_eq!(lab.read().trim(), "version: \"2\"");
    // Neither the binary nor the config file is touched again, whatever is in them.
    std::fs::write(&path, "broken").unwrap();
    lab.write("version: 3\n");
    ngrok.install().unwrap();
    assert_eq!(host.count("/ngrok.tgz"), 1);
    assert_eq!(std::fs::read(&path).unwrap(), b"broken");
    assert_eq!(lab.read(), "version: 3\n");
    // A binary that is there but cannot run is an error with its path, never a new download.
    let error = ngrok.connect(80).unwrap_err();
    assert!(matches!(error, Error::Agent(_)), "{error:?}");
    assert!(
        error.to_string().contains(path.to_str().unwrap()),
        "{error}"
    );
    assert_eq!(host.count("/ngrok.tgz"), 1);
}

#[test]
fn verify_binary_refuses_one_that_was_changed() {
    let lab = Lab::new();
    let archive = lab.folder.path().join("ngrok.tgz");
    let program = std::fs::read(agent_bin()).unwrap();
    std::fs::write(
        &archive,
        archive::tgz(&[Entry::executable("ngrok", program.clone())]).unwrap(),
    )
    .unwrap();
    let path = lab.folder.path().join("ngrok");
    Installer::builder()
        .path(&path)
        .source(Source::archive(&archive))
        .build()
        .unwrap()
        .install()
        .unwrap();
    let ngrok = || {
        Ngrok::new(
            lab.builder()
                .ngrok_path(&path)
                .verify_binary(true)
                .build()
                .unwrap(),
        )
    };
    ngrok().connect(lab.addr()).unwrap();
    // It would run as before, but it is another one.
    std::fs::write(&path, [program, b"more".to_vec()].concat()).unwrap();
    let error = ngrok().connect(lab.addr()).unwrap_err();
    assert!(
        matches!(&error, Error::Install(error) if error.kind() == ErrorKind::Modified),
        "{error:?}"
    );
}

#[test]
fn set_auth_token_and_set_api_key_edit_the_file_and_leave_the_rest() {
    let lab = Lab::new();
    lab.write("# mine\nversion: 3\nagent:\n  region: eu # near\n");
    let ngrok = lab.ngrok();
    ngrok.set_auth_token("planted-token").unwrap();
    ngrok.set_api_key("planted-key").unwrap();
    let text = lab.read();
    assert!(
        text.starts_with("# mine\nversion: 3\nagent:\n  region: eu # near\n"),
        "{text}"
    );
    assert!(
        text.contains("  authtoken: planted-token\n") && text.contains("  api_key: planted-key\n"),
        "{text}"
    );
    assert!(ngrok.running().is_none(), "no agent is needed for it");
}

#[test]
fn set_auth_token_makes_a_file_of_the_version_asked_for() {
    let lab = Lab::new();
    lab.endpoints().set_auth_token("planted-token").unwrap();
    let config = ngrok_facade::installer::config::AgentConfig::load(lab.file()).unwrap();
    assert_eq!(config.version(), Some(ConfigVersion::V3));
    assert_eq!(config.value()["agent"]["authtoken"], "planted-token");
}

#[test]
fn get_ngrok_process_starts_once() {
    let lab = Lab::new();
    let ngrok = lab.ngrok();
    assert!(ngrok.running().is_none());
    let agent = ngrok.process().unwrap();
    assert!(agent.healthy());
    assert_eq!(ngrok.clone().process().unwrap().pid(), agent.pid());
    assert_eq!(ngrok.running().unwrap().pid(), agent.pid());
}

#[test]
fn connect_forwards_to_the_upstream() {
    let lab = Lab::new();
    for (ngrok, path) in [
        (lab.ngrok(), "/api/tunnels/"),
        (lab.endpoints(), "/api/endpoints/"),
    ] {
        let tunnel = ngrok.connect(lab.addr()).unwrap();
        assert!(tunnel.uri().starts_with(path), "{}", tunnel.uri());
        let (status, body) = visit(&format!("{}/hello", tunnel.public_url())).unwrap();
        assert!(status == 200 && body.contains("/hello"), "{status} {body}");
        assert_eq!(
            tunnel.upstream_url(),
            Some(format!("http://{}", lab.addr()).as_str())
        );
    }
}

#[test]
fn connect_uses_the_definition_of_that_name_and_the_version_of_the_file() {
    let lab = Lab::new();
    let definition = format!("url: http://{}", lab.addr());
    lab.write(&format!("version: 3\nendpoints:\n  - name: web\n    metadata: kept\n    upstream:\n      {definition}\n"));
    let tunnel = lab
        .ngrok()
        .connect(ConnectOptions::named("web").description("given"))
        .unwrap();
    assert_eq!(tunnel.name(), "web-api");
    assert!(tunnel.uri().starts_with("/api/endpoints/"));
    assert_eq!(tunnel.data()["metadata"], "kept");
    assert_eq!(tunnel.data()["description"], "given");
    assert_eq!(visit(tunnel.public_url()).unwrap().0, 200);
}

#[test]
fn connect_refuses_wrong_options_before_it_starts_anything() {
    let lab = Lab::new();
    let ngrok = Ngrok::new(lab.builder().ngrok_path("/no/such/ngrok").build().unwrap());
    for options in [ConnectOptions::new().binding("internal"), "::1".into()] {
        let error = ngrok.connect(options).unwrap_err();
        assert!(error.is_wrong_use(), "{error}");
    }
    let error = Ngrok::new(
        lab.builder()
            .config_version(ConfigVersion::V3)
            .build()
            .unwrap(),
    )
    .connect(ConnectOptions::http(80).basic_auth("user", "planted-password"))
    .unwrap_err();
    assert!(matches!(error, Error::GuardDropped { .. }));
    assert!(!format!("{error:?} {error}").contains("planted"));
}

#[test]
fn connect_all_opens_every_definition_but_the_default_one() {
    let lab = Lab::new();
    assert!(
        lab.ngrok().connect_all().unwrap().is_empty(),
        "without a file there is nothing to open"
    );
    let port = lab.upstream.port();
    lab.write(&format!(
        "version: 2\ntunnels:\n  zed: {{proto: http, addr: {port}}}\n  pyngrok-default: {{proto: http, addr: {port}}}\n  \
         ant: {{proto: tcp, addr: {port}}}\n"
    ));
    let tunnels = lab.ngrok().connect_all().unwrap();
    let names: Vec<&str> = tunnels.iter().map(|tunnel| tunnel.name()).collect();
    assert_eq!(names, ["zed-api", "ant-api"]);
    assert_eq!(tunnels[1].proto(), "tcp");
}

#[test]
fn disconnect_closes_one_and_is_silent_about_what_is_not_there() {
    let lab = Lab::new();
    let ngrok = lab.ngrok();
    ngrok.disconnect("https://nowhere.example").unwrap();
    assert!(
        ngrok.running().is_none(),
        "nothing is started to close what is not open"
    );
    let first = ngrok.connect(lab.addr()).unwrap();
    let second = ngrok.connect(lab.addr()).unwrap();
    ngrok.disconnect("https://nowhere.example").unwrap();
    ngrok.disconnect(first.public_url()).unwrap();
    assert_eq!(visit(first.public_url()), None);
    assert_eq!(visit(second.public_url()).unwrap().0, 200);
    first.disconnect().unwrap();
    // One that this handle did not open itself is found by listing again.
    let stranger = Ngrok::attach(ngrok.config().clone(), ngrok.api_url().unwrap());
    stranger.disconnect(second.public_url()).unwrap();
    assert!(ngrok.tunnels().unwrap().is_empty());
}

#[test]
fn disconnect_deletes_names_with_spaces_and_slashes() {
    let lab = Lab::new();
    let ngrok = lab.ngrok();
    for name in ["web (http)", "ü & ?", "100%"] {
        let tunnel = ngrok
            .connect(ConnectOptions::http(lab.addr()).name(name))
            .unwrap();
        assert_eq!(tunnel.name(), name);
        tunnel.disconnect().unwrap();
        assert_eq!(visit(tunnel.public_url()), None, "{name}");
    }
    let made_up = ngrok.connect(format!("http://{}", lab.addr())).unwrap();
    assert!(!made_up.name().contains('/'), "{}", made_up.name());
    made_up.disconnect().unwrap();
    assert!(ngrok.tunnels().unwrap().is_empty());
}

#[test]
fn get_tunnels_lists_what_is_open() {
    let lab = Lab::new();
    for ngrok in [lab.ngrok(), lab.endpoints()] {
        assert!(ngrok.tunnels().unwrap().is_empty());
        let opened = ngrok.connect(lab.addr()).unwrap();
        let listed = ngrok.tunnels().unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].public_url(), opened.public_url());
        assert_eq!(listed[0].uri(), opened.uri());
    }
}

#[test]
fn get_tunnels_reads_either_list_in_v3_and_errs_on_an_entry_without_a_url() {
    let lab = Lab::new();
    let config = lab
        .builder()
        .config_version(ConfigVersion::V3)
        .build()
        .unwrap();
    let list = |body| Ngrok::attach(config.clone(), answering("200 OK", body)).tunnels();
    assert_eq!(
        list(r#"{"endpoints": [{"name": "a", "url": "https://a"}]}"#)
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        list(r#"{"tunnels": [{"name": "a", "public_url": "https://a"}]}"#)
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        list(r#"{"endpoints": null, "tunnels": []}"#).unwrap().len(),
        0
    );
    let error = list(r#"{"endpoints": [{"name": "lost"}]}"#).unwrap_err();
    assert!(
        matches!(error, Error::NoPublicUrl { .. }) && error.to_string().contains("`lost`"),
        "{error}"
    );
}

#[test]
fn an_agent_without_endpoints_is_to_be_updated() {
    let lab = Lab::new();
    let config = lab
        .builder()
        .config_version(ConfigVersion::V3)
        .build()
        .unwrap();
    let old = Ngrok::attach(config, answering("404 Not Found", "404 page not found\n"));
    for error in [old.connect(80).unwrap_err(), old.tunnels().unwrap_err()] {
        assert!(matches!(error, Error::EndpointsMissing { .. }), "{error:?}");
        assert!(error.to_string().contains("update()"), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[test]
fn an_agent_that_is_not_ready_is_asked_again_until_the_deadline() {
    const NOT_READY: (&str, &str) = (
        "503 Service Unavailable",
        r#"{"error_code": 104, "status_code": 503, "msg": "ngrok is not yet ready to start tunnels"}"#,
    );
    let lab = Lab::new();
    let later = answering_in_turn(&[
        NOT_READY,
        NOT_READY,
        (
            "201 Created",
            r#"{"name": "web", "public_url": "https://a"}"#,
        ),
    ]);
    let ngrok = Ngrok::attach(lab.builder().build().unwrap(), later);
    assert_eq!(ngrok.connect(80).unwrap().public_url(), "https://a");
    let config = lab
        .builder()
        .request_timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let error = Ngrok::attach(config, answering_in_turn(&[NOT_READY]))
        .connect(80)
        .unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
}

#[test]
fn disconnect_waits_for_a_lost_session_so_that_no_ghost_stays() {
    const CLOSED: (&str, &str) = (
        "500 Internal Server Error",
        r#"{"error_code": 107, "status_code": 500, "msg": "failed to close", "details": {"err": "session closed"}}"#,
    );
    let lab = Lab::new();
    let url = answering_in_turn(&[
        (
            "201 Created",
            r#"{"name": "web", "public_url": "https://a"}"#,
        ),
        CLOSED,
        CLOSED,
        ("204 No Content", ""),
        (
            "404 Not Found",
            r#"{"error_code": 100, "status_code": 404, "msg": "no such tunnel"}"#,
        ),
    ]);
    let tunnel = Ngrok::attach(lab.builder().build().unwrap(), url)
        .connect(80)
        .unwrap();
    tunnel.disconnect().unwrap();
    tunnel.disconnect().unwrap();
}

#[test]
fn kill_ends_the_agent_and_the_next_call_starts_another() {
    let lab = Lab::new();
    let ngrok = lab.ngrok();
    ngrok.kill();
    let tunnel = ngrok.connect(lab.addr()).unwrap();
    let agent = ngrok.process().unwrap();
    ngrok.kill();
    assert!(ngrok.running().is_none());
    assert!(
        eventually(PATIENCE, || agent.try_wait().unwrap().is_some()),
        "it is reaped"
    );
    assert_eq!(visit(tunnel.public_url()), None);
    ngrok.disconnect(tunnel.public_url()).unwrap();
    assert!(
        ngrok.running().is_none(),
        "closing what is gone starts nothing"
    );
    assert!(ngrok.connect(lab.addr()).is_ok());
}

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

#[test]
fn the_installers_own_interface_is_here_too() {
    let lab = Lab::new();
    let archive = lab.folder.path().join("ngrok.tgz");
    let program = std::fs::read(agent_bin()).unwrap();
    std::fs::write(
        &archive,
        archive::tgz(&[Entry::executable("ngrok", program)]).unwrap(),
    )
    .unwrap();
    let path = lab.folder.path().join("ngrok");
    Installer::builder()
        .path(&path)
        .source(Source::archive(&archive))
        .build()
        .unwrap()
        .install()
        .unwrap();
    assert!(
        Ngrok::new(lab.builder().ngrok_path(&path).build().unwrap())
            .connect(lab.addr())
            .is_ok()
    );
}
