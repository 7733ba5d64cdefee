//! The builder of [`AgentOptions`]: one method an option, its default in its first lines.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{AgentOptions, AuthtokenVia, LogLevel};
use crate::{AgentEvent, LogLine, Secret};

/// Builds [`AgentOptions`].
#[derive(Clone, Debug)]
#[must_use]
pub struct AgentOptionsBuilder(AgentOptions);

impl From<AgentOptions> for AgentOptionsBuilder {
    fn from(options: AgentOptions) -> Self {
        Self(options)
    }
}

impl AgentOptionsBuilder {
    pub(super) fn new(binary: PathBuf) -> Self {
        Self(AgentOptions {
            binary,
            config_paths: Vec::new(),
            authtoken: None,
            authtoken_via: AuthtokenVia::default(),
            api_key: None,
            web_addr: None,
            overlay_version: 2,
            region: None,
            extra_args: Vec::new(),
            env: Vec::new(),
            clear_proxy_env: false,
            current_dir: None,
            log_level: LogLevel::default(),
            startup_timeout: Duration::from_secs(15),
            request_timeout: Duration::from_secs(4),
            stop_grace: Duration::from_secs(3),
            web_service_only: false,
            max_logs: 100,
            monitor_thread: true,
            log_event_callback: None,
            event_callback: None,
            start_new_session: false,
            detached_log: None,
            secrets: Vec::new(),
            console_ui_off: false,
            web_service_off: None,
            overlay_dir: None,
            file_authtoken: None,
            inherited_authtoken: None,
        })
    }

    /// Adds a configuration file (`--config`); several are merged, later ones win. Default: none, so that the agent reads
    /// its [default file](https://ngrok.com/docs/agent/config/). Agents from 3.0 read a comma in a path as the end of one file
    /// and the start of the next.
    pub fn config_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.config_paths.push(path.into());
        self
    }

    /// The authtoken to use; white space around it is ignored. Default: that of the configuration file or of the variable
    /// `NGROK_AUTHTOKEN`.
    pub fn authtoken(mut self, token: impl Into<Secret>) -> Self {
        self.0.authtoken = Some(Secret::new(token.into().expose().trim()));
        self
    }

    /// Turns the agent's console off by an overlay, for a configuration file that has `console_ui: true`: with it an agent that
    /// logs to a program ends at once. Default: no.
    pub fn console_ui_off(mut self, off: bool) -> Self {
        self.0.console_ui_off = off;
        self
    }

    /// The place at which a configuration file has `web_addr: false`, such as `ngrok.yml, line 4`: the start is refused with
    /// it, unless [`web_addr`](Self::web_addr) sets an address.
    pub fn web_service_off(mut self, place: impl Into<String>) -> Self {
        self.0.web_service_off = Some(place.into());
        self
    }

    /// The folder of the overlay file, for an agent that does not see the folder of temporary files because a snap, a Flatpak
    /// or a container confines it. Default: the folder of temporary files; beside the first configuration file for an agent
    /// that is a snap or a Flatpak.
    pub fn overlay_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.0.overlay_dir = Some(dir.into());
        self
    }

    /// The authtoken that a configuration file holds, and the place to name if it cannot be one, such as `ngrok.yml, line 2`.
    /// This crate reads no configuration file; whoever does passes on what is needed to mask and check it.
    pub fn authtoken_of_file(mut self, token: impl Into<Secret>, place: impl Into<String>) -> Self {
        self.0.file_authtoken = Some((token.into(), place.into()));
        self
    }

    /// How the authtoken reaches the agent. Default: [`AuthtokenVia::Environment`].
    pub fn authtoken_via(mut self, via: AuthtokenVia) -> Self {
        self.0.authtoken_via = via;
        self
    }

    /// The API key for [`api`](crate::api) (`NGROK_API_KEY`). Default: that of the environment or of the file.
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.0.api_key = Some(key.into());
        self
    }

    /// Where the web interface and the local API listen, such as `127.0.0.1:4045`, written to an overlay file (see
    /// [`AuthtokenVia::Overlay`] for what that means). Default: what the configuration says, else `127.0.0.1:4040` or
    /// the next free port. Do not ask for port 0: agents of version 2 never tell which port they got.
    pub fn web_addr(mut self, addr: impl Into<String>) -> Self {
        self.0.web_addr = Some(addr.into());
        self
    }

    /// The `version` that an overlay file is written for, 2 or 3: that of the files it is merged with. Default: 2.
    pub fn overlay_version(mut self, version: u8) -> Self {
        self.0.overlay_version = version;
        self
    }

    /// The region (`--region`), which ngrok has deprecated. Default: the nearest.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.0.region = Some(region.into());
        self
    }

    /// Adds an argument after all others. Default: none. Other users of the machine can read it.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.0.extra_args.push(arg.into());
        self
    }

    /// Sets a variable of the agent's environment, which is otherwise that of this program. Default: none.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.0.env.push((name.into(), value.into()));
        self
    }

    /// Keeps `http_proxy` and its like from the agent, which would tunnel through that proxy and needs a paid plan for it
    /// ([ERR_NGROK_9009](https://ngrok.com/docs/errors/err_ngrok_9009)). Default: false.
    pub fn clear_proxy_env(mut self, clear: bool) -> Self {
        self.0.clear_proxy_env = clear;
        self
    }

    /// The agent's working directory. Default: that of this program.
    pub fn current_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.0.current_dir = Some(dir.into());
        self
    }

    /// How much the agent logs. Default: [`LogLevel::Info`].
    pub fn log_level(mut self, level: LogLevel) -> Self {
        self.0.log_level = level;
        self
    }

    /// The agent must be ready within this time, whatever it does or does not print. Default: 15 s.
    pub fn startup_timeout(mut self, timeout: Duration) -> Self {
        self.0.startup_timeout = timeout;
        self
    }

    /// One call of the local API must be done within this time. Default: 4 s.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.0.request_timeout = timeout;
        self
    }

    /// How long the agent may take to end by itself when its last handle is dropped. Default: 3 s; an agent needs some
    /// ten milliseconds.
    pub fn stop_grace(mut self, grace: Duration) -> Self {
        self.0.stop_grace = grace;
        self
    }

    /// Takes the agent for ready as soon as its local API answers, session or not: for use without a network.
    /// Default: false.
    pub fn web_service_only(mut self, web_service_only: bool) -> Self {
        self.0.web_service_only = web_service_only;
        self
    }

    /// How many log lines [`Agent::logs`](crate::Agent::logs) keeps. Default: 100. All of them together are kept under 8 MB.
    pub fn max_logs(mut self, lines: usize) -> Self {
        self.0.max_logs = lines;
        self
    }

    /// Whether log lines are parsed and kept once the agent is ready. Default: true. The agent never blocks either way.
    pub fn monitor_thread(mut self, monitor: bool) -> Self {
        self.0.monitor_thread = monitor;
        self
    }

    /// Calls this with every log line, in order, on a thread of its own. A slow callback misses lines
    /// ([`Agent::missed_by_callbacks`](crate::Agent::missed_by_callbacks)), and one that panics is called on with the
    /// next line. It must not own a handle of its agent, whose last handle would never go then. Default: none.
    pub fn log_event_callback(
        mut self,
        callback: impl Fn(&LogLine) + Send + Sync + 'static,
    ) -> Self {
        self.0.log_event_callback = Some(Arc::new(callback));
        self
    }

    /// Calls this with every event, on the same thread as [`log_event_callback`](Self::log_event_callback).
    /// Default: none.
    pub fn event_callback(
        mut self,
        callback: impl Fn(&AgentEvent) + Send + Sync + 'static,
    ) -> Self {
        self.0.event_callback = Some(Arc::new(callback));
        self
    }

    /// Gives the agent a session of its own (`setsid`), so that it has no controlling terminal. Default: false: it gets
    /// a process group of its own, so that Ctrl-C at the terminal reaches this program only. Where there is no `setsid`, a warning is logged.
    pub fn start_new_session(mut self, new_session: bool) -> Self {
        self.0.start_new_session = new_session;
        self
    }

    /// Lets the agent outlive this program and the handle. Its output goes to this file, to which it is appended, and
    /// which is read from there while there is a handle: an agent whose pipe has lost its reader dies. Each agent
    /// needs a file of its own. The file grows as long as the agent lives, and an overlay file stays if this program ends first. Default: not detached.
    pub fn detached(mut self, log: impl Into<PathBuf>) -> Self {
        self.0.detached_log = Some(log.into());
        self
    }

    /// Masks a further secret, such as the authtoken of the configuration file, in all that the agent prints.
    pub fn redact(mut self, secret: impl Into<Secret>) -> Self {
        self.0.secrets.push(secret.into());
        self
    }

    /// The options. Whether they can work is seen at the start.
    #[must_use]
    pub fn build(self) -> AgentOptions {
        self.0
    }
}
