//! `ngrok-installer` with the real agent: what it places runs, and what it writes into `ngrok.yml` the agent reads.

use ngrok_facade::{Config, Ngrok};
use ngrok_installer::config::set_authtoken;
use ngrok_installer::{Installer, Outcome, Secret, Source, verify_installed};
use ngrok_testkit::{DownloadHost, Upstream};

use crate::support::{SOON, edge_or_skip, traffic};

#[test]
fn from_no_binary_to_a_public_url() {
    let (edge, binary) = edge_or_skip!();
    let upstream = Upstream::start().unwrap();
    let host = DownloadHost::start().unwrap();
    host.serve("/ngrok", std::fs::read(&binary).unwrap());
    let config = edge.agent_config().unwrap();
    let place = edge.folder().join("bin/ngrok");
    let built = Config::builder()
        .ngrok_path(&place)
        .config_path(config.file())
        .download_url(host.url("/ngrok"))
        .startup_timeout(SOON);
    let ngrok = Ngrok::new(built.build().unwrap());
    let tunnel = ngrok.connect(upstream.port()).unwrap();
    traffic::http(&edge, tunnel.public_url(), &upstream);
    assert_eq!(ngrok.version().unwrap().0, "2.3.41");
    let receipt = verify_installed(&place).unwrap();
    assert_eq!(receipt.bytes, std::fs::metadata(&binary).unwrap().len());

    // A running agent's binary can be replaced, and is there already for the next.
    let install = |force| {
        let source = Source::url(host.url("/ngrok"));
        let installer = Installer::builder()
            .path(&place)
            .source(source)
            .force(force);
        installer.build().unwrap().install().unwrap()
    };
    let again = install(false);
    assert_eq!(again.outcome, Outcome::AlreadyPresent);
    let forced = install(true);
    assert_eq!(forced.binary_sha256, receipt.binary_sha256);
    assert_eq!(host.count("/ngrok"), 2);
    assert!(ngrok.process().unwrap().healthy());
}

#[test]
fn a_token_written_into_the_file_is_the_one_that_the_agent_shows() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let config = config.with("# mine\ntunnels: {} # none yet\n").unwrap();
    let token = Secret::new("2edited_TokenOfTheFile");
    set_authtoken(config.file(), &token).unwrap();
    let text = std::fs::read_to_string(config.file()).unwrap();
    assert_eq!(
        text,
        config.yaml().replace(config.authtoken(), token.expose())
    );

    let built = Config::builder()
        .ngrok_path(&binary)
        .config_path(config.file());
    let ngrok = Ngrok::new(built.startup_timeout(SOON).build().unwrap());
    ngrok.process().unwrap();
    ngrok.kill();
    ngrok.set_auth_token("2edited_ByTheFacade").unwrap();
    ngrok.process().unwrap();
    let seen: Vec<String> = edge
        .authentications()
        .iter()
        .map(|auth| auth["Authtoken"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(seen, ["2edited_TokenOfTheFile", "2edited_ByTheFacade"]);
}
