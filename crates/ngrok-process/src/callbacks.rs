//! The thread that calls the user's callbacks, so that no reader ever does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fmt, io, thread};

use crate::options::{AgentOptions, EventCallback, LogCallback};
use crate::subscription::{Queue, Subscription};
use crate::{AgentEvent, Delivery, LogLine};

/// What a callback is told.
#[derive(Debug)]
pub(crate) enum Notice {
    Line(LogLine),
    Event(AgentEvent),
}

/// The queue to the callbacks' thread, which ends once the queue is closed and read.
pub(crate) struct Callbacks(Arc<Queue<Notice>>);

impl Callbacks {
    /// Starts the thread if these options have a callback. `missed` counts what a slow one does not get.
    pub(crate) fn start(
        options: &AgentOptions,
        missed: Arc<AtomicU64>,
    ) -> io::Result<Option<Self>> {
        let on_line = options.log_event_callback.clone();
        let on_event = options.event_callback.clone();
        if on_line.is_none() && on_event.is_none() {
            return Ok(None);
        }
        let (queue, notices) = Queue::new();
        thread::Builder::new()
            .name("ngrok-callbacks".into())
            .spawn(move || call(notices, &missed, on_line, on_event))?;
        Ok(Some(Self(queue)))
    }

    pub(crate) fn push(&self, notice: Notice, weight: usize) {
        self.0.push(notice, weight);
    }

    pub(crate) fn close(&self) {
        self.0.close();
    }
}

fn call(
    notices: Subscription<Notice>,
    missed: &AtomicU64,
    on_line: Option<LogCallback>,
    on_event: Option<EventCallback>,
) {
    for notice in notices {
        // A panic is the callback's own trouble: it is printed by the panic hook, and the next notice is due.
        let _ = catch_unwind(AssertUnwindSafe(|| match notice {
            Delivery::Item(Notice::Line(line)) => on_line.iter().for_each(|call| call(&line)),
            Delivery::Item(Notice::Event(event)) => on_event.iter().for_each(|call| call(&event)),
            Delivery::Lagged(n) => {
                missed.fetch_add(n, Ordering::Relaxed);
            }
        }));
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callbacks")
    }
}

impl Drop for Callbacks {
    fn drop(&mut self) {
        self.close();
    }
}
