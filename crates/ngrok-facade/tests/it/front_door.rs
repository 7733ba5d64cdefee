//! Opening, listing and closing tunnels: the rows of pyngrok's front door, each as a test of that name.

use std::time::Duration;

use ngrok_facade::{ConfigVersion, ConnectOptions, Error, Event, FindingCode, Ngrok};
use ngrok_testkit::eventually;
use serde_json::json;

use crate::lab::{Lab, PATIENCE, answering, answering_in_turn, visit};

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
fn disconnect_deletes_names_with_spaces_and_signs() {
    let lab = Lab::new();
    let ngrok = lab.ngrok();
    for name in ["web (http)", "ü & ;"] {
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
fn a_guard_that_an_old_agent_would_ignore_is_refused() {
    let lab = Lab::new();
    for options in [
        ConnectOptions::http(80).basic_auth("user", "planted-password"),
        ConnectOptions::tcp(80).auth("user:planted-password"),
        ConnectOptions::http(80).allow_cidrs(["10.0.0.0/8"]),
        ConnectOptions::http(80).option("basic-auth", "user:planted-password"),
        ConnectOptions::http(80).option("traffic_policy", json!({"on_http_request": []})),
    ] {
        // It would open the tunnel if it were asked to.
        let old = answering_in_turn(&[
            ("404 Not Found", "404 page not found\n"),
            (
                "201 Created",
                r#"{"name": "web", "public_url": "https://open-to-all"}"#,
            ),
        ]);
        let error = Ngrok::attach(lab.builder().build().unwrap(), old)
            .connect(options)
            .unwrap_err();
        assert!(matches!(error, Error::GuardIgnored { .. }), "{error:?}");
        assert!(
            error.to_string().contains("update()") && !format!("{error:?}").contains("planted"),
            "{error}"
        );
    }
    let ignored = Ngrok::attach(
        lab.builder().build().unwrap(),
        answering("404 Not Found", "404 page not found\n"),
    )
    .connect(ConnectOptions::http(80).domain("a.example"))
    .unwrap_err();
    assert!(
        matches!(ignored, Error::OptionIgnored { .. })
            && ignored.to_string().contains("`hostname`"),
        "{ignored:?}"
    );
    let guarded = lab
        .ngrok()
        .connect(ConnectOptions::http(lab.addr()).basic_auth("user", "a password"))
        .unwrap();
    assert_eq!(visit(guarded.public_url()).unwrap().0, 401);
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
fn an_agent_without_tunnels_gets_an_endpoint() {
    for gone in [
        (
            "410 Gone",
            r#"{"status_code": 410, "msg": "tunnels are gone"}"#,
        ),
        (
            "404 Not Found",
            r#"{"status_code": 404, "msg": "Resource not found", "details": {"path": "/api/tunnels"}}"#,
        ),
    ] {
        let answers = Box::leak(Box::new([
            gone,
            (
                "201 Created",
                r#"{"name": "web", "url": "https://a", "upstream": {"url": "http://localhost:80"}}"#,
            ),
        ]));
        let config = Lab::new().builder().build().unwrap();
        let tunnel = Ngrok::attach(config, answering_in_turn(answers))
            .connect(80)
            .unwrap();
        assert_eq!(tunnel.uri(), "/api/endpoints/web");
        assert!(tunnel.endpoint().is_some());
    }
}

#[test]
fn tunnels_of_a_version_3_file_are_opened_as_tunnels_beside_its_endpoints() {
    let lab = Lab::new();
    let addr = lab.addr();
    lab.write(&format!(
        "version: 3\nendpoints:\n  - name: new\n    url: http://\n    upstream:\n      url: http://{addr}\n\
         tunnels:\n  old:\n    proto: http\n    addr: {addr}\n    basic_auth: [\"user:a long password\"]\n"
    ));
    let ngrok = lab.ngrok();
    let opened = ngrok.connect_all().unwrap();
    let kinds: Vec<bool> = opened.iter().map(|it| it.endpoint().is_some()).collect();
    assert_eq!(kinds, [true, false]);
    assert_eq!(visit(opened[0].public_url()).unwrap().0, 200);
    assert_eq!(visit(opened[1].public_url()).unwrap().0, 401);
    assert_eq!(ngrok.tunnels().unwrap().len(), 2);
    for tunnel in opened {
        ngrok.disconnect(tunnel.public_url()).unwrap();
    }
    assert_eq!(ngrok.tunnels().unwrap().len(), 0);
}

#[test]
fn an_agent_on_another_machine_has_to_be_allowed() {
    let lab = Lab::new();
    let builder = || lab.builder();
    let refused = Ngrok::attach(builder().build().unwrap(), "192.0.2.1:4040")
        .local_api()
        .unwrap_err();
    let text = refused.to_string();
    assert!(
        refused.is_wrong_use()
            && text.contains("--allow-remote")
            && text.contains("NGROK_RS_ALLOW_REMOTE"),
        "{text}"
    );
    let allowed = builder().allow_remote(true).build().unwrap();
    assert!(allowed.to_builder().build().unwrap().allow_remote());
    let client = Ngrok::attach(allowed, "192.0.2.1:4040")
        .local_api()
        .unwrap();
    assert_eq!(client.url(), "http://192.0.2.1:4040");
    // What is no address is refused as such.
    let wrong = Ngrok::attach(builder().build().unwrap(), "ftp://192.0.2.1").local_api();
    assert!(matches!(wrong.unwrap_err(), Error::Api(_)));
}

#[test]
fn a_name_that_nothing_has_opens_port_80_and_says_so() {
    let lab = Lab::new();
    lab.write("version: 2\ntunnels:\n  web:\n    proto: http\n    addr: 8080\n");
    let ngrok = lab.ngrok();
    let events = ngrok.events();
    let odd = ngrok.check(ConnectOptions::named("wbe")).unwrap();
    assert_eq!(odd[0].code, FindingCode::DefinitionMissing);
    assert_eq!(ngrok.definitions().unwrap(), ["web"]);
    let tunnel = ngrok.connect(ConnectOptions::named("wbe")).unwrap();
    assert_eq!(tunnel.upstream_url(), Some("http://localhost:80"));
    let told = std::iter::from_fn(|| events.try_recv()).any(
        |event| matches!(event, Event::Definition(finding) if finding.to_string().contains("`web`")),
    );
    assert!(told);
}
