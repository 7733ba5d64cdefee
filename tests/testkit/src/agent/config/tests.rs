//! Files that are read and merged, and files that are refused.

use super::*;

fn config(texts: &[&str]) -> Result<Config, String> {
    let files: Vec<_> = texts
        .iter()
        .map(|text| (PathBuf::from("/x/ngrok.yml"), (*text).to_owned()))
        .collect();
    Config::merge(&files)
}

#[test]
fn both_versions_are_read_and_files_merged() {
    let merged = config(&[
        "version: 2\nauthtoken: A\nweb_addr: 127.0.0.1:1\ntunnels:\n  web: {proto: http, addr: 80}\n",
        "version: \"3\"\nagent:\n  authtoken: B\nendpoints:\n  - {name: e, upstream: {url: 90}}\ntunnels:\n  ssh: {proto: tcp, addr: 22}\n",
    ])
    .unwrap();
    assert_eq!(merged.authtoken(), Some("B"));
    assert_eq!(merged.web_addr(), WebAddr::At("127.0.0.1:1".into()));
    assert_eq!(merged.names(), ["e", "ssh", "web"]);
}

#[test]
fn of_several_files_the_last_list_counts_and_mappings_are_merged() {
    let merged = config(&[
        "version: 3\nagent: {web_allow_hosts: [a, b]}\nendpoints:\n  - {name: one, upstream: {url: 1}}\n",
        "version: 3\nagent: {web_allow_hosts: [c]}\nendpoints:\n  - {name: two, upstream: {url: 2}}\n",
        "version: 2\ntunnels:\n  web: {proto: http, addr: 80}\n",
        "version: 2\ntunnels:\n  web: {addr: 81}\n",
    ])
    .unwrap();
    assert_eq!(merged.names(), ["two", "web"]);
    assert_eq!(merged.web_allow_hosts(), ["c"]);
    assert_eq!(
        merged.tunnels(),
        [serde_json::json!({"name": "web", "proto": "http", "addr": 81})]
    );
}

#[test]
fn the_region_is_asked_for_or_that_of_the_server() {
    for (text, region) in [
        ("version: 2\n", "us"),
        ("version: 2\nregion: eu\n", "eu"),
        ("version: 2\nregion: auto\n", "us"),
        ("version: 2\nserver_addr: tunnel.jp.ngrok.com:443\n", "jp"),
        (
            "version: 3\nagent: {connect_url: 'connect.au.ngrok-agent.com:443'}\n",
            "au",
        ),
        (
            "version: 3\nagent: {connect_url: 'agent.example.com:443'}\n",
            "us",
        ),
    ] {
        assert_eq!(config(&[text]).unwrap().region(), region, "{text}");
    }
}

#[test]
fn values_are_taken_or_refused() {
    for (line, taken) in [
        ("region: eu-lon-1", true),
        ("region: moon", false),
        ("console_ui: true", true),
        ("console_ui: maybe", false),
        ("heartbeat_interval: 1m30s", true),
        ("heartbeat_interval: soon", false),
        ("update_channel: nightly", false),
        ("dns_resolver_ips: ['1.1.1.1', '::1']", true),
        ("dns_resolver_ips: [notanip]", false),
        ("inspect_db_size: -1", true),
        ("inspect_db_size: '5'", false),
        ("proxy_url: 'user:pw@proxy:3128'", false),
        ("proxy_url: 'socks5://proxy:3128'", true),
        ("log_level: loud", false),
        ("log_level:", true),
        ("web_addr: false", true),
    ] {
        let read = config(&[&format!("version: 2\n{line}\n")]);
        assert_eq!(read.is_ok(), taken, "{line}: {read:?}");
        if let Err(refusal) = read {
            assert!(
                refusal.contains("Invalid configuration property value for"),
                "{refusal}"
            );
        }
    }
}

#[test]
fn a_broken_file_is_refused_by_name() {
    for (text, part) in [
        ("authtoken: A\n", "`version` property is required"),
        (
            "version: 9\n",
            "unknown version '9'. valid versions: '2', '3'",
        ),
        ("version: 2\ntunnels: 5\n", "map[string]config.yamlTunnel"),
        (
            "version: 2\ntunnels: {w: {proto: udp}}\n",
            "YAML parsing error: Invalid protocol name 'udp'",
        ),
        ("version: 3\nauthtoken: A\n", "field authtoken not found"),
        (
            "version: 2\nagent: {}\n",
            "field agent not found in type config.v2yamlConfig",
        ),
        (
            "version: 2\nnope: 1\n",
            "field nope not found in type config.v2yamlConfig",
        ),
        (
            "version: 2\nconnect_url: a:1\n",
            "field connect_url not found",
        ),
        (
            "version: 3\nnope: 1\n",
            "field nope not found in type config.v3yamlConfig",
        ),
        (
            "version: 3\nagent: {nope: 1}\n",
            "field nope not found in type config.Agent",
        ),
        (
            "version: 3\nagent: {region: us}\n",
            "field region not found in type config.Agent",
        ),
        (
            "version: 3\nagent: {server_addr: a:1}\n",
            "field server_addr not found",
        ),
        ("version: 2\n\tauthtoken: A\n", "tab characters"),
        ("version: [\n", "YAML parsing error"),
        ("[1]\n", "not a mapping"),
    ] {
        let refusal = config(&[text]).unwrap_err();
        assert!(
            refusal.contains("'/x/ngrok.yml'") && refusal.contains(part),
            "{refusal}"
        );
    }
    assert!(config(&["# nothing\n"]).is_ok());
}

#[test]
fn the_default_path_follows_the_variables() {
    if cfg!(target_os = "linux") {
        let path = |pairs: &'static [(&str, &str)]| {
            default_path(|name| {
                let mut pairs = pairs.iter();
                pairs
                    .find(|(n, _)| *n == name)
                    .map(|(_, v)| (*v).to_owned())
            })
        };
        assert_eq!(
            path(&[("HOME", "/h")]),
            Some("/h/.config/ngrok/ngrok.yml".into())
        );
        assert_eq!(
            path(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")]),
            Some("/x/ngrok/ngrok.yml".into())
        );
        assert_eq!(path(&[]), None);
    }
}
