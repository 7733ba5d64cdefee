//! `ngrok-rs` with the real agent: what someone at a shell gets, on which stream, with which exit status.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use ngrok_edge::{AgentConfig, Edge};
use ngrok_testkit::{TcpEcho, Upstream, workspace_bin};
use serde_json::Value;

use crate::support::{SOON, edge_or_skip, public, signal, traffic, until};

/// `ngrok-rs` with this agent and configuration, and nothing of the machine's.
fn ngrok_rs(edge: &Edge, binary: &Path, config: &AgentConfig) -> Command {
    let mut command = Command::new(workspace_bin("ngrok-facade", "ngrok-rs", &["cli"]));
    command
        .arg("--ngrok-path")
        .arg(binary)
        .arg("--config")
        .arg(config.file())
        .env("HOME", edge.folder())
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("NGROK_AUTHTOKEN")
        .env_remove("NGROK_API_KEY")
        .stdin(Stdio::null());
    command
}

/// A `connect` that holds its tunnel open, and what it printed first; killed when dropped.
struct Held {
    child: Child,
    opened: Value,
}

impl Held {
    fn start(mut command: Command, args: &[&str]) -> Self {
        let mut child = command
            .args(["--json", "connect"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let opened = serde_json::from_str(&line).unwrap();
        Self { child, opened }
    }

    fn url(&self) -> &str {
        self.opened["public_url"].as_str().unwrap()
    }

    fn signal(&mut self, name: &str) -> Option<i32> {
        signal(self.child.id(), name);
        until("the end", || self.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(mut command: Command, args: &[&str]) -> Output {
    command.args(args).output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn connect_holds_a_tunnel_until_it_is_told_to_end() {
    let (edge, binary) = edge_or_skip!();
    let upstream = Upstream::start().unwrap();
    for (signal, code) in [("INT", Some(0)), ("TERM", Some(0)), ("KILL", None)] {
        let config = edge.agent_config().unwrap();
        let port = upstream.port().to_string();
        let mut held = Held::start(ngrok_rs(&edge, &binary, &config), &[&port]);
        assert_eq!(held.opened["proto"], "https");
        traffic::http(&edge, held.url(), &upstream);
        assert_eq!(edge.sessions(), 1);
        assert_eq!(held.signal(signal), code, "{signal}");
        assert!(
            edge.wait_for_sessions(0, SOON),
            "{signal} leaves no agent behind"
        );
    }
}

#[test]
fn connect_carries_bytes_for_tcp_and_tls() {
    let (edge, binary) = edge_or_skip!();
    let echo = TcpEcho::start().unwrap();
    for proto in ["tcp", "tls"] {
        let config = edge.agent_config().unwrap();
        let addr = format!("{proto}://127.0.0.1:{}", echo.port());
        let held = Held::start(ngrok_rs(&edge, &binary, &config), &[&addr]);
        assert_eq!(held.opened["proto"], proto);
        traffic::bytes(&edge, held.url());
    }
}

#[test]
fn the_readers_show_what_the_held_agent_has() {
    let (edge, binary) = edge_or_skip!();
    let upstream = Upstream::start().unwrap();
    let config = edge.agent_config().unwrap();
    let port = upstream.port().to_string();
    let held = Held::start(
        ngrok_rs(&edge, &binary, &config),
        &[&port, "--name", "web (x)"],
    );
    let ask = |args: &[&str]| run(ngrok_rs(&edge, &binary, &config), args);

    let mut names: Vec<String> = lines(&ask(&["tunnels", "--json"]))
        .iter()
        .map(|tunnel| tunnel["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["web (x)", "web (x) (http)"]);

    public::connect(&edge, held.url()).request("POST", "/hook?x=1", &[], b"payload");
    let mut seen = Vec::new();
    until("the captured request", || {
        seen = lines(&ask(&["requests", "--json"]));
        seen.len() == 1
    });
    let id = seen[0]["id"].as_str().unwrap().to_owned();
    let one = lines(&ask(&["request", &id, "--json"])).remove(0);
    assert!(one.to_string().contains("/hook?x=1"), "{one}");
    assert!(ask(&["replay", &id]).status.success());
    until("the replay", || upstream.received().len() == 2);
    assert_eq!(upstream.received()[1].body, b"payload");
    assert!(ask(&["clear"]).status.success());
    assert!(lines(&ask(&["requests", "--json"])).is_empty());

    let unknown = ask(&["request", "nope", "--json"]);
    assert_eq!(unknown.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&unknown.stderr).unwrap();
    assert_eq!(error["kind"], "api", "{error}");
}

#[test]
fn requests_are_followed_as_they_come() {
    let (edge, binary) = edge_or_skip!();
    let upstream = Upstream::start().unwrap();
    let config = edge.agent_config().unwrap();
    let held = Held::start(
        ngrok_rs(&edge, &binary, &config),
        &[&upstream.port().to_string()],
    );
    let mut follow = ngrok_rs(&edge, &binary, &config)
        .args(["requests", "--follow", "--limit", "3", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut n = 0;
    until("three requests to be followed", || {
        // It may not watch yet when the first ones come.
        public::get(&edge, held.url(), &format!("/{n}"));
        n += 1;
        follow.try_wait().unwrap().is_some()
    });
    let output = follow.wait_with_output().unwrap();
    assert_eq!(lines(&output).len(), 3);
}

#[test]
fn a_refusal_is_one_error_with_code_hint_and_page_and_no_token() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let token = config.authtoken();
    edge.refuse_auth(format!(
        "It is invalid.\nYour authtoken: {token}\n\nERR_NGROK_107\n"
    ));
    for verbose in [&["--verbose"][..], &["--json"][..]] {
        let mut args = verbose.to_vec();
        args.extend(["connect", "80"]);
        let output = run(ngrok_rs(&edge, &binary, &config), &args);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("ERR_NGROK_107"), "{told}");
        assert!(
            told.contains("https://ngrok.com/docs/errors/err_ngrok_107"),
            "{told}"
        );
        assert!(!told.contains(token), "{told}");
    }
}

#[test]
fn the_agents_own_commands_are_passed_on() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let output = run(ngrok_rs(&edge, &binary, &config), &["agent", "version"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "ngrok version 2.3.41\n"
    );
    let output = run(ngrok_rs(&edge, &binary, &config), &["agent", "start"]);
    assert_eq!(output.status.code(), Some(1));
    let output = run(ngrok_rs(&edge, &binary, &config), &["version"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("2.3.41"));
    let output = run(ngrok_rs(&edge, &binary, &config), &["config", "show"]);
    assert!(output.status.success());
    assert!(!String::from_utf8_lossy(&output.stdout).contains(config.authtoken()));
}

#[test]
fn every_definition_is_opened_and_closed_at_once() {
    let (edge, binary) = edge_or_skip!();
    let file = "tunnels:\n  web: {proto: http, addr: 80}\n  ssh: {proto: tcp, addr: 22}";
    let config = edge.agent_config().unwrap().with(file).unwrap();
    let output = run(
        ngrok_rs(&edge, &binary, &config),
        &["connect-all", "--once", "--json"],
    );
    let names: Vec<Value> = lines(&output)
        .iter()
        .map(|tunnel| tunnel["name"].clone())
        .collect();
    assert_eq!(names, ["web-api", "ssh-api"]);
    assert!(edge.wait_for_sessions(0, SOON));
}
