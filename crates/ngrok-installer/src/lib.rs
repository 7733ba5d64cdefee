//! Downloads, verifies and places the ngrok agent; reads and edits `ngrok.yml`.

mod deadline;
mod secret;

pub use secret::Secret;
