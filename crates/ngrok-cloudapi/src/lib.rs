//! Typed blocking client of the ngrok cloud API.
//!
//! [`Client`] is where to begin: each service is a method of it, whose methods are its operations. The types that they send and
//! return are in [`types`], and by service in [`services`]. [`Error`] tells failures apart, [`List`] pages, [`filter`] selects.
#![doc = concat!("\n\n", include_str!("../README.md"))]
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
mod ensure;
mod env;
mod error;
mod extra;
pub mod filter;
mod generated;
mod json_text;
mod limiter;
mod list;
mod page;
mod patch;
#[cfg(test)]
mod recorder;
mod retry;
mod send;
#[cfg(feature = "table")]
pub mod table;
mod text_enum;
mod transport;
mod url;
mod wire;

pub use builder::ClientBuilder;
pub use call::Method;
pub use client::Client;
pub use ensure::Ensured;
pub use error::{Error, ErrorKind, Result};
pub use extra::Extra;
pub use filter::Filter;
pub use generated::types;
pub use json_text::JsonText;
pub use limiter::RateLimit;
pub use list::{List, Pages};
pub use ngrok_core::{Secret, Timestamp};
pub use page::Page;
pub use patch::Patch;
pub use retry::RetryPolicy;
pub use send::Stats;

/// The services of the API, a module each.
pub mod services {
    pub use crate::generated::*;
}

/// The page on coming from Python, whose snippets are compiled as tests. It lies outside of the package, which is built without it.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/from-ngrok-api.md")]
mod from_ngrok_api {}

/// A deprecated service is a warning, which can be made an error:
///
/// ```compile_fail
/// #![deny(deprecated)]
/// fn edges(client: &ngrok_cloudapi::Client) {
///     client.edges_https().list();
/// }
/// ```
///
/// And its like that is not deprecated is none:
///
/// ```
/// #![deny(deprecated)]
/// fn endpoints(client: &ngrok_cloudapi::Client) {
///     let _ = client.endpoints().list();
/// }
/// ```
#[cfg(doctest)]
mod deprecated_services {}
