//! The check of a config file says yes exactly where `connect` does: each shape that ngrok's documentation shows, and each
//! mistake of a list, is checked and then opened with the loopback agent.

use std::path::Path;
use std::time::Duration;

use ngrok_facade::{Config, Ngrok};
use ngrok_installer::config::{Check, Severity};
use ngrok_testkit::agent_bin;

/// Files beside those of the documentation: names of older agents, keys of other protocols and places, wrong values.
const MISTAKES: &[&str] = &[
    "version: 2\ntunnels:\n  w: {proto: http, addr: 80, bind_tls: true}\n",
    "version: 2\ntunnels:\n  w: {proto: http, addr: 80, auth: 'a:b'}\n",
    "version: 2\nupdate: true\n",
    "version: 2\nhttp_proxy: http://h:1\n",
    "version: 2\nconnect_url: a.example.com:443\n",
    "version: 2\nendpoints: []\n",
    "version: 3\nagent: {region: eu}\n",
    "version: 3\nagent: {server_addr: 'a:443'}\n",
    "version: 3\nagent: {moon: 1}\n",
    "version: 3\nfirst-app: {addr: 80, proto: http}\n",
    "version: 3\nauthtoken: x\n",
    "version: 2\ntunnels:\n  w: {proto: tcp, addr: 22, basic_auth: ['a:bbbbbbbb']}\n",
    "version: 2\ntunnels:\n  w: {proto: tcp, addr: 22, inspect: true}\n",
    "version: 2\ntunnels:\n  w: {proto: http, addr: 80, moon: 1}\n",
    "version: 2\ntunnels:\n  w: {proto: HTTP, addr: 80}\n",
    "version: 2\ntunnels:\n  w: {proto: http}\n",
    "version: 2\ntunnels:\n  w: {proto: http, addr: 80, hostname: a, subdomain: b}\n",
    "version: 3\nendpoints: [{name: a, upstream: {url: 80}, basic_auth: ['a:bbbbbbbb']}]\n",
    "version: 3\nendpoints: [{name: a, upstream: {url: 80}, bindings: [public, internal]}]\n",
    "version: 3\nendpoints: [{name: a, upstream: {url: 80}, traffic_policy: {on_http_request: {}}}]\n",
    "version: 3\nendpoints: [{name: a, upstream: {url: 80}, traffic_policy_file: none.yml}]\n",
    "authtoken: x\n",
    "version: 4\n",
    // No mistakes.
    "version: 2\nlog_format: json\nlog_level: crit\n",
    "version: 2\nregion: auto\n",
    "version: 2\nconsole_ui: true\n",
    "version: 2\ntunnels:\n  w: {proto: http, addr: 80, schemes: [http], basic_auth: ['a:bbbbbbbb'], host_header: rewrite}\n",
    "version: 2\ntunnels:\n  w: {proto: http, addr: 80, domain: a.example.com}\n",
    "version: 3\nendpoints: [{name: a, url: 'tcp://', upstream: {url: 22, proxy_protocol: 2}}]\n",
];

/// Documented shapes that the loopback agent cannot open, by a part of them, and why.
const NOT_OPENED: &[(&str, &str)] = &[
    ("/etc/agent/", "names files that are not on this machine"),
    ("vault.crt", "names files that are not on this machine"),
    ("file://", "names a directory that is not on this machine"),
    ("labels:", "the loopback agent has no edges"),
    (
        "terminate-tls",
        "the loopback agent does not end TLS for a policy",
    ),
    (
        "conn.geo",
        "the loopback agent does not know where a visitor is",
    ),
    (
        "identity.email",
        "the loopback agent does not evaluate logins",
    ),
    (
        "MY_BLOCK",
        "a word for an address that ngrok's service refuses, not the agent",
    ),
    ("tcp://10.1.2.4", "the loopback agent wants a port there"),
    (
        "\n---\n",
        "the loopback agent reads one document a file alone",
    ),
    (
        "twin-north",
        "agents may take a tunnel without `proto`; the loopback agent does not",
    ),
];

/// Values that wait to be filled in: the check says so, and `connect` cannot know that they were not meant.
fn is_template(text: &str) -> bool {
    [
        "<MY_AUTHTOKEN>",
        "<TOKEN OF ABOVE>",
        "$MY_DOMAIN",
        "<port/address",
    ]
    .iter()
    .any(|part| text.contains(part))
}

/// The files of a fixture of sections, as the installer's tests read it.
fn documented() -> Vec<String> {
    let fixture = include_str!("../../../../crates/ngrok-installer/tests/fixtures/documented.txt");
    let sections = fixture.split("\n### ").skip(1);
    let files = sections.filter_map(|section| {
        let (title, text) = section.split_once('\n')?;
        let version = if text.contains("agent:") || text.contains("endpoints:") {
            "version: 3\n"
        } else {
            "version: 2\n"
        };
        let head = if title.contains("=> fragment ") {
            version
        } else {
            ""
        };
        Some(format!("{head}{text}"))
    });
    files.collect()
}

/// Whether the agent takes the file and opens everything that it defines.
fn opens(file: &Path) -> Result<(), String> {
    let config = Config::builder()
        .ngrok_path(agent_bin())
        .config_path(file)
        .auth_token("2aaaaaaaaaaaaaaaaaaaaaaaaaa_1bbbbbbbbbbbbbbbbbbbb")
        .startup_timeout(Duration::from_secs(20))
        .build()
        .map_err(|error| error.to_string())?;
    let ngrok = Ngrok::new(config);
    let opened = ngrok
        .connect(8088)
        .and_then(|_| ngrok.connect_all())
        .map(drop);
    ngrok.kill();
    opened.map_err(|error| error.to_string())
}

#[test]
fn what_the_check_calls_right_is_what_connect_opens() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ngrok.yml");
    let mut differ = Vec::new();
    let mistakes = MISTAKES.iter().map(|text| (*text).to_owned());
    let documented = documented().into_iter().filter(|text| {
        let reason = NOT_OPENED.iter().find(|(part, _)| text.contains(part));
        reason.is_none() && !is_template(text)
    });
    let mut count = 0;
    for text in documented.chain(mistakes) {
        count += 1;
        std::fs::write(&file, &text).unwrap();
        let problems = Check::new().file(&file).unwrap();
        let errors: Vec<String> = problems
            .iter()
            .filter(|problem| problem.severity() == Severity::Error)
            .map(ToString::to_string)
            .collect();
        let opened = opens(&file);
        if errors.is_empty() != opened.is_ok() {
            differ.push(format!(
                "{text}\n-- check: {errors:#?}\n-- connect: {opened:?}\n"
            ));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n====\n"));
    assert!(count > 65, "{count}");
}
