//! The agent as a program that keeps running: output, exit status, signals.

use std::io::Read;
use std::time::{Duration, Instant};

use ngrok_testkit::eventually;

use crate::client::get;
use crate::started::{Started, agent, config, output, run};

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
        "version: 3\nendpoints:\n  - {name: e, upstream: {url: 90}}\nagent: {update_check: false}\n",
    );
    for (what, open) in [("--all", 3), ("ssh e", 2), ("--none", 0)] {
        let args = format!("start --config {one} --log stdout --config {two} {what}");
        let mut agent = Started::new(agent(home.path(), &args));
        let url = agent.api_url();
        let count = |kind: &str| {
            let list = get(&format!("{url}/api/{kind}")).json();
            list[kind].as_array().unwrap().len()
        };
        assert!(
            eventually(Duration::from_secs(5), || {
                (count("tunnels"), count("endpoints")) == (open, open)
            }),
            "{what}"
        );
    }
    // Several files with commas between them are as several flags.
    let args = format!("start --config {one},{two} --log stdout --all");
    let mut agent = Started::new(agent(home.path(), &args));
    let url = agent.api_url();
    assert!(eventually(Duration::from_secs(5), || {
        let list = get(&format!("{url}/api/tunnels")).json();
        list["tunnels"].as_array().unwrap().len() == 3
    }));
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
    assert!(stderr.ends_with(
        "ERROR:\nERROR:  ERR_NGROK_107\nERROR:  https://ngrok.com/docs/errors/err_ngrok_107\n"
    ));
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
