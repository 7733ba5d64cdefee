//! Tests of the binary `ngrok-rs`, run for real against the test kit's loopback parts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a failed assumption is a failed test, and a skipped test says so"
)]

mod agent;
mod cloud;
mod cloud_fields;
#[cfg(target_os = "linux")]
mod completion;
mod config;
mod connect;
mod install;
mod machine;
mod requests;
#[cfg(unix)]
mod run;
#[cfg(target_os = "linux")]
mod screen;
#[cfg(target_os = "linux")]
mod secrets;
mod state;
#[cfg(target_os = "linux")]
mod terminal;
mod usage;
