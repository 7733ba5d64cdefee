//! Starts, watches and stops an ngrok agent.

mod deadline;
mod secret;

pub use secret::Secret;
