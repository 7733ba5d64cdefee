//! The rows of `NgrokTunnel`, and what it can do beyond them.

use ngrok_facade::{ConfigVersion, ConnectOptions, Error, Ngrok};
use ngrok_testkit::{Upstream, eventually};

use crate::lab::{Lab, PATIENCE, answering, visit};

#[test]
fn a_tunnel_has_the_fields_of_pyngroks() {
    let lab = Lab::new();
    let ngrok = lab.ngrok();
    let tunnel = ngrok
        .connect(ConnectOptions::http(lab.addr()).name("web"))
        .unwrap();
    assert_eq!(tunnel.name(), "web");
    assert_eq!(tunnel.uri(), "/api/tunnels/web");
    assert_eq!(tunnel.proto(), "http");
    assert!(tunnel.id().is_some());
    assert_eq!(
        tunnel.config().unwrap().addr,
        format!("http://{}", lab.addr())
    );
    assert_eq!(tunnel.upstream().url, tunnel.config().unwrap().addr);
    assert_eq!(tunnel.data()["public_url"], tunnel.public_url());
    assert_eq!(tunnel.api_url(), ngrok.api_url().unwrap());
    assert_eq!(
        tunnel.ngrok().config().ngrok_path(),
        ngrok.config().ngrok_path()
    );
    assert_eq!(tunnel.metrics().unwrap().http.count, 0);
    let upstream = format!("http://{}", lab.addr());
    assert_eq!(
        tunnel.to_string(),
        format!("NgrokTunnel: \"{}\" -> \"{upstream}\"", tunnel.public_url())
    );
}

#[test]
fn refresh_metrics_counts() {
    let lab = Lab::new();
    for ngrok in [lab.ngrok(), lab.endpoints()] {
        let mut tunnel = ngrok.connect(lab.addr()).unwrap();
        visit(tunnel.public_url()).unwrap();
        visit(tunnel.public_url()).unwrap();
        assert!(eventually(PATIENCE, || tunnel
            .refresh_metrics()
            .unwrap()
            .http
            .count
            == 2));
        assert_eq!(tunnel.data()["metrics"]["http"]["count"], 2);
    }
}

#[test]
fn refresh_metrics_errs_when_the_answer_has_none() {
    let config = Lab::new().builder().build().unwrap();
    let url = answering("200 OK", r#"{"name": "web", "public_url": "https://a"}"#);
    let mut tunnel = Ngrok::attach(config, url).connect(80).unwrap();
    let error = tunnel.refresh_metrics().unwrap_err();
    assert!(
        matches!(error, Error::NoMetrics { .. }) && error.to_string().contains("`web`"),
        "{error}"
    );
}

#[test]
fn an_answer_without_a_url_is_an_error() {
    let config = Lab::new().builder().build().unwrap();
    let ngrok = Ngrok::attach(config, answering("201 Created", r#"{"name": "web"}"#));
    assert!(matches!(
        ngrok.connect(80).unwrap_err(),
        Error::NoPublicUrl { .. }
    ));
}

#[test]
fn update_changes_a_live_endpoint_under_the_same_url() {
    let lab = Lab::new();
    let second = Upstream::start().unwrap();
    let ngrok = lab.endpoints();
    let mut endpoint = ngrok
        .connect(ConnectOptions::http(lab.addr()).metadata("kept"))
        .unwrap();
    let url = endpoint.public_url().to_owned();
    endpoint.update(second.addr()).unwrap();
    assert_eq!(endpoint.public_url(), url);
    assert_eq!(endpoint.upstream_url(), Some(second.url().as_str()));
    assert_eq!(endpoint.data()["metadata"], "kept");
    visit(&format!("{url}/moved")).unwrap();
    assert_eq!(
        (lab.upstream.received().len(), second.received().len()),
        (0, 1)
    );
    let error = endpoint
        .update(ConnectOptions::new().basic_auth("user", "password"))
        .unwrap_err();
    assert!(matches!(error, Error::GuardDropped { .. }));
    endpoint.disconnect().unwrap();
}

#[test]
fn update_of_a_tunnel_names_the_setting() {
    let lab = Lab::new();
    let mut tunnel = lab.ngrok().connect(lab.addr()).unwrap();
    let error = tunnel.update(8080).unwrap_err();
    assert!(
        error.is_wrong_use() && error.to_string().contains("config_version"),
        "{error}"
    );
}

#[test]
fn a_guard_closes_its_tunnel_and_a_kept_one_stays() {
    let lab = Lab::new();
    let ngrok = lab.ngrok();
    let url = {
        let guard = ngrok.connect(lab.addr()).unwrap().close_on_drop();
        assert_eq!(visit(guard.public_url()).unwrap().0, 200);
        guard.public_url().to_owned()
    };
    assert_eq!(visit(&url), None);
    let kept = ngrok.connect(lab.addr()).unwrap().close_on_drop().keep();
    assert_eq!(visit(kept.public_url()).unwrap().0, 200);
    kept.close_on_drop().disconnect().unwrap();
    assert!(ngrok.tunnels().unwrap().is_empty());
}

#[test]
fn a_tunnel_keeps_its_agent_and_the_last_one_takes_it_along() {
    let lab = Lab::new();
    let ngrok = lab.ngrok();
    let tunnel = ngrok.connect(lab.addr()).unwrap();
    let copy = tunnel.clone();
    drop(ngrok);
    drop(tunnel);
    assert_eq!(visit(copy.public_url()).unwrap().0, 200);
    let url = copy.public_url().to_owned();
    drop(copy);
    assert!(eventually(PATIENCE, || visit(&url).is_none()));
}

#[test]
fn options_of_both_versions_reach_the_agent() {
    let lab = Lab::new();
    let tunnel = lab
        .ngrok()
        .connect(ConnectOptions::http(lab.addr()).basic_auth("user", "a password"))
        .unwrap();
    assert_eq!(visit(tunnel.public_url()).unwrap().0, 401);
    let directory = ConnectOptions::directory(env!("CARGO_MANIFEST_DIR"));
    for version in [ConfigVersion::V2, ConfigVersion::V3] {
        let ngrok = Ngrok::new(lab.builder().config_version(version).build().unwrap());
        let files = ngrok.connect(directory.clone()).unwrap();
        let (status, body) = visit(&format!("{}/README.md", files.public_url())).unwrap();
        assert!(
            status == 200 && body.contains("# ngrok-facade"),
            "{version}: {status}"
        );
    }
}
