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
    assert_eq!(
        with_stdin(&machine, &["config", "set-authtoken"], "two words").status,
        1
    );
    assert!(
        !machine.config_file().exists()
            || !std::fs::read_to_string(machine.config_file())
                .unwrap()
                .contains("authtoken")
    );
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
    machine.write_config("version: [");
    assert_eq!(machine.run(&["config", "check"]).status, 1);
    assert_eq!(machine.run(&["config", "show"]).status, 1);
}
