//! `run -- COMMAND`.

use std::process::Command;

use ngrok_testkit::{Upstream, eventually};

use crate::machine::{Machine, PATIENCE, end, visit};

#[test]
fn the_command_gets_the_url_and_its_status_is_passed_on() {
    let machine = Machine::new();
    let ended = machine.run(&[
        "run",
        "8123",
        "--env",
        "APP_URL",
        "--",
        "sh",
        "-c",
        "echo \"$NGROK_URL $APP_URL $PORT\"; exit 7",
    ]);
    assert_eq!(ended.status, 7, "{ended:?}");
    let words: Vec<&str> = ended.stdout.split_whitespace().collect();
    assert!(
        words[0].starts_with("http") && words[0] == words[1] && words[2] == "8123",
        "{ended:?}"
    );
    machine.run(&["run", "8123", "--", "true"]).ok();
    assert_eq!(
        machine
            .run(&["run", "8123", "--", "sh", "-c", "kill -TERM $$"])
            .status,
        143
    );
    let missing = machine.run(&["run", "8123", "--", "/nonexistent/program"]);
    assert!(
        missing.status == 1 && missing.stderr.contains("/nonexistent/program"),
        "{missing:?}"
    );
    assert_eq!(machine.run(&["run", "8123"]).status, 2, "no command");
}

#[test]
fn a_signal_ends_both() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let port = upstream.port().to_string();
    let script = "echo $NGROK_URL; trap 'echo ended; exit 3' TERM; while true; do sleep 0.05; done";
    let mut running = machine.start(&["run", &port, "--", "sh", "-c", script]);
    let url = running.line();
    assert_eq!(visit(&url), Some(200));
    running.signal("TERM");
    let ended = running.end();
    assert_eq!(
        (ended.status, ended.stdout.as_str()),
        (3, "ended\n"),
        "{ended:?}"
    );
    assert_eq!(visit(&url), None);
}

#[test]
#[cfg(target_os = "linux")]
fn an_agent_that_ends_takes_the_command_along() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let port = upstream.port().to_string();
    let mut running = machine.start(&["run", &port, "--", "sh", "-c", "echo $$; exec sleep 60"]);
    let command: u32 = running.line().parse().unwrap();
    let agent = crate::machine::children(running.pid())
        .into_iter()
        .find(|pid| *pid != command);
    end(Command::new("kill").args(["-KILL", &agent.unwrap().to_string()]));
    let ended = running.end();
    assert_eq!(ended.status, 1, "{ended:?}");
    assert!(!std::path::Path::new(&format!("/proc/{command}")).exists());
}

/// A server on a port of its own choice, in a child of the command.
const SERVER: &str = "import http.server as h, os, sys
s = h.HTTPServer(('127.0.0.1', int(sys.argv[1]) if len(sys.argv) > 1 else 0), h.SimpleHTTPRequestHandler)
print(os.environ['NGROK_URL'], flush=True)
s.serve_forever()";

#[test]
#[cfg(target_os = "linux")]
fn without_a_port_the_one_that_the_command_opens_is_served() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no python3 to be the server");
        return;
    }
    let machine = Machine::new();
    std::fs::write(machine.path("server.py"), SERVER).unwrap();
    let server = machine.path("server.py");
    for arguments in ["\"$PORT\"", ""] {
        let script = format!(
            "python3 {} {arguments} 2>/dev/null; exit 5",
            server.display()
        );
        let mut command = machine.command(&["run", "--", "sh", "-c", &script]);
        command.current_dir(machine.home.path());
        let mut running = crate::machine::Running::start(&mut command);
        let url = running.line();
        assert!(
            eventually(PATIENCE, || visit(&url) == Some(200)),
            "{arguments}"
        );
        running.signal("TERM");
        running.end();
    }
}
