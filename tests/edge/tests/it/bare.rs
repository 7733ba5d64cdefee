//! The edge itself, proved by the agent alone: sessions, the four kinds of tunnel, and every fault.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use serde_json::json;

use crate::support::child::Agent;
use crate::support::{SOON, edge_or_skip, local, public, ready_agent, until};

/// Sends back whatever comes in.
fn tcp_echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let mut reader = socket.try_clone().unwrap();
                let _ = std::io::copy(&mut reader, &mut &socket);
            });
        }
    });
    addr
}

/// Answers every request on a connection with 200 and its own request line.
fn http_echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let mut buffer = Vec::new();
                loop {
                    while !buffer.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        if socket.read(&mut byte).unwrap_or(0) == 0 {
                            return;
                        }
                        buffer.extend(byte);
                    }
                    let head = String::from_utf8(std::mem::take(&mut buffer)).unwrap();
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}",
                        head.len()
                    );
                    socket.write_all(answer.as_bytes()).unwrap();
                }
            });
        }
    });
    addr
}

#[test]
fn http_and_https_are_routed_by_host() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    assert_eq!(edge.sessions(), 1);
    assert_eq!(
        edge.authentications()[0]["Authtoken"],
        agent.config.authtoken()
    );
    assert_eq!(edge.authentications()[0]["Version"], "2.3.41");

    let addr = http_echo().to_string();
    let https = local::open(
        &agent,
        &json!({"name": "web", "proto": "http", "addr": addr}),
    );
    let http = https.replace("https://", "http://");
    assert!(https.starts_with("https://"), "{https}");
    assert_eq!(edge.tunnels().len(), 2, "an unset bind_tls makes two");
    for (url, scheme) in [(&https, "https"), (&http, "http")] {
        let response = public::get(&edge, url, "/path?q=1");
        assert_eq!(response.status, 200);
        let text = response.text();
        assert!(text.starts_with("GET /path?q=1 HTTP/1.1\r\n"), "{text}");
        assert!(
            text.contains(&format!("X-Forwarded-Proto: {scheme}\r\n")),
            "{text}"
        );
    }
    let gone = public::get(&edge, "http://other.ngrok.test", "/");
    assert_eq!(gone.status, 404);
    assert!(gone.head.contains("Ngrok-Error-Code: ERR_NGROK_3200"));

    assert_eq!(
        local::call(&agent, "DELETE", "/api/tunnels/web", None).0,
        204
    );
    assert_eq!(public::get(&edge, &https, "/").status, 404);
    assert_eq!(public::get(&edge, &http, "/").status, 200);
}

#[test]
fn a_password_is_the_edges_to_ask_for() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let tunnel = json!({"name": "web", "proto": "http", "addr": http_echo().to_string(), "auth": "user:secret"});
    let url = local::open(&agent, &tunnel);
    assert_eq!(public::get(&edge, &url, "/").status, 401);
    let basic = ("Authorization", "Basic dXNlcjpzZWNyZXQ=");
    let response = public::connect(&edge, &url).request("GET", "/", &[basic], b"");
    assert_eq!(response.status, 200);
}

#[test]
fn tcp_and_tls_carry_megabytes_both_ways() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let addr = tcp_echo().to_string();
    for proto in ["tcp", "tls"] {
        let url = local::open(
            &agent,
            &json!({"name": proto, "proto": proto, "addr": addr}),
        );
        let socket = TcpStream::connect(edge.public_addr(&url).unwrap()).unwrap();
        let sent: Vec<u8> = (0..3_000_000_u32)
            .map(|n| (n.wrapping_mul(n) >> 8) as u8)
            .collect();
        let mut received = vec![0; sent.len()];
        std::thread::scope(|scope| {
            scope.spawn(|| (&socket).write_all(&sent).unwrap());
            (&socket).read_exact(&mut received).unwrap();
        });
        assert!(sent == received, "{proto}");
    }
    assert!(edge.tunnels().iter().all(|tunnel| tunnel.connections == 1));
}

#[test]
fn a_closed_port_takes_no_more_connections_and_keeps_the_open_ones() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let echo = json!({"name": "echo", "proto": "tcp", "addr": tcp_echo().to_string()});
    let addr = edge.public_addr(&local::open(&agent, &echo)).unwrap();
    let mut open = TcpStream::connect(addr).unwrap();
    let mut ping = || {
        open.write_all(b"ping").unwrap();
        open.read_exact(&mut [0; 4]).is_ok()
    };
    assert!(ping());
    let (status, _) = local::call(&agent, "DELETE", "/api/tunnels/echo", None);
    assert_eq!(status, 204);
    until("the port to close", || TcpStream::connect(addr).is_err());
    assert!(ping());
}

#[test]
fn a_refused_token_ends_the_first_session() {
    let (edge, binary) = edge_or_skip!();
    edge.refuse_auth("The authtoken is not valid.\n\nERR_NGROK_107\n");
    let mut agent = Agent::start(&binary, &edge.agent_config().unwrap(), &[]);
    assert_eq!(agent.exit().code(), Some(1));
    until("the last words", || {
        agent.log().lines().any(|line| line == "ERR_NGROK_107")
    });

    edge.accept_auth();
    ready_agent(&edge, &binary);
}

#[test]
fn a_refused_bind_reaches_the_caller_and_can_be_lifted() {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let tunnel = json!({"name": "web", "proto": "http", "addr": "80", "bind_tls": true});
    edge.refuse_binds("Limited to 1 tunnel.\n\nERR_NGROK_324\n");
    let (status, answer) = local::call(&agent, "POST", "/api/tunnels", Some(&tunnel));
    assert_eq!(status, 502);
    assert!(answer.to_string().contains("ERR_NGROK_324"), "{answer}");
    edge.accept_binds();
    local::open(&agent, &tunnel);

    edge.refuse_unbinds(Some("not now"));
    assert_eq!(
        local::call(&agent, "DELETE", "/api/tunnels/web", None).0,
        500
    );
    edge.refuse_unbinds(None);
}

/// Loses the session in one way; the agent must come back with the same names and ports.
fn comes_back(lose: impl FnOnce(&ngrok_edge::Edge)) {
    let (edge, binary) = edge_or_skip!();
    let agent = ready_agent(&edge, &binary);
    let web = json!({"name": "web", "proto": "http", "addr": http_echo().to_string()});
    let web = local::open(&agent, &web);
    let echo = json!({"name": "echo", "proto": "tcp", "addr": tcp_echo().to_string()});
    let echo = local::open(&agent, &echo);
    let urls = |edge: &ngrok_edge::Edge| -> Vec<String> {
        edge.tunnels()
            .into_iter()
            .map(|tunnel| tunnel.url)
            .collect()
    };
    let before = urls(&edge);

    lose(&edge);
    until("a second session", || {
        agent.count_in_log("client session established") == 2
    });
    assert_eq!(urls(&edge), before);
    assert_eq!(public::get(&edge, &web, "/").status, 200);
    let mut socket = TcpStream::connect(edge.public_addr(&echo).unwrap()).unwrap();
    socket.write_all(b"ping").unwrap();
    let mut answer = [0; 4];
    socket.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"ping");
}

#[test]
fn a_dropped_session_comes_back() {
    comes_back(|edge| edge.drop_sessions());
}

#[test]
fn a_session_ended_by_the_book_comes_back() {
    comes_back(|edge| edge.end_sessions(0, "maintenance"));
}

#[test]
fn an_edge_that_was_gone_is_found_again() {
    comes_back(|edge| {
        edge.go_down();
        assert!(edge.wait_for_sessions(0, SOON));
        assert!(TcpStream::connect(edge.agent_addr()).is_err());
        std::thread::sleep(Duration::from_millis(500));
        edge.come_back().unwrap();
    });
}

#[test]
fn stalled_heartbeats_end_a_session() {
    let (edge, binary) = edge_or_skip!();
    let config = edge.agent_config().unwrap();
    let config = config
        .with("heartbeat_interval: 1s\nheartbeat_tolerance: 1s")
        .unwrap();
    let agent = Agent::start(&binary, &config, &[]);
    agent.wait_for_log("client session established");
    until("a heartbeat", || edge.heartbeats() > 0);
    assert_eq!(agent.count_in_log("session closed"), 0);
    edge.stall_heartbeats(true);
    agent.wait_for_log("session closed");
    edge.stall_heartbeats(false);
    until("a second session", || {
        agent.count_in_log("client session established") == 2
    });
}

#[test]
fn a_slow_edge_delays_the_session() {
    let (edge, binary) = edge_or_skip!();
    edge.delay_auth(Duration::from_secs(1));
    let agent = Agent::start(&binary, &edge.agent_config().unwrap(), &[]);
    agent.wait_for_log("starting web service");
    until("the request to be in", || {
        !edge.authentications().is_empty()
    });
    assert_eq!(agent.count_in_log("client session established"), 0);
    agent.wait_for_log("client session established");
}

#[test]
fn agents_end_by_signal_and_by_a_lost_edge_not_at_all() {
    let (edge, binary) = edge_or_skip!();
    for (signal, code) in [("TERM", Some(0)), ("INT", Some(0)), ("KILL", None)] {
        let mut agent = ready_agent(&edge, &binary);
        agent.signal(signal);
        assert_eq!(agent.exit().code(), code, "{signal}");
    }
    assert!(edge.wait_for_sessions(0, SOON));
    let mut agent = ready_agent(&edge, &binary);
    drop(edge);
    agent.wait_for_log("failed to reconnect session");
    agent.signal("TERM");
    assert_eq!(agent.exit().code(), Some(0));
}
