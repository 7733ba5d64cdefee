//! Integration tests of the crate, as one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may stop where it fails"
)]

#[cfg(feature = "https")]
mod api_request;
mod broken_connections;
mod captures;
mod client;
mod config;
mod endpoints;
mod har;
mod hostile;
mod loopback;
mod policy;
mod server;
mod tolerance;
mod tunnels;
mod watch;
