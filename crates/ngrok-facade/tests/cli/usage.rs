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
        assert!(help.stdout.contains("Usage: ngrok-rs"), "{command}");
        assert!(help.stderr.is_empty());
    }
    for command in [
        "install", "http", "tcp", "tls", "connect", "requests", "run", "stop",
    ] {
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
    let help = machine.run(&["help", "config", "add-authtoken"]).ok();
    assert!(help.stdout.contains("Save your authtoken"), "{help:?}");
    assert_eq!(machine.run(&["help", "nonsense"]).status, 2);
}

#[test]
fn the_version_needs_no_agent_and_can_say_more() {
    let machine = Machine::new();
    let own = concat!("ngrok-rs ", env!("CARGO_PKG_VERSION"));
    for flag in ["--version", "-V"] {
        let ended = end(&mut machine.bare(&[flag])).ok();
        assert_eq!(ended.stdout, format!("{own}\n"));
    }
    let ended = end(&mut machine.bare(&["--version", "--verbose"])).ok();
    for text in [own, std::env::consts::ARCH, "not installed", "ngrok.yml"] {
        assert!(ended.stdout.contains(text), "{text}: {ended:?}");
    }
    let object = machine.run(&["-Vv", "--json"]).ok().object();
    assert!(
        object["agent"].as_str().unwrap().starts_with("3."),
        "{object}"
    );
}

#[test]
fn without_an_agent_its_version_is_reported_missing_and_nothing_is_downloaded() {
    let machine = Machine::new();
    let ended = end(&mut machine.bare(&["version"])).ok();
    assert!(
        ended.stdout.contains(env!("CARGO_PKG_VERSION")),
        "{ended:?}"
    );
    assert!(ended.stdout.contains("no agent is installed"), "{ended:?}");
    let object = end(&mut machine.bare(&["version", "--json"])).ok().object();
    assert!(object["agent"].is_null(), "{object}");
    assert_eq!(std::fs::read_dir(machine.home.path()).unwrap().count(), 0);
}

#[test]
fn variables_set_the_global_options_and_the_command_line_wins() {
    let machine = Machine::new();
    let path = |variables: &[(&str, &str)], args: &[&str]| {
        let mut command = machine.command(&[args, &["config", "path"]].concat());
        end(command.envs(variables.iter().copied()))
    };
    let set = [("NGROK_RS_CONFIG", "/x/y.yml"), ("NGROK_RS_JSON", "1")];
    assert_eq!(path(&set, &[]).ok().object()["path"], "/x/y.yml");
    assert_eq!(
        path(&set, &["--config", "/z.yml"]).ok().object()["path"],
        "/z.yml"
    );
    let off = [("NGROK_RS_CONFIG", ""), ("NGROK_RS_JSON", "false")];
    assert!(path(&off, &[]).ok().stdout.ends_with("ngrok.yml\n"));
    let wrong = path(&[("NGROK_RS_CONFIG_VERSION", "4")], &[]);
    assert_eq!(wrong.status, 2);
    assert!(
        wrong.stderr.contains("NGROK_RS_CONFIG_VERSION is `4`"),
        "{wrong:?}"
    );
    let wrong = end(machine.command(&["nonsense"]).env("NGROK_RS_JSON", "1"));
    assert_eq!(wrong.error()["kind"], "usage");
}

#[test]
fn flags_of_ngroks_own_and_mistyped_ones_get_a_tip() {
    let machine = Machine::new();
    for (args, tip) in [
        (&["http", "80", "--hst-header", "x"][..], "--host-header"),
        (
            &["http", "80", "--traffic-policy", "x"],
            "--traffic-policy-file",
        ),
        (&["http", "80", "--oauth", "google"], "-o oauth="),
        (&["http", "80", "--authtoken", "planted"], "NGROK_AUTHTOKEN"),
        (&["htp", "80"], "http"),
    ] {
        let ended = machine.run(args);
        assert_eq!(ended.status, 2, "{ended:?}");
        assert!(ended.stderr.contains(tip), "{args:?}: {ended:?}");
        assert!(!ended.stderr.contains("planted"), "{ended:?}");
        let json = machine.run(&[args, &["--json"]].concat());
        assert!(json.error()["error"].to_string().contains(tip), "{json:?}");
    }
}

#[test]
fn escape_sequences_of_others_reach_no_terminal() {
    let machine = Machine::new();
    let odd = "/x\u{1b}[2J\u{9b}31m\u{7}/ngrok.yml";
    for args in [
        &["config", "check", "--config", odd][..],
        &["config", "path", "--config", odd],
        &["config", "path", "--config", odd, "--json"],
        &["connect", "80", "--proto", odd],
        &["connect", "80", "--proto", odd, "--json"],
        &["help", odd],
        &[odd],
    ] {
        let ended = machine.run(args);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!said.is_empty(), "{args:?}");
        let control = |c: char| c.is_control() && c != '\n';
        assert!(!said.contains(control), "{args:?}: {said:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_thread_that_cannot_be_had_is_an_error_and_no_panic() {
    let machine = Machine::new();
    for args in [
        &["connect", "80"][..],
        &["http", "80"],
        &["run", "80", "--", "true"],
    ] {
        // No system has this much memory for a stack.
        let mut command = machine.command(args);
        let ended = end(command.env("RUST_MIN_STACK", "70368744177664"));
        assert!(!ended.stderr.contains("panicked"), "{args:?}: {ended:?}");
        assert!(
            ended.status == 1 && ended.stderr.contains("Resource temporarily"),
            "{args:?}: {ended:?}"
        );
    }
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
            "schemes=[\"http\",\"https\"]",
        ],
        &["connect", "80", "--proto", "udp"],
        &["connect", "80", "--proto", "https"],
        &["connect", "tcp://22", "--proto", "http"],
        &["connect", "--name", "no-such-definition"],
        &[
            "connect",
            "80",
            "--config-version",
            "3",
            "-o",
            "basic-auth=[\"user:a long password\"]",
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
