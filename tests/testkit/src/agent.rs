//! The loopback agent: a stand-in for ngrok's agent that talks to no service.

mod capture;
mod cli;
mod config;
mod definition;
mod engine;
mod faults;
mod fields;
mod folder;
mod forward;
mod ids;
mod log;
mod loopback;
mod metrics;
mod network;
mod policy;
mod refusal;
mod run;
mod session;
mod target;
mod tunnel;
mod web;

pub use cli::agent_main;
pub use loopback::{LoopbackAgent, LoopbackAgentBuilder};
