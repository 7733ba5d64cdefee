//! The wait for an agent to be ready, under one deadline.

use std::sync::PoisonError;
use std::time::Duration;

use ngrok_localapi::{Client, ErrorKind as ApiErrorKind};

use super::{Shared, port};
use crate::error::Detail;
use crate::failure::{AgentFailure, End};
use crate::hub::{Phase, State};
use crate::{Error, ErrorKind, Result, confined, validate};
use ngrok_core::Deadline;

/// How soon an API that did not answer is asked again.
const API_INTERVAL: Duration = Duration::from_millis(25);

/// What the log says about the start.
enum Step {
    /// All that is needed was logged; the API at this URL must still answer.
    AskApi(String),
    Failed(Error),
}

impl Shared {
    /// Waits for the outcome of the start. Several threads may: one looks, the others wait for what it finds.
    pub(super) fn wait_ready(&self) -> Result<()> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = &*ready {
            return outcome.clone();
        }
        let outcome = self.become_ready();
        match outcome {
            Ok(()) => self.hub.set_monitoring(self.options.monitor_thread),
            Err(_) => {
                self.kill_and_wait();
            }
        }
        *ready = Some(outcome.clone());
        outcome
    }

    fn become_ready(&self) -> Result<()> {
        loop {
            let url = match self.hub.wait(self.deadline, |state| self.step(state)) {
                Some(Step::AskApi(url)) => url,
                Some(Step::Failed(error)) => return Err(error),
                None => {
                    let timeout = self.options.startup_timeout;
                    return Err(self.failure(&self.hub.lock(), End::Deadline(timeout)));
                }
            };
            let timeout = self.deadline.remaining_or(self.options.request_timeout);
            let answers = api_answers(&url, timeout);
            let state = self.hub.lock();
            match self.step(&state) {
                // A session that went while the API was asked is none; one that goes later is an event.
                Some(Step::AskApi(_)) if answers => return Ok(()),
                Some(Step::Failed(error)) => return Err(error),
                _ => drop(state),
            }
            let pause = Deadline::after(API_INTERVAL).min(self.deadline);
            self.hub
                .wait(pause, |state| state.phase.is_over().then_some(()));
            if self.deadline.is_over() {
                let timeout = self.options.startup_timeout;
                return Err(self.failure(&self.hub.lock(), End::Deadline(timeout)));
            }
        }
    }

    fn step(&self, state: &State) -> Option<Step> {
        match &state.phase {
            Phase::Failed(error) => return Some(Step::Failed(error.clone())),
            Phase::Exited(status) => {
                return Some(Step::Failed(self.failure(state, End::Exited(*status))));
            }
            Phase::Spawning | Phase::Running => {}
        }
        if state.startup.port_is_unknown() {
            return Some(Step::Failed(self.failure(state, End::UnknownPort)));
        }
        let is_ready = state.startup.is_ready(self.options.web_service_only);
        let url = state.startup.api_url().filter(|_| is_ready)?;
        Some(Step::AskApi(url))
    }

    pub(super) fn failure(&self, state: &State, end: End) -> Error {
        let end = match end {
            End::Exited(_) if self.child.was_ended() => End::Stopped,
            end => end,
        };
        let mut failure =
            AgentFailure::of_start(&state.startup, end, state.logs(), self.hub.redactor());
        let said = failure.agent_error.as_deref().unwrap_or(&failure.output);
        if matches!(end, End::Exited(_)) && failure.code.is_none() && port::is_taken(said) {
            failure.kind = ErrorKind::PortInUse;
        }
        // The overlay is removed with the agent, so this is asked while it is there.
        if failure.kind == ErrorKind::Config {
            let said = failure.agent_error.as_deref().unwrap_or_default();
            failure.note = confined::note(&self.options, state.overlay.as_deref(), said);
        }
        let binary = &self.options.binary;
        if matches!(end, End::Exited(_)) && failure.is_unexplained() {
            if !binary.exists() {
                return Detail::BinaryGone(binary.clone(), None).into();
            }
            if validate::was_read_by_shell(binary, &failure.output) {
                let source = std::io::ErrorKind::InvalidData.into();
                return Detail::WrongArchitecture(binary.clone(), source).into();
            }
        }
        failure.into()
    }
}

/// Whether the local API answers, whatever it says.
pub(super) fn api_answers(url: &str, timeout: Duration) -> bool {
    // The agent is ours, so an address on another interface is what its file asked for.
    let builder = Client::builder(url).deadline(timeout).allow_remote();
    let error = match builder.build() {
        Ok(client) => client.tunnels().list().err(),
        Err(error) => Some(error),
    };
    error.is_none_or(|error| {
        matches!(
            error.kind(),
            ApiErrorKind::NotFound
                | ApiErrorKind::NotReady
                | ApiErrorKind::SessionClosed
                | ApiErrorKind::Http
                | ApiErrorKind::Decode
        )
    })
}
