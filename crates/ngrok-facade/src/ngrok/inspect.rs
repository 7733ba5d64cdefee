//! What the agent has seen: its status, and the requests that it captured.

use ngrok_localapi::{AgentStatus, CapturedRequest, Client};

use super::Ngrok;
use crate::Result;

/// Each of these starts the agent if it does not run. Their errors are those of [`process`](Ngrok::process), and
/// [`Error::Api`](crate::Error::Api) if the agent does not answer or refuses.
impl Ngrok {
    /// The agent's status: its version and its session with ngrok's service. Agents of version 3 have one.
    ///
    /// # Errors
    ///
    /// See above.
    pub fn agent_status(&self) -> Result<AgentStatus> {
        Ok(self.local_api()?.status()?)
    }

    /// The captured requests, newest first: of all tunnels, or of the one with this name.
    ///
    /// # Errors
    ///
    /// See above.
    pub fn requests(&self, tunnel_name: Option<&str>) -> Result<Vec<CapturedRequest>> {
        let client = self.local_api()?;
        let requests = client.requests();
        Ok(match tunnel_name {
            Some(name) => requests.tunnel(name).list()?,
            None => requests.list()?,
        })
    }

    /// One captured request.
    ///
    /// # Errors
    ///
    /// See above; [`is_not_found`](crate::Error::is_not_found) if there is no such request, or none any more.
    pub fn request(&self, id: &str) -> Result<CapturedRequest> {
        Ok(self.local_api()?.requests().get(id)?)
    }

    /// Sends a captured request again, through its own tunnel or another one.
    ///
    /// # Errors
    ///
    /// See above; [`is_not_found`](crate::Error::is_not_found) if there is no such request or tunnel.
    pub fn replay(&self, id: &str, tunnel_name: Option<&str>) -> Result<()> {
        let client = self.local_api()?;
        match tunnel_name {
            Some(name) => client.requests().replay_to(id, name)?,
            None => client.requests().replay(id)?,
        }
        Ok(())
    }

    /// Forgets all captured requests.
    ///
    /// # Errors
    ///
    /// See above.
    pub fn clear_requests(&self) -> Result<()> {
        Ok(self.local_api()?.requests().delete()?)
    }

    /// The client of the agent's local API, for all that it can do beyond this: waiting for a request, watching, HAR.
    ///
    /// # Errors
    ///
    /// See above.
    pub fn local_api(&self) -> Result<Client> {
        self.client(&self.api_url()?)
    }
}
