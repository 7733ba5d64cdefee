#![doc = include_str!("../README.md")]

mod agent;
mod bounded;
mod callbacks;
mod command;
mod confined;
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
mod reason;
mod registry;
#[cfg(test)]
#[cfg(unix)]
mod replay;
mod startup;
mod subscription;
mod supervisor;
mod sys;
mod validate;

pub use agent::Agent;
pub use command::{
    ApiResponse, Output, api, capture_run_process, capture_run_process_within, run_process,
    set_api_key, set_auth_token, update, version,
};
pub use error::{Error, ErrorKind, Result};
pub use event::AgentEvent;
pub use log_line::{Level, LogLine};
pub use ngrok_core::Secret;
pub use ngrok_localapi::{ErrorClass, ErrorCode};
pub use options::{AgentOptions, AgentOptionsBuilder, AuthtokenVia, LogLevel};
pub use registry::{Registry, get_process, is_process_running, kill_process};
pub use subscription::{Delivery, Subscription};
pub use supervisor::{RestartPolicy, Supervisor, SupervisorEvent};
