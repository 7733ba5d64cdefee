//! An upstream that keeps every byte it is sent and answers with bytes of the test's choice.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub(crate) struct Recorder {
    pub(crate) addr: SocketAddr,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Recorder {
    /// One request a connection, each answered with these bytes.
    pub(crate) fn start(answer: &[u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let requests: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let (kept, answer) = (requests.clone(), answer.to_vec());
        std::thread::spawn(move || {
            for mut socket in listener.incoming().map_while(Result::ok) {
                let request = one_request(&mut socket);
                kept.lock().unwrap().push(request);
                let _ = socket.write_all(&answer);
            }
        });
        Self { addr, requests }
    }

    /// The requests so far, as they came over the wire.
    pub(crate) fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap().clone()
    }
}

/// Head and body, by its `Content-Length` or its last chunk.
fn one_request(socket: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).map(|rest| {
                let digits = rest.lines().next().unwrap();
                digits.trim().parse::<usize>().unwrap()
            });
            let is_whole = match length {
                Some(length) => bytes.len() >= end + 4 + length,
                None if head.contains("transfer-encoding: chunked") => {
                    bytes.ends_with(b"\r\n0\r\n\r\n")
                }
                None => true,
            };
            if is_whole {
                return bytes;
            }
        }
        match socket.read(&mut part).unwrap_or(0) {
            0 => return bytes,
            size => bytes.extend_from_slice(&part[..size]),
        }
    }
}
