//! The handle: one config, at most one agent, and what is open through it.

#[cfg(feature = "cloud")]
mod cloud;
mod commands;
mod doctor;
mod events;
mod inspect;
mod setup;
mod start;
mod tunnels;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ngrok_localapi::Client;
use ngrok_process::Agent;

use crate::ConfigVersion;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::tunnel::Answer;

pub use events::{Event, Events};
use setup::Setup;

/// A handle over a [`Config`] and the agent that it starts.
///
/// Cloning it is cheap, and the clones share the agent. Several handles live side by side, each with an agent, a token and
/// a config of its own. The agent starts when it is first needed. It ends when the last clone and the last
/// [`Tunnel`](crate::Tunnel) of it are dropped, by [`kill`](Self::kill), and with this program.
///
/// All calls block, from any thread; in an async program, make them where blocking is allowed, such as tokio's
/// `spawn_blocking`.
///
/// ```no_run
/// use ngrok_facade::{Config, Ngrok};
///
/// # fn main() -> ngrok_facade::Result<()> {
/// let ngrok = Ngrok::new(Config::builder().auth_token("2abc_example").build()?);
/// let tunnel = ngrok.connect(8080)?;
/// println!("{tunnel}");
/// tunnel.disconnect()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Ngrok(Arc<Inner>);

struct Inner {
    config: Config,
    /// The address of an agent that somebody else started.
    attached: Option<String>,
    agent: Mutex<Option<Agent>>,
    /// By public URL, all that was opened or listed.
    tunnels: Mutex<HashMap<String, Arc<Answer>>>,
    /// Clients keep connections, so each is kept; there are as many as there were agents' addresses.
    clients: Mutex<HashMap<String, Client>>,
    subscribers: Arc<events::Subscribers>,
}

impl Ngrok {
    /// A handle. Nothing is started yet.
    pub fn new(config: Config) -> Self {
        Self::over(config, None)
    }

    /// A handle on an agent that somebody else started, by the address of its local API, such as `127.0.0.1:4040`.
    ///
    /// It works as any other, but never starts, stops or installs an agent. An agent on another machine has to be allowed,
    /// by [`allow_remote`](crate::ConfigBuilder::allow_remote) or `NGROK_RS_ALLOW_REMOTE=1`: its API has no password.
    pub fn attach(config: Config, api_url: impl Into<String>) -> Self {
        Self::over(config, Some(api_url.into()))
    }

    /// Whether the agent is another program's.
    fn is_attached(&self) -> bool {
        self.0.attached.is_some()
    }

    fn over(config: Config, attached: Option<String>) -> Self {
        Self(Arc::new(Inner {
            config,
            attached,
            agent: Mutex::default(),
            tunnels: Mutex::default(),
            clients: Mutex::default(),
            subscribers: Arc::default(),
        }))
    }

    /// The config it was made with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Whether tunnels or endpoints are opened: as set, else the version of the config file, else 2.
    ///
    /// # Errors
    ///
    /// [`Error::Install`] if the config file cannot be read.
    pub fn config_version(&self) -> Result<ConfigVersion> {
        match self.0.config.config_version() {
            Some(version) => Ok(version),
            None => Ok(self.setup()?.version),
        }
    }

    /// The running agent; it is installed if it is missing and started if it does not run.
    ///
    /// # Errors
    ///
    /// [`Error::Install`] and [`Error::Agent`]; [`Error::NotOurs`] for a handle made by [`attach`](Self::attach).
    pub fn process(&self) -> Result<Agent> {
        self.process_with(None)
    }

    /// The running agent; one that is started gets what `setup` says, or the config file as it is then.
    fn process_with(&self, setup: Option<&Setup>) -> Result<Agent> {
        if let Some(api_url) = &self.0.attached {
            return Err(Error::NotOurs {
                api_url: api_url.clone(),
            });
        }
        if self.running().is_none() {
            match setup {
                Some(setup) => self.check_start(setup.file.as_ref())?,
                None => self.check_start(self.config().config_file()?.as_ref())?,
            }
            // Outside of the lock: a download takes its time, and nobody else should wait for it.
            self.install()?;
        }
        let agent = {
            let mut slot = self.agent();
            match slot.as_ref().filter(|agent| lives(agent)) {
                Some(agent) => agent.clone(),
                None => {
                    self.known().clear();
                    let agent = match setup {
                        Some(setup) => self.spawn(setup.file.as_ref())?,
                        None => self.spawn(self.config().config_file()?.as_ref())?,
                    };
                    slot.insert(agent).clone()
                }
            }
        };
        // Outside of the lock, so that `kill` can end an agent that does not get ready.
        agent
            .wait_ready()
            .map_err(|error| start::explained(self.config(), error))?;
        Ok(agent)
    }

    /// The agent, if it runs. Starts nothing.
    pub fn running(&self) -> Option<Agent> {
        self.agent().as_ref().filter(|agent| lives(agent)).cloned()
    }

    /// Ends the agent at once, if it runs, and forgets its tunnels. It is reaped in the background.
    ///
    /// Also ends an agent that another thread is waiting for. For an agent that is to take leave of ngrok's service, use
    /// [`Agent::stop`] of [`running`](Self::running).
    pub fn kill(&self) {
        self.known().clear();
        if let Some(agent) = self.agent().take() {
            agent.kill();
        }
    }

    /// The address of the agent's local API, such as `http://127.0.0.1:4040`. Starts the agent if it does not run.
    ///
    /// # Errors
    ///
    /// As for [`process`](Self::process), but a handle made by [`attach`](Self::attach) has one.
    pub fn api_url(&self) -> Result<String> {
        self.api_url_with(None)
    }

    fn api_url_with(&self, setup: Option<&Setup>) -> Result<String> {
        match &self.0.attached {
            Some(api_url) => Ok(api_url.clone()),
            // An agent that is ready has told its address.
            None => Ok(self.process_with(setup)?.api_url().unwrap_or_default()),
        }
    }

    fn running_api_url(&self) -> Option<String> {
        self.0
            .attached
            .clone()
            .or_else(|| self.running()?.api_url())
    }

    /// What happens to the agent and its tunnels from now on, and warnings of [`connect`](Self::connect).
    pub fn events(&self) -> Events {
        self.0.subscribers.subscribe()
    }

    /// The client of the agent at that address.
    pub(crate) fn client(&self, api_url: &str) -> Result<Client> {
        let mut clients = lock(&self.0.clients);
        if let Some(client) = clients.get(api_url) {
            return Ok(client.clone());
        }
        let builder = Client::builder(api_url).deadline(self.0.config.request_timeout());
        let remote = builder.clone().allow_remote();
        // An agent of our own may listen wherever its `web_addr` says.
        let client = if self.0.attached.is_none() || self.0.config.allow_remote() {
            remote.build()?
        } else {
            builder.build().map_err(|source| match remote.build() {
                Ok(_) => Error::RemoteAgent {
                    api_url: api_url.to_owned(),
                    source,
                },
                Err(_) => source.into(),
            })?
        };
        clients.insert(api_url.to_owned(), client.clone());
        Ok(client)
    }

    fn agent(&self) -> MutexGuard<'_, Option<Agent>> {
        lock(&self.0.agent)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Arc<Answer>>> {
        lock(&self.0.tunnels)
    }
}

/// Whether it runs or is about to.
fn lives(agent: &Agent) -> bool {
    matches!(agent.try_wait(), Ok(None))
}

/// A panic of another thread leaves nothing half done behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Ngrok {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ngrok")
            .field("config", &self.0.config)
            .finish_non_exhaustive()
    }
}
