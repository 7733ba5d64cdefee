//! One stream of a session: an ordered pipe of bytes each way, with credit.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;
use tokio::sync::{Notify, mpsc};

use crate::frame::{Body, CHUNK, FIN, Frame, SYN, WINDOW};

/// A stream; one task may read it while another writes.
#[derive(Debug)]
pub(crate) struct Stream {
    id: u32,
    out: mpsc::Sender<Frame>,
    state: Mutex<State>,
    readable: Notify,
    writable: Notify,
}

#[derive(Debug, Default)]
struct State {
    inbox: Vec<u8>,
    credit: usize,
    opened: bool,
    agent_done: bool,
    we_done: bool,
    broken: Option<&'static str>,
}

impl Stream {
    /// A stream that the agent opened.
    pub(crate) fn accepted(id: u32, out: mpsc::Sender<Frame>) -> Self {
        let stream = Self::opening(id, out);
        stream.state().opened = true;
        stream
    }

    /// A stream that our first write opens.
    pub(crate) fn opening(id: u32, out: mpsc::Sender<Frame>) -> Self {
        Self {
            id,
            out,
            state: Mutex::new(State {
                credit: WINDOW,
                ..State::default()
            }),
            readable: Notify::new(),
            writable: Notify::new(),
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Whether nothing more can come or go.
    pub(crate) fn is_over(&self) -> bool {
        let state = self.state();
        state.broken.is_some() || (state.agent_done && state.we_done)
    }

    // -- what the session tells us ------------------------------------------

    pub(crate) fn on_data(&self, payload: &[u8], fin: bool) {
        let mut state = self.state();
        state.inbox.extend_from_slice(payload);
        state.agent_done |= fin;
        drop(state);
        self.readable.notify_one();
    }

    pub(crate) fn on_window(&self, amount: u32) {
        self.state().credit += amount as usize;
        self.writable.notify_one();
    }

    pub(crate) fn on_break(&self, why: &'static str) {
        self.state().broken.get_or_insert(why);
        self.readable.notify_one();
        self.writable.notify_one();
    }

    // -- reading ------------------------------------------------------------

    /// What has arrived, at least one byte; empty once the agent has finished.
    pub(crate) async fn read(&self) -> io::Result<Vec<u8>> {
        let part = loop {
            {
                let mut state = self.state();
                if !state.inbox.is_empty() {
                    break std::mem::take(&mut state.inbox);
                }
                state.check()?;
                if state.agent_done {
                    return Ok(Vec::new());
                }
            }
            self.readable.notified().await;
        };
        if !self.state().agent_done {
            self.send(Body::Window(part.len() as u32)).await?;
        }
        Ok(part)
    }

    /// A big-endian number, and what came behind it.
    pub(crate) async fn read_u32(&self, mut buffer: Vec<u8>) -> io::Result<(u32, Vec<u8>)> {
        loop {
            if let Some((head, rest)) = buffer.split_first_chunk::<4>() {
                return Ok((u32::from_be_bytes(*head), rest.to_vec()));
            }
            self.read_more(&mut buffer).await?;
        }
    }

    /// One JSON value; the agent does not always finish its half behind it.
    pub(crate) async fn read_json<T: DeserializeOwned>(
        &self,
        mut buffer: Vec<u8>,
    ) -> io::Result<T> {
        loop {
            match serde_json::Deserializer::from_slice(&buffer)
                .into_iter()
                .next()
            {
                Some(Ok(value)) => return Ok(value),
                Some(Err(error)) if !error.is_eof() => return Err(error.into()),
                _ => self.read_more(&mut buffer).await?,
            }
        }
    }

    async fn read_more(&self, buffer: &mut Vec<u8>) -> io::Result<()> {
        let part = self.read().await?;
        if part.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer.extend_from_slice(&part);
        Ok(())
    }

    // -- writing ------------------------------------------------------------

    /// Sends all of it, as fast as the agent grants credit.
    pub(crate) async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let granted = self.credit().await?;
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK).min(granted));
            self.state().credit -= now.len();
            self.send_data(now.to_vec(), 0).await?;
            bytes = later;
        }
        Ok(())
    }

    async fn credit(&self) -> io::Result<usize> {
        loop {
            {
                let state = self.state();
                state.check()?;
                if state.credit > 0 {
                    return Ok(state.credit);
                }
            }
            self.writable.notified().await;
        }
    }

    /// Ends our half.
    pub(crate) async fn finish(&self) -> io::Result<()> {
        {
            let mut state = self.state();
            if state.we_done || state.broken.is_some() {
                return Ok(());
            }
            state.we_done = true;
        }
        self.send_data(Vec::new(), FIN).await
    }

    /// Breaks the stream off.
    pub(crate) async fn reset(&self) {
        if !self.is_over() {
            self.on_break("reset by the edge");
            let _ = self.send(Body::Reset(0)).await;
        }
    }

    async fn send_data(&self, payload: Vec<u8>, mut flags: u8) -> io::Result<()> {
        if !std::mem::replace(&mut self.state().opened, true) {
            flags |= SYN;
        }
        self.send(Body::Data { flags, payload }).await
    }

    async fn send(&self, body: Body) -> io::Result<()> {
        self.out
            .send(Frame::new(self.id, body))
            .await
            .map_err(|_| broken("session ended"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check(&self) -> io::Result<()> {
        match self.broken {
            Some(why) => Err(broken(why)),
            None => Ok(()),
        }
    }
}

fn broken(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, why)
}
