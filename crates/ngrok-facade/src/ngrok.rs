//! The handle: one config, at most one agent, and what is open through it.

#[cfg(feature = "cloud")]
mod cloud;
mod commands;
mod doctor;
mod events;
mod inspect;
mod start;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ngrok_localapi::Client;
use ngrok_process::Agent;
use serde_json::Value;

use crate::definition;
use crate::unique;
use crate::{Config, ConfigVersion, ConnectOptions, Error, Result, Tunnel};

pub use events::{Event, Events};

/// A handle over a [`Config`] and the agent that it starts.
///
/// Cloning it is cheap, and the clones share the agent. Several handles live side by side, each with an agent, a token and
/// a config of its own. The agent starts when it is first needed, and ends when the last clone and the last [`Tunnel`] of it
/// are dropped, by [`kill`](Self::kill), and with this program.
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
    /// Public URL to path in the local API, of all that was opened or listed.
    tunnels: Mutex<HashMap<String, String>>,
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
    /// It works as any other, but never starts, stops or installs an agent.
    pub fn attach(config: Config, api_url: impl Into<String>) -> Self {
        Self::over(config, Some(api_url.into()))
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
            None => Ok(self
                .config_file()?
                .and_then(|file| file.version())
                .unwrap_or_default()),
        }
    }

    /// Opens a tunnel or an endpoint to a port, an address, a URL or a directory, or as [`ConnectOptions`] say.
    ///
    /// Installs the agent if it is missing and starts it if it does not run. A definition of the config file is used if
    /// it has the name given, or if it is called `pyngrok-default` or `ngrok-default` and no name is given; options
    /// override it key by key. If nothing listens on the upstream, that is told by [`events`](Self::events), and is no
    /// error: it may come later.
    ///
    /// # Errors
    ///
    /// [`Error::Address`], [`Error::WrongConfigVersion`] and [`Error::GuardDropped`] for options that cannot work, before
    /// anything is started; [`Error::Install`], [`Error::Agent`] and [`Error::Api`] as the crate below says;
    /// [`Error::EndpointsMissing`] if an agent before 3.30 is asked for an endpoint.
    pub fn connect(&self, options: impl Into<ConnectOptions>) -> Result<Tunnel> {
        let options = options.into();
        let file = self.config_file()?;
        let version = match self.0.config.config_version() {
            Some(version) => version,
            None => file
                .as_ref()
                .and_then(|file| file.version())
                .unwrap_or_default(),
        };
        let definitions = file.as_ref().map_or(&Value::Null, |file| file.value());
        let start = definition::plan(definitions, &options, version, &unique::id())?;
        let api_url = self.api_url()?;
        if let Some(finding) = start.upstream.as_deref().and_then(crate::preflight::closed) {
            self.0.subscribers.send(&Event::Upstream(finding));
        }
        let data = self
            .client(&api_url)?
            .request("POST", start.path, &[], Some(&Value::Object(start.body)))
            .map_err(|error| endpoints_missing(error, version))?;
        let tunnel = Tunnel::new(self, &api_url, data, version, &start.name)?;
        self.remember(&tunnel);
        Ok(tunnel)
    }

    /// Opens every definition of the config file but the default one, in the file's order.
    ///
    /// # Errors
    ///
    /// As for [`connect`](Self::connect); those opened before the failing one stay open, see [`tunnels`](Self::tunnels).
    pub fn connect_all(&self) -> Result<Vec<Tunnel>> {
        let Some(file) = self.config_file()? else {
            return Ok(Vec::new());
        };
        let version = self.config_version()?;
        let names = definition::names(&file.endpoint_names(), &file.tunnel_names(), version);
        names
            .into_iter()
            .map(|name| self.connect(ConnectOptions::named(name)))
            .collect()
    }

    /// Closes the tunnel with this public URL. Without a running agent, or if there is no such tunnel, nothing happens.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the agent does not answer or fails.
    pub fn disconnect(&self, public_url: impl AsRef<str>) -> Result<()> {
        let public_url = public_url.as_ref();
        let Some(api_url) = self.running_api_url() else {
            return Ok(());
        };
        let known = |ngrok: &Self| ngrok.known().get(public_url).cloned();
        let uri = match known(self) {
            Some(uri) => uri,
            None => {
                self.list(&api_url)?;
                match known(self) {
                    Some(uri) => uri,
                    None => return Ok(()),
                }
            }
        };
        self.close(&api_url, public_url, &uri)
    }

    /// What is open in the agent, which is started if it does not run.
    ///
    /// # Errors
    ///
    /// [`Error::NoPublicUrl`] for an entry without a URL; otherwise as for [`process`](Self::process), and [`Error::Api`].
    pub fn tunnels(&self) -> Result<Vec<Tunnel>> {
        self.list(&self.api_url()?)
    }

    /// The running agent; it is installed if it is missing and started if it does not run.
    ///
    /// # Errors
    ///
    /// [`Error::Install`] and [`Error::Agent`]; [`Error::NotOurs`] for a handle made by [`attach`](Self::attach).
    pub fn process(&self) -> Result<Agent> {
        if let Some(api_url) = &self.0.attached {
            return Err(Error::NotOurs {
                api_url: api_url.clone(),
            });
        }
        let agent = {
            let mut slot = self.agent();
            match slot.as_ref().filter(|agent| lives(agent)) {
                Some(agent) => agent.clone(),
                None => {
                    self.known().clear();
                    slot.insert(self.spawn()?).clone()
                }
            }
        };
        // Outside of the lock, so that `kill` can end an agent that does not get ready.
        agent.wait_ready()?;
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
        match &self.0.attached {
            Some(api_url) => Ok(api_url.clone()),
            // An agent that is ready has told its address.
            None => Ok(self.process()?.api_url().unwrap_or_default()),
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

    /// Lists what is open at that address, and remembers it instead of what was known before.
    fn list(&self, api_url: &str) -> Result<Vec<Tunnel>> {
        let version = self.config_version()?;
        let mut answer = self
            .client(api_url)?
            .request("GET", definition::api_path(version), &[], None)
            .map_err(|error| endpoints_missing(error, version))?;
        let keys: &[&str] = if version == ConfigVersion::V3 {
            &["endpoints", "tunnels"]
        } else {
            &["tunnels"]
        };
        let list = keys
            .iter()
            .find_map(|key| match answer.get_mut(*key).map(Value::take) {
                Some(Value::Array(list)) => Some(list),
                _ => None,
            });
        let read = |data| Tunnel::new(self, api_url, data, version, "(unnamed)");
        let tunnels = list
            .unwrap_or_default()
            .into_iter()
            .map(read)
            .collect::<Result<Vec<_>>>()?;
        *self.known() = tunnels
            .iter()
            .map(|it| (it.public_url().to_owned(), it.uri().to_owned()))
            .collect();
        Ok(tunnels)
    }

    /// Closes what the agent at that address has under `uri`.
    pub(crate) fn close(&self, api_url: &str, public_url: &str, uri: &str) -> Result<()> {
        let outcome = self.client(api_url)?.request("DELETE", uri, &[], None);
        let gone = match outcome {
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        };
        if gone.is_ok() {
            self.known().remove(public_url);
        }
        gone
    }

    pub(crate) fn remember(&self, tunnel: &Tunnel) {
        self.known()
            .insert(tunnel.public_url().to_owned(), tunnel.uri().to_owned());
    }

    /// The client of the agent at that address.
    pub(crate) fn client(&self, api_url: &str) -> Result<Client> {
        let mut clients = lock(&self.0.clients);
        if let Some(client) = clients.get(api_url) {
            return Ok(client.clone());
        }
        let client = Client::builder(api_url)
            .deadline(self.0.config.request_timeout())
            .build()?;
        clients.insert(api_url.to_owned(), client.clone());
        Ok(client)
    }

    fn agent(&self) -> MutexGuard<'_, Option<Agent>> {
        lock(&self.0.agent)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, String>> {
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

/// An agent before 3.30 does not know endpoints at all, which its plain 404 does not tell.
fn endpoints_missing(error: ngrok_localapi::Error, version: ConfigVersion) -> Error {
    if version == ConfigVersion::V3 && error.status() == Some(404) {
        Error::EndpointsMissing { source: error }
    } else {
        error.into()
    }
}

impl fmt::Debug for Ngrok {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ngrok")
            .field("config", &self.0.config)
            .finish_non_exhaustive()
    }
}
