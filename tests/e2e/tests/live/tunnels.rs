//! Agent 3 with a version 2 file: tunnels, and where the token comes from.

use ngrok_facade::{ConfigVersion, ConnectOptions, Ngrok};

use crate::account::{account, echo};

#[test]
fn a_tunnel_is_one_https_url_and_has_an_id() {
    let Some(account) = account() else { return };
    let ngrok = account.ngrok(ConfigVersion::V2);
    let tunnel = ngrok
        .connect(ConnectOptions::http(account.upstream.port()).name("web (1)"))
        .unwrap();
    assert!(tunnel.uri().starts_with("/api/tunnels/"));
    echo(tunnel.public_url(), "/");
    let listed = ngrok.tunnels().unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert!(listed[0].id().is_some(), "{listed:?}");
    tunnel.disconnect().unwrap();
}

#[test]
fn both_schemes_are_two_urls_of_one_name() {
    let Some(account) = account() else { return };
    let ngrok = account.ngrok(ConfigVersion::V2);
    let options = ConnectOptions::http(account.upstream.port()).schemes(["http", "https"]);
    ngrok.connect(options).unwrap();
    let mut protos: Vec<String> = ngrok
        .tunnels()
        .unwrap()
        .iter()
        .map(|it| it.proto().to_owned())
        .collect();
    protos.sort();
    assert_eq!(protos, ["http", "https"]);
}

/// The agent refuses a name that its file defines, hence the ending that the facade gives it.
#[test]
fn a_definition_of_the_file_is_opened() {
    let Some(account) = account() else { return };
    let port = account.upstream.port();
    let config = account.config(ConfigVersion::V2);
    let file = account.file(&format!(
        "version: \"2\"\ntunnels:\n  web:\n    proto: http\n    addr: {port}\n"
    ));
    let ngrok = Ngrok::new(config.config_path(file).build().unwrap());
    let tunnel = ngrok.connect(ConnectOptions::named("web")).unwrap();
    assert_eq!(tunnel.name(), "web-api");
    echo(tunnel.public_url(), "/");
    assert_eq!(
        ngrok.connect_all().unwrap_err().kind(),
        ngrok_facade::ErrorKind::Api,
        "the name is taken now"
    );
}

/// Which of file and environment wins is not documented; the caller's token must, by the overlay.
#[test]
fn the_callers_token_wins_over_the_files() {
    let Some(account) = account() else { return };
    let config = account.config(ConfigVersion::V3);
    let file = account.file("version: \"3\"\nagent:\n  authtoken: 2notTheRightToken_AtAll\n");
    let ngrok = Ngrok::new(config.config_path(file).build().unwrap());
    ngrok.process().unwrap();
}

/// And so must a token of the file alone.
#[test]
fn the_files_token_is_used_without_another() {
    let Some(account) = account() else { return };
    let file = account.file(&format!(
        "version: \"3\"\nagent:\n  authtoken: {}\n",
        account.token
    ));
    let options = ngrok_process::AgentOptions::builder(
        account
            .config(ConfigVersion::V3)
            .build()
            .unwrap()
            .ngrok_path(),
    )
    .config_path(file)
    .startup_timeout(std::time::Duration::from_secs(60));
    let agent = ngrok_process::Agent::start(options.build()).unwrap();
    assert!(
        agent
            .logs()
            .iter()
            .all(|line| !line.raw().contains(&account.token))
    );
}
