//! The handle of a running agent.

mod owner;
mod port;
mod ready;

use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fmt, thread};

use crate::callbacks::Callbacks;
use crate::error::{Call, Detail};
use crate::failure::End;
use crate::hub::{Hub, Phase};
use crate::options::AgentOptions;
use crate::{AgentEvent, Error, LogLine, Result, Subscription, env, validate};
use ngrok_core::Deadline;
use ngrok_core::mask::Redactor;

/// A process that does not end within this time of SIGKILL hangs in the kernel, and nobody can do anything about it.
const KILL_PATIENCE: Duration = Duration::from_secs(5);

/// An agent that runs, and stops when its last handle is dropped.
///
/// Clones are further handles of the same agent. All methods may be called from any thread at any time.
///
/// ```no_run
/// use std::time::Duration;
/// use ngrok_process::{Agent, AgentOptions};
///
/// let agent = Agent::start(AgentOptions::builder("/usr/local/bin/ngrok").build())?;
/// println!("local API at {}", agent.api_url().unwrap_or_default());
/// agent.stop(Duration::from_secs(3));
/// # Ok::<(), ngrok_process::Error>(())
/// ```
#[derive(Clone)]
pub struct Agent(Arc<Handle>);

/// Dropped with the last handle.
struct Handle {
    shared: Arc<Shared>,
}

/// What handles and threads of one agent share.
struct Shared {
    options: AgentOptions,
    hub: Arc<Hub>,
    child: owner::Child,
    deadline: Deadline,
    /// The outcome of the start, once there is one.
    ready: Mutex<Option<Result<()>>>,
}

impl Agent {
    /// Starts an agent and waits until it is ready: its local API answers, and it has a session with ngrok's service
    /// (unless [`web_service_only`](crate::AgentOptionsBuilder::web_service_only) is set).
    ///
    /// # Errors
    ///
    /// If the binary cannot be run, the agent ends by itself, or it is not ready within
    /// [`startup_timeout`](crate::AgentOptionsBuilder::startup_timeout). No process is left behind then.
    pub fn start(options: AgentOptions) -> Result<Self> {
        let agent = Self::spawn(options)?;
        agent.wait_ready()?;
        Ok(agent)
    }

    /// Starts an agent without waiting for it: for who wants to watch or stop it while it starts.
    ///
    /// # Errors
    ///
    /// If the binary is missing or not executable, or a thread cannot be started.
    pub fn spawn(options: AgentOptions) -> Result<Self> {
        let options = options.with_inherited(env::authtoken());
        options.check()?;
        validate::binary(&options.binary)?;
        let io_error = |error| Error::io(Call::Spawn, &options.binary, error);
        let missed = Arc::new(AtomicU64::new(0));
        let callbacks = Callbacks::start(&options, missed.clone()).map_err(io_error)?;
        let redactor = Redactor::new(&[options.all_secrets(), env::secrets()].concat());
        let shared = Arc::new(Shared {
            hub: Arc::new(Hub::new(options.max_logs, callbacks, missed, redactor)),
            child: owner::Child::default(),
            deadline: Deadline::after(options.startup_timeout),
            ready: Mutex::new(None),
            options,
        });
        let owned = shared.clone();
        thread::Builder::new()
            .name("ngrok-agent".into())
            .spawn(move || owner::run(&owned))
            .map_err(|error| Error::io(Call::Spawn, &shared.options.binary, error))?;
        Ok(Self(Arc::new(Handle { shared })))
    }

    /// Waits until the agent is ready, as [`start`](Self::start) does. The deadline counts from the start.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start). The agent is stopped then.
    pub fn wait_ready(&self) -> Result<()> {
        self.0.shared.wait_ready()
    }

    fn hub(&self) -> &Hub {
        &self.0.shared.hub
    }

    /// The options that it was started with.
    pub fn options(&self) -> &AgentOptions {
        &self.0.shared.options
    }

    /// The process id, once the process is started. After its end the id may be another's.
    pub fn pid(&self) -> Option<u32> {
        self.hub().lock().pid
    }

    /// The base URL of the agent's local API and web interface, such as `http://127.0.0.1:4040`, once the agent has told
    /// its address.
    pub fn api_url(&self) -> Option<String> {
        self.hub().lock().startup.api_url()
    }

    /// The log lines kept, oldest first.
    pub fn logs(&self) -> Vec<LogLine> {
        self.hub().lock().logs()
    }

    /// What the agent itself said went wrong: the `err=` of its first fatal line, else of its last error line.
    pub fn startup_error(&self) -> Option<String> {
        let error = self.hub().lock().startup.agent_error().map(str::to_owned);
        error.map(|error| self.hub().redactor().redact(error))
    }

    /// All log lines from now on.
    pub fn subscribe_logs(&self) -> Subscription<LogLine> {
        self.hub().subscribe_logs()
    }

    /// All events, those that have happened already included.
    pub fn events(&self) -> Subscription<AgentEvent> {
        self.hub().subscribe_events()
    }

    /// How many log lines and events came too fast for the callbacks.
    pub fn missed_by_callbacks(&self) -> u64 {
        self.hub().missed_by_callbacks()
    }

    /// Whether the process runs.
    pub fn is_running(&self) -> bool {
        matches!(self.hub().lock().phase, Phase::Running)
    }

    /// Why it ended as it did, as far as its output tells.
    pub(crate) fn exit_error(&self, status: ExitStatus) -> Error {
        let shared = &self.0.shared;
        shared.failure(&shared.hub.lock(), End::Exited(status))
    }

    /// Whether it has ended, or could not be started.
    pub(crate) fn is_over(&self) -> bool {
        self.hub().lock().phase.is_over()
    }

    /// Whether it has ended, or somebody has asked it to.
    pub(crate) fn is_ending(&self) -> bool {
        self.is_over() || self.0.shared.child.was_ended()
    }

    /// Whether the session is up as far as the log tells.
    pub fn has_session(&self) -> bool {
        let state = self.hub().lock();
        matches!(state.phase, Phase::Running) && state.startup.session_is_up()
    }

    /// Whether the agent runs, has had its session, and its local API answers now; that call may take
    /// [`request_timeout`](crate::AgentOptionsBuilder::request_timeout).
    ///
    /// A session that is lost for a while is no reason to restart an agent, which reconnects by itself; look at
    /// [`has_session`](Self::has_session) for that.
    pub fn healthy(&self) -> bool {
        let web_service_only = self.options().web_service_only;
        let url = {
            let state = self.hub().lock();
            let had_session = web_service_only || state.startup.was_up();
            match state.startup.api_url() {
                Some(url) if had_session && matches!(state.phase, Phase::Running) => url,
                _ => return false,
            }
        };
        ready::api_answers(&url, self.options().request_timeout) && self.is_running()
    }

    /// Starts to parse and keep log lines again after [`stop_monitor_thread`](Self::stop_monitor_thread).
    pub fn start_monitor_thread(&self) {
        self.hub().set_monitoring(true);
    }

    /// Stops parsing and keeping log lines at once; not before the agent is ready, since that is read from them. The agent's output is still read, so that it never blocks; of the
    /// events only [`AgentEvent::Exited`] comes still.
    pub fn stop_monitor_thread(&self) {
        self.hub().set_monitoring(false);
    }

    /// Waits for the end of the agent, however long it takes.
    ///
    /// # Errors
    ///
    /// If the process was never started.
    pub fn wait(&self) -> Result<ExitStatus> {
        let ended = self
            .hub()
            .wait(Deadline::never(), |state| end(&state.phase));
        ended.unwrap_or_else(|| Err(Detail::Timeout(Duration::MAX).into()))
    }

    /// How the agent ended, if it has.
    ///
    /// # Errors
    ///
    /// If the process was never started.
    pub fn try_wait(&self) -> Result<Option<ExitStatus>> {
        end(&self.hub().lock().phase).transpose()
    }

    /// Waits for an event that satisfies the predicate, be it one that has happened already.
    ///
    /// # Errors
    ///
    /// [`Timeout`](crate::ErrorKind::Timeout) if none comes within this time, and why the agent ended if it does so first.
    pub fn wait_for(
        &self,
        mut wanted: impl FnMut(&AgentEvent) -> bool,
        timeout: Duration,
    ) -> Result<AgentEvent> {
        let deadline = Instant::now().checked_add(timeout);
        let events = self.events();
        loop {
            let left =
                deadline.map_or(timeout, |end| end.saturating_duration_since(Instant::now()));
            match events.recv_timeout(left) {
                Some(crate::Delivery::Item(event)) if wanted(&event) => return Ok(event),
                Some(_) => {}
                None => {
                    let ended = self.try_wait()?.map(|status| self.exit_error(status));
                    return Err(ended.unwrap_or_else(|| Detail::Timeout(timeout).into()));
                }
            }
        }
    }

    /// Asks the agent to end (SIGTERM), ends it (SIGKILL) if it does not within the grace period, and waits until it is
    /// reaped. An agent that has ended already is left as it is.
    ///
    /// On Windows the agent is asked by Ctrl-Break, which only a process on the same console can be sent. If this program
    /// has no console, or the agent is detached, the agent is ended at once.
    ///
    /// Returns how it ended; `None` if it was never started, or hangs in the kernel.
    pub fn stop(&self, grace: Duration) -> Option<ExitStatus> {
        self.0.shared.stop(grace)
    }

    /// Ends the agent (SIGKILL) without waiting. It is reaped in the background.
    pub fn kill(&self) {
        self.0.shared.child.kill();
    }

    /// The agent's binary.
    pub fn binary(&self) -> &Path {
        &self.options().binary
    }
}

fn end(phase: &Phase) -> Option<Result<ExitStatus>> {
    match phase {
        Phase::Exited(status) => Some(Ok(*status)),
        Phase::Failed(error) => Some(Err(error.clone())),
        Phase::Spawning | Phase::Running => None,
    }
}

impl Shared {
    fn stop(&self, grace: Duration) -> Option<ExitStatus> {
        self.child.terminate();
        let ended = |deadline| self.hub.wait(deadline, |state| end(&state.phase));
        let result = ended(Deadline::after(grace)).or_else(|| self.kill_and_wait());
        result.and_then(Result::ok)
    }

    fn kill_and_wait(&self) -> Option<Result<ExitStatus>> {
        self.child.kill();
        self.hub
            .wait(Deadline::after(KILL_PATIENCE), |state| end(&state.phase))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.shared.options.is_detached() {
            self.shared.hub.end_reading();
        } else {
            self.shared.stop(self.shared.options.stop_grace);
        }
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent")
            .field("binary", &self.binary())
            .field("pid", &self.pid())
            .field("api_url", &self.api_url())
            .field("running", &self.is_running())
            .finish_non_exhaustive()
    }
}
