//! The kit against itself: what a test suite relies on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod api;
mod capture;
mod client;
mod cloud_program;
mod commands;
mod download;
mod fault_proxy;
mod faults;
mod files;
mod forward;
mod load;
mod policies;
mod program;
mod program_faults;
mod secure;
mod started;
mod wire;
