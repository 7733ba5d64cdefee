//! Whole-chain tests: download host, installer, agent, local API, facade and binary together.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed assumption is a failed test"
)]

mod chain;
mod config_check;
mod demo;
