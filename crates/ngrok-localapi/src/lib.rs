//! Typed blocking client of the ngrok agent's local HTTP API.

mod deadline;
mod secret;

pub use secret::Secret;
