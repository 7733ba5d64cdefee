//! Telling the caller how far an install is, and hearing from it whether to go on.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use ngrok_core::Deadline;

/// The least time between two reports; eight a second and the last one stay below ten.
const INTERVAL: Duration = Duration::from_millis(125);

/// What an install is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Another process installs to the same place.
    WaitingForLock,
    /// The server is asked, for the first time or again after a fault.
    Connecting,
    /// The archive is read: from the network, or from a local file.
    Reading,
}

/// How far an install is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What it is busy with.
    pub stage: Stage,
    /// How many bytes of the archive have been read.
    pub bytes: u64,
    /// How many there will be, if known.
    pub total: Option<u64>,
}

/// What [`on_progress`](crate::InstallerBuilder::on_progress) takes.
pub(crate) type Callback = Box<dyn FnMut(Progress) -> ControlFlow<()> + Send>;

/// Hands progress to the callback, at most some nine times a second, and remembers that it wants an end.
#[derive(Default)]
pub(crate) struct Monitor(Mutex<Option<State>>);

struct State {
    callback: Callback,
    latest: Progress,
    told: Option<Instant>,
    is_cancelled: bool,
}

impl Monitor {
    pub(crate) fn new(callback: Option<Callback>) -> Self {
        Self(Mutex::new(callback.map(State::new)))
    }

    /// An install begins: what an earlier one of the same installer came to is forgotten.
    pub(crate) fn begin(&self) {
        let mut state = self.lock();
        *state = state.take().map(|old| State::new(old.callback));
    }

    /// Something moved.
    pub(crate) fn report(&self, stage: Stage, bytes: u64, total: Option<u64>) -> Result<()> {
        let mut state = self.lock();
        let Some(state) = state.as_mut() else {
            return Ok(());
        };
        state.latest = Progress {
            stage,
            bytes,
            total,
        };
        state.tell(false)
    }

    /// Another stage begins, at the byte count as it was.
    pub(crate) fn enter(&self, stage: Stage) -> Result<()> {
        let mut state = self.lock();
        let Some(state) = state.as_mut() else {
            return Ok(());
        };
        state.latest.stage = stage;
        state.tell(false)
    }

    /// Nothing moved, but the caller may want to end it.
    pub(crate) fn tick(&self) -> Result<()> {
        self.lock().as_mut().map_or(Ok(()), |s| s.tell(false))
    }

    /// All has been read: the callback hears the last count even if it heard another one just now.
    pub(crate) fn finish(&self) -> Result<()> {
        self.lock().as_mut().map_or(Ok(()), |s| s.tell(true))
    }

    /// Waits, and lets the callback end the wait. Fails at once if the deadline would pass before its end.
    #[cfg_attr(not(feature = "download"), allow(dead_code))]
    pub(crate) fn wait(&self, length: Duration, deadline: Deadline, what: &str) -> Result<()> {
        if deadline.remaining().is_some_and(|left| left <= length) {
            return Err(Error::timeout(what));
        }
        let end = Deadline::after(length);
        while !end.is_over() {
            self.tick()?;
            thread::sleep(end.remaining_or(INTERVAL));
        }
        Ok(())
    }

    /// A callback that panicked has unwound through the install; the next one starts afresh.
    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(callback: Callback) -> Self {
        Self {
            callback,
            latest: Progress {
                stage: Stage::Connecting,
                bytes: 0,
                total: None,
            },
            told: None,
            is_cancelled: false,
        }
    }

    fn tell(&mut self, is_last: bool) -> Result<()> {
        let is_due = self.told.is_none_or(|told| told.elapsed() >= INTERVAL);
        if is_due || is_last {
            self.told = Some(Instant::now());
            self.is_cancelled = (self.callback)(self.latest).is_break();
        }
        if self.is_cancelled {
            return Err(Error::cancelled());
        }
        Ok(())
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Monitor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_burst_of_reports_reaches_the_callback_once_and_the_last_one_always() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let monitor = Monitor::new(Some(Box::new(move |p| {
            sink.lock().unwrap().push(p.bytes);
            ControlFlow::Continue(())
        })));
        for bytes in 0..10_000 {
            monitor.report(Stage::Reading, bytes, None).unwrap();
        }
        monitor.finish().unwrap();
        let seen = seen.lock().unwrap();
        assert!(seen.len() < 10, "{seen:?}");
        assert_eq!(seen.last(), Some(&9_999));
    }

    #[test]
    fn a_break_ends_this_wait_and_all_that_follows() {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&calls);
        let monitor = Monitor::new(Some(Box::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            ControlFlow::Break(())
        })));
        let start = Instant::now();
        let wait = || monitor.wait(Duration::from_secs(60), Deadline::never(), "waiting");
        assert!(wait().unwrap_err().is_cancelled());
        assert!(
            monitor
                .report(Stage::Reading, 1, None)
                .unwrap_err()
                .is_cancelled()
        );
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_wait_that_cannot_end_in_time_does_not_begin() {
        let monitor = Monitor::new(None);
        let deadline = Deadline::after(Duration::from_millis(50));
        let error = monitor
            .wait(Duration::from_secs(60), deadline, "waiting to try again")
            .unwrap_err();
        assert!(error.is_timeout());
    }
}
