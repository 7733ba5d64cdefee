//! Passes connections on from the port that the endpoint leads to, for a command that listens on another one.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::exit::{Failure, Outcome};
use crate::threads;

/// The most connections at a time; further ones are closed at once.
const MOST: usize = 256;

/// Listens on `from` of this machine and passes each connection on to `to`, until the program ends.
pub(super) fn start(from: u16, to: u16) -> Outcome {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, from))
        .map_err(|error| Failure::Io(format!("cannot listen on port {from}"), error))?;
    let open = Arc::new(AtomicUsize::new(0));
    threads::spawn("forward", move || {
        for stream in listener.incoming().flatten() {
            if open.fetch_add(1, Ordering::Relaxed) >= MOST {
                open.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let done = Arc::clone(&open);
            let started = threads::spawn("connection", move || {
                let _ = pass(&stream, to);
                done.fetch_sub(1, Ordering::Relaxed);
            });
            if started.is_err() {
                open.fetch_sub(1, Ordering::Relaxed);
            }
        }
    })
}

fn pass(visitor: &TcpStream, to: u16) -> io::Result<()> {
    let upstream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, to)))
        .or_else(|_| TcpStream::connect(SocketAddr::from((Ipv6Addr::LOCALHOST, to))))?;
    let (from_visitor, to_upstream) = (visitor.try_clone()?, upstream.try_clone()?);
    let requests = threads::spawn("requests", move || {
        let _ = copy(&from_visitor, &to_upstream);
    });
    if requests.is_err() {
        return Ok(());
    }
    copy(&upstream, visitor)
}

/// Copies to the end, and passes the end on.
fn copy(mut from: &TcpStream, mut to: &TcpStream) -> io::Result<()> {
    let copied = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
    copied.map(drop)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn connections_are_passed_on_both_ways() {
        let echo = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = echo.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in echo.incoming() {
                let mut stream = stream.unwrap();
                let mut text = String::new();
                stream.read_to_string(&mut text).unwrap();
                stream.write_all(text.to_uppercase().as_bytes()).unwrap();
            }
        });
        let from = {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            free.local_addr().unwrap().port()
        };
        start(from, to).unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", from)).unwrap();
        stream.write_all(b"hello").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "HELLO");
    }
}
