//! The public's side of a tunnel: a raw HTTP/1.1 client that connects to the edge whatever the URL's name.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use ngrok_edge::Edge;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

pub(crate) trait Socket: Read + Write + Send {}
impl<T: Read + Write + Send> Socket for T {}

/// A response, its body freed from chunks.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A connection that stays open for several requests.
pub(crate) struct Connection {
    socket: Box<dyn Socket>,
    host: String,
    buffer: Vec<u8>,
}

/// Connects as a browser would: with TLS for an `https` URL, and trust in the edge alone.
pub(crate) fn connect(edge: &Edge, url: &str) -> Connection {
    connect_at(
        edge,
        edge.public_addr(url).expect("the tunnel is bound"),
        url,
    )
}

/// The same at another address.
pub(crate) fn connect_at(edge: &Edge, addr: SocketAddr, url: &str) -> Connection {
    let (scheme, host) = url.split_once("://").unwrap();
    let host = host.trim_end_matches('/');
    match scheme {
        "https" => Connection::over(tls(edge, host, socket(addr)), host),
        _ => plain(addr, host),
    }
}

/// Connects without TLS.
pub(crate) fn plain(addr: SocketAddr, host: &str) -> Connection {
    Connection::over(socket(addr), host)
}

fn socket(addr: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(addr).unwrap();
    let patience = Some(Duration::from_secs(60));
    socket.set_read_timeout(patience).unwrap();
    socket
}

fn tls(edge: &Edge, host: &str, socket: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(edge.ca_file()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(connection, socket)
}

/// One GET on a connection of its own.
pub(crate) fn get(edge: &Edge, url: &str, path: &str) -> Response {
    connect(edge, url).request("GET", path, &[], b"")
}

impl Connection {
    fn over(socket: impl Socket + 'static, host: &str) -> Self {
        Self {
            socket: Box::new(socket),
            host: host.to_owned(),
            buffer: Vec::new(),
        }
    }

    pub(crate) fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        self.send_request(method, path, headers, body);
        self.response()
    }

    pub(crate) fn send_request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        self.send(head.as_bytes());
        self.send(body);
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).unwrap();
        self.socket.flush().unwrap();
    }

    /// `None` if the connection is closed before the first byte of an answer.
    pub(crate) fn response_if_any(&mut self) -> Option<Response> {
        (!self.buffer.is_empty() || self.more() > 0).then(|| self.response())
    }

    pub(crate) fn response(&mut self) -> Response {
        let head = self.head();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let field = |name: &str| {
            head.lines().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        let body = if status < 200 || status == 204 || status == 304 {
            Vec::new()
        } else if field("transfer-encoding").is_some() {
            self.chunks()
        } else if let Some(length) = field("content-length") {
            self.exactly(length.parse().unwrap())
        } else {
            self.rest()
        };
        Response { status, head, body }
    }

    /// The head up to its empty line.
    pub(crate) fn head(&mut self) -> String {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                let behind = self.buffer.split_off(end + 4);
                let head = std::mem::replace(&mut self.buffer, behind);
                return String::from_utf8(head).unwrap();
            }
            assert!(self.more() > 0, "closed in the head: {:?}", self.buffer);
        }
    }

    pub(crate) fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.buffer.len() < length {
            assert!(self.more() > 0, "closed in the body");
        }
        let behind = self.buffer.split_off(length);
        std::mem::replace(&mut self.buffer, behind)
    }

    /// All that comes until the other side closes.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.more() > 0 {}
        std::mem::take(&mut self.buffer)
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let mut line = Vec::new();
            while !line.ends_with(b"\r\n") {
                line.extend(self.exactly(1));
            }
            let size = String::from_utf8(line).unwrap();
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            body.extend(self.exactly(size));
            self.exactly(2);
            if size == 0 {
                return body;
            }
        }
    }

    fn more(&mut self) -> usize {
        let mut part = [0; 64 * 1024];
        let size = self.socket.read(&mut part).unwrap_or(0);
        self.buffer.extend_from_slice(&part[..size]);
        size
    }
}
