//! `config`.

use crate::machine::{Ended, Machine, end_with_stdin};

fn with_stdin(machine: &Machine, args: &[&str], text: &str) -> Ended {
    end_with_stdin(&mut machine.command(args), text)
}

#[test]
fn path_is_the_default_or_the_one_given() {
    let machine = Machine::new();
    assert_eq!(
        machine.run(&["config", "path"]).ok().stdout.trim(),
        machine.config_file().to_str().unwrap()
    );
    let object = machine
        .run(&["config", "path", "--config", "/x/y.yml", "--json"])
        .ok()
        .object();
    assert_eq!(object["path"], "/x/y.yml");
}

#[test]
fn secrets_come_from_stdin_or_the_environment_and_are_shown_nowhere() {
    let machine = Machine::new();
    machine.write_config("# mine\nversion: 2 # keep\n");
    let saved = with_stdin(
        &machine,
        &["config", "set-authtoken", "--json"],
        "planted-token\n",
    )
    .ok();
    assert_eq!(
        saved.object()["saved_to"],
        machine.config_file().to_str().unwrap()
    );
    let mut command = machine.command(&["config", "set-api-key"]);
    command.env("NGROK_API_KEY", "planted-key");
    let ended = crate::machine::end(&mut command).ok();
    assert!(!format!("{saved:?}{ended:?}").contains("planted"));
    let text = std::fs::read_to_string(machine.config_file()).unwrap();
    assert!(text.starts_with("# mine\nversion: 2 # keep\n"), "{text}");
    assert!(
        text.contains("authtoken: planted-token") && text.contains("api_key: planted-key"),
        "{text}"
    );

    let shown = machine.run(&["config", "show"]).ok().stdout;
    assert!(
        shown.contains("# mine") && shown.contains("authtoken: ***") && !shown.contains("planted"),
        "{shown}"
    );
    let object = machine.run(&["config", "show", "--json"]).ok().object();
    assert_eq!(object["authtoken"], "***");
    machine.run(&["config", "check"]).ok();
}

#[test]
fn a_byte_order_mark_is_not_part_of_a_secret() {
    for (command, key) in [("set-authtoken", "authtoken"), ("set-api-key", "api_key")] {
        let machine = Machine::new();
        with_stdin(&machine, &["config", command], "\u{feff}2planted\r\n").ok();
        let text = std::fs::read_to_string(machine.config_file()).unwrap();
        assert!(text.ends_with(&format!("{key}: 2planted\n")), "{text:?}");
    }
}

#[test]
fn a_secret_is_taken_from_no_argument_and_nothing_is_no_secret() {
    let machine = Machine::new();
    for command in ["set-authtoken", "set-api-key"] {
        let refused = machine.run(&["config", command, "planted"]);
        assert_eq!(refused.status, 2);
        let text = format!("{refused:?}");
        assert!(
            text.contains("stdin") && !text.contains("planted"),
            "{text}"
        );
    }
    assert_eq!(
        with_stdin(&machine, &["config", "set-authtoken"], "\n").status,
        2
    );
    let long = "a".repeat(5000);
    for wrong in [
        "two words",
        "one\ntwo",
        "t\u{f6}ken",
        "\"quoted\"",
        long.as_str(),
    ] {
        let refused = with_stdin(&machine, &["config", "set-authtoken"], wrong);
        assert_eq!(refused.status, 2, "{refused:?}");
        assert!(!refused.stderr.contains(wrong), "{refused:?}");
    }
    assert!(
        !machine.config_file().exists()
            || !std::fs::read_to_string(machine.config_file())
                .unwrap()
                .contains("authtoken")
    );
}

#[test]
fn what_is_piped_in_wins_over_the_environment() {
    let machine = Machine::new();
    let save = |stdin: &str| {
        let mut command = machine.command(&["config", "add-authtoken"]);
        end_with_stdin(command.env("NGROK_AUTHTOKEN", "of-environment"), stdin).ok();
        std::fs::read_to_string(machine.config_file()).unwrap()
    };
    // A byte-order mark, as Windows editors write it.
    let text = save("\u{feff}of-stdin\r\n");
    assert!(text.contains("authtoken: of-stdin\n"), "{text:?}");
    let text = save("");
    assert!(text.contains("authtoken: of-environment\n"), "{text:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn at_a_terminal_a_secret_is_asked_for_and_not_shown() {
    use crate::terminal::Terminal;
    let machine = Machine::new();
    let mut terminal = Terminal::start(80, 24, &mut machine.command(&["config", "set-authtoken"]));
    terminal.wait_for("not shown as you type:");
    terminal.send("planted-tokex\u{7f}n\r");
    terminal.wait_for("authtoken saved to");
    assert_eq!(terminal.end(), 0);
    assert!(!terminal.seen().contains("planted"), "{}", terminal.seen());
    let text = std::fs::read_to_string(machine.config_file()).unwrap();
    assert!(text.contains("authtoken: planted-token\n"), "{text:?}");

    let mut terminal = Terminal::start(80, 24, &mut machine.command(&["config", "set-api-key"]));
    terminal.wait_for("not shown as you type:");
    terminal.send("half\u{3}");
    assert_eq!(terminal.end(), 130);
}

#[test]
fn init_makes_a_file_from_options_and_never_overwrites_one() {
    for (version, expected) in [("2", "tunnels:"), ("3", "endpoints:")] {
        let machine = Machine::new();
        let args = [
            "config",
            "init",
            "--version",
            version,
            "--name",
            "web",
            "--addr",
            "8080",
        ];
        with_stdin(&machine, &args, "planted-token\n").ok();
        let text = std::fs::read_to_string(machine.config_file()).unwrap();
        for wanted in [version, "authtoken: planted-token", expected, "web", "8080"] {
            assert!(text.contains(wanted), "{text}");
        }
        machine.run(&["config", "check"]).ok();
        let again = with_stdin(&machine, &args, "another\n");
        assert_eq!(again.status, 1, "{again:?}");
        assert_eq!(
            std::fs::read_to_string(machine.config_file()).unwrap(),
            text
        );
        let wrong = Machine::new();
        let refused = wrong.run(&["config", "init", "--addr", "99999"]);
        assert_eq!(
            (refused.status, wrong.config_file().exists()),
            (2, false),
            "{refused:?}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn init_asks_at_a_terminal() {
    use crate::terminal::Terminal;
    let machine = Machine::new();
    let mut terminal = Terminal::start(80, 24, &mut machine.command(&["config", "init"]));
    for (question, answer) in [
        ("Your authtoken", "two words\r"),
        ("white space", "planted-token\r"),
        ("Version, 3", "2\r"),
        ("Port or address", "8080\r"),
        ("Its name", "\r"),
        ("ngrok-rs connect --name web", ""),
    ] {
        terminal.wait_for(question);
        terminal.send(answer);
    }
    assert_eq!(terminal.end(), 0);
    assert!(!terminal.seen().contains("planted"));
    let text = std::fs::read_to_string(machine.config_file()).unwrap();
    for wanted in ["authtoken: planted-token", "tunnels:", "web:", "8080"] {
        assert!(text.contains(wanted), "{text}");
    }
}

#[test]
#[cfg(unix)]
fn edit_runs_the_editor_and_checks_the_file() {
    let machine = Machine::new();
    assert_eq!(
        machine.run(&["config", "edit"]).status,
        1,
        "there is no file"
    );
    machine.write_config("version: 2\n");
    let edit = |body: &str| {
        let editor = machine.path("editor");
        crate::machine::script(&editor, body);
        let mut command = machine.command(&["config", "edit"]);
        crate::machine::end(command.env("EDITOR", format!("{} -x", editor.display())))
    };
    edit("echo 'web_addr: 127.0.0.1:4141' >> \"$2\"").ok();
    assert_eq!(edit("exit 3").status, 1);
    let broken = edit("echo 'regoin: eu' >> \"$2\"");
    assert_eq!(broken.status, 1);
    assert!(broken.stdout.contains("regoin"), "{broken:?}");
}

#[test]
fn check_tells_each_problem_with_its_place() {
    let machine = Machine::new();
    machine.write_config("version: 2\ntunnels:\n  web:\n    proto: udp\n    addr: 80\n");
    let ended = machine.run(&["config", "check", "--json"]);
    assert_eq!(ended.status, 1);
    let problem = ended.object();
    assert_eq!(
        (problem["line"].as_u64(), &problem["severity"]),
        (Some(4), &"error".into()),
        "{problem}"
    );
    assert_eq!(ended.error()["kind"], "config");
    let text = machine.run(&["config", "check"]);
    assert!(text.stdout.contains("ngrok.yml:4:5: error: "), "{text:?}");
    machine.write_config("version: 2\nregoin: eu\n");
    let warned = machine.run(&["config", "check", "--json"]);
    assert_eq!(
        (warned.status, &warned.object()["severity"]),
        (1, &"error".into()),
        "{warned:?}"
    );
    machine.write_config("version: 2\nconsole_ui: true\n");
    let warned = machine.run(&["config", "check"]).ok();
    assert!(warned.stdout.contains(": warning: "), "{warned:?}");
    machine.write_config("version: 2\ntunnels:\n  web: {proto: http, addr: 80, bind_tls: true}\n");
    let check = |version| machine.run(&["config", "check", "--agent-version", version]);
    check("2.3.41").ok();
    let refused = check("3.39.9");
    assert_eq!(refused.status, 1);
    assert!(refused.stdout.contains("`schemes`"), "{refused:?}");
    assert_eq!(check("three").status, 2);
    machine.write_config("version: [");
    assert_eq!(machine.run(&["config", "check"]).status, 1);
    assert_eq!(machine.run(&["config", "show"]).status, 1);
}
