//! `ngrok-localapi` against the real agent, which nothing but a child process of ours runs.

use std::time::{Duration, Instant};

use ngrok_edge::Edge;
use ngrok_localapi::{AgentCode, Client, ErrorClass, ErrorCode, ErrorKind, TunnelConfig};

use crate::support::child::Agent;
use crate::support::{NOBODY, SOON, edge_or_skip, public, ready_agent, until};

fn client(agent: &Agent) -> Client {
    Client::new(agent.config.api_url()).unwrap()
}

fn names(client: &Client) -> Vec<String> {
    let mut names: Vec<String> = client
        .tunnels()
        .list()
        .unwrap()
        .into_iter()
        .map(|tunnel| tunnel.name)
        .collect();
    names.sort();
    names
}

#[test]
fn tunnels_are_started_listed_looked_up_and_stopped() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let client = client(&agent);
    let tunnels = client.tunnels();
    assert!(tunnels.list().unwrap().is_empty());

    let web = tunnels.start(&TunnelConfig::http("web", 8080)).unwrap();
    assert_eq!(web.name, "web");
    assert_eq!(web.proto, "https");
    assert_eq!(web.config.addr, "http://localhost:8080");
    assert!(web.config.inspect);
    let ssh = tunnels.start(&TunnelConfig::tcp("ssh", 22)).unwrap();
    assert!(
        ssh.public_url.starts_with("tcp://0.tcp.ngrok.test:"),
        "{}",
        ssh.public_url
    );
    let tls = tunnels
        .start(&TunnelConfig::tls("tls", "127.0.0.1:443"))
        .unwrap();
    assert_eq!(tls.config.addr, "tls://127.0.0.1:443");

    assert_eq!(names(&client), ["ssh", "tls", "web", "web (http)"]);
    let plain = tunnels.get("web (http)").unwrap();
    assert_eq!(plain.public_url, web.public_url.replace("https:", "http:"));
    assert_eq!(plain.metrics.unwrap().conns.count, 0);

    for name in ["web (http)", "web", "ssh", "tls"] {
        tunnels.stop(name).unwrap();
        let gone = tunnels.get(name).unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::NotFound, "{gone}");
        assert_eq!(gone.agent_code(), Some(AgentCode::NO_SUCH_TUNNEL));
        assert!(tunnels.stop(name).unwrap_err().is_not_found());
    }
    assert!(edge.wait_for_tunnels(0, SOON));
}

#[test]
fn names_of_all_kinds_are_found_again() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let client = client(&agent);
    for name in [
        "a b",
        "web (http)",
        "[x]",
        "ü–日本",
        "a+b&c=d",
        "100%-ok",
        "..",
        "a;b,c",
        "\"q\"",
        "~",
    ] {
        let config = TunnelConfig::http(name, 80).extra("bind_tls", true);
        let started = match client.tunnels().start(&config) {
            Ok(started) => started,
            // Refused before it is sent is as good: the agent never gets a name that it cannot find.
            Err(refused) => {
                assert_eq!(
                    (refused.kind(), refused.method()),
                    (ErrorKind::BadConfig, None),
                    "{name}: {refused}"
                );
                continue;
            }
        };
        assert_eq!(started.name, name);
        assert_eq!(
            client.tunnels().get(name).unwrap().public_url,
            started.public_url,
            "{name}"
        );
        client.tunnels().stop(name).unwrap();
        assert!(client.tunnels().list().unwrap().is_empty(), "{name}");
    }
}

#[test]
fn each_refusal_of_the_agent_has_its_kind() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let client = client(&agent);
    let bad = [
        TunnelConfig::new("web", "gopher", 80),
        TunnelConfig::http("web", ""),
        TunnelConfig::tcp("web", ""),
    ];
    for config in bad {
        let refused = client.tunnels().start(&config).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::BadConfig, "{refused}");
        assert_eq!(
            refused.agent_code(),
            Some(AgentCode::BAD_CONFIG),
            "{refused}"
        );
        assert!(!refused.is_retryable());
    }
    let unknown = client
        .request("GET", "/api/endpoints", &[], None)
        .unwrap_err();
    assert_eq!(
        (unknown.kind(), unknown.status()),
        (ErrorKind::NotFound, Some(404))
    );
}

#[test]
fn a_refused_bind_brings_each_code_to_the_caller() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let client = client(&agent);
    let token = agent.config.authtoken();
    let known = (1..20_000)
        .map(ErrorCode::new)
        .filter(|code| code.meaning().is_some());
    let mut count = 0;
    for code in known {
        // The words of those that are known to echo a credential give way to the client's own.
        let echo = match code.echoes_credential() {
            true => format!("Your authtoken: {token}\n"),
            false => String::new(),
        };
        edge.refuse_binds(format!("The edge will not have it.\n{echo}\n{code}\n"));
        let refused = client
            .tunnels()
            .start(&TunnelConfig::http("web", 80))
            .unwrap_err();
        assert_eq!(refused.error_code(), Some(code.clone()), "{refused}");
        assert_eq!(refused.agent_code(), Some(AgentCode::START_FAILED));
        assert_eq!(refused.status(), Some(502));
        let shown = format!("{refused} {refused:?} {:?}", refused.details());
        let words = ["The edge will not have it", code.meaning().unwrap()];
        assert!(
            shown.contains(words[usize::from(code.echoes_credential())]),
            "{shown}"
        );
        assert!(
            shown.contains(&code.to_string()) && !shown.contains(token),
            "{shown}"
        );
        count += 1;
    }
    assert!(count > 40, "{count} codes");
    assert_eq!(ErrorCode::new(334).class(), ErrorClass::Conflict);
    edge.accept_binds();
    client
        .tunnels()
        .start(&TunnelConfig::http("web", 80))
        .unwrap();
}

#[test]
fn without_a_session_the_kinds_tell_what_to_wait_for() {
    let (edge, binary) = edge_or_skip!();
    edge.go_down();
    let agent = Agent::start(&binary, &edge.agent_config().unwrap(), &[]);
    agent.wait_for_log("starting web service");
    let client = client(&agent);
    until("the web service", || client.tunnels().list().is_ok());
    let early = client
        .tunnels()
        .start(&TunnelConfig::http("web", 80))
        .unwrap_err();
    assert_eq!(early.kind(), ErrorKind::NotReady, "{early}");
    assert!(early.is_retryable());

    edge.come_back().unwrap();
    agent.wait_for_log("client session established");
    let url = client
        .tunnels()
        .start(&TunnelConfig::http("web", 80))
        .unwrap()
        .public_url;

    edge.go_down();
    agent.wait_for_log("session closed, starting reconnect loop");
    let late = client
        .tunnels()
        .start(&TunnelConfig::tcp("ssh", 22))
        .unwrap_err();
    assert_eq!(late.kind(), ErrorKind::SessionClosed, "{late}");
    assert!(late.is_retryable());
    // The agent says no to the first try and yet takes it to heart, so the second one, which the client makes by itself,
    // finds the tunnel gone.
    client.tunnels().stop("web").unwrap();

    edge.come_back().unwrap();
    until("a second session", || {
        agent.count_in_log("client session established") == 2
    });
    // Its twin for plain http has a name of its own, and is bound again.
    let bound: Vec<String> = edge
        .tunnels()
        .into_iter()
        .map(|tunnel| tunnel.url)
        .collect();
    assert_eq!(bound, [url.replace("https:", "http:")]);
    assert!(client.tunnels().get("web").unwrap_err().is_not_found());
}

#[test]
fn a_deadline_ends_a_call_to_a_stopped_agent() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let patient = client(&agent);
    let hasty = Client::builder(agent.config.api_url())
        .deadline(Duration::from_millis(300))
        .build()
        .unwrap();
    agent.signal("STOP");
    let start = Instant::now();
    let late = hasty.tunnels().list().unwrap_err();
    assert!(late.is_timeout(), "{late}");
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    agent.signal("CONT");
    assert!(patient.tunnels().list().unwrap().is_empty());
}

#[test]
fn an_agent_that_is_gone_is_a_transport_error() {
    let (edge, binary) = edge_or_skip!();
    let mut agent = ready_agent(&edge, &binary);
    let client = client(&agent);
    assert!(client.tunnels().list().is_ok());
    agent.signal("KILL");
    agent.exit();
    let gone = client.tunnels().list().unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::Transport, "{gone}");
    assert!(gone.is_retryable());
}

#[test]
fn an_upstream_that_is_not_there_is_a_502() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let tunnel = client(&agent)
        .tunnels()
        .start(&TunnelConfig::http("web", NOBODY))
        .unwrap();
    assert_eq!(public::get(&edge, &tunnel.public_url, "/").status, 502);
}

/// What a tool does beside an agent that someone else runs: it must not matter how many clients there are.
#[test]
fn many_threads_share_one_client() {
    let (edge, binary): (Edge, _) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let client = client(&agent);
    std::thread::scope(|scope| {
        for n in 0..32 {
            let client = &client;
            scope.spawn(move || {
                let config = TunnelConfig::http(format!("t{n}"), 80).extra("bind_tls", true);
                let tunnel = client.tunnels().start(&config).unwrap();
                assert_eq!(
                    client.tunnels().get(&tunnel.name).unwrap().public_url,
                    tunnel.public_url
                );
                client.tunnels().stop(&tunnel.name).unwrap();
            });
        }
    });
    assert!(client.tunnels().list().unwrap().is_empty());
    assert!(edge.wait_for_tunnels(0, SOON));
}
