//! Integration tests of the crate, as one binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

#[cfg(feature = "zip")]
mod archives;
#[cfg(feature = "config")]
mod config;
#[cfg(all(feature = "download", feature = "zip"))]
mod downloads;
mod placing;
#[cfg(all(feature = "download", feature = "zip"))]
mod processes;
#[cfg(feature = "download")]
mod secure;
#[allow(
    dead_code,
    reason = "which helpers are used depends on the features that are on"
)]
mod support;
#[cfg(feature = "download")]
mod waiting;
