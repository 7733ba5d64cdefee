//! From an empty machine to an answered request and back to an empty machine, by the library; the binary's turn is in its own tests.

use std::time::Duration;

use e2e::http::send;
use ngrok_facade::{Config, ConfigVersion, Ngrok};
use ngrok_testkit::archive::{self, Entry};
use ngrok_testkit::{DownloadHost, Upstream, agent_bin, eventually};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(10);

fn host() -> DownloadHost {
    let host = DownloadHost::start().unwrap();
    let program = std::fs::read(agent_bin()).unwrap();
    host.serve(
        "/ngrok.tgz",
        archive::tgz(&[Entry::executable("ngrok", program)]).unwrap(),
    );
    host
}

#[test]
fn the_library_installs_starts_connects_and_leaves_nothing() {
    let (host, upstream, folder) = (
        host(),
        Upstream::start().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    for version in [ConfigVersion::V2, ConfigVersion::V3] {
        let home = folder.path().join(version.to_string());
        let config = Config::builder()
            .ngrok_path(home.join("ngrok"))
            .config_path(home.join("ngrok.yml"))
            .config_version(version)
            .download_url(host.url("/ngrok.tgz"))
            .build()
            .unwrap();
        let ngrok = Ngrok::new(config);
        let tunnel = ngrok.connect(upstream.port()).unwrap();
        let answer = send(
            "POST",
            &format!("{}/hook", tunnel.public_url()),
            "{\"paid\": true}",
        )
        .unwrap();
        assert_eq!(answer.status, 200);
        let echo: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(
            (echo["path"].as_str(), echo["body"].as_str()),
            (Some("/hook"), Some("{\"paid\": true}"))
        );
        let client = ngrok.local_api().unwrap();
        let captured = client
            .requests()
            .wait_for(|request| request.response.is_some(), PATIENCE)
            .unwrap();
        assert_eq!(captured.request.body().unwrap().text(), "{\"paid\": true}");
        let url = tunnel.public_url().to_owned();
        drop((tunnel, ngrok));
        assert!(
            eventually(PATIENCE, || send("GET", &url, "").is_err()),
            "the agent went with its last handle"
        );
    }
    assert_eq!(host.count("/ngrok.tgz"), 2);
}
