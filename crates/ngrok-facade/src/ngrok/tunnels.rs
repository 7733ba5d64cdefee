//! Opening, listing and closing tunnels.

use std::collections::HashSet;
use std::sync::Arc;

use ngrok_core::definition::{Protocol, Vocabulary};
use ngrok_core::{Address, AgentVersion, ConfigVersion};
use ngrok_localapi::{Client, TunnelConfig};

use super::setup::Setup;
use super::{Event, Ngrok};
use crate::definition::{self, Request, Sort};
use crate::error::{Error, Result};
use crate::finding::Finding;
use crate::options::ConnectOptions;
use crate::preflight;
use crate::tunnel::{Answer, Tunnel};

impl From<definition::Ignored> for Error {
    fn from(ignored: definition::Ignored) -> Self {
        let (option, instead) = (ignored.option, ignored.instead);
        if ignored.is_guard {
            Self::GuardIgnored { option, instead }
        } else {
            Self::OptionIgnored { option, instead }
        }
    }
}

impl Ngrok {
    /// Opens a tunnel or an endpoint to a port, an address, a URL or a directory, or as [`ConnectOptions`] say.
    ///
    /// Installs the agent if it is missing and starts it if it does not run. A definition of the config file is used if
    /// it has the name given, or if it is called `pyngrok-default` or `ngrok-default` and no name is given; options
    /// override it key by key. A tunnel of the file is opened as one, whatever the config version. If nothing listens on the
    /// upstream, [`events`](Self::events) report it, and it is not an error: it may come later. They also report a name that
    /// nothing in the file has.
    ///
    /// # Errors
    ///
    /// [`Error::Address`], [`Error::WrongConfigVersion`] and [`Error::GuardDropped`] for options that cannot work, before
    /// anything is started; [`Error::Install`], [`Error::Agent`] and [`Error::Api`] as the crate below says;
    /// [`Error::EndpointsMissing`] if an agent before 3.30 is asked for an endpoint; [`Error::GuardIgnored`] and
    /// [`Error::OptionIgnored`] if an agent before version 3 would ignore what is asked for. Nothing is opened then.
    pub fn connect(&self, options: impl Into<ConnectOptions>) -> Result<Tunnel> {
        self.connect_with(&self.setup()?, &options.into())
    }

    fn connect_with(&self, setup: &Setup, options: &ConnectOptions) -> Result<Tunnel> {
        let mut start = setup.plan(options, None)?;
        let api_url = self.api_url_with(Some(setup))?;
        let client = self.client(&api_url)?;
        if let Some(odd) = start.odd.take() {
            self.0.subscribers.send(&Event::Definition(odd));
        }
        if let Some(upstream) = start.upstream.take() {
            self.warn_of_a_closed_upstream(upstream);
        }
        let answer = match start.request {
            Request::Tunnel(config, protocol) => match self.start_tunnel(&client, config, protocol)
            {
                Err(error) if tunnels_are_gone(&error) => {
                    let instead = setup.plan(options, Some(Sort::Endpoint))?;
                    start_endpoint(&client, &instead.request)?
                }
                outcome => outcome?,
            },
            Request::Endpoint(_) => start_endpoint(&client, &start.request)?,
        };
        let tunnel = Tunnel::new(self, &api_url, answer)?;
        self.remember(&tunnel);
        Ok(tunnel)
    }

    /// Looks whether the upstream listens, if anybody listens to us. What is on this machine answers at once; for another
    /// one nobody should wait.
    fn warn_of_a_closed_upstream(&self, upstream: Address) {
        let subscribers = Arc::clone(&self.0.subscribers);
        if subscribers.is_empty() {
            return;
        }
        let is_here = preflight::is_here(&upstream);
        let look = move || {
            if let Some(finding) = preflight::closed(&upstream) {
                subscribers.send(&Event::Upstream(finding));
            }
        };
        if is_here {
            look();
        } else {
            std::thread::spawn(look);
        }
    }

    /// Checks whether [`connect`](Self::connect) can do anything with these options, and returns what is odd about them.
    /// Nothing is started or installed.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect) that need no agent.
    pub fn check(&self, options: impl Into<ConnectOptions>) -> Result<Vec<Finding>> {
        let setup = self.setup()?;
        let start = setup.plan(&options.into(), None)?;
        if self.0.attached.is_none() && self.running().is_none() {
            self.check_start(setup.file.as_ref())?;
        }
        Ok(start.odd.into_iter().collect())
    }

    /// Returns the names of all tunnels and endpoints that the config file defines and [`connect`](Self::connect) takes.
    ///
    /// # Errors
    ///
    /// [`Error::Install`] if the file cannot be read.
    pub fn definitions(&self) -> Result<Vec<String>> {
        let setup = self.setup()?;
        let Some(file) = &setup.file else {
            return Ok(Vec::new());
        };
        let names = definition::all(&file.endpoint_names(), &file.tunnel_names(), setup.version);
        Ok(names.into_iter().map(str::to_owned).collect())
    }

    /// Opens every definition of the config file but the default one, in the file's order.
    ///
    /// # Errors
    ///
    /// As for [`connect`](Self::connect); those opened before the failing one stay open, see [`tunnels`](Self::tunnels).
    pub fn connect_all(&self) -> Result<Vec<Tunnel>> {
        let setup = self.setup()?;
        let Some(file) = &setup.file else {
            return Ok(Vec::new());
        };
        let names = definition::names(&file.endpoint_names(), &file.tunnel_names(), setup.version);
        names
            .into_iter()
            .map(|name| self.connect_with(&setup, &ConnectOptions::named(name)))
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
        let known = || self.known().get(public_url).cloned();
        let answer = match known() {
            Some(answer) => answer,
            None => {
                self.list(&api_url, &self.setup()?)?;
                match known() {
                    Some(answer) => answer,
                    None => return Ok(()),
                }
            }
        };
        self.close(&self.client(&api_url)?, &answer)
    }

    /// Returns what is open in the agent, which is started if it does not run.
    ///
    /// # Errors
    ///
    /// [`Error::NoPublicUrl`] for an entry without a URL; otherwise as for [`process`](Self::process), and [`Error::Api`].
    pub fn tunnels(&self) -> Result<Vec<Tunnel>> {
        let setup = self.setup()?;
        self.list(&self.api_url_with(Some(&setup))?, &setup)
    }

    /// Lists what is open at that address, and remembers it instead of what was known before.
    fn list(&self, api_url: &str, setup: &Setup) -> Result<Vec<Tunnel>> {
        let answers = listed(&self.client(api_url)?, setup.version)?;
        let tunnels = answers
            .into_iter()
            .map(|answer| Tunnel::new(self, api_url, answer))
            .collect::<Result<Vec<_>>>()?;
        *self.known() = tunnels
            .iter()
            .map(|it| (it.public_url().to_owned(), Arc::clone(it.answer())))
            .collect();
        Ok(tunnels)
    }

    /// Closes what an agent has, if it still has it.
    pub(crate) fn close(&self, client: &Client, answer: &Answer) -> Result<()> {
        match answer.close(client) {
            Err(error) if !error.is_not_found() => return Err(error.into()),
            _ => self.known().remove(answer.public_url()),
        };
        Ok(())
    }

    /// Starts a tunnel, written as the agent takes it.
    fn start_tunnel(
        &self,
        client: &Client,
        config: TunnelConfig,
        protocol: Protocol,
    ) -> Result<Answer> {
        let vocabulary = Vocabulary::ngrok();
        let config = if definition::depends_on_agent(vocabulary, &config, protocol) {
            let agent = self.running_version(client)?;
            definition::for_agent(vocabulary, config, protocol, agent)?
        } else {
            config
        };
        Ok(Answer::Tunnel(client.tunnels().start(&config)?))
    }

    /// The version of the running agent: what its status says, else what the binary says of itself. An agent of another
    /// program without a status counts as one before 3.0, which is the careful guess: those ignore what they do not know.
    fn running_version(&self, client: &Client) -> Result<AgentVersion> {
        match client.status() {
            // One that names no version has a status, so it is from 3.0 or later.
            Ok(status) => Ok(status.agent_version.parse().unwrap_or(AgentVersion::NEWEST)),
            Err(error) if error.status() == Some(404) => {
                let installed = (!self.is_attached())
                    .then(|| ngrok_process::version(self.config().ngrok_path()).ok());
                let installed = installed.flatten().and_then(|text| text.parse().ok());
                Ok(installed.unwrap_or(AgentVersion::LAST_2))
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn remember(&self, tunnel: &Tunnel) {
        self.known()
            .insert(tunnel.public_url().to_owned(), Arc::clone(tunnel.answer()));
    }
}

fn start_endpoint(client: &Client, request: &Request) -> Result<Answer> {
    // What is planned as an endpoint is one.
    let Request::Endpoint(config) = request else {
        return Err(Error::option("labels", "an endpoint cannot have it"));
    };
    let created = client.endpoints().create(config);
    Ok(Answer::Endpoint(created.map_err(endpoints_missing)?))
}

/// What an agent has open: endpoints and tunnels in version 3, where a file may define both.
fn listed(client: &Client, version: ConfigVersion) -> Result<Vec<Answer>> {
    let tunnels = client.tunnels().list().map_err(Error::from);
    let tunnels = match tunnels {
        Err(error) if version == ConfigVersion::V3 || tunnels_are_gone(&error) => None,
        outcome => Some(outcome?),
    };
    if version == ConfigVersion::V2
        && let Some(tunnels) = tunnels
    {
        return Ok(tunnels.into_iter().map(Answer::Tunnel).collect());
    }
    let endpoints = client.endpoints().list().map_err(endpoints_missing)?;
    let urls: HashSet<String> = endpoints.iter().map(|it| it.url.clone()).collect();
    let others = tunnels
        .into_iter()
        .flatten()
        .filter(|tunnel| !urls.contains(&tunnel.public_url))
        .map(Answer::Tunnel);
    Ok(endpoints
        .into_iter()
        .map(Answer::Endpoint)
        .chain(others)
        .collect())
}

/// An agent that has no tunnels any more says so, or does not know their path.
fn tunnels_are_gone(error: &Error) -> bool {
    match error {
        Error::Api(error) => error.status() == Some(410) || error.is_unknown_path(),
        _ => false,
    }
}

/// An agent before 3.30 does not know endpoints at all.
fn endpoints_missing(error: ngrok_localapi::Error) -> Error {
    if error.status() == Some(404) {
        Error::EndpointsMissing { source: error }
    } else {
        error.into()
    }
}
