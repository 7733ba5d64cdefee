//! Bounded queues between the agent's readers and whoever listens: the writer never waits.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::bounded::Bounded;
use ngrok_core::Deadline;

/// How many items wait for a slow reader before it misses the oldest.
const CAPACITY: usize = 1024;

/// What a [`Subscription`] yields.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery<T> {
    /// The next item.
    Item(T),
    /// The reader was too slow: this many items were dropped here.
    Lagged(u64),
}

impl<T> Delivery<T> {
    /// The item, unless this only tells of dropped ones: `subscription.filter_map(Delivery::item)`.
    pub fn item(self) -> Option<T> {
        match self {
            Self::Item(item) => Some(item),
            Self::Lagged(_) => None,
        }
    }
}

/// A queue of what happens to an agent, as an iterator that blocks and that ends with the agent.
///
/// It holds 1024 items, or 8 MB of them; a reader that falls behind further misses the oldest and is told so by [`Delivery::Lagged`].
/// Neither an idle subscription nor a dropped one slows the agent down.
#[derive(Debug)]
pub struct Subscription<T>(Arc<Queue<T>>);

impl<T> Subscription<T> {
    /// The next item; waits for it at most this long. `None` if none came, or none will.
    pub fn recv_timeout(&self, timeout: Duration) -> Option<Delivery<T>> {
        self.0.recv(Deadline::after(timeout))
    }

    /// The next item if there is one now.
    pub fn try_recv(&self) -> Option<Delivery<T>> {
        self.recv_timeout(Duration::ZERO)
    }
}

impl<T> Iterator for Subscription<T> {
    type Item = Delivery<T>;

    fn next(&mut self) -> Option<Delivery<T>> {
        self.0.recv(Deadline::never())
    }
}

/// The writer's end of a subscription.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    items: Bounded<T>,
    lagged: u64,
    closed: bool,
}

impl<T> Queue<T> {
    /// A queue and its one reader.
    pub(crate) fn new() -> (Arc<Self>, Subscription<T>) {
        let queue = Arc::new(Self {
            state: Mutex::new(State {
                items: Bounded::new(CAPACITY),
                lagged: 0,
                closed: false,
            }),
            changed: Condvar::new(),
        });
        (queue.clone(), Subscription(queue))
    }

    /// Appends without waiting; the weight is in bytes.
    pub(crate) fn push(&self, item: T, weight: usize) {
        let mut state = self.lock();
        state.lagged += state.items.push(item, weight);
        drop(state);
        self.changed.notify_one();
    }

    /// No item follows.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Whether anybody reads: the writer's own handle is one.
    pub(crate) fn has_reader(this: &Arc<Self>) -> bool {
        Arc::strong_count(this) > 1
    }

    fn recv(&self, deadline: Deadline) -> Option<Delivery<T>> {
        let mut state = self.lock();
        loop {
            if state.lagged > 0 {
                return Some(Delivery::Lagged(std::mem::take(&mut state.lagged)));
            }
            if let Some(item) = state.items.pop() {
                return Some(Delivery::Item(item));
            }
            if state.closed || deadline.is_over() {
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

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reader_is_told_what_it_missed_and_a_closed_queue_is_read_to_its_end() {
        let (queue, subscription) = Queue::new();
        for n in 0..CAPACITY + 10 {
            queue.push(n, 1);
        }
        queue.close();
        let all: Vec<_> = subscription.collect();
        assert_eq!(all[0], Delivery::Lagged(10));
        assert_eq!(all[1], Delivery::Item(10));
        assert_eq!(all.len(), CAPACITY + 1);
        assert!(!Queue::has_reader(&queue), "the subscription is gone");
    }

    #[test]
    fn waiting_ends_at_the_deadline() {
        let (_queue, subscription) = Queue::<u8>::new();
        assert_eq!(subscription.try_recv(), None);
        assert_eq!(subscription.recv_timeout(Duration::from_millis(20)), None);
    }
}
