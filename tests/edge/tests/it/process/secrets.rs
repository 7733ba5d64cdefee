//! How a token reaches the real agent, and where it never shows.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use ngrok_process::{Agent, AuthtokenVia, LogLevel};

use super::{options, start};
use crate::support::edge_or_skip;

fn argv(agent: &Agent) -> Vec<String> {
    let argv = std::fs::read(format!("/proc/{}/cmdline", agent.pid().unwrap())).unwrap();
    String::from_utf8(argv)
        .unwrap()
        .split('\0')
        .map(str::to_owned)
        .collect()
}

#[test]
fn an_overlay_wins_over_the_file_and_is_nobody_elses() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let token = "2overlay_TokenOfTheCaller";
    let options = options(&binary, &config)
        .authtoken(token)
        .authtoken_via(AuthtokenVia::Overlay);
    let agent = Agent::start(options.build()).unwrap();
    assert_eq!(edge.authentications()[0]["Authtoken"], token);
    assert_eq!(
        agent.api_url().unwrap(),
        config.api_url(),
        "the rest of the file holds"
    );

    let argv = argv(&agent);
    assert!(!argv.concat().contains(token), "{argv:?}");
    let overlay = argv.windows(2).rfind(|pair| pair[0] == "--config").unwrap();
    let overlay = PathBuf::from(&overlay[1]);
    let mode = std::fs::metadata(&overlay).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(agent);
    assert!(!overlay.exists());
}

#[test]
fn the_token_of_the_file_is_in_no_argument_and_no_debug_log() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let token = config.authtoken();
    let options = options(&binary, &config)
        .redact(token)
        .log_level(LogLevel::Debug);
    let agent = Agent::start(options.build()).unwrap();
    assert_eq!(edge.authentications()[0]["Authtoken"], token);
    assert!(!argv(&agent).concat().contains(token));
    let logs = agent.logs();
    let request = logs
        .iter()
        .find(|line| line.msg() == Some("encode request"))
        .unwrap();
    assert!(
        request.raw().contains("Authtoken:"),
        "the agent logs it at this level"
    );
    assert!(logs.iter().all(|line| !line.raw().contains(token)));
    assert!(!format!("{agent:?} {:?}", agent.options()).contains(token));
}

#[test]
fn without_any_token_the_agent_says_so_to_the_edge() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let kept: Vec<&str> = config
        .yaml()
        .lines()
        .filter(|line| !line.starts_with("authtoken"))
        .collect();
    std::fs::write(config.file(), kept.join("\n")).unwrap();
    start(&binary, &config);
    assert_eq!(edge.authentications()[0]["Authtoken"], "");
}
