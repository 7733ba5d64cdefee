//! Opening, listing and closing tunnels.

use std::sync::Arc;

use ngrok_core::Address;
use ngrok_localapi::Client;

use super::setup::Setup;
use super::{Event, Ngrok};
use crate::ConfigVersion;
use crate::definition::{self, Request, Start};
use crate::error::{Error, Result};
use crate::options::ConnectOptions;
use crate::preflight;
use crate::tunnel::{Answer, Tunnel};
use crate::unique;

impl Ngrok {
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
    /// [`Error::EndpointsMissing`] if an agent before 3.30 is asked for an endpoint; [`Error::GuardIgnored`] if an agent
    /// before version 3 is asked for a guarded tunnel. Nothing is opened then.
    pub fn connect(&self, options: impl Into<ConnectOptions>) -> Result<Tunnel> {
        self.connect_with(&self.setup()?, &options.into())
    }

    fn connect_with(&self, setup: &Setup, options: &ConnectOptions) -> Result<Tunnel> {
        let start = plan(setup, options)?;
        let api_url = self.api_url_with(Some(setup))?;
        let client = self.client(&api_url)?;
        refuse_an_ignored_guard(&client, &start.request)?;
        if let Some(upstream) = start.upstream {
            self.warn_of_a_closed_upstream(upstream);
        }
        let answer = match &start.request {
            Request::Tunnel(config) => Answer::Tunnel(client.tunnels().start(config)?),
            Request::Endpoint(config) => {
                let created = client.endpoints().create(config);
                Answer::Endpoint(created.map_err(endpoints_missing)?)
            }
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

    /// Whether [`connect`](Self::connect) can do anything with these options. Nothing is started or installed.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect) that need no agent.
    pub fn check(&self, options: impl Into<ConnectOptions>) -> Result<()> {
        let setup = self.setup()?;
        plan(&setup, &options.into())?;
        if self.0.attached.is_none() && self.running().is_none() {
            self.check_start(setup.file.as_ref())?;
        }
        Ok(())
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
        let client = self.client(api_url)?;
        let answers: Vec<Answer> = if setup.version == ConfigVersion::V3 {
            let list = client.endpoints().list().map_err(endpoints_missing)?;
            list.into_iter().map(Answer::Endpoint).collect()
        } else {
            let list = client.tunnels().list()?;
            list.into_iter().map(Answer::Tunnel).collect()
        };
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

    pub(crate) fn remember(&self, tunnel: &Tunnel) {
        self.known()
            .insert(tunnel.public_url().to_owned(), Arc::clone(tunnel.answer()));
    }
}

fn plan(setup: &Setup, options: &ConnectOptions) -> Result<Start> {
    definition::plan(setup.value(), options, setup.version, &unique::id())
}

/// Agents before version 3 ignore options that they do not know, and would open a guarded tunnel to everyone. They are
/// known by having no status.
fn refuse_an_ignored_guard(client: &Client, request: &Request) -> Result<()> {
    let Some(option) = definition::guard(request.fields()) else {
        return Ok(());
    };
    match client.status() {
        Ok(_) => Ok(()),
        Err(source) if source.status() == Some(404) => Err(Error::GuardIgnored { option, source }),
        Err(error) => Err(error.into()),
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
