//! The stand-in of agent 3: its log, its faults and its commands.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use ngrok_process::{
    Agent, AgentEvent, AgentOptions, AgentOptionsBuilder, AuthtokenVia, Delivery, ErrorClass,
    ErrorKind, Level, LogLine, set_api_key, set_auth_token, version,
};
use ngrok_testkit::{agent_bin, eventually};

/// A folder as HOME, in which `ngrok.yml` is the configuration file.
struct Home(tempfile::TempDir);

impl Home {
    fn new(config: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::write(home.config(), config).unwrap();
        home
    }

    fn config(&self) -> std::path::PathBuf {
        self.0.path().join("ngrok.yml")
    }

    fn options(&self) -> AgentOptionsBuilder {
        AgentOptions::builder(agent_bin())
            .config_path(self.config())
            .env("HOME", self.0.path())
            .startup_timeout(Duration::from_secs(20))
    }
}

fn free_addr() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// The agent takes the default address or the next one that is free.
const CONFIG: &str = "version: 3\nagent:\n  update_check: false\n";

#[test]
fn it_starts_serves_and_stops() {
    let home = Home::new(CONFIG);
    let agent = Agent::start(home.options().build()).unwrap();
    assert!(agent.healthy());
    let api = ngrok_localapi::Client::new(agent.api_url().unwrap()).unwrap();
    assert!(api.tunnels().list().unwrap().is_empty());
    let marked = || agent.logs().iter().any(LogLine::is_api_call);
    assert!(eventually(Duration::from_secs(5), marked));
    assert!(agent.stop(Duration::from_secs(5)).unwrap().success());
}

#[test]
fn each_fault_is_told_apart() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken_addr = format!(
        "version: 3\nagent:\n  web_addr: {}\n",
        taken.local_addr().unwrap()
    );
    let fault = |name: &str, value: &str| {
        let home = Home::new(CONFIG);
        let options = home.options().env(format!("LOOPBACK_AGENT_{name}"), value);
        (home, options)
    };
    let token = |token: &str| {
        let home = Home::new(CONFIG);
        let options = home.options().authtoken(token);
        (home, options)
    };
    let config = |text: &str| {
        let home = Home::new(text);
        let options = home.options();
        (home, options)
    };
    for ((_home, options), kind, code) in [
        (fault("SILENT", "1"), ErrorKind::Timeout, None),
        (fault("HALF_LINE", "1"), ErrorKind::Timeout, None),
        (fault("START_DELAY_MS", "60000"), ErrorKind::Timeout, None),
        (fault("WEB_DELAY_MS", "60000"), ErrorKind::Timeout, None),
        (fault("SESSION_DELAY_MS", "60000"), ErrorKind::Timeout, None),
        (
            fault("NO_SESSION", "dial tcp: lookup x: no such host"),
            ErrorKind::NoSession,
            None,
        ),
        (fault("EXIT_CODE", "3"), ErrorKind::Exited, None),
        (fault("REQUIRE_TOKEN", "1"), ErrorKind::Auth, Some(4018)),
        (token("refused-107-planted"), ErrorKind::Auth, Some(107)),
        (token("planted with spaces"), ErrorKind::Auth, Some(105)),
        (token("refused-108-planted"), ErrorKind::Limit, Some(108)),
        (token("refused-120-planted"), ErrorKind::Version, Some(120)),
        (config(&taken_addr), ErrorKind::PortInUse, None),
        (config("version: 3\nagent: [\n"), ErrorKind::Config, None),
    ] {
        let timeout = if matches!(kind, ErrorKind::Timeout | ErrorKind::NoSession) {
            1500
        } else {
            20_000
        };
        let options = options
            .startup_timeout(Duration::from_millis(timeout))
            .build();
        let error = Agent::start(options).unwrap_err();
        assert_eq!(
            error.kind(),
            kind,
            "{error}\n{:?}\n{}",
            error.logs(),
            error.output()
        );
        assert_eq!(
            error.error_code().and_then(|code| code.number()),
            code,
            "{error}"
        );
        let shown = format!("{error} {error:?} {}", error.output());
        assert!(!shown.contains("planted"), "{shown}");
    }
}

#[test]
fn a_refused_token_of_the_file_is_masked_by_its_shape() {
    let home = Home::new(&format!("{CONFIG}  authtoken: refused-107-planted\n"));
    let error = Agent::start(home.options().build()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(error.error_code().unwrap().class(), ErrorClass::Auth);
    assert!(error.is_final() && error.exit_status().is_some());
    let shown = format!(
        "{error} {error:?} {:?} {}",
        error.agent_error(),
        error.output()
    );
    assert!(
        !shown.contains("planted") && shown.contains("***"),
        "{shown}"
    );
}

#[test]
fn the_overlay_wins_over_the_file_and_moves_the_web_service() {
    let home = Home::new(&format!("{CONFIG}  authtoken: refused-107-planted\n"));
    loop {
        let addr = free_addr();
        let options = home
            .options()
            .authtoken("a-good-token")
            .authtoken_via(AuthtokenVia::Overlay)
            .web_addr(addr.as_str())
            .overlay_version(3);
        match Agent::start(options.build()) {
            Ok(agent) => return assert_eq!(agent.api_url(), Some(format!("http://{addr}"))),
            // Somebody else was faster.
            Err(error) if error.kind() == ErrorKind::PortInUse => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_session_that_comes_and_goes_is_told_in_order() {
    let home = Home::new(CONFIG);
    let options = home
        .options()
        .env("LOOPBACK_AGENT_LOSE_SESSION_AFTER_MS", "300")
        .env("LOOPBACK_AGENT_SESSION_BACK_AFTER_MS", "300");
    let agent = Agent::start(options.build()).unwrap();
    let mut events = agent.events().filter_map(Delivery::item);
    let lost = events
        .by_ref()
        .find(|event| matches!(event, AgentEvent::SessionLost { .. }));
    assert!(lost.is_some());
    assert!(agent.is_running(), "it comes back by itself");
    assert!(events.by_ref().any(|event| event == AgentEvent::SessionUp));
    agent.stop(Duration::from_secs(5));
    assert!(matches!(events.last(), Some(AgentEvent::Exited { status, .. }) if status.success()));
}

#[test]
fn ten_thousand_lines_at_once_lose_none_of_the_newest() {
    let home = Home::new(CONFIG);
    let options = home
        .options()
        .env("LOOPBACK_AGENT_LOG_FLOOD", "10000")
        .max_logs(50);
    let agent = Agent::start(options.build()).unwrap();
    assert!(agent.healthy(), "it does not block on its output");
    let logs = agent.logs();
    assert!(logs.len() <= 50);
    assert!(
        logs.iter().all(|line| line.level() >= Level::Debug),
        "whole lines: {logs:?}"
    );
}

#[test]
fn its_commands_are_understood() {
    assert_eq!(version(agent_bin()).unwrap().split('.').count(), 3);
    let home = Home::new(CONFIG);
    let options = home.options().build();
    set_auth_token(&options, &"planted-token".into()).unwrap();
    set_api_key(&options, &"planted-key".into()).unwrap();
    let config = fs::read_to_string(home.config()).unwrap();
    assert!(
        config.contains("authtoken: planted-token") && config.contains("api_key: planted-key"),
        "{config}"
    );

    fs::write(home.config(), "agent: [").unwrap();
    let error = set_auth_token(&options, &"planted-token".into()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    assert!(!format!("{error:?}").contains("planted"));
}

#[test]
fn two_agents_run_side_by_side() {
    let (one, two) = (Home::new(CONFIG), Home::new(CONFIG));
    let first = Agent::start(one.options().authtoken("token-one").build()).unwrap();
    let second = Agent::start(two.options().authtoken("token-two").build()).unwrap();
    assert_ne!(first.api_url(), second.api_url());
    first.stop(Duration::from_secs(5));
    assert!(second.healthy());
}
