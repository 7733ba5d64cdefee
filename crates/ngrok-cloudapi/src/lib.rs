//! Typed blocking client of the ngrok cloud API.

#![cfg_attr(
    not(any(
        feature = "core",
        feature = "domains",
        feature = "certificates",
        feature = "ssh",
        feature = "events",
        feature = "ip",
        feature = "identity",
        feature = "vaults",
        feature = "legacy"
    )),
    allow(
        dead_code,
        unused_imports,
        reason = "without any service only `Client::request` is left"
    )
)]

mod builder;
mod call;
mod client;
mod clock;
mod env;
mod error;
pub mod filter;
mod limiter;
mod list;
mod page;
mod patch;
#[cfg(test)]
mod recorder;
mod resolver;
mod retry;
mod secret;
mod send;
pub mod services;
#[cfg(feature = "serde-full")]
pub mod table;
mod text_enum;
mod timestamp;
mod transport;
mod url;
mod wire;

pub use builder::ClientBuilder;
pub use call::Method;
pub use client::Client;
pub use error::{Error, ErrorKind, Result};
pub use filter::Filter;
pub use limiter::RateLimit;
pub use list::{List, Pages};
pub use page::Page;
pub use patch::Patch;
pub use retry::RetryPolicy;
pub use secret::Secret;
pub use send::Stats;
pub use services::types;
pub use timestamp::Timestamp;
