//! Help, completions, versions, wrong use, and how output behaves.

use std::io::Read;
use std::process::Stdio;

use crate::machine::{Machine, end};

#[test]
fn every_command_has_help_and_the_main_ones_have_examples() {
    let machine = Machine::new();
    for command in [
        "install",
        "connect",
        "connect-all",
        "status",
        "tunnels",
        "requests",
        "request",
        "replay",
        "clear",
        "config",
        "version",
        "update",
        "doctor",
        "completions",
        "config show",
    ] {
        let args: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = machine.run(&args).ok();
        assert!(
            help.stdout.contains("Usage: ngrok-rs") && help.stdout.contains("--json"),
            "{command}"
        );
        assert!(help.stderr.is_empty());
    }
    for command in ["install", "connect", "requests"] {
        assert!(
            machine
                .run(&[command, "--help"])
                .stdout
                .contains("Examples:"),
            "{command}"
        );
    }
    let help = machine.run(&["help", "agent"]).ok();
    assert!(help.stdout.contains("Run the agent itself"));
}

#[test]
fn version_is_told_at_once() {
    let machine = Machine::new();
    assert_eq!(
        machine.run(&["--version"]).ok().stdout,
        concat!("ngrok-rs ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn completions_for_each_shell() {
    let machine = Machine::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = machine.run(&["completions", shell]).ok().stdout;
        assert!(script.contains("connect-all"), "{shell}");
    }
    assert_eq!(machine.run(&["completions", "nonsense"]).status, 2);
}

#[test]
fn wrong_use_is_status_2_and_one_object_with_json() {
    let machine = Machine::new();
    for args in [
        &["nonsense"][..],
        &["connect", "--nonsense"],
        &["connect", "::1"],
        &["connect", "99999"],
        &["connect", "80", "-o", "novalue"],
        &["connect", "80", "-o", "bindings=[\"internal\"]"],
        &[
            "connect",
            "80",
            "--config-version",
            "3",
            "-o",
            "schemes=[\"http\"]",
        ],
        &["connect", "80", "--config-version", "4"],
        &["install", "--timeout", "soon"],
        &["install", "--url", "nonsense"],
        &["install", "--sha256", "nonsense"],
        &["install", "--version", "0.0.1"],
        &["status", "--api-url", "http://192.0.2.1:4040"],
        &["request"],
        &["config"],
    ] {
        let plain = machine.run(args);
        assert_eq!(plain.status, 2, "{args:?}: {plain:?}");
        assert!(
            plain.stdout.is_empty() && !plain.stderr.is_empty(),
            "{args:?}"
        );
        let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
        let json = machine.run(&args);
        let error = json.error();
        assert_eq!(
            (json.status, &error["kind"], &error["exit_status"]),
            (2, &"usage".into(), &2.into()),
            "{args:?}"
        );
        assert!(!error["error"].as_str().unwrap().is_empty());
    }
    let bare = machine.run(&[]);
    assert_eq!(bare.status, 2);
    assert!(bare.stderr.contains("Usage:"));
}

#[test]
fn with_json_wrong_use_tells_what_is_missing_and_what_would_do() {
    let machine = Machine::new();
    for (args, wanted) in [
        (&["request"][..], "not provided: <ID>"),
        (&["completions"], "not provided: <SHELL>"),
        (
            &["connect", "--config-version", "4"],
            "[possible values: 2, 3]",
        ),
    ] {
        let args = [args, &["--json"]].concat();
        let error = machine.run(&args).error()["error"].to_string();
        assert!(
            error.contains(wanted) && !error.contains("Usage"),
            "{error}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let machine = Machine::new();
    for args in [
        &["completions", "bash"][..],
        &["--help"],
        &["doctor", "--json"],
    ] {
        let mut child = machine
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        child.wait().unwrap();
        assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
    }
}

#[test]
fn no_colour_reaches_a_pipe() {
    let machine = Machine::new();
    let mut command = machine.command(&["doctor"]);
    assert!(
        !end(command.env("TERM", "xterm-256color"))
            .stdout
            .contains('\x1b')
    );
}

#[test]
fn commands_that_read_start_nothing_and_need_no_binary() {
    let machine = Machine::new();
    machine.write_config("version: 2\nweb_addr: 127.0.0.1:1\n");
    for args in [
        &["status"][..],
        &["tunnels"],
        &["requests"],
        &["request", "x"],
        &["replay", "x"],
        &["clear"],
    ] {
        let ended = end(&mut machine.bare(&[&["--json"], args].concat()));
        assert_eq!(ended.status, 1, "{args:?}: {ended:?}");
        let error = ended.error();
        assert!(
            error["error"]
                .as_str()
                .unwrap()
                .contains("http://127.0.0.1:1/"),
            "{error}"
        );
    }
    assert!(!machine.path("config/ngrok/ngrok").exists());
}

#[test]
#[cfg(unix)]
fn doctor_prints_a_finding_a_line() {
    let machine = Machine::new();
    // One of the future: whether today's are supported depends on the day.
    let agent = machine.path("agent");
    crate::machine::script(&agent, "echo ngrok version 99.0.0");
    let agent = agent.to_str().unwrap();
    machine.write_config("version: 2\nauthtoken: planted\nweb_addr: 127.0.0.1:1\n");
    let ended = machine
        .run(&["doctor", "--json", "--ngrok-path", agent])
        .ok();
    for finding in ended.objects() {
        assert!(
            finding["code"].is_string() && finding["severity"] == "ok",
            "{finding}"
        );
        assert!(finding["message"].is_string() && finding["remedy"].is_string());
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let ended = machine.run(&["doctor", &closed, "--ngrok-path", agent]);
    assert_eq!(ended.status, 1);
    assert!(
        ended.stdout.contains("nothing listens on") && ended.stdout.contains("start your server"),
        "{ended:?}"
    );
}
