//! `agent`, `version` and `update`.

use crate::machine::{Machine, PATIENCE, end};

#[test]
fn version_and_update() {
    let machine = Machine::new();
    let version = machine.run(&["version", "--json"]).ok().object();
    assert_eq!(version["ngrok_rs"], env!("CARGO_PKG_VERSION"));
    assert!(version["agent"].as_str().unwrap().starts_with("3."));
    assert!(machine.run(&["version"]).ok().stdout.contains("ngrok-rs"));
    assert!(machine.run(&["update", "--json"]).ok().object()["output"].is_string());
}

#[test]
fn arguments_go_through_as_they_are() {
    let machine = Machine::new();
    let own = machine.run(&["agent", "--version"]).ok().stdout;
    assert!(own.starts_with("ngrok version 3."), "{own}");
    assert_eq!(machine.run(&["agent", "--", "version"]).ok().stdout, own);
}

#[test]
#[cfg(unix)]
fn streams_status_and_signals_are_the_agents_own() {
    use std::io::Write;
    use std::process::Stdio;

    let machine = Machine::new();
    let path = machine.path("echo");
    crate::machine::script(&path, "echo \"args: $*\"; cat; echo problem >&2; exit 42");
    let mut child = machine
        .bare(&[
            "--ngrok-path",
            path.to_str().unwrap(),
            "agent",
            "http",
            "--json",
            "-o",
            "a b",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"from stdin\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(42));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "args: http --json -o a b\nfrom stdin\n"
    );
    assert_eq!(String::from_utf8_lossy(&output.stderr), "problem\n");

    crate::machine::script(
        &path,
        "trap 'echo got TERM; exit 7' TERM; echo ready; while :; do sleep 0.05; done",
    );
    let mut running = machine.start(&["--ngrok-path", path.to_str().unwrap(), "agent"]);
    assert_eq!(running.line(), "ready");
    running.signal("TERM");
    assert_eq!(running.line(), "got TERM");
    assert_eq!(running.end().status, 7);
}

/// Becoming the agent, or holding it in a job: in neither case does it go on alone.
#[test]
fn an_agent_does_not_outlive_a_killed_ngrok_rs() {
    let machine = Machine::new();
    // Not the default port, which another agent would take at once.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = free.local_addr().unwrap();
    drop(free);
    let text = format!("version: 3\nagent:\n  update_check: false\n  web_addr: {addr}\n");
    machine.write_config(&text);
    let config = machine.config_file();
    let mut running = machine.start(&[
        "agent",
        "start",
        "--none",
        "--log",
        "stdout",
        "--config",
        config.to_str().unwrap(),
    ]);
    while !running.line().contains("starting web service") {}
    let answers = || std::net::TcpStream::connect(addr).is_ok();
    assert!(ngrok_testkit::eventually(PATIENCE, answers), "{addr}");
    drop(running);
    assert!(ngrok_testkit::eventually(PATIENCE, || !answers()), "{addr}");
}

#[test]
fn a_missing_agent_is_installed_first() {
    // There is no network to install from here, so what counts is that it was tried, and where to.
    let machine = Machine::new();
    let mut command = machine.bare(&["agent", "version"]);
    command
        .env("https_proxy", "http://127.0.0.1:1")
        .env("HTTPS_PROXY", "http://127.0.0.1:1");
    let ended = end(&mut command);
    assert_eq!(ended.status, 1);
    assert!(
        ended.stderr.contains("No agent at") && ended.stderr.contains("bin.ngrok.com"),
        "{ended:?}"
    );
}
