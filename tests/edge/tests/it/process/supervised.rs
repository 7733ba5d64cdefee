//! An agent that is restarted when it dies, and given up when no start can succeed.

use std::time::Duration;

use ngrok_process::{Agent, ErrorKind, RestartPolicy, Subscription, Supervisor, SupervisorEvent};

use super::{is_alive, options, signal};
use crate::support::{SOON, edge_or_skip, until};

#[track_caller]
fn next(events: &Subscription<SupervisorEvent>) -> SupervisorEvent {
    let event = events.recv_timeout(SOON).expect("an event");
    event.item().expect("none is missed")
}

fn started(events: &Subscription<SupervisorEvent>) -> Agent {
    match next(events) {
        SupervisorEvent::Started(agent) => agent,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_killed_agent_comes_back_and_a_refused_one_does_not() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let quick = RestartPolicy::default().first_pause(Duration::from_millis(10));
    let (supervisor, events) = Supervisor::start(options(&binary, &config).build(), quick).unwrap();
    let first = started(&events);
    signal(first.pid().unwrap(), "KILL");
    assert!(matches!(next(&events), SupervisorEvent::Exited(_)));
    assert!(matches!(
        next(&events),
        SupervisorEvent::Restarting { attempt: 1, .. }
    ));
    let second = started(&events);
    assert_ne!(first.pid(), second.pid());
    assert!(second.healthy() && edge.sessions() == 1);

    edge.refuse_auth("No.\n\nERR_NGROK_107\n");
    second.kill();
    assert!(matches!(next(&events), SupervisorEvent::Exited(_)));
    assert!(matches!(next(&events), SupervisorEvent::Restarting { .. }));
    assert!(matches!(next(&events), SupervisorEvent::Failed(_)));
    match next(&events) {
        SupervisorEvent::GaveUp(error) => assert_eq!(error.kind(), ErrorKind::Auth, "{error}"),
        other => panic!("{other:?}"),
    }
    drop(supervisor);
    until("the last agent's end", || !is_alive(second.pid().unwrap()));
}
