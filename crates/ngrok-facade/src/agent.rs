//! pyngrok's functions for the agent's status and captured requests, over the default handle.
//!
//! Each starts the agent if it does not run; a program that only looks at an agent somebody else started uses
//! [`Ngrok::attach`](crate::Ngrok::attach).

use crate::{AgentStatus, CapturedRequest, Result, default_ngrok};

/// [`Ngrok::agent_status`](crate::Ngrok::agent_status) of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn get_agent_status() -> Result<AgentStatus> {
    default_ngrok()?.agent_status()
}

/// [`Ngrok::requests`](crate::Ngrok::requests) of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn get_requests(tunnel_name: Option<&str>) -> Result<Vec<CapturedRequest>> {
    default_ngrok()?.requests(tunnel_name)
}

/// [`Ngrok::request`](crate::Ngrok::request) of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn get_request(request_id: &str) -> Result<CapturedRequest> {
    default_ngrok()?.request(request_id)
}

/// [`Ngrok::replay`](crate::Ngrok::replay) of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn replay_request(request_id: &str, tunnel_name: Option<&str>) -> Result<()> {
    default_ngrok()?.replay(request_id, tunnel_name)
}

/// [`Ngrok::clear_requests`](crate::Ngrok::clear_requests) of the default handle.
///
/// # Errors
///
/// As for the method.
pub fn delete_requests() -> Result<()> {
    default_ngrok()?.clear_requests()
}
