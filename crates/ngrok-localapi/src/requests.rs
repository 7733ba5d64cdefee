//! Captured requests: list, get, replay, delete, wait.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ureq::http::Method;

use crate::watch::Watch;
use crate::{CapturedRequest, Client, Result, names};
use ngrok_core::Deadline;

const PATH: &str = "/api/requests/http";

/// The requests that an agent captured; see [`Client::requests`].
///
/// ```no_run
/// # use std::time::Duration;
/// # fn main() -> ngrok_localapi::Result<()> {
/// # let client = ngrok_localapi::Client::new("http://127.0.0.1:4040")?;
/// let hook = client.requests().tunnel("web").wait_for(
///     |request| request.request.path() == "/webhook" && request.response.is_some(),
///     Duration::from_secs(30),
/// )?;
/// println!("{}", hook.request.body()?.text());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Requests<'a> {
    client: &'a Client,
    limit: Option<u32>,
    tunnel: Option<String>,
}

#[derive(Serialize)]
struct Replay<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tunnel_name: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct List {
    #[serde(deserialize_with = "crate::lenient::or_default")]
    requests: Vec<CapturedRequest>,
}

impl<'a> Requests<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self {
            client,
            limit: None,
            tunnel: None,
        }
    }

    /// Lists at most this many, the newest. The agent gives 100 unless told otherwise; 0 is the same as not to tell.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Only those of tunnels whose name contains this: agents of version 2 do not compare the whole name.
    pub fn tunnel(mut self, name: impl Into<String>) -> Self {
        self.tunnel = Some(name.into());
        self
    }

    /// The captured requests, newest first.
    ///
    /// # Errors
    ///
    /// Those of every call.
    pub fn list(&self) -> Result<Vec<CapturedRequest>> {
        list(
            self.client,
            self.limit,
            self.tunnel.as_deref(),
            self.client.deadline(),
        )
    }

    /// The captured request of this id.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is none, or the agent has dropped it to make room; those of every call.
    pub fn get(&self, id: &str) -> Result<CapturedRequest> {
        get(self.client, id, self.client.deadline())
    }

    /// Sends a captured request to its tunnel's upstream again.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if the request or its tunnel is gone; those of every call.
    pub fn replay(&self, id: &str) -> Result<()> {
        self.send_replay(id, None)
    }

    /// Sends a captured request to the upstream of another tunnel.
    ///
    /// # Errors
    ///
    /// Those of [`replay`](Self::replay). Agents of version 2 never answer if the tunnel is not HTTP.
    pub fn replay_to(&self, id: &str, tunnel: &str) -> Result<()> {
        self.send_replay(id, Some(tunnel))
    }

    /// Replays a captured request, and waits until the replay has been answered.
    ///
    /// # Errors
    ///
    /// Those of [`replay`](Self::replay), and [`Timeout`](crate::ErrorKind::Timeout) if no answer is seen in time.
    pub fn replay_and_wait(&self, id: &str, timeout: Duration) -> Result<CapturedRequest> {
        self.send_replay_and_wait(id, None, timeout)
    }

    /// Replays a captured request to the upstream of another tunnel, and waits until the replay has been answered.
    ///
    /// # Errors
    ///
    /// Those of [`replay_to`](Self::replay_to), and [`Timeout`](crate::ErrorKind::Timeout) if no answer is seen in time.
    pub fn replay_to_and_wait(
        &self,
        id: &str,
        tunnel: &str,
        timeout: Duration,
    ) -> Result<CapturedRequest> {
        self.send_replay_and_wait(id, Some(tunnel), timeout)
    }

    fn send_replay_and_wait(
        &self,
        id: &str,
        tunnel: Option<&str>,
        timeout: Duration,
    ) -> Result<CapturedRequest> {
        let original = self.get(id)?.request;
        let mut watch = Watch::from_now(self.client.clone(), None)?;
        self.send_replay(id, tunnel)?;
        watch.wait_for(
            |new| {
                new.is_replay()
                    && new.response.is_some()
                    && (&new.request.method, &new.request.uri) == (&original.method, &original.uri)
            },
            timeout,
        )
    }

    /// Forgets all captured requests, whatever tunnel they came through.
    ///
    /// # Errors
    ///
    /// Those of every call.
    pub fn delete(&self) -> Result<()> {
        self.client.command(Method::DELETE, PATH, None::<&()>)
    }

    /// An endless iterator over the requests that come from now on.
    ///
    /// # Errors
    ///
    /// Those of every call: the agent is asked at once what it has captured already.
    pub fn watch(&self) -> Result<Watch> {
        Watch::from_now(self.client.clone(), self.tunnel.clone())
    }

    /// An endless iterator over the requests that the agent still knows, and those that come.
    pub fn watch_from_start(&self) -> Watch {
        Watch::from_start(self.client.clone(), self.tunnel.clone())
    }

    /// The first request that `predicate` accepts, of those captured already, oldest first, and of those that come.
    ///
    /// A request under way has no response; it is shown to `predicate` again once it has one. To leave out what was captured
    /// before, begin a [`watch`](Self::watch), do what causes the request, and call [`Watch::wait_for`].
    ///
    /// # Errors
    ///
    /// [`Timeout`](crate::ErrorKind::Timeout) if none was accepted in time; those of every call that trying again does not mend.
    pub fn wait_for(
        &self,
        predicate: impl FnMut(&CapturedRequest) -> bool,
        timeout: Duration,
    ) -> Result<CapturedRequest> {
        self.watch_from_start().wait_for(predicate, timeout)
    }

    fn send_replay(&self, id: &str, tunnel_name: Option<&str>) -> Result<()> {
        let replay = Replay { id, tunnel_name };
        self.client.command(Method::POST, PATH, Some(&replay))
    }
}

pub(crate) fn list(
    client: &Client,
    limit: Option<u32>,
    tunnel: Option<&str>,
    deadline: Deadline,
) -> Result<Vec<CapturedRequest>> {
    let limit = limit.map(|limit| limit.to_string());
    let mut query = Vec::new();
    query.extend(limit.as_deref().map(|limit| ("limit", limit)));
    query.extend(tunnel.map(|name| ("tunnel_name", name)));
    let list: List = client.get(&names::with_query(PATH, &query), deadline)?;
    Ok(list.requests)
}

pub(crate) fn get(client: &Client, id: &str, deadline: Deadline) -> Result<CapturedRequest> {
    client.get(&format!("{PATH}/{}", names::segment(id)?), deadline)
}
