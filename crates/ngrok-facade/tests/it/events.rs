//! What a handle tells while it works.

use std::net::TcpListener;

use ngrok_facade::{AgentEvent, Event, FindingCode};
use ngrok_testkit::eventually;
use serde_json::json;

use crate::lab::{Lab, PATIENCE, visit};

#[test]
fn a_closed_upstream_is_a_warning_and_no_failure() {
    let lab = Lab::new();
    let ngrok = lab.ngrok();
    let events = ngrok.events();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let tunnel = ngrok.connect(closed).unwrap();
    let warning =
        std::iter::from_fn(|| events.recv_timeout(PATIENCE)).find_map(|event| match event {
            Event::Upstream(finding) => Some(finding),
            _ => None,
        });
    let warning = warning.unwrap();
    assert_eq!(warning.code, FindingCode::UpstreamClosed);
    assert!(
        warning.message.contains(&closed.port().to_string()),
        "{warning}"
    );
    assert_eq!(visit(tunnel.public_url()).unwrap().0, 502);

    ngrok.connect(lab.addr()).unwrap();
    let another =
        std::iter::from_fn(|| events.try_recv()).any(|event| matches!(event, Event::Upstream(_)));
    assert!(!another, "an upstream that listens is no news");
}

#[test]
fn a_lost_session_and_the_end_of_the_agent_are_told() {
    let lab = Lab::new();
    let ngrok = lab.ngrok();
    let events = ngrok.events();
    let saw = |wanted: fn(&AgentEvent) -> bool| {
        eventually(PATIENCE, || match events.recv_timeout(PATIENCE) {
            Some(Event::Agent(event)) => wanted(&event),
            _ => false,
        })
    };
    let session = |up: bool| {
        let order = json!({ "up": up });
        ngrok
            .local_api()
            .unwrap()
            .request("POST", "/testkit/session", &[], Some(&order))
            .unwrap();
    };
    ngrok.process().unwrap();
    assert!(saw(|event| matches!(event, AgentEvent::SessionUp)));
    session(false);
    assert!(saw(|event| matches!(event, AgentEvent::SessionLost { .. })));
    session(true);
    assert!(saw(|event| matches!(event, AgentEvent::SessionUp)));
    ngrok.kill();
    assert!(saw(|event| matches!(event, AgentEvent::Exited { .. })));
    drop(ngrok);
    assert!(eventually(PATIENCE, || events.try_recv().is_none()));
}
