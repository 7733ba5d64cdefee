//! The agent as a program: output, exit status, signals.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use ngrok_testkit::{agent_bin, eventually};
use serde_json::json;

use crate::client::{call, get};

/// The agent with a home of its own and nothing else of the environment.
fn agent(home: &Path, args: &str) -> Command {
    let mut command = Command::new(agent_bin());
    command
        .args(args.split_whitespace())
        .env_clear()
        .env("HOME", home);
    command
}

fn run(home: &Path, args: &str) -> (i32, String, String) {
    output(&mut agent(home, args))
}

fn output(command: &mut Command) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// A started agent that is killed at the end, however that comes.
struct Started {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    seen: Vec<String>,
}

impl Started {
    fn new(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// Reads up to a line with a text.
    fn read_to(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(
                self.lines.read_line(&mut line).unwrap() > 0,
                "{:?}",
                self.seen
            );
            self.seen.push(line.trim_end().to_owned());
            if line.contains(text) {
                return line;
            }
        }
    }

    fn api_url(&mut self) -> String {
        let line = self.read_to("starting web service");
        let addr = line
            .split_whitespace()
            .find_map(|w| w.strip_prefix("addr="));
        let url = format!("http://{}", addr.unwrap());
        self.read_to("tunnel session started");
        url
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn config(home: &Path, name: &str, text: &str) -> String {
    let path = home.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn start_none_logs_in_order_and_ends_at_a_signal() {
    let home = tempfile::tempdir().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        "version: 3\nagent: {web_addr: '127.0.0.1:0'}\n",
    );
    for signal in ["TERM", "INT"] {
        let command = agent(
            home.path(),
            &format!("start --none --log stdout --config {file}"),
        );
        let mut agent = Started::new(command);
        assert_eq!(get(&(agent.api_url() + "/api/tunnels")).status, 200);
        let since = Instant::now();
        agent.signal(signal);
        assert_eq!(agent.child.wait().unwrap().code(), Some(0));
        assert!(since.elapsed() < Duration::from_secs(1));
        let mut rest = String::new();
        agent.lines.read_to_string(&mut rest).unwrap();
        agent.seen.extend(rest.lines().map(str::to_owned));
        let messages: Vec<&str> = agent
            .seen
            .iter()
            .map(|line| line.split_once("msg=").unwrap().1)
            .map(|rest| rest.trim_start_matches('"'))
            .filter(|rest| !rest.starts_with("start pg") && !rest.starts_with("end pg"))
            .map(|rest| rest.split(['"', '=']).next().unwrap())
            .collect();
        assert_eq!(
            messages,
            [
                "open config file",
                "starting web service",
                "client session established",
                "tunnel session started",
                "received stop request",
                "session closing",
            ]
        );
        assert!(agent.seen[0].ends_with(&format!("path={file} err=nil")));
    }
}

#[test]
fn files_are_merged_and_names_or_all_opened() {
    let home = tempfile::tempdir().unwrap();
    let one = config(
        home.path(),
        "one.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\ntunnels:\n  web: {proto: http, addr: 80}\n  ssh: {proto: tcp, addr: 22}\n",
    );
    let two = config(
        home.path(),
        "two.yml",
        "version: 3\nendpoints:\n  - {name: e, upstream: {url: 90}}\nagent: {region: eu}\n",
    );
    for (what, tunnels, endpoints) in [("--all", 2, 1), ("ssh e", 1, 1), ("--none", 0, 0)] {
        let args = format!("start --config {one} --log stdout --config {two} {what}");
        let mut agent = Started::new(agent(home.path(), &args));
        let url = agent.api_url();
        let count = |kind: &str| {
            let list = get(&format!("{url}/api/{kind}")).json();
            list[kind].as_array().unwrap().len()
        };
        assert!(
            eventually(Duration::from_secs(5), || {
                (count("tunnels"), count("endpoints")) == (tunnels, endpoints)
            }),
            "{what}"
        );
    }
    let (code, _, stderr) = run(home.path(), &format!("start nope --config {one}"));
    assert_eq!(code, 1);
    assert_eq!(
        stderr,
        format!(
            "ERROR:  Tunnel 'nope' is not defined in the config files.\nERROR:  Tunnels available: ssh, web\nERROR:  Config files read: [{one}]\n"
        )
    );
}

#[test]
fn formats_levels_and_places_of_the_log() {
    let home = tempfile::tempdir().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\nlog: stdout\nlog_format: json\n",
    );
    let mut json = Started::new(agent(home.path(), &format!("start --none --config {file}")));
    let line: serde_json::Value = serde_json::from_str(&json.read_to("open config")).unwrap();
    assert_eq!(
        (line["err"].as_str(), line["lvl"].as_str()),
        (Some("<nil>"), Some("info"))
    );
    let log = home.path().join("agent.log");
    let args = format!(
        "start --none --config {file} --log {} --log-format logfmt --log-level debug",
        log.display()
    );
    let _quiet = Started::new(agent(home.path(), &args));
    assert!(eventually(Duration::from_secs(5), || {
        std::fs::read_to_string(&log)
            .is_ok_and(|t| t.contains("lvl=dbug") && t.contains("tunnel session started"))
    }));
    for (flag, refusal) in [
        ("--log-format xml", "ERROR:  Invalid log format: xml\n"),
        (
            "--log-level loud",
            "ERROR:  Invalid log level: log15: unknown level: loud\n",
        ),
        ("--nope", "ERROR:  unknown flag: --nope\n"),
        (
            "web",
            "ERROR:  You may not specify any tunnel names with the --none switch\n",
        ),
        (
            "--config /nope/x.yml",
            "ERROR:  Error reading configuration file '/nope/x.yml': open /nope/x.yml: no such file or directory\n",
        ),
    ] {
        let (code, _, stderr) = run(home.path(), &format!("start --none {flag}"));
        assert_eq!((code, stderr.as_str()), (1, refusal));
    }
}

#[test]
fn a_busy_port_is_fatal_when_it_was_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        &format!("version: 2\nweb_addr: {addr}\n"),
    );
    let (code, stdout, stderr) = run(
        home.path(),
        &format!("start --none --log stdout --config {file}"),
    );
    assert_eq!(code, 1);
    let reason = format!("listen tcp {addr}: bind: address already in use");
    assert!(
        stdout.contains(&format!("lvl=crit msg=\"command failed\" err=\"{reason}\"")),
        "{stdout}"
    );
    assert_eq!(stderr, format!("ERROR:  {reason}\n"));
}

#[test]
fn two_agents_on_the_default_port_take_different_ones() {
    let home = tempfile::tempdir().unwrap();
    let start = || Started::new(agent(home.path(), "start --none --log stdout"));
    let (mut first, mut second) = (start(), start());
    let (one, two) = (first.api_url(), second.api_url());
    assert_ne!(one, two);
    assert!(one.starts_with("http://127.0.0.1:40"));
    for url in [one, two] {
        assert_eq!(get(&(url + "/api/tunnels")).status, 200);
    }
}

#[test]
fn a_refused_token_is_logged_and_printed_and_echoed() {
    let home = tempfile::tempdir().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\n",
    );
    let args = format!("start --none --log stdout --config {file}");
    let (code, stdout, stderr) =
        output(agent(home.path(), &args).env("NGROK_AUTHTOKEN", "refused-abc"));
    assert_eq!(code, 1);
    for message in [
        "failed to auth",
        "failed to reconnect session",
        "session closing",
        "terminating with error",
    ] {
        let line = stdout
            .lines()
            .find(|l| l.contains(&format!("lvl=eror msg=\"{message}\"")))
            .unwrap();
        assert!(
            line.ends_with("\\r\\n\\r\\nERR_NGROK_107\\r\\n\""),
            "{line}"
        );
    }
    assert!(stdout.contains("lvl=crit msg=\"command failed\""));
    assert!(stderr.lines().all(|line| line.starts_with("ERROR:")));
    assert!(stderr.contains("ERROR:  Your authtoken: refused-abc\n"));
    assert!(stderr.ends_with("ERROR:\nERROR:  ERR_NGROK_107\n"));
    // The file counts before the environment, the flag before both.
    let filed = config(
        home.path(),
        "filed.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\nauthtoken: refused-109-x\n",
    );
    let args = format!("start --none --config {filed}");
    assert!(
        output(agent(home.path(), &args).env("NGROK_AUTHTOKEN", "fine"))
            .2
            .contains("ERR_NGROK_109")
    );
    let args = format!("start --none --config {filed} --authtoken refused-105-y");
    assert!(run(home.path(), &args).2.contains("ERR_NGROK_105"));
}

#[test]
fn config_commands_write_the_file_that_they_name() {
    let home = tempfile::tempdir().unwrap();
    let default = home.path().join(".config/ngrok/ngrok.yml");
    let default_name = default.display().to_string();
    let (code, stdout, _) = run(home.path(), "config add-authtoken TOKEN1 --log stdout");
    assert_eq!(code, 0);
    if cfg!(target_os = "linux") {
        assert_eq!(
            stdout,
            format!("Authtoken saved to configuration file: {default_name}\n")
        );
        assert_eq!(
            std::fs::read_to_string(&default).unwrap(),
            "version: '3'\nagent:\n  authtoken: TOKEN1\n"
        );
        assert_eq!(
            run(home.path(), "config check").1,
            format!("Valid configuration file at {default_name}\n")
        );
    }
    let two = config(
        home.path(),
        "two.yml",
        "# gone\nversion: 2\nweb_addr: 127.0.0.1:0\ntunnels:\n  web: {proto: http, addr: 80}\n",
    );
    let (_, stdout, _) = run(
        home.path(),
        &format!("config add-api-key KEY --config {two}"),
    );
    assert_eq!(
        stdout,
        format!("API key saved to configuration file: {two}\n")
    );
    let (_, dry, _) = run(
        home.path(),
        &format!("config upgrade --dry-run --config {two}"),
    );
    assert!(
        std::fs::read_to_string(&two)
            .unwrap()
            .starts_with("version: 2\n")
    );
    run(home.path(), &format!("config upgrade --config {two}"));
    let upgraded = std::fs::read_to_string(&two).unwrap();
    assert_eq!(upgraded, dry);
    assert!(
        upgraded.contains("agent:\n  web_addr: 127.0.0.1:0\n  api_key: KEY\n"),
        "{upgraded}"
    );
    assert!(upgraded.contains("tunnels:\n  web:"));
    let (code, _, stderr) = run(home.path(), "config add-authtoken");
    assert_eq!(
        (code, stderr.as_str()),
        (
            1,
            "ERROR:  You must pass a single argument, the authtoken to save to configuration file.\n"
        )
    );
    let bad = config(home.path(), "bad.yml", "version: 2\nnope: [\n");
    assert_eq!(
        run(home.path(), &format!("config check --config {bad}")).0,
        1
    );
}

#[test]
fn short_commands_print_and_end() {
    let home = tempfile::tempdir().unwrap();
    for args in ["version", "--version", "-v"] {
        assert_eq!(
            run(home.path(), args),
            (0, "ngrok version 3.39.1\n".into(), String::new())
        );
    }
    let older = output(agent(home.path(), "version").env("LOOPBACK_AGENT_VERSION", "3.20.0"));
    assert_eq!(older.1, "ngrok version 3.20.0\n");
    assert!(run(home.path(), "update").1.contains("latest version"));
    assert_eq!(run(home.path(), "diagnose").0, 0);
    assert_eq!(run(home.path(), "").0, 0);
    assert_eq!(
        run(home.path(), "nope"),
        (
            1,
            String::new(),
            "ERROR:  Unrecognized command: nope\n".into()
        )
    );
    let (code, _, stderr) = run(home.path(), "api endpoints list");
    assert!(code == 1 && stderr.contains("API key"));
    let (code, stdout, _) = run(
        home.path(),
        "api reserved-domains list --limit 5 --api-key K",
    );
    assert_eq!(code, 0);
    let (status, body) = stdout.split_once('\n').unwrap();
    assert_eq!(status, "200 OK");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["reserved_domains"], json!([]));
    let (code, _, stderr) =
        output(agent(home.path(), "api endpoints list").env("NGROK_API_KEY", "refused-k"));
    assert!(code == 1 && stderr.contains("ERR_NGROK_206"));
}

#[test]
fn faults_at_the_start_of_the_program() {
    let home = tempfile::tempdir().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\n",
    );
    let args = format!("start --none --log stdout --config {file}");
    let mut exits = agent(home.path(), &args);
    exits.env("LOOPBACK_AGENT_EXIT_CODE", "7");
    exits.env("LOOPBACK_AGENT_EXIT_STDOUT", "to stdout");
    exits.env("LOOPBACK_AGENT_EXIT_STDERR", "ERROR:  to stderr\n");
    assert_eq!(
        output(&mut exits),
        (7, "to stdout".into(), "ERROR:  to stderr\n".into())
    );
    let misspelt = output(agent(home.path(), &args).env("LOOPBACK_AGENT_SILNT", "1"));
    assert_eq!(misspelt.0, 1);

    let mut half = agent(home.path(), &args);
    half.env("LOOPBACK_AGENT_HALF_LINE", "1");
    let mut half = Started::new(half);
    half.read_to("open config file");
    let mut piece = [0; 200];
    let read = half.lines.read(&mut piece).unwrap();
    assert!(piece[..read].ends_with(b"\"starting web serv"));
    half.signal("TERM");
    assert_eq!(half.child.wait().unwrap().code(), Some(0));

    let mut late = agent(home.path(), &args);
    late.env("LOOPBACK_AGENT_START_DELAY_MS", "300");
    let since = Instant::now();
    Started::new(late).read_to("open config file");
    assert!(since.elapsed() >= Duration::from_millis(300));
}

#[test]
fn the_program_dies_at_the_ordered_request() {
    let home = tempfile::tempdir().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\n",
    );
    let mut command = agent(
        home.path(),
        &format!("start --none --log stdout --config {file}"),
    );
    command
        .env("LOOPBACK_AGENT_CRASH_ON_REQUEST", "2")
        .stderr(Stdio::piped());
    let mut agent = Started::new(command);
    let url = agent.api_url();
    assert_eq!(get(&format!("{url}/api/tunnels")).status, 200);
    let died =
        std::panic::catch_unwind(|| call("GET", &format!("{url}/api/tunnels"), &json!(null)));
    assert!(died.is_err());
    assert_eq!(agent.child.wait().unwrap().code(), Some(2));
    let mut stderr = String::new();
    agent
        .child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert!(stderr.starts_with("panic: "));
}

#[test]
fn losing_the_reader_of_stdout_ends_it_at_the_next_line() {
    let home = tempfile::tempdir().unwrap();
    let file = config(
        home.path(),
        "ngrok.yml",
        "version: 2\nweb_addr: 127.0.0.1:0\n",
    );
    let args = format!("start --none --log stdout --config {file}");
    let mut child = agent(home.path(), &args)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines
        .find_map(|l| l.ok().filter(|l| l.contains("starting web service")))
        .unwrap();
    lines.find(|l| {
        l.as_ref()
            .is_ok_and(|l| l.contains("tunnel session started"))
    });
    drop(lines);
    let addr = line
        .split_whitespace()
        .find_map(|w| w.strip_prefix("addr="))
        .unwrap()
        .to_owned();
    let _ = std::panic::catch_unwind(|| get(&format!("http://{addr}/api/tunnels")));
    assert!(!child.wait().unwrap().success());
}
