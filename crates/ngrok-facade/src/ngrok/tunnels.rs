//! Opening, listing and closing tunnels.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ngrok_installer::config::AgentConfig;
use ngrok_localapi::ErrorKind;
use serde_json::{Map, Value};

use super::{Event, Ngrok};
use crate::definition;
use crate::preflight;
use crate::unique;
use crate::{ConfigVersion, ConnectOptions, Error, Result, Tunnel};

/// Between two tries of a call that an agent is not ready for.
const PAUSE: Duration = Duration::from_millis(25);

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
        let (start, version) = self.plan(&options.into())?;
        let api_url = self.api_url()?;
        self.refuse_an_ignored_guard(&api_url, &start.body)?;
        if let Some(upstream) = start.upstream.clone() {
            self.warn_of_a_closed_upstream(upstream);
        }
        let data = self
            .call(
                &api_url,
                "POST",
                start.path,
                Some(&Value::Object(start.body)),
            )
            .map_err(|error| endpoints_missing(error, version))?;
        let tunnel = Tunnel::new(self, &api_url, data, version, &start.name)?;
        self.remember(&tunnel);
        Ok(tunnel)
    }

    /// Looks whether the upstream listens, if anybody listens to us. What is on this machine answers at once; for another
    /// one nobody should wait.
    fn warn_of_a_closed_upstream(&self, upstream: String) {
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

    /// Agents before version 3 ignore options that they do not know, and would open a guarded tunnel to everyone. They are
    /// told by having no status.
    fn refuse_an_ignored_guard(&self, api_url: &str, body: &Map<String, Value>) -> Result<()> {
        let Some(option) = definition::guard(body) else {
            return Ok(());
        };
        match self.client(api_url)?.status() {
            Ok(_) => Ok(()),
            Err(source) if source.status() == Some(404) => {
                Err(Error::GuardIgnored { option, source })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Calls an agent's API. One that is not ready has just got its session, or is getting a lost one back, so it is asked
    /// again for as long as one request may take. A tunnel deleted while the session is lost would come back as a ghost
    /// that is listed and reaches nothing.
    fn call(
        &self,
        api_url: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> ngrok_localapi::Result<Value> {
        let client = self.client(api_url)?;
        let began = Instant::now();
        loop {
            match client.request(method, path, &[], body) {
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotReady | ErrorKind::SessionClosed)
                        && began.elapsed() + PAUSE < self.config().request_timeout() =>
                {
                    std::thread::sleep(PAUSE);
                }
                outcome => return outcome,
            }
        }
    }

    /// Whether [`connect`](Self::connect) can do anything with these options. Nothing is started or installed.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect) that need no agent.
    pub fn check(&self, options: impl Into<ConnectOptions>) -> Result<()> {
        self.plan(&options.into()).map(drop)
    }

    fn plan(&self, options: &ConnectOptions) -> Result<(definition::Start, ConfigVersion)> {
        let file = self.config_file()?;
        let version = match self.0.config.config_version() {
            Some(version) => version,
            None => file
                .as_ref()
                .and_then(AgentConfig::version)
                .unwrap_or_default(),
        };
        let definitions = file.as_ref().map_or(&Value::Null, AgentConfig::value);
        let start = definition::plan(definitions, options, version, &unique::id())?;
        Ok((start, version))
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
        match self.call(api_url, "DELETE", uri, None) {
            Err(error) if !error.is_not_found() => return Err(error.into()),
            _ => self.known().remove(public_url),
        };
        Ok(())
    }

    pub(crate) fn remember(&self, tunnel: &Tunnel) {
        self.known()
            .insert(tunnel.public_url().to_owned(), tunnel.uri().to_owned());
    }
}

/// An agent before 3.30 does not know endpoints at all. This is asked of the list alone, which no other 404 can be about.
fn endpoints_missing(error: ngrok_localapi::Error, version: ConfigVersion) -> Error {
    if version == ConfigVersion::V3 && error.status() == Some(404) {
        Error::EndpointsMissing { source: error }
    } else {
        error.into()
    }
}
