//! Downloads, verifies and places the ngrok agent; reads and edits `ngrok.yml`.

#[allow(dead_code, reason = "the install is on its way")]
mod atomic;
#[cfg(feature = "config")]
pub mod config;
mod deadline;
#[allow(dead_code, reason = "the install is on its way")]
mod env;
mod error;
#[allow(dead_code, reason = "the install is on its way")]
mod lock;
#[allow(dead_code, reason = "the install is on its way")]
mod platform;
mod secret;

pub use env::Environment;
pub use error::{Error, ErrorKind, Result};
pub use platform::{Arch, Os, Platform, default_ngrok_dir};
pub use secret::Secret;
