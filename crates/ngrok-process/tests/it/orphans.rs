//! Programs that end in every way, and the agents that must not outlive them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use ngrok_process::{Agent, AgentOptions};
use rustix::process::{Pid, Signal, kill_process};

use crate::fake::{Api, Fake, eventually, exists, is_running};
use crate::program;

/// The program: starts the agent, writes down its pid, then ends as ordered.
#[test]
fn program() {
    let Some((order, folder)) = program::order() else {
        return;
    };
    let detached = order.starts_with("detached");
    let mut options = AgentOptions::builder(folder.join("ngrok"));
    if detached {
        options = options.detached(folder.join("agent.log"));
    }
    let agent = Agent::start(options.build()).unwrap();
    fs::write(folder.join("pid"), format!("{}\n", agent.pid().unwrap())).unwrap();
    match &*order {
        "exit" | "detached exit" => std::process::exit(0),
        "abort" => std::process::abort(),
        "drop" | "detached drop" => drop(agent),
        _ => std::thread::sleep(Duration::from_secs(100)),
    }
}

/// Runs the program and ends it by the signal, if one is given, once its agent is ready. Returns the agent's pid.
fn run(order: &str, signal: Option<Signal>, fake: &Fake) -> u32 {
    let mut child = program::spawn("orphans::program", order, fake.dir());
    let pid = fake.written("pid").trim().parse().unwrap();
    if let Some(signal) = signal {
        assert!(is_running(pid));
        kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), signal).unwrap();
    }
    child.wait().unwrap();
    pid
}

#[test]
fn the_agent_goes_however_the_program_goes() {
    for (order, signal) in [
        ("wait", Some(Signal::KILL)),
        ("wait", Some(Signal::TERM)),
        ("wait", Some(Signal::INT)),
        ("exit", None),
        ("abort", None),
        ("drop", None),
    ] {
        let api = Api::serve();
        let fake = Fake::ready(&api, "trap '' TERM INT HUP; while :; do sleep 1; done");
        let pid = run(order, signal, &fake);
        let start = Instant::now();
        eventually(|| !is_running(pid));
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{order} {signal:?}"
        );
    }
}

#[test]
fn a_detached_agent_goes_on_and_logs_to_its_file() {
    for order in ["detached exit", "detached drop"] {
        let api = Api::serve();
        let fake = Fake::ready(
            &api,
            "while [ ! -e $DIR/go ]; do sleep 0.05; done; echo 'lvl=info msg=alone'; echo on > $DIR/on; exec sleep 100",
        );
        let pid = run(order, None, &fake);
        fs::write(fake.dir().join("go"), "").unwrap();
        fake.written("on");
        assert!(is_running(pid), "{order}");
        let log = fs::read_to_string(fake.dir().join("agent.log")).unwrap();
        assert!(log.ends_with("msg=alone\n"), "{log}");
        assert_ne!(session(pid), session(std::process::id()));
        kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::KILL).unwrap();
        eventually(|| !is_running(pid));
    }
}

#[test]
fn the_agent_outlives_the_thread_that_started_it() {
    let api = Api::serve();
    let fake = Fake::ready(&api, "exec sleep 100");
    let options = fake.options().build();
    let agent = std::thread::spawn(|| Agent::start(options).unwrap())
        .join()
        .unwrap();
    let end = Instant::now() + Duration::from_millis(300);
    while Instant::now() < end {
        assert!(agent.is_running());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_terminals_interrupt_does_not_reach_the_agent() {
    let api = Api::serve();
    for new_session in [false, true] {
        let fake = Fake::ready(&api, "exec sleep 100");
        let agent = Agent::start(fake.options().start_new_session(new_session).build()).unwrap();
        let pid = agent.pid().unwrap();
        assert_eq!(stat(pid, 4), pid, "a process group of its own");
        assert_eq!(session(pid) == pid, new_session);
        agent.stop(Duration::from_secs(5));
        assert!(!exists(pid));
    }
}

fn session(pid: u32) -> u32 {
    stat(pid, 5)
}

/// A number from `/proc/PID/stat`, counted from 0 as in proc(5) less one.
fn stat(pid: u32, field: usize) -> u32 {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    after_name
        .split_whitespace()
        .nth(field - 2)
        .unwrap()
        .parse()
        .unwrap()
}
