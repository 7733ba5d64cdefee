//! On every system: programs that end in every way, and stand-in agents that must not outlive them, unless detached.

use std::fs;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use ngrok_process::Agent;
use ngrok_testkit::{AGENT_BIN_VAR, agent_bin};

use crate::program;
use crate::standin::{self, PATIENCE, StandIn, end_process};

/// The program: starts the agent, writes down its pid, then ends as ordered.
#[test]
fn program() {
    let Some((order, folder)) = program::order() else {
        return;
    };
    let mut options = standin::options(&agent_bin(), &folder);
    if order.starts_with("detached") {
        options = options.detached(folder.join("agent.log"));
    }
    let agent = Agent::start(options.build()).unwrap();
    fs::write(folder.join("pid"), format!("{}\n", agent.pid().unwrap())).unwrap();
    match &*order {
        "exit" | "detached exit" => std::process::exit(0),
        "abort" => std::process::abort(),
        "drop" | "detached drop" => drop(agent),
        // As a handle in a static is.
        "never dropped" => std::mem::forget(agent),
        _ => std::thread::sleep(Duration::from_secs(100)),
    }
}

#[test]
fn the_agent_ends_with_the_program() {
    for order in ["killed", "exit", "abort", "drop", "never dropped"] {
        let stand_in = StandIn::new();
        let mut program = program::command("parents::program", order, stand_in.folder());
        let mut program = program.env(AGENT_BIN_VAR, agent_bin()).spawn().unwrap();
        stand_in.written("pid");
        if order == "killed" {
            assert!(stand_in.answers());
            program.kill().unwrap();
        }
        program.wait().unwrap();
        stand_in.goes(order);
    }
}

#[test]
fn a_detached_agent_goes_on_and_holds_no_stream_of_the_program() {
    for order in ["detached exit", "detached drop"] {
        let stand_in = StandIn::new();
        let mut program = program::command("parents::program", order, stand_in.folder());
        program
            .env(AGENT_BIN_VAR, agent_bin())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let (send, receive) = channel();
        // It returns when both pipes are closed by all who hold them.
        std::thread::spawn(move || send.send(program.output()));
        let output = receive.recv_timeout(PATIENCE);
        let pid = stand_in.written("pid").trim().parse().unwrap();
        let went_on = stand_in.answers();
        let log = fs::read_to_string(stand_in.folder().join("agent.log")).unwrap();
        end_process(pid);
        assert!(output.is_ok(), "{order}: the agent holds the pipe");
        assert!(went_on, "{order}");
        assert!(log.contains("starting web service"), "{log}");
        stand_in.goes(order);
    }
}

#[test]
fn an_agent_that_does_not_end_when_asked_is_killed_after_the_grace_period() {
    let stand_in = StandIn::new();
    let options = stand_in.options().env("LOOPBACK_AGENT_IGNORE_STOP", "1");
    let agent = Agent::start(options.build()).unwrap();
    let start = Instant::now();
    let status = agent.stop(Duration::from_millis(300)).unwrap();
    assert!(!status.success(), "{status}");
    assert!(start.elapsed() < Duration::from_secs(10));
    stand_in.goes("killed");
}

#[test]
fn dropping_the_last_handle_and_killing_end_the_agent() {
    for drop_it in [true, false] {
        let stand_in = StandIn::new();
        let agent = Agent::start(stand_in.options().build()).unwrap();
        let clone = agent.clone();
        drop(agent);
        assert!(clone.is_running(), "a clone keeps it");
        if drop_it {
            drop(clone);
        } else {
            clone.kill();
            assert!(!clone.wait().unwrap().success());
        }
        stand_in.goes("ended");
    }
}
