//! Programs of their own that start agents: how they die, and what they leave open.
//!
//! The programs are ignored tests of this very binary, run by name with an instruction in the environment.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ngrok_process::Agent;

use super::is_alive;
use crate::support::{SOON, edge_or_skip, until};

const HOW: &str = "EDGE_TEST_HOW";
const CONFIG: &str = "EDGE_TEST_CONFIG";
const BINARY: &str = "EDGE_TEST_BINARY";

fn program(name: &str, binary: &std::path::Path, config: &std::path::Path, how: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture", "--quiet"])
        .env(HOW, how)
        .env(CONFIG, config)
        .env(BINARY, binary)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn started_by_a_program() -> Agent {
    let binary = std::env::var_os(BINARY).unwrap();
    let options = ngrok_process::AgentOptions::builder(binary)
        .config_path(std::env::var_os(CONFIG).unwrap())
        .startup_timeout(SOON);
    Agent::start(options.build()).unwrap()
}

#[test]
#[ignore = "a program for the tests here, not a test"]
fn parent() {
    let Ok(how) = std::env::var(HOW) else { return };
    let agent = started_by_a_program();
    println!("agent {}", agent.pid().unwrap());
    match how.as_str() {
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
        for how in [
            "exit", "abort", "panic", "thread", "KILL", "TERM", "INT", "HUP",
        ] {
            let (edge, binary) = (&edge, &binary);
            scope.spawn(move || {
                let config = edge.agent_config().unwrap();
                let mut parent = program("process::parents::parent", binary, config.file(), how);
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

/// What a process has open.
fn open_things() -> (usize, usize, usize) {
    let count = |path: &str| std::fs::read_dir(path).unwrap().count();
    let me = std::process::id();
    let children = std::fs::read_to_string(format!("/proc/{me}/task/{me}/children")).unwrap();
    (
        count("/proc/self/fd"),
        count("/proc/self/task"),
        children.split_whitespace().count(),
    )
}

#[test]
#[ignore = "a program for the tests here, not a test"]
fn cycles() {
    let Ok(how) = std::env::var(HOW) else { return };
    drop(started_by_a_program());
    until("the first agent's threads", || open_things().1 <= 2);
    let before = open_things();
    for _ in 0..how.parse().unwrap() {
        drop(started_by_a_program());
    }
    let mut after = open_things();
    // A thread that has said that all is over may take a moment to be over itself.
    until("no growth", || {
        after = open_things();
        after == before
    });
    println!(
        "before {before:?}, after {after:?}, {} kB",
        resident_kilobytes()
    );
}

fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Two hundred in the suite; `NGROK_SOAK` makes it another number.
#[test]
fn many_starts_and_stops_leave_nothing_open() {
    let (edge, binary) = edge_or_skip!();
    let count = std::env::var("NGROK_SOAK").unwrap_or_else(|_| "200".into());
    let config = edge.agent_config().unwrap();
    let mut program = program("process::parents::cycles", &binary, config.file(), &count);
    let mut output = String::new();
    program
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut output)
        .unwrap();
    println!("{count} cycles: {output}");
    assert!(program.wait().unwrap().success(), "{output}");
    assert!(output.contains("before"), "{output}");
    assert!(edge.wait_for_sessions(0, SOON));
}
