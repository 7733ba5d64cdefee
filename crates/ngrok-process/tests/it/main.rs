//! Integration tests of the crate, as one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[cfg(unix)]
mod commands;
#[cfg(unix)]
mod failures;
#[cfg(unix)]
mod fake;
#[cfg(unix)]
mod logs;
mod loopback;
#[cfg(target_os = "linux")]
mod orphans;
mod parents;
mod places;
mod program;
#[cfg(unix)]
mod registry;
#[cfg(target_os = "linux")]
mod resources;
#[cfg(target_os = "linux")]
mod secrets;
mod standin;
#[cfg(unix)]
mod start;
#[cfg(unix)]
mod supervisor;
#[cfg(windows)]
mod windows;

/// Handles go wherever the program needs them.
const _: fn() = || {
    fn shared<T: Send + Sync + std::fmt::Debug>() {}
    shared::<ngrok_process::Agent>();
    shared::<ngrok_process::Registry>();
    shared::<ngrok_process::Supervisor>();
    shared::<ngrok_process::Subscription<ngrok_process::LogLine>>();
    shared::<ngrok_process::Error>();
    shared::<ngrok_process::AgentOptions>();
};
