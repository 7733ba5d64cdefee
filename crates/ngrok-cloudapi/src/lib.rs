//! Typed blocking client of the ngrok cloud API.

mod deadline;
mod secret;

pub use secret::Secret;
