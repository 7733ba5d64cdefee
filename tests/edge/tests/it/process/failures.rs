//! An agent that does not become ready: why, in a kind, and nothing left behind.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use ngrok_process::{Agent, AgentEvent, Error, ErrorClass, ErrorKind};

use super::{is_alive, options};
use crate::support::{SOON, edge_or_skip, until};

/// What each code at the start means to the caller.
#[test]
fn a_refused_start_has_the_kind_of_its_code() {
    let (edge, binary) = edge_or_skip!();
    let table = [
        (105, ErrorKind::Auth, ErrorClass::Auth),
        (107, ErrorKind::Auth, ErrorClass::Auth),
        (108, ErrorKind::Limit, ErrorClass::Limit),
        (120, ErrorKind::Version, ErrorClass::Version),
        (4018, ErrorKind::Auth, ErrorClass::Auth),
    ];
    for (code, kind, class) in table {
        let config = edge.agent_config().unwrap();
        let token = config.authtoken();
        edge.refuse_auth(format!(
            "No.\nYour authtoken: {token}\n\nERR_NGROK_{code}\n"
        ));
        let refused = Agent::start(options(&binary, &config).redact(token).build()).unwrap_err();
        assert_eq!(refused.kind(), kind, "{code}: {refused}");
        let found = refused.error_code().unwrap();
        assert_eq!((found.number(), found.class()), (Some(code), class));
        assert_eq!(refused.exit_status().unwrap().code(), Some(1));
        assert!(!refused.logs().is_empty() && refused.output().contains("ERR_NGROK_"));
        shows_no(&refused, token);
    }
}

/// The codes that echo a token mask it by their shape: nobody told the process crate what stands in the file.
#[test]
fn a_token_that_only_the_file_knows_is_masked_too() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let token = config.authtoken();
    edge.refuse_auth(format!(
        "It is invalid.\nYour authtoken: {token}\n\nERR_NGROK_107\n"
    ));
    let refused = Agent::start(options(&binary, &config).build()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Auth);
    shows_no(&refused, token);
}

fn shows_no(error: &Error, token: &str) {
    let mut text = format!(
        "{error} {error:?} {:?} {}",
        error.agent_error(),
        error.output()
    );
    for line in error.logs() {
        text.push_str(line.raw());
        text.push_str(&format!("{line:?}"));
    }
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!("{cause} {cause:?}"));
        source = cause.source();
    }
    assert!(!text.contains(token), "{text}");
}

#[test]
fn a_taken_web_address_is_told() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let _taken = TcpListener::bind(config.web_addr()).unwrap();
    let refused = Agent::start(options(&binary, &config).build()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PortInUse, "{refused}");
    assert_eq!(edge.sessions(), 0);
}

#[test]
fn a_bad_configuration_is_told_with_the_agents_words() {
    let (edge, binary) = edge_or_skip!();
    let table = [
        ("tunnels: 5", "cannot unmarshal"),
        ("tunnels:\n\tweb: {}", "tab characters"),
        (
            "tunnels:\n  web:\n    proto: udp\n    addr: 80",
            "Invalid protocol name",
        ),
        ("region: us", "You may not specify both"),
        ("root_cas: /nope/ca.pem", "no such file or directory"),
    ];
    for (lines, words) in table {
        let config = edge.agent_config().unwrap();
        // A key must not stand there twice.
        let key = lines.split(':').next().unwrap();
        let kept: Vec<&str> = config
            .yaml()
            .lines()
            .filter(|line| !line.starts_with(key))
            .collect();
        std::fs::write(config.file(), format!("{}\n{lines}\n", kept.join("\n"))).unwrap();
        let refused = Agent::start(options(&binary, &config).build()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Config, "{lines}: {refused}");
        assert!(
            refused.output().contains(words),
            "{lines}: {}",
            refused.output()
        );
    }
    let config = edge.agent_config().unwrap();
    std::fs::remove_file(config.file()).unwrap();
    let refused = Agent::start(options(&binary, &config).build()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Config, "{refused}");
}

#[test]
fn an_edge_that_is_not_there_is_no_session_at_the_deadline() {
    let (edge, binary) = edge_or_skip!();
    edge.go_down();
    let config = edge.agent_config().unwrap();
    let deadline = Duration::from_secs(2);
    let begin = Instant::now();
    let agent = Agent::spawn(options(&binary, &config).startup_timeout(deadline).build()).unwrap();
    let late = agent.wait_ready().unwrap_err();
    let took = begin.elapsed();
    assert!(
        took >= deadline && took < deadline + Duration::from_secs(3),
        "{took:?}"
    );
    assert_eq!(late.kind(), ErrorKind::NoSession, "{late}");
    assert!(
        late.agent_error().unwrap().contains("connection refused"),
        "{late}"
    );
    until("the end of the agent", || !is_alive(agent.pid().unwrap()));
}

#[test]
fn a_silent_edge_is_no_session_either() {
    let (edge, binary) = edge_or_skip!();
    edge.delay_auth(Duration::from_secs(60));
    let config = edge.agent_config().unwrap();
    let options = options(&binary, &config).startup_timeout(Duration::from_secs(1));
    let late = Agent::start(options.build()).unwrap_err();
    assert!(
        late.is_timeout() || late.kind() == ErrorKind::NoSession,
        "{late}"
    );
}

#[test]
fn the_web_service_alone_needs_no_session() {
    let (edge, binary) = edge_or_skip!();
    edge.go_down();
    let config = edge.agent_config().unwrap();
    let agent = Agent::start(options(&binary, &config).web_service_only(true).build()).unwrap();
    assert!(agent.healthy() && !agent.has_session());
    edge.come_back().unwrap();
    agent
        .wait_for(|event| matches!(event, AgentEvent::SessionUp), SOON)
        .unwrap();
    assert!(agent.has_session());
}
