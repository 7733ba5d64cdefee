//! Integration tests of the crate, as one binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should end"
)]

mod broken_connections;
mod catalog;
mod ensure;
mod errors;
mod examples;
mod faults;
mod legacy_pages;
mod loopback_cloud;
mod operations;
mod paging;
#[path = "../../src/recorder.rs"]
mod recorder;
mod secrets;
mod tls;

use ngrok_cloudapi::Client;
use recorder::Recorder;

/// A client of `server` with a key of its own.
fn client(server: &Recorder) -> Client {
    Client::builder("key")
        .base_url(&server.url)
        .build()
        .unwrap()
}
