//! A session that is lost, refused or stalled while the agent runs.

use std::time::Duration;

use ngrok_edge::Edge;
use ngrok_localapi::{Client, TunnelConfig};
use ngrok_process::Agent;

use super::{is_session_lost, is_session_up, options, start, wait_for_events};
use crate::support::edge_or_skip;

/// Two tunnels, and the edge's view of them.
fn tunnels(agent: &Agent, edge: &Edge) -> Vec<String> {
    let client = Client::new(agent.api_url().unwrap()).unwrap();
    client
        .tunnels()
        .start(&TunnelConfig::http("web", 80))
        .unwrap();
    client
        .tunnels()
        .start(&TunnelConfig::tcp("ssh", 22))
        .unwrap();
    urls(edge)
}

fn urls(edge: &Edge) -> Vec<String> {
    edge.tunnels()
        .into_iter()
        .map(|tunnel| tunnel.url)
        .collect()
}

#[test]
fn a_lost_session_comes_back_with_its_urls_and_events() {
    let (edge, binary) = edge_or_skip!();
    let agent = start(&binary, &edge.agent_config().unwrap());
    let before = tunnels(&agent, &edge);
    for round in 1..=3 {
        edge.drop_sessions();
        wait_for_events(&agent, round, is_session_lost);
        wait_for_events(&agent, round + 1, is_session_up);
        assert_eq!(urls(&edge), before);
        assert!(agent.has_session() && agent.healthy());
    }
}

#[test]
fn an_edge_gone_for_twenty_seconds_is_found_again() {
    let (edge, binary) = edge_or_skip!();
    let agent = start(&binary, &edge.agent_config().unwrap());
    let before = tunnels(&agent, &edge);
    edge.go_down();
    wait_for_events(&agent, 1, is_session_lost);
    assert!(!agent.has_session());
    std::thread::sleep(Duration::from_secs(20));
    assert!(
        agent.is_running() && agent.healthy(),
        "a lost session is no reason to restart"
    );
    edge.come_back().unwrap();
    wait_for_events(&agent, 2, is_session_up);
    assert_eq!(urls(&edge), before);
}

#[test]
fn stalled_heartbeats_are_a_lost_session() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let config = config
        .with("heartbeat_interval: 1s\nheartbeat_tolerance: 1s")
        .unwrap();
    let agent = start(&binary, &config);
    let before = tunnels(&agent, &edge);
    edge.stall_heartbeats(true);
    wait_for_events(&agent, 1, is_session_lost);
    edge.stall_heartbeats(false);
    wait_for_events(&agent, 2, is_session_up);
    assert_eq!(urls(&edge), before);
}

#[test]
fn a_token_refused_later_leaves_the_agent_trying() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let token = config.authtoken();
    let agent = Agent::start(options(&binary, &config).redact(token).build()).unwrap();
    edge.refuse_auth(format!("Your authtoken: {token}\n\nERR_NGROK_107\n"));
    edge.drop_sessions();
    wait_for_events(&agent, 1, is_session_lost);
    wait_for_events(&agent, 1, |event| {
        format!("{event:?}").contains("ERR_NGROK_107")
    });
    assert!(agent.is_running() && !agent.has_session());
    assert!(agent.logs().iter().all(|line| !line.raw().contains(token)));
    edge.accept_auth();
    wait_for_events(&agent, 2, is_session_up);
}

#[test]
fn a_session_ended_by_the_service_comes_back() {
    let (edge, binary) = edge_or_skip!();
    let agent = start(&binary, &edge.agent_config().unwrap());
    let before = tunnels(&agent, &edge);
    edge.end_sessions(0, "maintenance");
    wait_for_events(&agent, 2, is_session_up);
    assert_eq!(urls(&edge), before);
}
