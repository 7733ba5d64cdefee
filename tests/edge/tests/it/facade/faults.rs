//! What goes wrong, as the caller of the facade sees it.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use ngrok_facade::process::ErrorKind as AgentErrorKind;
use ngrok_facade::{AgentEvent, ConnectOptions, Error, ErrorKind, Event, Ngrok};
use ngrok_testkit::Upstream;

use super::ngrok;
use crate::support::{NOBODY, SOON, edge_or_skip, public, signal, traffic, until};

#[test]
fn a_refused_token_is_told_with_code_and_hint_and_without_the_token() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let token = config.authtoken();
    edge.refuse_auth(format!(
        "It is invalid.\nYour authtoken: {token}\n\nERR_NGROK_107\n"
    ));
    let refused = ngrok(&binary, &config).connect(80).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Agent);
    let code = refused.error_code().unwrap();
    assert_eq!(code.number(), Some(107));
    assert!(code.hint().is_some());
    let Error::Agent(agent) = &refused else {
        panic!("{refused}")
    };
    assert_eq!(agent.kind(), AgentErrorKind::Auth);
    let shown = format!("{refused} {refused:?} {}", agent.output());
    assert!(!shown.contains(token), "{shown}");

    edge.accept_auth();
    ngrok(&binary, &config).connect(80).unwrap();
}

#[test]
fn a_refused_bind_reaches_the_caller_redacted() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let ngrok = ngrok(&binary, &config);
    for code in [314, 319, 324, 334, 18021] {
        edge.refuse_binds(format!("No.\n\nERR_NGROK_{code}\n"));
        let refused = ngrok.connect(80).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Api);
        assert_eq!(
            refused.error_code().unwrap().number(),
            Some(code),
            "{refused}"
        );
    }
    let token = config.authtoken();
    edge.refuse_binds(format!("Your authtoken: {token}\n\nERR_NGROK_107\n"));
    let refused = ngrok.connect(80).unwrap_err();
    assert!(
        !format!("{refused} {refused:?}").contains(token),
        "{refused}"
    );
    edge.accept_binds();
    ngrok.connect(80).unwrap();
}

#[test]
fn a_taken_web_address_and_a_bad_file_are_told_apart() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let taken = TcpListener::bind(config.web_addr()).unwrap();
    let Err(Error::Agent(error)) = ngrok(&binary, &config).connect(80) else {
        panic!()
    };
    assert_eq!(error.kind(), AgentErrorKind::PortInUse, "{error}");
    drop(taken);
    let config = config.with("tunnels: 5").unwrap();
    let error = ngrok(&binary, &config).connect(80).unwrap_err();
    let is_config = match &error {
        Error::Install(_) => true,
        Error::Agent(error) => error.kind() == AgentErrorKind::Config,
        _ => false,
    };
    assert!(is_config, "{error}");
}

#[test]
fn a_lost_session_comes_back_with_the_same_url() {
    let (edge, binary) = edge_or_skip!();
    let upstream = Upstream::start().unwrap();
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    let events = ngrok.events();
    let tunnel = ngrok.connect(upstream.port()).unwrap();
    edge.go_down();
    let mut seen = Vec::new();
    let mut wait_for = |wanted: fn(&AgentEvent) -> bool| {
        until("the event", || {
            events
                .recv_timeout(Duration::from_millis(50))
                .is_some_and(|event| {
                    seen.push(format!("{event:?}"));
                    matches!(&event, Event::Agent(event) if wanted(event))
                })
        });
    };
    wait_for(|event| matches!(event, AgentEvent::SessionUp));
    wait_for(|event| matches!(event, AgentEvent::SessionLost { .. }));
    edge.come_back().unwrap();
    wait_for(|event| matches!(event, AgentEvent::SessionUp));
    traffic::http(&edge, tunnel.public_url(), &upstream);
    tunnel.disconnect().unwrap();
}

/// The real agent answers 500 to a DELETE without a session, and yet forgets to bind the tunnel again.
#[test]
fn a_tunnel_closed_while_the_session_is_lost_stays_closed() {
    let (edge, binary) = edge_or_skip!();
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    let tunnel = ngrok.connect(ConnectOptions::tcp(22)).unwrap();
    edge.go_down();
    until("the loss", || !ngrok.process().unwrap().has_session());
    let closing = std::thread::spawn(move || tunnel.disconnect());
    std::thread::sleep(Duration::from_millis(300));
    edge.come_back().unwrap();
    let closed = closing.join().unwrap();
    until("the session", || ngrok.process().unwrap().has_session());
    match closed {
        Ok(()) => {}
        Err(error) => {
            assert!(error.is_retryable(), "{error}");
            for tunnel in ngrok.tunnels().unwrap() {
                tunnel.disconnect().unwrap();
            }
        }
    }
    assert!(ngrok.tunnels().unwrap().is_empty());
    assert!(edge.wait_for_tunnels(0, SOON));
}

#[test]
fn an_upstream_that_is_down_slow_or_resets() {
    let (edge, binary) = edge_or_skip!();
    let upstream = Upstream::start().unwrap();
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    let tunnel = ngrok.connect(upstream.port()).unwrap();
    let url = tunnel.public_url();
    assert_eq!(public::get(&edge, url, "/slow/1").status, 200);
    let mut connection = public::connect(&edge, url);
    connection.send_request("GET", "/close", &[], b"");
    assert!(connection.rest().is_empty());
    traffic::http(&edge, url, &upstream);

    let events = ngrok.events();
    let down = ngrok.connect(NOBODY).unwrap();
    assert_eq!(public::get(&edge, down.public_url(), "/").status, 502);
    until("the warning", || {
        matches!(
            events.recv_timeout(Duration::from_millis(50)),
            Some(Event::Upstream(_))
        )
    });
}

#[test]
fn an_agent_that_does_not_answer_costs_one_deadline() {
    let (edge, binary) = edge_or_skip!();
    let patient = ngrok(&binary, &edge.agent_config().unwrap());
    let config = patient
        .config()
        .to_builder()
        .request_timeout(Duration::from_secs(1));
    let ngrok = Ngrok::new(config.build().unwrap());
    ngrok.connect(ConnectOptions::tcp(22)).unwrap();
    let pid = ngrok.process().unwrap().pid().unwrap();
    signal(pid, "STOP");
    let begin = Instant::now();
    assert!(
        ngrok
            .connect(ConnectOptions::tcp(23))
            .unwrap_err()
            .is_timeout()
    );
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    signal(pid, "CONT");
    // What was asked for may have been done all the same, as the error says.
    until("the list", || {
        ngrok.tunnels().is_ok_and(|list| !list.is_empty())
    });
}

#[test]
fn a_killed_agent_is_replaced_at_the_next_connect() {
    let (edge, binary) = edge_or_skip!();
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    ngrok.connect(ConnectOptions::tcp(22)).unwrap();
    let first = ngrok.process().unwrap();
    first.kill();
    first.wait().unwrap();
    let again = ngrok.connect(ConnectOptions::tcp(22)).unwrap();
    assert_ne!(ngrok.process().unwrap().pid(), first.pid());
    assert_eq!(ngrok.tunnels().unwrap().len(), 1);
    ngrok.kill();
    assert!(ngrok.running().is_none());
    again.disconnect().unwrap_err();
}

#[test]
fn a_start_without_an_edge_ends_at_its_deadline_and_leaves_nothing() {
    let (edge, binary) = edge_or_skip!();
    edge.go_down();
    let patient = ngrok(&binary, &edge.agent_config().unwrap());
    let config = patient
        .config()
        .to_builder()
        .startup_timeout(Duration::from_secs(1));
    let hasty = Ngrok::new(config.build().unwrap());
    let begin = Instant::now();
    let Err(Error::Agent(error)) = hasty.connect(80) else {
        panic!()
    };
    assert_eq!(error.kind(), AgentErrorKind::NoSession, "{error}");
    assert!(
        begin.elapsed() < Duration::from_secs(7),
        "{:?}",
        begin.elapsed()
    );
    assert!(hasty.running().is_none());
    edge.come_back().unwrap();
    assert!(
        edge.wait_for_sessions(0, Duration::ZERO),
        "no agent is left to find the edge"
    );
    hasty.connect(80).unwrap();
}

#[test]
fn threads_that_share_a_refused_start_are_all_told() {
    let (edge, binary) = edge_or_skip!();
    edge.refuse_auth("No.\n\nERR_NGROK_107\n");
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let refused = ngrok.connect(80).unwrap_err();
                assert_eq!(
                    refused.error_code().unwrap().number(),
                    Some(107),
                    "{refused}"
                );
            });
        }
    });
    assert!(ngrok.running().is_none());
    edge.accept_auth();
    ngrok.connect(80).unwrap();
    assert_eq!(edge.sessions(), 1);
}

/// The agent of version 2 knows neither `basic_auth` nor most of what guards a tunnel, and ignores what it does not know.
#[test]
fn a_guard_that_the_agent_would_ignore_is_refused() {
    let (edge, binary) = edge_or_skip!();
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    let deny = serde_json::json!({"on_http_request": [{"actions": [{"type": "deny"}]}]});
    for options in [
        ConnectOptions::http(80).basic_auth("user", "a long password"),
        ConnectOptions::tcp(80).auth("user:a long password"),
        ConnectOptions::http(80).allow_cidrs(["192.0.2.0/24"]),
        ConnectOptions::http(80).option("basic-auth", "user:a long password"),
        ConnectOptions::http(80).option("policy", deny.clone()),
        ConnectOptions::http(80).option("traffic_policy", deny.clone()),
        ConnectOptions::http(80).domain("a.example"),
    ] {
        let refused = ngrok.connect(options).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AgentTooOld, "{refused}");
        assert!(edge.tunnels().is_empty(), "nothing is open to the world");
    }
    // What it knows goes out by the names that it knows: https alone, and the password is asked for.
    let https = ngrok
        .connect(
            ConnectOptions::http(80)
                .bind_tls(true)
                .auth("user:a long password"),
        )
        .unwrap();
    assert_eq!(https.proto(), "https");
    assert_eq!(ngrok.tunnels().unwrap().len(), 1);
}
