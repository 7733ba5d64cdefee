//! `ngrok-process` with the real agent: ready, refused, lost, stopped, killed, many at once.

mod commands;
mod failures;
mod life;
mod parents;
#[cfg(target_os = "linux")]
mod secrets;
mod sessions;
mod supervised;

use std::path::Path;
use std::time::Duration;

use ngrok_edge::AgentConfig;
use ngrok_process::{Agent, AgentEvent, AgentOptions, AgentOptionsBuilder};

use crate::support::{SOON, signal, state, until};

fn options(binary: &Path, config: &AgentConfig) -> AgentOptionsBuilder {
    AgentOptions::builder(binary)
        .config_path(config.file())
        .startup_timeout(SOON)
}

fn start(binary: &Path, config: &AgentConfig) -> Agent {
    Agent::start(options(binary, config).build()).unwrap()
}

/// Whether the process is there and no zombie.
fn is_alive(pid: u32) -> bool {
    let folder = format!("/proc/{pid}");
    state(Path::new(&folder)).is_some_and(|state| state != 'Z')
}

/// Waits for so many events of one sort, those of the past included.
#[track_caller]
fn wait_for_events(agent: &Agent, count: usize, wanted: fn(&AgentEvent) -> bool) {
    let events = agent.events();
    let mut seen = 0;
    until("the events", || {
        while let Some(event) = events.recv_timeout(Duration::ZERO) {
            seen += usize::from(event.item().is_some_and(|event| wanted(&event)));
        }
        seen >= count
    });
}

fn is_session_up(event: &AgentEvent) -> bool {
    matches!(event, AgentEvent::SessionUp)
}

fn is_session_lost(event: &AgentEvent) -> bool {
    matches!(event, AgentEvent::SessionLost { .. })
}
