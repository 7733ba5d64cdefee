//! A download host that answers as a test scripts it, faults included. It listens on a free port of this machine.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// How many requests came before.
    pub(crate) number: usize,
}

/// What is answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// Closes the connection after that many bytes of the body, although more were announced.
    pub(crate) cut_at: Option<usize>,
    /// Goes quiet after that many bytes of the body, and stays so until the peer leaves.
    pub(crate) stall_at: Option<usize>,
    /// Sends that many bytes, waits, and so on.
    pub(crate) pace: Option<(usize, Duration)>,
    /// Sends the body in chunks, without announcing its length.
    pub(crate) chunked: bool,
}

impl Answer {
    pub(crate) fn ok(body: &[u8]) -> Self {
        Self {
            status: 200,
            body: body.to_vec(),
            ..Self::default()
        }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    pub(crate) fn redirect(to: impl Into<String>) -> Self {
        Self::status(302).with("location", to)
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn cut_at(mut self, bytes: usize) -> Self {
        self.cut_at = Some(bytes);
        self
    }

    /// The part that the request's `Range` asks for, under this ETag, or all of it.
    pub(crate) fn ranged(request: &Request, body: &[u8], etag: &str) -> Self {
        let asked = request.headers.get("range");
        let fits = request
            .headers
            .get("if-range")
            .is_none_or(|tag| tag == etag);
        let start = asked.filter(|_| fits).and_then(|range| {
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse()
                .ok()
        });
        let answer = match start {
            Some(start) => {
                let range = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
                let mut answer = Self::ok(&body[start..]).with("content-range", range);
                answer.status = 206;
                answer
            }
            None => Self::ok(body),
        };
        answer.with("etag", etag)
    }
}

type Script = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

/// A running host. Its threads end with the test's process.
pub(crate) struct Host {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
}

/// Any connection: plain, or TLS.
pub(crate) trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

impl Host {
    pub(crate) fn start(script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_over(script, |tcp| Some(Box::new(tcp)))
    }

    /// A host that answers everything with these bytes.
    pub(crate) fn serving(body: Vec<u8>) -> Self {
        Self::start(move |_| Answer::ok(&body))
    }

    /// A host whose connections are first made into something else.
    pub(crate) fn start_over(
        script: impl Fn(&Request) -> Answer + Send + Sync + 'static,
        wrap: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, wrap): (Script, _) = (Arc::new(script), Arc::new(wrap));
        let log = Arc::clone(&seen);
        thread::spawn(move || {
            for tcp in listener.incoming() {
                let (script, wrap, log) = (script.clone(), wrap.clone(), log.clone());
                thread::spawn(move || {
                    // A peer that leaves, as tests make it do, is no fault.
                    if let Some(stream) = wrap(tcp.unwrap()) {
                        let _ = serve(stream, &script, &log);
                    }
                });
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

fn serve(
    stream: Box<dyn Stream>,
    script: &Script,
    log: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some(request) = read_request(&mut stream, log)? else {
        return Ok(());
    };
    let answer = script(&request);
    let mut stream = stream.into_inner();
    let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if answer.chunked {
        head.push_str("transfer-encoding: chunked\r\n\r\n");
    } else {
        head.push_str(&format!("content-length: {}\r\n\r\n", answer.body.len()));
    }
    stream.write_all(head.as_bytes())?;
    let end = answer
        .cut_at
        .or(answer.stall_at)
        .unwrap_or(answer.body.len());
    let (step, pause) = answer.pace.unwrap_or((64 * 1024, Duration::ZERO));
    for piece in answer.body[..end].chunks(step) {
        if answer.chunked {
            write!(stream, "{:x}\r\n", piece.len())?;
            stream.write_all(piece)?;
            stream.write_all(b"\r\n")?;
        } else {
            stream.write_all(piece)?;
        }
        stream.flush()?;
        thread::sleep(pause);
    }
    if answer.stall_at.is_some() {
        let _ = stream.read(&mut [0]);
    } else if answer.chunked && answer.cut_at.is_none() {
        stream.write_all(b"0\r\n\r\n")?;
    }
    stream.flush()
}

fn read_request(
    stream: &mut impl BufRead,
    log: &Mutex<Vec<Request>>,
) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let Some(path) = line.split(' ').nth(1).map(str::to_owned) else {
        return Ok(None);
    };
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut log = log.lock().unwrap();
    let request = Request {
        path,
        headers,
        number: log.len(),
    };
    log.push(request.clone());
    Ok(Some(request))
}
