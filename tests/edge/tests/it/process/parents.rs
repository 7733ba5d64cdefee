//! Programs of their own that start agents: how they die, and what they leave open.

use std::io::{BufRead, BufReader};
use std::time::Duration;

use ngrok_process::{Agent, AgentOptions};

use super::is_alive;
use crate::support::program::{self, Footprint, Instructions};
use crate::support::{SOON, edge_or_skip, until};

fn agent(told: &Instructions) -> Agent {
    let options = AgentOptions::builder(&told.binary)
        .config_path(&told.config)
        .startup_timeout(SOON);
    Agent::start(options.build()).unwrap()
}

#[test]
#[ignore = "a program for the tests here, not a test"]
fn parent() {
    let Some(told) = program::instructions() else {
        return;
    };
    let agent = agent(&told);
    println!("agent {}", agent.pid().unwrap());
    match told.how.as_str() {
        "exit" => std::process::exit(3),
        "abort" => std::process::abort(),
        "panic" => panic!("as asked"),
        "thread" => {
            std::thread::spawn(move || {
                let _agent = agent;
                std::process::exit(4);
            })
            .join()
            .unwrap();
        }
        _ => std::thread::sleep(Duration::from_secs(60)),
    }
}

#[test]
fn no_way_for_a_parent_to_die_leaves_an_orphan() {
    let (edge, binary) = edge_or_skip!();
    std::thread::scope(|scope| {
        let hangup = (!ngrok_testkit::ignores_hangup()).then_some("HUP");
        let ways = ["exit", "abort", "panic", "thread", "KILL", "TERM", "INT"];
        for how in ways.into_iter().chain(hangup) {
            let (edge, binary) = (&edge, &binary);
            scope.spawn(move || {
                let config = edge.agent_config().unwrap();
                let mut parent =
                    program::start("process::parents::parent", binary, config.file(), how);
                let mut lines = BufReader::new(parent.stdout.take().unwrap()).lines();
                let line =
                    lines.find_map(|line| line.unwrap().strip_prefix("agent ").map(str::to_owned));
                let agent: u32 = line
                    .unwrap_or_else(|| panic!("{how}: no agent"))
                    .parse()
                    .unwrap();
                if how.chars().all(char::is_uppercase) {
                    assert!(is_alive(agent), "{how}");
                    super::signal(parent.id(), how);
                }
                parent.wait().unwrap();
                until(how, || !is_alive(agent));
            });
        }
    });
    assert!(edge.wait_for_sessions(0, SOON));
}

#[test]
#[ignore = "a program for the tests here, not a test"]
fn cycles() {
    let Some(told) = program::instructions() else {
        return;
    };
    drop(agent(&told));
    let before = Footprint::now();
    for _ in 0..told.how.parse().unwrap() {
        drop(agent(&told));
    }
    before.assert_no_growth(4);
}

/// Two hundred in the suite; `NGROK_SOAK` makes it another number.
#[test]
fn many_starts_and_stops_leave_nothing_open() {
    let (edge, binary) = edge_or_skip!();
    let count = std::env::var("NGROK_SOAK").unwrap_or_else(|_| "200".into());
    let config = edge.agent_config().unwrap();
    let output = program::run("process::parents::cycles", &binary, config.file(), &count);
    println!("{count} cycles: {output}");
    assert!(output.contains("before: "), "{output}");
    assert!(edge.wait_for_sessions(0, SOON));
}
