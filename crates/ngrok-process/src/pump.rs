//! The threads that read what the agent prints, to its end, whoever listens.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::LogLine;
use crate::hub::Hub;
use crate::lines::LineSplitter;
use ngrok_core::Deadline;

/// How soon a line appended to a detached agent's log is seen.
const TAIL_INTERVAL: Duration = Duration::from_millis(25);

/// The readers of one agent.
pub(crate) struct Pumps {
    hub: Arc<Hub>,
    done: Sender<()>,
    ended: Receiver<()>,
    running: usize,
}

impl Pumps {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        let (done, ended) = channel();
        Self {
            hub,
            done,
            ended,
            running: 0,
        }
    }

    /// Starts a thread that reads this stream.
    pub(crate) fn add(&mut self, source: impl Read + Send + 'static) -> io::Result<()> {
        let (hub, done) = (self.hub.clone(), self.done.clone());
        thread::Builder::new()
            .name("ngrok-reader".into())
            .spawn(move || {
                read_all(source, &hub);
                // Nobody listens if the wait for the readers was given up.
                let _ = done.send(());
            })?;
        self.running += 1;
        Ok(())
    }

    /// Waits until every reader has seen the end of its stream: something that the agent started may hold one open.
    pub(crate) fn join(&self, deadline: Deadline) {
        for _ in 0..self.running {
            let wait = deadline.remaining_or(Duration::from_secs(1));
            if self.ended.recv_timeout(wait).is_err() {
                return;
            }
        }
    }
}

fn read_all(mut source: impl Read, hub: &Hub) {
    let mut chunk = vec![0; 64 * 1024];
    let mut lines = LineSplitter::default();
    let mut sink = |line: &[u8], truncated| {
        let text = String::from_utf8_lossy(line).into_owned();
        hub.line(LogLine::new(text, truncated));
    };
    loop {
        let read = match source.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => chunk.get(..read).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        if hub.is_monitoring() {
            lines.feed(read, &mut sink);
        } else {
            lines.skip(read);
        }
    }
    lines.finish(&mut sink);
}

/// A file that another process appends to, read until that is over.
pub(crate) struct Tail {
    pub(crate) file: File,
    pub(crate) hub: Arc<Hub>,
}

impl Read for Tail {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            // Asked before the read, so that what was written last is read too.
            let is_over = self.hub.reading_is_over(Duration::ZERO);
            let read = self.file.read(buffer)?;
            if read > 0 || is_over {
                return Ok(read);
            }
            self.hub.reading_is_over(TAIL_INTERVAL);
        }
    }
}
