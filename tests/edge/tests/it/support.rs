//! What the scenarios share: an edge with the agent's binary, and the public's side of a tunnel.

pub(crate) mod child;
pub(crate) mod local;
pub(crate) mod program;
pub(crate) mod public;
pub(crate) mod recorder;
pub(crate) mod traffic;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use ngrok_edge::Edge;

/// Ample for anything that should happen at once, on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Where nothing listens: tcpmux, which nobody has run for decades. A port just freed may be anybody's.
pub(crate) const NOBODY: &str = "127.0.0.1:1";

/// A new edge and the agent's binary; returns from the test if there is no binary.
macro_rules! edge_or_skip {
    () => {
        match ngrok_edge::real_agent() {
            Some(binary) => (ngrok_edge::Edge::start().unwrap(), binary),
            None => return,
        }
    };
}
pub(crate) use edge_or_skip;

/// Waits until the condition holds, and panics with the message if it does not soon.
#[track_caller]
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + SOON;
    while !condition() {
        assert!(Instant::now() < end, "not within {SOON:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// An agent on this edge, up and with its session established.
pub(crate) fn ready_agent(edge: &Edge, binary: &Path) -> child::Agent {
    let config = edge.agent_config().unwrap();
    let agent = child::Agent::start(binary, &config, &[]);
    agent.wait_for_log("client session established");
    agent
}

/// Sends a signal; STOP has taken effect when this returns.
pub(crate) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status();
    assert!(sent.unwrap().success());
    if name == "STOP" {
        until("every thread to stop", || {
            let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
            threads
                .map_while(Result::ok)
                .all(|thread| state(&thread.path()) == Some('T'))
        });
    }
}

/// The letter for what a process or thread does: `R`, `S`, `T`, `Z` …; `None` if it is gone.
pub(crate) fn state(folder: &Path) -> Option<char> {
    let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
    // The name before it is in brackets and may hold anything.
    stat.rsplit(')').next()?.trim_start().chars().next()
}
