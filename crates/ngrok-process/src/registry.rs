//! Which agents run: one for each set of binary, configuration files, web address and token.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Detail;
use crate::{Agent, AgentOptions, Result, Secret};

/// A set of running agents, each found again by the options that it was started with.
///
/// Two sets of options mean the same agent if they agree in the binary, the configuration files, the web address, the
/// region and the authtoken: two files or two tokens never share an agent by accident. The functions
/// [`get_process`], [`is_process_running`] and [`kill_process`] work on one registry of the whole program.
///
/// A registry holds a handle of each agent, so they stop when the registry is dropped. The one of the whole program
/// never is: on Linux and Windows its agents end with the program, elsewhere call [`kill_process`] first.
#[derive(Debug, Default)]
pub struct Registry(Mutex<Vec<(Key, Agent)>>);

/// What tells one agent from another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    binary: PathBuf,
    config_paths: Vec<PathBuf>,
    web_addr: Option<String>,
    region: Option<String>,
    authtoken: Option<Secret>,
}

impl Key {
    fn of(options: &AgentOptions) -> Self {
        Self {
            binary: same(&options.binary),
            config_paths: options.config_paths.iter().map(|path| same(path)).collect(),
            web_addr: options.web_addr.clone(),
            region: options.region.clone(),
            authtoken: options.given_authtoken(),
        }
    }
}

/// The path without links and dots, so that one file has one name; as it is if there is no such file.
fn same(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

static GLOBAL: Registry = Registry::new();

impl Registry {
    /// A registry with no agents.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// The agent for these options: the one that runs, else a new one. Waits until it is ready.
    ///
    /// # Errors
    ///
    /// As [`Agent::start`].
    pub fn get_or_start(&self, options: AgentOptions) -> Result<Agent> {
        self.enter(options, Ok)
    }

    /// Starts an agent for these options and waits until it is ready.
    ///
    /// # Errors
    ///
    /// As [`Agent::start`], and [`AlreadyRunning`](crate::ErrorKind::AlreadyRunning).
    pub fn start(&self, options: AgentOptions) -> Result<Agent> {
        self.enter(options, |agent| {
            Err(Detail::AlreadyRunning(agent.binary().to_owned()).into())
        })
    }

    /// Finds the agent, or starts one under the lock and waits for it outside, so that others can find or kill it.
    fn enter(
        &self,
        options: AgentOptions,
        found: impl FnOnce(Agent) -> Result<Agent>,
    ) -> Result<Agent> {
        let key = Key::of(&options);
        self.forget_ending();
        let mut agents = self.lock();
        let known = agents
            .iter()
            .find(|(known, agent)| *known == key && !agent.is_ending());
        let agent = match known.map(|(_, agent)| agent.clone()) {
            Some(agent) => found(agent)?,
            None => {
                let agent = Agent::spawn(options)?;
                agents.push((key, agent.clone()));
                agent
            }
        };
        drop(agents);
        agent.wait_ready()?;
        Ok(agent)
    }

    /// An agent that is being ended is none to hand out.
    fn forget_ending(&self) {
        let ending: Vec<_> = self
            .lock()
            .extract_if(.., |(_, agent)| agent.is_ending())
            .collect();
        // Outside the lock: the last handle of an agent waits for its end.
        drop(ending);
    }

    /// The running agent for these options, if there is one. It may still be starting.
    pub fn get(&self, options: &AgentOptions) -> Option<Agent> {
        let key = Key::of(options);
        let agents = self.lock();
        let known = agents
            .iter()
            .find(|(known, agent)| *known == key && !agent.is_ending());
        known.map(|(_, agent)| agent.clone())
    }

    /// Whether an agent of this binary runs, whatever its other options.
    pub fn is_running(&self, binary: &Path) -> bool {
        let binary = same(binary);
        self.lock()
            .iter()
            .any(|(key, agent)| key.binary == binary && !agent.is_over())
    }

    /// Ends all agents of this binary and waits until they are reaped. Does nothing if there is none.
    pub fn kill(&self, binary: &Path) {
        let binary = same(binary);
        let mut agents = self.lock();
        let killed: Vec<_> = agents
            .extract_if(.., |(key, _)| key.binary == binary)
            .collect();
        drop(agents);
        for (_, agent) in &killed {
            agent.kill();
        }
        for (_, agent) in &killed {
            // Killed already: this only waits.
            agent.stop(std::time::Duration::from_secs(5));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Key, Agent)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The running agent of the whole program for these options, started if there is none.
///
/// # Errors
///
/// As [`Agent::start`].
pub fn get_process(options: AgentOptions) -> Result<Agent> {
    GLOBAL.get_or_start(options)
}

/// Whether [`get_process`] has started an agent of this binary that still runs. Starts none.
pub fn is_process_running(binary: impl AsRef<Path>) -> bool {
    GLOBAL.is_running(binary.as_ref())
}

/// Ends the agents of this binary that [`get_process`] has started, and reaps them.
pub fn kill_process(binary: impl AsRef<Path>) {
    GLOBAL.kill(binary.as_ref());
}
