//! What is known about one agent, and who is told: the readers write here, everybody else waits and looks.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::bounded::Bounded;
use crate::callbacks::{Callbacks, Notice};
use crate::startup::StartupState;
use crate::subscription::{Queue, Subscription};
use crate::{AgentEvent, Error, LogLine};
use ngrok_core::Deadline;
use ngrok_core::mask::Redactor;

/// Events are few; this many are replayed to who subscribes late.
const EVENT_HISTORY: usize = 256;

/// Where the process is in its life.
#[derive(Clone, Debug)]
pub(crate) enum Phase {
    /// The owner thread has not started it yet.
    Spawning,
    Running,
    /// It was never started.
    Failed(Error),
    /// It has ended and is reaped, and all that it printed is read.
    Exited(ExitStatus),
}

impl Phase {
    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Exited(_))
    }
}

#[derive(Debug)]
pub(crate) struct Hub {
    state: Mutex<State>,
    changed: Condvar,
    /// Mirrors `State::monitoring`, so that readers need not parse what nobody wants.
    monitoring: AtomicBool,
    callbacks: Option<Callbacks>,
    missed: Arc<AtomicU64>,
    redactor: Redactor,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) phase: Phase,
    pub(crate) startup: StartupState,
    pub(crate) pid: Option<u32>,
    /// The configuration file of our own, if there is one.
    pub(crate) overlay: Option<PathBuf>,
    /// Nothing will be written to a detached agent's log that anybody wants to see.
    reading_is_over: bool,
    monitoring: bool,
    logs: Bounded<LogLine>,
    history: Bounded<AgentEvent>,
    log_queues: Vec<Arc<Queue<LogLine>>>,
    event_queues: Vec<Arc<Queue<AgentEvent>>>,
}

impl Hub {
    pub(crate) fn new(
        max_logs: usize,
        callbacks: Option<Callbacks>,
        missed: Arc<AtomicU64>,
        redactor: Redactor,
    ) -> Self {
        Self {
            state: Mutex::new(State {
                phase: Phase::Spawning,
                startup: StartupState::default(),
                pid: None,
                overlay: None,
                reading_is_over: false,
                monitoring: true,
                logs: Bounded::new(max_logs),
                history: Bounded::new(EVENT_HISTORY),
                log_queues: Vec::new(),
                event_queues: Vec::new(),
            }),
            changed: Condvar::new(),
            monitoring: AtomicBool::new(true),
            callbacks,
            missed,
            redactor,
        }
    }

    /// What masks all that leaves here.
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `done` yields something or the deadline passes.
    pub(crate) fn wait<T>(
        &self,
        deadline: Deadline,
        mut done: impl FnMut(&State) -> Option<T>,
    ) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(result) = done(&state) {
                return Some(result);
            }
            if deadline.is_over() {
                return None;
            }
            let wait = deadline.remaining_or(Duration::from_secs(3600));
            state = self
                .changed
                .wait_timeout(state, wait)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// A line was read. Never waits for anybody who listens.
    pub(crate) fn line(&self, line: LogLine) {
        let mut state = self.lock();
        // What comes after the end was printed by something that the agent left behind.
        if !state.monitoring || state.phase.is_over() {
            return;
        }
        // A line is understood as it is and shown masked, so that no secret can change what it means.
        let event = state.startup.feed(&line);
        let line = line.masked(&self.redactor);
        let event = event.map(|event| event.masked(&line, &self.redactor));
        let weight = line.weight();
        if !line.raw().is_empty() {
            state.logs.push(line.clone(), weight);
            state.log_queues.retain(Queue::has_reader);
            for queue in &state.log_queues {
                queue.push(line.clone(), weight);
            }
            if let Some(callbacks) = &self.callbacks {
                callbacks.push(Notice::Line(line), weight);
            }
        }
        if let Some(event) = event {
            self.tell(&mut state, &event, weight);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// The weight is that of the line which the event holds, or parts of it.
    fn tell(&self, state: &mut State, event: &AgentEvent, weight: usize) {
        state.history.push(event.clone(), weight);
        state.event_queues.retain(Queue::has_reader);
        for queue in &state.event_queues {
            queue.push(event.clone(), weight);
        }
        if let Some(callbacks) = &self.callbacks {
            callbacks.push(Notice::Event(event.clone()), weight);
        }
    }

    pub(crate) fn started(&self, pid: u32) {
        let mut state = self.lock();
        state.pid = Some(pid);
        state.phase = Phase::Running;
        self.tell(&mut state, &AgentEvent::Starting { pid }, 0);
        drop(state);
        self.changed.notify_all();
    }

    /// The process will not start, or has ended: nobody hears anything any more after this.
    pub(crate) fn over(&self, phase: Phase, error: Option<Error>) {
        let mut state = self.lock();
        if let Phase::Exited(status) = phase {
            self.tell(&mut state, &AgentEvent::Exited { status, error }, 0);
        }
        state.phase = phase;
        state.reading_is_over = true;
        for queue in std::mem::take(&mut state.log_queues) {
            queue.close();
        }
        for queue in std::mem::take(&mut state.event_queues) {
            queue.close();
        }
        if let Some(callbacks) = &self.callbacks {
            callbacks.close();
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Readers of a growing file need not wait for more.
    pub(crate) fn end_reading(&self) {
        self.lock().reading_is_over = true;
        self.changed.notify_all();
    }

    pub(crate) fn reading_is_over(&self, wait: Duration) -> bool {
        self.wait(Deadline::after(wait), |state| {
            state.reading_is_over.then_some(())
        })
        .is_some()
    }

    /// Whether lines are parsed and kept. Once this has returned, no further line is, or every one.
    pub(crate) fn set_monitoring(&self, on: bool) {
        let mut state = self.lock();
        state.monitoring = on;
        // Under the lock, so that two callers at once leave both the same.
        self.monitoring.store(on, Ordering::Release);
    }

    pub(crate) fn is_monitoring(&self) -> bool {
        self.monitoring.load(Ordering::Acquire)
    }

    pub(crate) fn missed_by_callbacks(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    pub(crate) fn subscribe_logs(&self) -> Subscription<LogLine> {
        let (queue, subscription) = Queue::new();
        let mut state = self.lock();
        if state.phase.is_over() {
            queue.close();
        } else {
            state.log_queues.push(queue);
        }
        subscription
    }

    /// The events so far and all that follow.
    pub(crate) fn subscribe_events(&self) -> Subscription<AgentEvent> {
        let (queue, subscription) = Queue::new();
        let mut state = self.lock();
        for event in state.history.iter() {
            queue.push(event.clone(), 0);
        }
        if state.phase.is_over() {
            queue.close();
        } else {
            state.event_queues.push(queue);
        }
        subscription
    }
}

impl State {
    pub(crate) fn logs(&self) -> Vec<LogLine> {
        self.logs.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_a_reader_holds_when_monitoring_stops_is_dropped() {
        let hub = Hub::new(10, None, Arc::default(), Redactor::default());
        hub.line(LogLine::parse("lvl=info msg=before"));
        hub.set_monitoring(false);
        hub.line(LogLine::parse("lvl=info msg=late"));
        hub.set_monitoring(true);
        hub.line(LogLine::parse("lvl=info msg=after"));
        let logs = hub.lock().logs();
        let messages: Vec<_> = logs.iter().filter_map(LogLine::msg).collect();
        assert_eq!(messages, ["before", "after"]);
    }

    #[test]
    fn who_subscribes_late_hears_of_what_has_happened_and_of_the_end() {
        let hub = Hub::new(10, None, Arc::default(), Redactor::default());
        hub.started(7);
        hub.line(LogLine::parse("lvl=warn msg=careful"));
        hub.over(Phase::Exited(ExitStatus::default()), None);
        hub.line(LogLine::parse(
            "lvl=warn msg=\"from something left behind\"",
        ));
        let events: Vec<_> = hub.subscribe_events().collect();
        assert_eq!(events.len(), 3);
        assert_eq!(hub.subscribe_logs().count(), 0);
    }
}
