//! Start, stop, kill, several at once.

use std::time::{Duration, Instant};

use ngrok_localapi::Client;
use ngrok_process::{Agent, AgentEvent, ErrorKind};

use super::{is_alive, options, signal, start};
use crate::support::{SOON, edge_or_skip, until};

#[test]
fn an_agent_is_ready_when_a_tunnel_can_be_started() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let begin = Instant::now();
    let agent = start(&binary, &config);
    let ready = begin.elapsed();
    println!("ready after {ready:?}");
    assert!(ready < Duration::from_secs(5), "{ready:?}");
    assert_eq!(agent.api_url().unwrap(), config.api_url());
    assert!(agent.is_running() && agent.has_session() && agent.healthy());
    assert_eq!(edge.sessions(), 1);
    let client = Client::new(agent.api_url().unwrap()).unwrap();
    let web = ngrok_localapi::TunnelConfig::http("web", 80);
    let web = client.tunnels().start(&web).unwrap();

    let started = |event: &AgentEvent| matches!(event, AgentEvent::TunnelStarted { name, url } if name == "web" && *url == web.public_url);
    agent.wait_for(started, SOON).unwrap();
    let events = agent.events();
    let mut names = Vec::new();
    while let Some(event) = events.recv_timeout(Duration::ZERO) {
        names.push(match event.item().unwrap() {
            AgentEvent::Starting { pid } => format!("starting {}", agent.pid() == Some(pid)),
            AgentEvent::WebService { addr } => {
                format!("web {}", addr == config.web_addr().to_string())
            }
            AgentEvent::SessionUp => "up".to_owned(),
            _ => "more".to_owned(),
        });
    }
    assert_eq!(names[..3], ["starting true", "web true", "up"]);
}

#[test]
fn stop_is_quick_clean_and_can_be_said_twice() {
    let (edge, binary) = edge_or_skip!();
    let agent = start(&binary, &edge.agent_config().unwrap());
    let pid = agent.pid().unwrap();
    let begin = Instant::now();
    let status = agent.stop(Duration::from_secs(5)).unwrap();
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    assert!(status.success());
    assert!(!is_alive(pid) && !agent.is_running());
    assert_eq!(agent.stop(Duration::ZERO), Some(status));
    assert!(edge.wait_for_sessions(0, SOON));
}

#[test]
fn the_last_handle_stops_the_agent() {
    let (edge, binary) = edge_or_skip!();
    let agent = start(&binary, &edge.agent_config().unwrap());
    let pid = agent.pid().unwrap();
    let other = agent.clone();
    drop(agent);
    assert!(is_alive(pid) && other.is_running());
    drop(other);
    assert!(!is_alive(pid));
}

#[test]
fn an_agent_killed_from_outside_is_noticed_and_reaped() {
    let (edge, binary) = edge_or_skip!();
    for name in ["KILL", "TERM"] {
        let agent = start(&binary, &edge.agent_config().unwrap());
        let pid = agent.pid().unwrap();
        signal(pid, name);
        agent
            .wait_for(|event| matches!(event, AgentEvent::Exited { .. }), SOON)
            .unwrap();
        let status = agent.wait().unwrap();
        assert_eq!(status.success(), name == "TERM", "{status}");
        assert!(!agent.is_running() && !agent.healthy() && !agent.has_session());
        until("the reaping", || {
            !std::path::Path::new(&format!("/proc/{pid}")).exists()
        });
    }
}

#[test]
fn kill_works_on_an_agent_that_does_not_listen() {
    let (edge, binary) = edge_or_skip!();
    let agent = start(&binary, &edge.agent_config().unwrap());
    let pid = agent.pid().unwrap();
    signal(pid, "STOP");
    let begin = Instant::now();
    let status = agent.stop(Duration::from_millis(300)).unwrap();
    assert!(
        begin.elapsed() < Duration::from_secs(7),
        "{:?}",
        begin.elapsed()
    );
    assert!(!status.success() && !is_alive(pid));
}

#[test]
fn a_stopped_agent_is_not_healthy_until_it_goes_on() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let options = options(&binary, &config).request_timeout(Duration::from_secs(1));
    let agent = Agent::start(options.build()).unwrap();
    signal(agent.pid().unwrap(), "STOP");
    let begin = Instant::now();
    assert!(!agent.healthy());
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    assert!(agent.is_running());
    signal(agent.pid().unwrap(), "CONT");
    until("health", || agent.healthy());
}

#[test]
fn eight_agents_with_eight_tokens_live_side_by_side() {
    let (edge, binary) = edge_or_skip!();
    let configs: Vec<_> = (0..8).map(|_| edge.agent_config().unwrap()).collect();
    let agents: Vec<Agent> = std::thread::scope(|scope| {
        let starts: Vec<_> = configs
            .iter()
            .map(|config| scope.spawn(|| start(&binary, config)))
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    assert_eq!(edge.sessions(), 8);
    let mut tokens: Vec<String> = edge
        .authentications()
        .iter()
        .map(|auth| auth["Authtoken"].as_str().unwrap().to_owned())
        .collect();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 8);
    agents[3].stop(SOON);
    assert!(edge.wait_for_sessions(7, SOON));
    assert!(
        agents
            .iter()
            .enumerate()
            .all(|(n, agent)| agent.healthy() == (n != 3))
    );
}

#[test]
fn a_binary_replaced_while_it_runs_serves_the_next_start() {
    let (edge, binary) = edge_or_skip!();
    let copy = edge.folder().join("ngrok");
    std::fs::copy(&binary, &copy).unwrap();
    let old = start(&copy, &edge.agent_config().unwrap());
    let fresh = edge.folder().join("fresh");
    std::fs::copy(&binary, &fresh).unwrap();
    std::fs::rename(&fresh, &copy).unwrap();
    let new = start(&copy, &edge.agent_config().unwrap());
    assert!(old.healthy() && new.healthy());

    std::fs::remove_file(&copy).unwrap();
    let config = edge.agent_config().unwrap();
    let gone = Agent::start(options(&copy, &config).build()).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound, "{gone}");
    assert!(old.healthy());
}
