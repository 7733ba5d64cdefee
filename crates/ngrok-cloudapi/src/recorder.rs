//! A server for tests: it keeps what it was asked and answers what it is told to. Unit and integration tests share it.

#![allow(dead_code, reason = "each test binary uses what it needs")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should end")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// One request as it came over the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    /// Path and query, escaped as they were sent.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Recorded {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    /// The connection breaks instead.
    pub(crate) cut: bool,
    /// The connection is closed afterwards, without a word.
    pub(crate) closes: bool,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            cut: false,
            closes: false,
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn closing(mut self) -> Self {
        self.closes = true;
        self
    }

    pub(crate) fn cut() -> Self {
        Self {
            cut: true,
            ..Self::new(0, "")
        }
    }
}

type Script = dyn Fn(&Recorded, usize) -> Answer + Send + Sync;

/// A server on its own loopback port; it ends when it is dropped.
pub(crate) struct Recorder {
    pub(crate) url: String,
    log: Arc<Mutex<Vec<Recorded>>>,
    connections: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    address: std::net::SocketAddr,
}

impl Recorder {
    /// `script` is given each request and how many came before it.
    pub(crate) fn start(
        script: impl Fn(&Recorded, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::<Mutex<Vec<Recorded>>>::default();
        let connections = Arc::<AtomicUsize>::default();
        let closed = Arc::<AtomicUsize>::default();
        let over = Arc::<AtomicBool>::default();
        let script: Arc<Script> = Arc::new(script);
        let (to_log, is_over) = (log.clone(), over.clone());
        let (count, ended) = (connections.clone(), closed.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                count.fetch_add(1, Ordering::SeqCst);
                let (script, log) = (script.clone(), to_log.clone());
                let ended = ended.clone();
                thread::spawn(move || {
                    serve(stream.unwrap(), &*script, &log);
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            url: format!("http://{address}"),
            log,
            connections,
            closed,
            over,
            address,
        }
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.log.lock().unwrap().clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many of them have ended.
    pub(crate) fn closed(&self) -> usize {
        self.closed.load(Ordering::SeqCst)
    }

    /// Method and target of each request.
    pub(crate) fn lines(&self) -> Vec<String> {
        let log = self.log.lock().unwrap();
        log.iter()
            .map(|r| format!("{} {}", r.method, r.target))
            .collect()
    }

    pub(crate) fn last(&self) -> Recorded {
        self.log.lock().unwrap().last().unwrap().clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

/// Serves one connection, kept alive until either side ends it.
fn serve(stream: TcpStream, script: &Script, log: &Mutex<Vec<Recorded>>) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(request) = read(&mut reader) {
        let before = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            log.len() - 1
        };
        let answer = script(&request, before);
        if answer.cut {
            return;
        }
        let mut head = format!("HTTP/1.1 {} X\r\n", answer.status);
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let has_length = answer
            .headers
            .iter()
            .any(|(name, _)| *name == "content-length");
        if answer.status != 204 && !has_length {
            head.push_str(&format!("content-length: {}\r\n", answer.body.len()));
        }
        let text = format!("{head}\r\n{}", answer.body);
        if writer.write_all(text.as_bytes()).is_err() || answer.closes {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Recorded> {
    let mut request = Recorded::default();
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    request.method = words.next()?.to_owned();
    request.target = words.next()?.to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        let name = name.to_ascii_lowercase();
        if name == "content-length" {
            length = value.parse().ok()?;
        }
        request.headers.push((name, value.to_owned()));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}
