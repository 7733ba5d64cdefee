//! `ngrok-facade` with the real agent: what a program that wants a public URL does.

mod faults;
mod load;
mod tunnels;

use std::path::Path;

use ngrok_edge::AgentConfig;
use ngrok_facade::{Config, Ngrok};

use crate::support::SOON;

/// A handle over this binary and configuration, with nothing taken from the machine.
fn ngrok(binary: &Path, config: &AgentConfig) -> Ngrok {
    let built = Config::builder()
        .ngrok_path(binary)
        .config_path(config.file())
        .startup_timeout(SOON)
        .request_timeout(SOON)
        .build();
    Ngrok::new(built.unwrap())
}
