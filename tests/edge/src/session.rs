//! One agent's connection: its frames, its streams, and what it asks on them.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio_rustls::server::TlsStream;

use crate::frame::{self, Body, CHUNK, FIN, Frame, SYN};
use crate::messages::{Proxy, kind};
use crate::shared::Shared;
use crate::stream::Stream;
use crate::tunnels::Tunnel;

/// How long a public client may go on sending after the agent has finished its answer.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A session, alive or just ended.
#[derive(Debug)]
pub(crate) struct Session {
    out: mpsc::Sender<Frame>,
    streams: Mutex<HashMap<u32, Arc<Stream>>>,
    next_stream: AtomicU32,
    cut: Notify,
    ended: AtomicBool,
}

impl Session {
    /// Serves an agent's connection until either side ends it.
    pub(crate) async fn serve(shared: Arc<Shared>, socket: TlsStream<TcpStream>) {
        let (reader, writer) = tokio::io::split(socket);
        let (out, queue) = mpsc::channel(64);
        let session = Arc::new(Self {
            out,
            streams: Mutex::default(),
            next_stream: AtomicU32::new(2),
            cut: Notify::new(),
            ended: AtomicBool::new(false),
        });
        shared.sessions.add(session.clone());
        // An edge that goes away cuts the sessions that it knows; this one may have come too late for that.
        if shared.is_down() {
            session.cut();
        }
        tokio::select! {
            _ = write_frames(writer, queue) => {}
            _ = session.read_frames(reader, &shared) => {}
            () = session.cut.notified() => {}
        }
        session.ended.store(true, Ordering::SeqCst);
        shared.sessions.remove(&session);
        shared.tunnels.drop_session(&session);
        let streams = std::mem::take(&mut *lock(&session.streams));
        for stream in streams.values() {
            stream.on_break("session ended");
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// Ends the connection without a word.
    pub(crate) fn cut(&self) {
        self.cut.notify_one();
    }

    /// Ends the session by the book.
    pub(crate) async fn go_away(&self, code: u32, text: String) {
        let last = 0;
        let _ = self
            .out
            .send(Frame::new(0, Body::GoAway { last, code, text }))
            .await;
    }

    async fn read_frames<R>(self: &Arc<Self>, mut reader: R, shared: &Arc<Shared>) -> io::Result<()>
    where
        R: AsyncRead + Unpin,
    {
        loop {
            let Frame { stream: id, body } = frame::read(&mut reader).await?;
            let stream = lock(&self.streams).get(&id).cloned();
            match (body, stream) {
                (Body::Data { flags, payload }, Some(stream)) => {
                    stream.on_data(&payload, flags & FIN != 0);
                    self.forget_if_over(&stream);
                }
                (Body::Data { flags, payload }, None) if flags & SYN != 0 => {
                    let stream = Arc::new(Stream::accepted(id, self.out.clone()));
                    stream.on_data(&payload, flags & FIN != 0);
                    lock(&self.streams).insert(id, stream.clone());
                    let (session, shared) = (self.clone(), shared.clone());
                    tokio::spawn(async move {
                        // A stream that breaks off needs no answer.
                        let _ = session.answer(&shared, &stream).await;
                        session.forget_if_over(&stream);
                    });
                }
                (Body::Window(amount), Some(stream)) => stream.on_window(amount),
                (Body::Reset(_), Some(stream)) => {
                    stream.on_break("reset by the agent");
                    self.forget_if_over(&stream);
                }
                (Body::GoAway { .. }, _) => return Ok(()),
                _ => {}
            }
        }
    }

    fn forget_if_over(&self, stream: &Stream) {
        if stream.is_over() {
            lock(&self.streams).remove(&stream.id());
        }
    }

    /// Answers one stream that the agent opened.
    async fn answer(self: &Arc<Self>, shared: &Arc<Shared>, stream: &Stream) -> io::Result<()> {
        let (kind, rest) = stream.read_u32(Vec::new()).await?;
        let answer = match kind {
            kind::HEARTBEAT => return heartbeat(shared, stream, rest).await,
            kind::AUTH => serde_json::to_vec(&shared.on_auth(stream.read_json(rest).await?).await),
            kind::BIND => {
                serde_json::to_vec(&shared.on_bind(self, stream.read_json(rest).await?).await)
            }
            kind::UNBIND => serde_json::to_vec(&shared.on_unbind(&stream.read_json(rest).await?)),
            other => Ok(format!(r#"{{"Error":"the edge does not know request {other}"}}"#).into()),
        };
        let mut answer = answer?;
        answer.push(b'\n');
        stream.write(&answer).await?;
        stream.finish().await
    }

    /// Hands a public connection to the agent and pumps both ways until it is over. `first` goes ahead of what the socket sends.
    pub(crate) async fn carry<S>(&self, tunnel: &Tunnel, peer: SocketAddr, socket: S, first: &[u8])
    where
        S: AsyncRead + AsyncWrite,
    {
        let id = self.next_stream.fetch_add(2, Ordering::Relaxed);
        let stream = Arc::new(Stream::opening(id, self.out.clone()));
        lock(&self.streams).insert(id, stream.clone());
        if self.introduce(&stream, tunnel, peer, first).await.is_ok() {
            pump(&stream, socket).await;
        }
        stream.reset().await;
        lock(&self.streams).remove(&id);
    }

    async fn introduce(
        &self,
        stream: &Stream,
        tunnel: &Tunnel,
        peer: SocketAddr,
        first: &[u8],
    ) -> io::Result<()> {
        let head = serde_json::to_vec(&Proxy {
            id: &tunnel.id,
            client_addr: peer.to_string(),
            proto: &tunnel.proto,
            edge_type: "0",
            passthrough_tls: tunnel.proto == "tls",
        })?;
        let mut start = kind::PROXY.to_be_bytes().to_vec();
        start.extend_from_slice(&(head.len() as i64).to_le_bytes());
        start.extend_from_slice(&head);
        start.extend_from_slice(first);
        stream.write(&start).await
    }
}

async fn write_frames<W>(writer: W, mut queue: mpsc::Receiver<Frame>) -> io::Result<()>
where
    W: AsyncWrite + Unpin,
{
    let mut writer = BufWriter::with_capacity(4 * CHUNK, writer);
    while let Some(frame) = queue.recv().await {
        let is_last = matches!(frame.body, Body::GoAway { .. });
        frame::write(&mut writer, frame).await?;
        if is_last {
            return writer.shutdown().await;
        }
        if queue.is_empty() {
            writer.flush().await?;
        }
    }
    Ok(())
}

async fn heartbeat(shared: &Shared, stream: &Stream, rest: Vec<u8>) -> io::Result<()> {
    let mut rest = rest;
    loop {
        let (mark, behind) = stream.read_u32(rest).await?;
        rest = behind;
        if shared.on_heartbeat() {
            stream.write(&mark.to_be_bytes()).await?;
        }
    }
}

/// Both ways at once. The agent's end ends the connection; a client that has finished may still read.
async fn pump<S: AsyncRead + AsyncWrite>(stream: &Stream, socket: S) {
    let (mut reader, mut writer) = tokio::io::split(socket);
    let inward = async {
        let mut buffer = vec![0; CHUNK];
        loop {
            let size = reader.read(&mut buffer).await?;
            match buffer.get(..size) {
                Some(part) if size > 0 => stream.write(part).await?,
                _ => return stream.finish().await,
            }
        }
    };
    let outward = async {
        loop {
            let part = stream.read().await?;
            if part.is_empty() {
                return writer.shutdown().await;
            }
            writer.write_all(&part).await?;
            writer.flush().await?;
        }
    };
    tokio::pin!(inward, outward);
    let outcome = tokio::select! {
        outcome = &mut outward => outcome,
        Err(error) = &mut inward => Err(error),
    };
    // Once both have ended well the stream is over, and `inward` must not be polled again.
    if outcome.is_ok() && !stream.is_over() {
        let _ = tokio::time::timeout(LAST_WORDS, inward).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
