//! What happens to a handle's agent, for whoever wants to know.

use std::fmt;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use ngrok_process::AgentEvent;

use super::lock;
use crate::Finding;

/// How many events wait for a slow reader before it misses new ones.
const CAPACITY: usize = 1024;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// To the agent.
    Agent(AgentEvent),
    /// [`connect`](crate::Ngrok::connect) opened a tunnel whose upstream does not listen.
    Upstream(Finding),
    /// [`connect`](crate::Ngrok::connect) was given a name that nothing in the config file has, and no address.
    Definition(Finding),
}

/// Events as they come: an iterator that waits for the next one, and ends when its [`Ngrok`](crate::Ngrok) is dropped.
///
/// A reader that falls 1024 events behind misses those that come then; nobody waits for it.
pub struct Events(Receiver<Event>);

impl Events {
    /// The next event; waits for it at most this long.
    pub fn recv_timeout(&self, timeout: Duration) -> Option<Event> {
        self.0.recv_timeout(timeout).ok()
    }

    /// The next event if there is one now.
    pub fn try_recv(&self) -> Option<Event> {
        self.0.try_recv().ok()
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.0.recv().ok()
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}

/// Everyone who listens.
#[derive(Default)]
pub(super) struct Subscribers(Mutex<Vec<SyncSender<Event>>>);

impl Subscribers {
    pub(super) fn subscribe(&self) -> Events {
        let (sender, receiver) = sync_channel(CAPACITY);
        lock(&self.0).push(sender);
        Events(receiver)
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }

    pub(super) fn send(&self, event: &Event) {
        let listens = |it: &SyncSender<Event>| {
            !matches!(
                it.try_send(event.clone()),
                Err(TrySendError::Disconnected(_))
            )
        };
        lock(&self.0).retain(listens);
    }
}
