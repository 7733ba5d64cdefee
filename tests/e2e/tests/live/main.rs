//! Against ngrok's real service: what no machine without an account can confirm.
//!
//! `NGROK_LIVE=1 NGROK_AUTHTOKEN=… cargo test -p e2e --test live` installs the newest agent below `target/live` (or takes the one that `NGROK_PATH` names) and opens real endpoints, one at a time: an account on the free plan suffices. `NGROK_API_KEY` adds the tests of cloud endpoints. Without `NGROK_LIVE` every test says that it was skipped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod account;
mod cloud;
mod endpoints;
mod errors;
mod tunnels;
