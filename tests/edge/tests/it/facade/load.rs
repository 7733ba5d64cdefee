//! Many handles, many threads, many tunnels: nothing grows, nobody waits for another.

use std::time::Instant;

use ngrok_facade::{Config, ConnectOptions, Ngrok};
use ngrok_testkit::Upstream;

use super::ngrok;
use crate::support::program::{self, Footprint};
use crate::support::{SOON, edge_or_skip, traffic};

#[test]
fn eight_handles_with_eight_agents() {
    let (edge, binary) = edge_or_skip!();
    let upstream = Upstream::start().unwrap();
    let handles: Vec<Ngrok> = (0..8)
        .map(|_| ngrok(&binary, &edge.agent_config().unwrap()))
        .collect();
    std::thread::scope(|scope| {
        for handle in &handles {
            let (edge, upstream) = (&edge, &upstream);
            scope.spawn(move || {
                let tunnel = handle.connect(upstream.port()).unwrap();
                let response = crate::support::public::get(edge, tunnel.public_url(), "/");
                assert_eq!(response.status, 200);
            });
        }
    });
    assert_eq!((edge.sessions(), edge.tunnels().len()), (8, 16));
    drop(handles);
    assert!(edge.wait_for_sessions(0, SOON));
}

#[test]
fn thirty_two_threads_on_one_handle() {
    let (edge, binary) = edge_or_skip!();
    let upstream = Upstream::start().unwrap();
    let ngrok = ngrok(&binary, &edge.agent_config().unwrap());
    std::thread::scope(|scope| {
        for n in 0..32 {
            let (ngrok, edge, upstream) = (&ngrok, &edge, &upstream);
            scope.spawn(move || {
                let options = ConnectOptions::http(upstream.port()).name(format!("t{n}"));
                let tunnel = ngrok.connect(options).unwrap();
                let answer = crate::support::public::get(edge, tunnel.public_url(), "/");
                assert_eq!(answer.status, 200);
                assert!(
                    ngrok
                        .tunnels()
                        .unwrap()
                        .iter()
                        .any(|it| it.public_url() == tunnel.public_url())
                );
                ngrok.disconnect(tunnel.public_url()).unwrap();
                ngrok
                    .disconnect(tunnel.public_url().replace("https:", "http:"))
                    .unwrap();
            });
        }
    });
    assert_eq!(edge.sessions(), 1, "one agent serves them all");
    assert!(ngrok.tunnels().unwrap().is_empty());
    let last = ngrok.connect(upstream.port()).unwrap();
    traffic::http(&edge, last.public_url(), &upstream);
}

#[test]
#[ignore = "a program for the test below, not a test"]
fn pairs() {
    let Some(told) = program::instructions() else {
        return;
    };
    let config = Config::builder()
        .ngrok_path(told.binary)
        .config_path(told.config);
    let ngrok = Ngrok::new(config.startup_timeout(SOON).build().unwrap());
    let pair = || {
        ngrok
            .connect(ConnectOptions::tcp(22))
            .unwrap()
            .disconnect()
            .unwrap()
    };
    (0..20).for_each(|_| pair());
    let agent = ngrok.process().unwrap().pid().unwrap();
    let of_agent = || {
        std::fs::read_dir(format!("/proc/{agent}/fd"))
            .unwrap()
            .count()
    };
    let (before, of_agent_before) = (Footprint::now(), of_agent());
    let begin = Instant::now();
    (0..told.how.parse().unwrap()).for_each(|_| pair());
    println!(
        "{:?}; descriptors of the agent: {of_agent_before}, then {}",
        begin.elapsed(),
        of_agent()
    );
    assert!(ngrok.tunnels().unwrap().is_empty() && of_agent() <= of_agent_before + 4);
    before.assert_no_growth(4);
}

/// Five hundred in the suite; `NGROK_SOAK` makes it another number.
#[test]
fn pairs_of_connect_and_disconnect_leave_nothing() {
    let (edge, binary) = edge_or_skip!();
    let count = std::env::var("NGROK_SOAK").unwrap_or_else(|_| "500".into());
    let config = edge.agent_config().unwrap();
    let output = program::run("facade::load::pairs", &binary, config.file(), &count);
    println!("{count} pairs: {output}");
    assert!(output.contains("before: "), "{output}");
    assert!(edge.tunnels().is_empty());
}
