//! The real ngrok agent over the loopback edge: alone, and through each crate of the suite.
//!
//! Every test asks `support::agent_or_skip` first; without the agent's binary the suite says loudly that it was skipped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints what it then wants to be seen"
)]

mod bare;
mod cli;
mod facade;
mod fidelity;
mod installer;
mod localapi;
mod pages;
mod process;
mod requests;
mod support;
