//! Integration tests of the crate against the test kit's loopback parts, as one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed assumption is a failed test"
)]

mod agent_interface;
mod commands;
mod configuration;
mod doctor;
mod events;
mod front_door;
mod handles;
mod in_process;
mod install;
mod lab;
mod tunnels;
