//! The loopback agent inside the test's own process.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::config::Config;
use super::engine::{Engine, Session, Stop};
use super::faults::Faults;
use super::folder::Folder;
use super::log::{Format, Level, Logger, Sink};
use super::run::{self, Opening};
use super::session;
use crate::server::Background;

/// A running loopback agent, on threads of this process; it ends when it is dropped.
///
/// It has a configuration file of its own, see [`config_path`](Self::config_path), so that a test with it neither reads nor
/// changes the one of the person who runs the test.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use ngrok_testkit::LoopbackAgent;
///
/// let agent = LoopbackAgent::builder().start()?;
/// assert!(agent.api_url().starts_with("http://127.0.0.1:"));
/// assert!(agent.config_path().is_file());
/// agent.lose_session();
/// assert!(agent.log_lines().iter().any(|line| line.contains("session closed")));
/// # Ok(())
/// # }
/// ```
pub struct LoopbackAgent {
    addr: SocketAddr,
    engine: Arc<Engine>,
    lines: Arc<Mutex<Vec<String>>>,
    background: Background,
    folder: Folder,
}

/// Sets up a [`LoopbackAgent`].
#[derive(Default)]
pub struct LoopbackAgentBuilder {
    config: Option<String>,
    authtoken: Option<String>,
    all: bool,
    faults: Vec<(String, String)>,
}

impl LoopbackAgentBuilder {
    /// The text of an `ngrok.yml`, version 2 or 3; `version: 3` alone unless it is set. Its `web_addr` and log keys have no effect here: the port is free, the log is kept.
    #[must_use]
    pub fn config(mut self, yaml: impl Into<String>) -> Self {
        self.config = Some(yaml.into());
        self
    }

    /// The authtoken, in place of the configuration's. One that begins with `refused-` makes [`start`](Self::start) fail.
    #[must_use]
    pub fn authtoken(mut self, token: impl Into<String>) -> Self {
        self.authtoken = Some(token.into());
        self
    }

    /// Opens everything that the configuration defines, as `start --all` does.
    #[must_use]
    pub fn all(mut self) -> Self {
        self.all = true;
        self
    }

    /// Sets a fault of the table in the crate's documentation, by the name of its control key: `fault("reply_delay_ms", "100")`.
    #[must_use]
    pub fn fault(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.faults.push((key.into(), value.into()));
        self
    }

    /// Starts the agent, and returns when its session is up, or at once if a fault keeps the session down.
    ///
    /// # Errors
    /// What would make the agent exit: a configuration that is refused, a token that is refused, no free port; also an unknown fault.
    pub fn start(self) -> io::Result<LoopbackAgent> {
        let refused = |reason: String| io::Error::other(reason.trim_end().to_owned());
        let mut faults = Faults::default();
        for (key, value) in &self.faults {
            faults.set(key, value).map_err(refused)?;
        }
        let text = self.config.unwrap_or_else(|| "version: 3\n".to_owned());
        let folder = Folder::new()?;
        folder.write(&text)?;
        let config = Config::merge(&[(folder.config(), text)]).map_err(refused)?;
        let token = self.authtoken.or(config.authtoken().map(str::to_owned));
        let waits = faults.session_delay.is_zero() && faults.no_session.is_none();
        let lines = Arc::default();
        let log = Logger::new(Sink::Lines(Arc::clone(&lines)), Format::Logfmt, Level::Info);
        let engine = Arc::new(Engine::new(log, config, faults));
        let opening = if self.all {
            Opening::All
        } else {
            Opening::None
        };
        let opening = run::definitions(&engine, &opening, &[]).map_err(refused)?;
        let expected = opening.len();
        let web = crate::server::listen(crate::server::any_port())?;
        let addr = web.local_addr()?;
        let background = Background::new()?;
        background.spawn({
            let engine = Arc::clone(&engine);
            async move {
                run::run(engine, Some(web), token, opening).await;
            }
        });
        let agent = LoopbackAgent {
            addr,
            engine,
            lines,
            background,
            folder,
        };
        if waits {
            agent.wait_until_up(expected)?;
        }
        Ok(agent)
    }
}

impl LoopbackAgent {
    /// An agent with no configuration, to be set up.
    #[must_use]
    pub fn builder() -> LoopbackAgentBuilder {
        LoopbackAgentBuilder::default()
    }

    /// Waits for the session and for what was to be opened with it.
    fn wait_until_up(&self, expected: usize) -> io::Result<()> {
        let (told, outcome) = mpsc::channel();
        let engine = Arc::clone(&self.engine);
        self.background.spawn(async move {
            let _ = told.send(up(&engine, expected).await);
        });
        let ended = || Err("the agent ended".to_owned());
        outcome
            .recv()
            .unwrap_or_else(|_| ended())
            .map_err(io::Error::other)
    }

    /// Where the local API is: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Returns the path of the agent's `ngrok.yml`, which lies in a folder of its own and is removed with the agent.
    ///
    /// Give it to the program under test as its configuration file, and [`api_url`](Self::api_url) as the agent's address.
    #[must_use]
    pub fn config_path(&self) -> PathBuf {
        self.folder.config()
    }

    /// Returns the folder of [`config_path`](Self::config_path), for files of the test's own.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The log so far, a logfmt line each.
    #[must_use]
    pub fn log_lines(&self) -> Vec<String> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns what is open, by name. Each entry has the keys of a tunnel and those of an endpoint: `public_url` and `url`,
    /// `config` and `upstream`.
    #[must_use]
    pub fn tunnels(&self) -> Value {
        let open = self.engine.list();
        json!(
            open.iter()
                .map(|tunnel| tunnel.both_views())
                .collect::<Vec<_>>()
        )
    }

    /// Sets a fault from now on, or takes it back with an empty value.
    ///
    /// # Errors
    /// When there is no fault of that name, or the value does not fit it.
    pub fn fault(&self, key: &str, value: &str) -> io::Result<()> {
        self.engine.order(key, value).map_err(io::Error::other)
    }

    /// Loses the session: public addresses stop working, and the agent logs its tries to reconnect.
    pub fn lose_session(&self) {
        self.background.enter(|| session::lose(&self.engine));
    }

    /// Brings a lost session back, with all tunnels under their addresses.
    pub fn restore_session(&self) {
        session::restore(&self.engine);
    }
}

/// Without the token, which may be a real one by mistake.
impl fmt::Debug for LoopbackAgentBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopbackAgentBuilder")
            .field("all", &self.all)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for LoopbackAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopbackAgent")
            .field("api_url", &self.api_url())
            .finish_non_exhaustive()
    }
}

async fn up(engine: &Engine, expected: usize) -> Result<(), String> {
    let mut session = engine.session.subscribe();
    let mut stop: watch::Receiver<Option<Stop>> = engine.stop.subscribe();
    loop {
        if let Some(Stop::Failed(reason)) = &*stop.borrow_and_update() {
            return Err(reason.trim_end().to_owned());
        }
        let open = engine.list().len();
        if *session.borrow_and_update() == Session::Up && open >= expected {
            return Ok(());
        }
        tokio::select! {
            _ = session.changed() => {}
            _ = stop.changed() => {}
            // What is opened has no event of its own.
            () = tokio::time::sleep(std::time::Duration::from_millis(2)) => {}
        }
    }
}
