//! Restarts an agent that died, for programs that must keep their tunnels for weeks.

use std::process::ExitStatus;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Call;
use crate::subscription::Queue;
use crate::{Agent, AgentOptions, Error, Result, Subscription};
use ngrok_core::Deadline;

/// When a [`Supervisor`] tries again, and how often.
#[derive(Clone, Debug)]
#[must_use]
pub struct RestartPolicy {
    first_pause: Duration,
    longest_pause: Duration,
    max_restarts: u32,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            max_restarts: u32::MAX,
        }
    }
}

impl RestartPolicy {
    /// The pause before the first restart; each further one in a row doubles it. Default: 1 s.
    pub fn first_pause(mut self, pause: Duration) -> Self {
        self.first_pause = pause;
        self
    }

    /// The longest pause. An agent that was up for longer than this begins a new row. Default: 1 minute.
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest_pause = pause;
        self
    }

    /// How many restarts in a row are tried. Default: no limit.
    pub fn max_restarts(mut self, restarts: u32) -> Self {
        self.max_restarts = restarts;
        self
    }

    /// The pause before the restart of this number, counted from 1.
    fn pause(&self, restart: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(restart.saturating_sub(1));
        self.first_pause
            .saturating_mul(doubled)
            .min(self.longest_pause)
    }
}

/// One step of a [`Supervisor`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SupervisorEvent {
    /// An agent is ready. Tunnels that the last one had by its API are to be opened again.
    Started(Agent),
    /// The agent that was ready has ended.
    Exited(ExitStatus),
    /// The agent did not become ready.
    Failed(Error),
    /// It is started again after this pause.
    Restarting {
        /// How many times in a row, this one included.
        attempt: u32,
        /// The pause before it.
        pause: Duration,
    },
    /// No further start is tried, since none can succeed or the policy allows none. No event follows.
    GaveUp(Error),
    /// It was stopped by this program. No event follows.
    Stopped,
}

/// Keeps an agent running: one that ends is started again after a pause that doubles, until an error comes that no
/// restart can mend ([`Error::is_final`]: a wrong token, plan, version or configuration) or the policy says enough.
///
/// It does not meddle with the session: an agent that lost it reconnects by itself. Dropping the supervisor stops the
/// agent.
#[derive(Debug)]
pub struct Supervisor(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: AgentOptions,
    policy: RestartPolicy,
    events: Arc<Queue<SupervisorEvent>>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    agent: Option<Agent>,
    stopping: bool,
    over: bool,
}

impl Supervisor {
    /// Starts the agent in the background, and the watch over it. The subscription yields every step.
    ///
    /// # Errors
    ///
    /// If no thread can be started. That the agent does not start is an event.
    pub fn start(
        options: AgentOptions,
        policy: RestartPolicy,
    ) -> Result<(Self, Subscription<SupervisorEvent>)> {
        let (events, subscription) = Queue::new();
        let shared = Arc::new(Shared {
            options,
            policy,
            events,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let owned = shared.clone();
        thread::Builder::new()
            .name("ngrok-supervisor".into())
            .spawn(move || owned.run())
            .map_err(|error| Error::io(Call::Spawn, &shared.options.binary, error))?;
        Ok((Self(shared), subscription))
    }

    /// The agent of now, which may be starting. `None` during a pause and after the end.
    pub fn agent(&self) -> Option<Agent> {
        self.0.lock().agent.clone()
    }

    /// Stops the agent as [`Agent::stop`] does, and starts none any more.
    pub fn stop(&self, grace: Duration) {
        let mut state = self.0.lock();
        state.stopping = true;
        let agent = state.agent.clone();
        drop(state);
        self.0.changed.notify_all();
        if let Some(agent) = agent {
            agent.stop(grace);
        }
        // Should the agent hang in the kernel, the thread does too.
        self.0.wait(
            Deadline::after(grace.saturating_add(Duration::from_secs(5))),
            |state| state.over,
        );
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop(self.0.options.stop_grace);
    }
}

impl Shared {
    fn run(&self) {
        let last = self.supervise();
        self.tell(last);
        self.events.close();
        let mut state = self.lock();
        state.agent = None;
        state.over = true;
        drop(state);
        self.changed.notify_all();
    }

    /// One agent after the other. Returns the last event.
    fn supervise(&self) -> SupervisorEvent {
        let mut attempt = 0;
        loop {
            let Some((error, up)) = self.live() else {
                return SupervisorEvent::Stopped;
            };
            if up > self.policy.longest_pause {
                attempt = 0;
            }
            attempt += 1;
            if error.is_final() || attempt > self.policy.max_restarts {
                return SupervisorEvent::GaveUp(error);
            }
            let pause = self.policy.pause(attempt);
            self.tell(SupervisorEvent::Restarting { attempt, pause });
            if self.wait(Deadline::after(pause), |state| state.stopping) {
                return SupervisorEvent::Stopped;
            }
        }
    }

    /// The life of one agent. Returns why it ended and for how long it was ready, or `None` if the end was wanted.
    fn live(&self) -> Option<(Error, Duration)> {
        let spawned = {
            let mut state = self.lock();
            if state.stopping {
                return None;
            }
            let spawned = Agent::spawn(self.options.clone());
            state.agent = spawned.as_ref().ok().cloned();
            spawned
        };
        let ready = spawned.and_then(|agent| agent.wait_ready().map(|()| agent));
        let mut up = Duration::ZERO;
        let (event, error) = match ready {
            Ok(agent) => {
                let begin = Instant::now();
                self.tell(SupervisorEvent::Started(agent.clone()));
                let ended = agent
                    .wait()
                    .map(|status| (status, agent.exit_error(status)));
                up = begin.elapsed();
                match ended {
                    Ok((status, error)) => (SupervisorEvent::Exited(status), error),
                    Err(error) => (SupervisorEvent::Failed(error.clone()), error),
                }
            }
            Err(error) => (SupervisorEvent::Failed(error.clone()), error),
        };
        let mut state = self.lock();
        state.agent = None;
        if state.stopping {
            return None;
        }
        self.tell(event);
        Some((error, up))
    }

    fn tell(&self, event: SupervisorEvent) {
        // An event holds a handle, so it is kept only for somebody who may read it.
        if Queue::has_reader(&self.events) {
            self.events.push(event, 0);
        }
    }

    /// Waits until the state is as wanted, and tells whether it is.
    fn wait(&self, deadline: Deadline, wanted: impl Fn(&State) -> bool) -> bool {
        let state = self.lock();
        let wait = deadline.remaining_or(Duration::MAX);
        let (state, _) = self
            .changed
            .wait_timeout_while(state, wait, |state| !wanted(state))
            .unwrap_or_else(PoisonError::into_inner);
        wanted(&state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let policy = RestartPolicy::default()
            .first_pause(Duration::from_secs(2))
            .longest_pause(Duration::from_secs(10));
        let pauses = [1, 2, 3, 4, 100].map(|restart| policy.pause(restart).as_secs());
        assert_eq!(pauses, [2, 4, 8, 10, 10]);
    }
}
