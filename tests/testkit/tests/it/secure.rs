//! TLS behind a tunnel, TLS that the agent ends, and the PROXY protocol.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};
use serde_json::json;
use tempfile::TempDir;

use crate::client::{Api, connect, get};

const PATIENCE: Option<Duration> = Some(Duration::from_secs(20));

/// An authority, and a certificate of it for this machine and for a client.
struct Certificates {
    folder: TempDir,
}

impl Certificates {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let own_key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let own = CertificateParams::new(names)
            .unwrap()
            .signed_by(&own_key, &issuer)
            .unwrap();
        let write =
            |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
        write("ca.pem", authority.pem());
        write("crt.pem", own.pem());
        write("key.pem", own_key.serialize_pem());
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![CertificateDer::from_pem_file(self.path("crt.pem")).unwrap()]
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_file(self.path("key.pem")).unwrap()
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(self.path("ca.pem")).unwrap())
            .unwrap();
        roots
    }

    /// An https server that answers every connection once, with the request line that it read.
    fn https(&self) -> SocketAddr {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(self.chain(), self.key())
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                stream.set_read_timeout(PATIENCE).unwrap();
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut tls = StreamOwned::new(connection, stream);
                let mut request = Vec::new();
                let mut byte = [0];
                // A handshake that fails is one that the test wants to fail.
                while !request.ends_with(b"\r\n\r\n") && tls.read_exact(&mut byte).is_ok() {
                    request.extend(byte);
                }
                let line = String::from_utf8_lossy(&request)
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{line}",
                    line.len()
                );
                let _ = tls.write_all(answer.as_bytes());
                let _ = tls.flush();
            }
        });
        addr
    }
}

#[test]
fn an_https_upstream_is_believed_unless_it_has_to_convince() {
    let certificates = Certificates::new();
    let port = certificates.https().port();
    let right = certificates.path("ca.pem");
    let missing = certificates.path("missing.pem");
    let other = Certificates::new();
    let api = Api::start();
    let ask = |name: &str, more: serde_json::Value| {
        let mut tunnel =
            json!({"name": name, "proto": "http", "addr": format!("https://localhost:{port}")});
        tunnel
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        get(&(api.open(&tunnel) + "/path"))
    };
    let answer = ask("anyone", json!({}));
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (200, "GET /path HTTP/1.1")
    );
    assert_eq!(
        ask(
            "ours",
            json!({"upstream_tls_verify": true, "upstream_tls_verify_cas": right})
        )
        .status,
        200
    );
    assert_eq!(
        ask("ours too", json!({"upstream_tls_verify_cas": right})).status,
        200
    );
    let untrusted = ask(
        "theirs",
        json!({"upstream_tls_verify_cas": other.path("ca.pem")}),
    );
    assert_eq!(
        (untrusted.status, untrusted.header("ngrok-error-code")),
        (502, "ERR_NGROK_8012")
    );
    assert_eq!(
        ask("public", json!({"upstream_tls_verify": true})).status,
        502
    );
    // A file that is not there is refused before anything is opened.
    let refused = api.call("POST", "/api/tunnels", &json!({
        "name": "gone", "proto": "http", "addr": "https://localhost", "upstream_tls_verify_cas": missing,
    }));
    assert_eq!(refused.status, 400);
    assert!(
        refused.text().contains("no such file or directory"),
        "{}",
        refused.text()
    );
}

#[test]
fn an_endpoint_reaches_an_https_upstream_and_replays_to_it() {
    let certificates = Certificates::new();
    let api = Api::start();
    let url = api.open(
        &json!({"name": "e", "upstream": {"url": format!("https://{}", certificates.https())}}),
    );
    assert_eq!(get(&(url + "/one")).text(), "GET /one HTTP/1.1");
    let id = api.captured()[0]["id"].clone();
    assert_eq!(
        api.call("POST", "/api/requests/http", &json!({"id": id}))
            .status,
        204
    );
    let statuses: Vec<_> = api
        .captured()
        .iter()
        .map(|it| it["response"]["status_code"].clone())
        .collect();
    assert_eq!(statuses, [200, 200]);
}

#[test]
fn a_plain_upstream_behind_https_is_a_502() {
    let api = Api::start();
    let upstream = ngrok_testkit::Upstream::start().unwrap();
    let url = api
        .open(&json!({"name": "e", "upstream": {"url": format!("https://{}", upstream.addr())}}));
    assert_eq!(get(&url).status, 502);
}

fn visit(
    certificates: &Certificates,
    url: &str,
    with_certificate: bool,
) -> std::io::Result<Vec<u8>> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(certificates.roots());
    let config = if with_certificate {
        builder
            .with_client_auth_cert(certificates.chain(), certificates.key())
            .unwrap()
    } else {
        builder.with_no_client_auth()
    };
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut tls = StreamOwned::new(connection, connect(url));
    tls.write_all(b"hello")?;
    let mut text = vec![0; 5];
    tls.read_exact(&mut text)?;
    Ok(text)
}

#[test]
fn tls_ends_in_the_agent_with_the_users_certificate() {
    let certificates = Certificates::new();
    let echo = ngrok_testkit::TcpEcho::start().unwrap();
    let api = Api::start();
    let path = |name: &str| certificates.path(name);
    let tunnel = json!({
        "name": "t", "proto": "tls", "addr": echo.addr().to_string(), "terminate_at": "agent",
        "crt": path("crt.pem"), "key": path("key.pem"),
    });
    assert_eq!(
        visit(&certificates, &api.open(&tunnel), false).unwrap(),
        b"hello"
    );
    let pem = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    let endpoint = json!({
        "name": "e", "url": "tls://", "upstream": {"url": echo.addr().to_string()},
        "agent_tls_termination": {
            "server_certificate": pem("crt.pem"), "server_private_key": pem("key.pem"),
            "mutual_tls_certificate_authorities": [path("ca.pem")],
        },
    });
    let url = api.open(&endpoint);
    assert_eq!(visit(&certificates, &url, true).unwrap(), b"hello");
    assert!(visit(&certificates, &url, false).is_err());
    let mut plain = connect(&url);
    plain.write_all(b"no TLS at all\n").unwrap();
    let mut rest = Vec::new();
    let _ = plain.read_to_end(&mut rest);
    assert!(!rest.windows(5).any(|it| it == b"no TL"), "{rest:?}");
}

/// The first bytes that a listener gets.
fn first_bytes(count: usize) -> (u16, mpsc::Receiver<(SocketAddr, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, bytes) = mpsc::channel();
    thread::spawn(move || {
        let (mut stream, peer): (TcpStream, SocketAddr) = listener.accept().unwrap();
        stream.set_read_timeout(PATIENCE).unwrap();
        let mut read = vec![0; count];
        stream.read_exact(&mut read).unwrap();
        send.send((peer, read)).unwrap();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    (port, bytes)
}

#[test]
fn the_upstream_is_greeted_with_the_proxy_protocol() {
    let api = Api::start();
    let (port, bytes) = first_bytes("PROXY TCP4 127.0.0.1".len());
    let url = api.open(&json!({"name": "one", "proto": "tcp", "addr": port, "proxy_proto": 1}));
    let _visitor = connect(&url);
    let (_, greeting) = bytes.recv_timeout(PATIENCE.unwrap()).unwrap();
    assert_eq!(greeting, b"PROXY TCP4 127.0.0.1");
    let (port, bytes) = first_bytes(16);
    let url = api.open(&json!({"name": "two", "upstream": {"url": port, "proxy_protocol": "2"}}));
    assert_eq!(get(&url).status, 200);
    let (_, greeting) = bytes.recv_timeout(PATIENCE.unwrap()).unwrap();
    assert_eq!(greeting, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c");
}
