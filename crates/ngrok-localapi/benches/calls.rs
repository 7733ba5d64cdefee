//! What the client costs on top of the socket: a pair of calls (start a tunnel, stop it) against the same bytes exchanged over a
//! bare kept-alive connection. `cargo bench -p ngrok-localapi`
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench may stop where it fails"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;

use divan::Bencher;
use ngrok_localapi::{Client, TunnelConfig};

const TUNNEL: &str = "{\"name\":\"web\",\"uri\":\"/api/tunnels/web\",\"public_url\":\"https://1e4198587332.ngrok.test\",\
    \"proto\":\"https\",\"config\":{\"addr\":\"http://localhost:8190\",\"inspect\":true},\"metrics\":{\"conns\":{\"count\":0,\
    \"gauge\":0,\"rate1\":0,\"rate5\":0,\"rate15\":0,\"p50\":0,\"p90\":0,\"p95\":0,\"p99\":0},\"http\":{\"count\":0,\"rate1\":0,\
    \"rate5\":0,\"rate15\":0,\"p50\":0,\"p90\":0,\"p95\":0,\"p99\":0}}}\n";

/// The first two requests that came.
type Record = Arc<Mutex<Vec<Vec<u8>>>>;

static SERVER: LazyLock<(SocketAddr, Record)> = LazyLock::new(serve);

fn main() {
    divan::main();
}

#[divan::bench]
fn start_and_stop(bencher: Bencher) {
    let client = Client::new(SERVER.0.to_string()).unwrap();
    let config = TunnelConfig::http("web", 8190);
    bencher.bench_local(|| {
        let tunnel = client.tunnels().start(&config).unwrap();
        client.tunnels().stop(&tunnel.name).unwrap();
    });
}

#[divan::bench]
fn bare_exchange_of_the_same_bytes(bencher: Bencher) {
    let requests = recorded();
    let answers = [answer(b"POST"), answer(b"DELE")];
    let mut stream = TcpStream::connect(SERVER.0).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = [0; 4096];
    bencher.bench_local(|| {
        for (request, answer) in requests.iter().zip(&answers) {
            stream.write_all(request).unwrap();
            stream.read_exact(&mut buffer[..answer.len()]).unwrap();
        }
    });
}

/// The bytes that the client sends for a pair.
fn recorded() -> Vec<Vec<u8>> {
    let (addr, seen) = &*SERVER;
    seen.lock().unwrap().clear();
    let client = Client::new(addr.to_string()).unwrap();
    client
        .tunnels()
        .start(&TunnelConfig::http("web", 8190))
        .unwrap();
    client.tunnels().stop("web").unwrap();
    seen.lock().unwrap().clone()
}

fn answer(method: &[u8]) -> Vec<u8> {
    const HEAD: &str = "Content-Type: application/json\r\nDate: Sat, 21 Nov 2026 20:43:10 GMT\r\n";
    match method {
        b"POST" => format!(
            "HTTP/1.1 201 Created\r\n{HEAD}Content-Length: {}\r\n\r\n{TUNNEL}",
            TUNNEL.len()
        ),
        _ => format!("HTTP/1.1 204 No Content\r\n{HEAD}\r\n"),
    }
    .into_bytes()
}

/// Answers each request at once.
fn serve() -> (SocketAddr, Record) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let seen = Record::default();
    let record = seen.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let record = record.clone();
            thread::spawn(move || answer_all(stream, &record));
        }
    });
    (addr, seen)
}

fn answer_all(mut stream: TcpStream, record: &Mutex<Vec<Vec<u8>>>) {
    stream.set_nodelay(true).unwrap();
    let answers = [answer(b"POST"), answer(b"DELE")];
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        request.extend_from_slice(&buffer[..read]);
        let posted = request.starts_with(b"POST");
        // Of the two only the first has a body, which ends in a brace.
        if !request.ends_with(if posted { b"}" } else { b"\r\n\r\n" }) {
            continue;
        }
        stream.write_all(&answers[usize::from(!posted)]).unwrap();
        let mut record = record.lock().unwrap();
        if record.len() < 2 {
            record.push(request.clone());
        }
        request.clear();
    }
}
