#![doc = include_str!("../README.md")]

mod agent;
mod bounded;
mod callbacks;
mod deadline;
mod env;
mod error;
mod event;
mod failure;
mod hub;
mod invocation;
mod lines;
mod log_line;
mod options;
mod overlay;
mod pump;
mod redact;
mod secret;
mod startup;
mod subscription;
mod sys;
mod validate;

pub use agent::Agent;
pub use error::{Error, ErrorKind, Result};
pub use event::AgentEvent;
pub use log_line::{Level, LogLine};
pub use ngrok_localapi::{ErrorClass, ErrorCode};
pub use options::{AgentOptions, AgentOptionsBuilder, AuthtokenVia, LogLevel};
pub use secret::Secret;
pub use subscription::{Delivery, Subscription};
