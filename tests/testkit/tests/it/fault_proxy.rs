//! The proxy that breaks connections.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ngrok_testkit::{ConnectionFault, FaultProxy};

const REQUEST: &[u8] = b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

/// A proxy in front of a server that always answers the same, and how many whole requests that has seen.
fn lab() -> (FaultProxy, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = FaultProxy::to(listener.local_addr().unwrap()).unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = vec![0; REQUEST.len()];
            if stream.read_exact(&mut request).is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(RESPONSE);
            }
        }
    });
    (proxy, seen)
}

/// What a client gets before the end, and how the connection ends.
fn ask(proxy: &FaultProxy) -> (Vec<u8>, Result<(), ErrorKind>) {
    let mut stream = TcpStream::connect(proxy.addr()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let _ = stream.write_all(REQUEST);
    let mut got = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return (got, Ok(())),
            Ok(_) if got.len() > 100_000 => return (got, Ok(())),
            Ok(n) => got.extend_from_slice(&buffer[..n]),
            Err(e) if e.kind() == ErrorKind::WouldBlock => return (got, Err(ErrorKind::TimedOut)),
            Err(e) => return (got, Err(e.kind())),
        }
    }
}

#[test]
fn each_fault_ends_the_connection_its_own_way() {
    let (proxy, seen) = lab();
    let whole = RESPONSE;
    assert_eq!(ask(&proxy), (whole.to_vec(), Ok(())));
    assert_eq!(seen.load(Ordering::SeqCst), 1);

    proxy.set(ConnectionFault::Refuse);
    assert_eq!(ask(&proxy), (Vec::new(), Err(ErrorKind::ConnectionReset)));
    proxy.set(ConnectionFault::ResetRequestAt(10));
    assert_eq!(ask(&proxy), (Vec::new(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(
        seen.load(Ordering::SeqCst),
        1,
        "no whole request came through"
    );

    for at in [0, 1, 17, whole.len() - 1] {
        proxy.set(ConnectionFault::CloseResponseAt(at));
        assert_eq!(ask(&proxy), (whole[..at].to_vec(), Ok(())), "{at}");
        proxy.set(ConnectionFault::StallResponseAt(at));
        assert_eq!(
            ask(&proxy),
            (whole[..at].to_vec(), Err(ErrorKind::TimedOut)),
            "{at}"
        );
        proxy.set(ConnectionFault::ResetResponseAt(at));
        // What was on its way may be lost with a reset.
        let (got, end) = ask(&proxy);
        assert!(
            whole[..at].starts_with(&got) && end == Err(ErrorKind::ConnectionReset),
            "{at}: {end:?}"
        );
    }
    proxy.set(ConnectionFault::Garbage);
    assert!(!ask(&proxy).0.starts_with(b"HTTP"));
    proxy.set(ConnectionFault::Endless);
    let (got, _) = ask(&proxy);
    assert!(got.len() > 100_000 && got.starts_with(&whole[..17]));
    proxy.set(ConnectionFault::None);
    assert_eq!(ask(&proxy).1, Ok(()));
    assert_eq!(proxy.connections(), 18);
}

#[test]
fn a_drip_takes_its_time() {
    let (proxy, _) = lab();
    proxy.set(ConnectionFault::Drip(Duration::from_millis(2)));
    let begin = Instant::now();
    let (got, end) = ask(&proxy);
    assert_eq!(end, Ok(()));
    assert!(begin.elapsed() >= Duration::from_millis(2) * u32::try_from(got.len()).unwrap());
}
