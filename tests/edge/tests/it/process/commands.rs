//! One-shot commands of the real agent, the registry, and an agent that is let go.

use ngrok_process::{Agent, ErrorKind, Registry, Secret, capture_run_process, run_process};

use super::{is_alive, options, signal};
use crate::support::{SOON, edge_or_skip, until};

#[test]
fn commands_tell_their_version_output_and_failure() {
    let (edge, binary) = edge_or_skip!();
    assert_eq!(ngrok_process::version(&binary).unwrap(), "2.3.41");
    assert!(run_process(&binary, ["version"]).unwrap().success());
    let file = edge.folder().join("new.yml").display().to_string();
    let saved = capture_run_process(&binary, ["authtoken", "2a_Token", "--config", &file]).unwrap();
    assert!(
        saved
            .stdout
            .starts_with("Authtoken saved to configuration file: "),
        "{saved:?}"
    );
    assert_eq!(
        std::fs::read_to_string(&file).unwrap().trim(),
        "authtoken: 2a_Token"
    );

    let failed =
        capture_run_process(&binary, ["start", "--none", "--config", "/nope.yml"]).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Config, "{failed}");
    assert!(failed.output().contains("/nope.yml"));
    assert_eq!(failed.exit_status().unwrap().code(), Some(1));
}

/// The command is version 3's; an agent that does not know it must not pass for one that has saved anything.
#[test]
fn a_token_that_was_not_saved_is_an_error_without_the_token() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let token = Secret::new("2planted_TokenThatMustNotShow");
    let options = options(&binary, &config).build();
    let failed = ngrok_process::set_auth_token(&options, &token).unwrap_err();
    let shown = format!("{failed} {failed:?} {}", failed.output());
    assert!(!shown.contains(token.expose()), "{shown}");
}

#[test]
fn a_registry_keeps_agents_apart_by_their_configuration() {
    let (edge, binary) = edge_or_skip!();
    let (one, two) = (edge.agent_config().unwrap(), edge.agent_config().unwrap());
    let registry = Registry::new();
    let first = registry
        .get_or_start(options(&binary, &one).build())
        .unwrap();
    let again = registry
        .get_or_start(options(&binary, &one).build())
        .unwrap();
    let other = registry
        .get_or_start(options(&binary, &two).build())
        .unwrap();
    assert_eq!(first.pid(), again.pid());
    assert_ne!(first.pid(), other.pid());
    assert_eq!(edge.sessions(), 2);
    let twice = registry.start(options(&binary, &two).build()).unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::AlreadyRunning);
    assert!(registry.is_running(&binary));
    registry.kill(&binary);
    until("both to end", || !first.is_running() && !other.is_running());
    assert!(!registry.is_running(&binary));
}

#[test]
fn a_detached_agent_lives_on_and_logs_to_its_file() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let log = edge.folder().join("agent.log");
    let agent = Agent::start(options(&binary, &config).detached(&log).build()).unwrap();
    let pid = agent.pid().unwrap();
    drop(agent);
    edge.drop_sessions();
    // The agent dies of a log line that nobody reads; this one has a file.
    let lines = || std::fs::read_to_string(&log).unwrap();
    until("the reconnect in the file", || {
        lines().matches("client session established").count() == 2
    });
    assert!(is_alive(pid));
    signal(pid, "TERM");
    assert!(edge.wait_for_sessions(0, SOON));
    until("the end", || !is_alive(pid));
}
