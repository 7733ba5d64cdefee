//! https with an authority of our own, and through a proxy.

use std::error::Error as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use ngrok_cloudapi::{Client, ClientBuilder, ErrorKind, Method, Result, RetryPolicy};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

const HOST: &str = "api.private.test";

/// A port where TLS is spoken, and the certificate of the authority that vouches for it.
fn tls_server() -> (u16, String) {
    let authority_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().unwrap();
    let names = vec![HOST.to_owned(), "127.0.0.1".to_owned()];
    let leaf = CertificateParams::new(names)
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let tls = ServerConnection::new(config.clone()).unwrap();
            // A client that does not trust us goes away in the middle, which is what the test wants.
            let _ = answer(StreamOwned::new(tls, socket.unwrap()));
        }
    });
    (port, authority)
}

fn answer(mut stream: impl Read + Write) -> io::Result<()> {
    let mut head = String::new();
    let mut byte = [0];
    while !head.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(char::from(byte[0]));
    }
    let authorised = head.contains("authorization: Bearer key\r\n");
    let body = json!({ "authorised": authorised }).to_string();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()
}

/// A proxy that connects everything to `port`, and tells the head of each request that it gets.
fn proxy(port: u16) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://user:pass@{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut reader = BufReader::new(client.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                reader.read_line(&mut head).unwrap();
            }
            tell.send(head).unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (mut to, mut back) = (server.try_clone().unwrap(), client);
            thread::spawn(move || io::copy(&mut reader, &mut to));
            thread::spawn(move || io::copy(&mut &server, &mut back));
        }
    });
    (url, told)
}

fn call(builder: ClientBuilder) -> Result<Value> {
    let client = builder.retry(RetryPolicy::never()).build()?;
    client.request(Method::Get, "/x", &[], None)
}

#[test]
fn a_private_authority_is_trusted_only_if_it_is_given() {
    let (port, authority) = tls_server();
    let builder = || Client::builder("key").base_url(format!("https://127.0.0.1:{port}"));
    let answer = call(builder().root_certs(authority.as_str())).unwrap();
    assert_eq!(answer, json!({"authorised": true}));
    let error = call(builder()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    let cause = error.source().unwrap().to_string();
    assert!(cause.contains("certificate"), "{cause}");
    assert!(
        !error.is_retryable(),
        "it would be refused again: {error:?}"
    );
}

#[test]
fn https_goes_through_a_proxy_that_never_sees_the_key() {
    let (port, authority) = tls_server();
    let (proxy, told) = proxy(port);
    let builder = || {
        Client::builder("key")
            .base_url(format!("https://{HOST}"))
            .root_certs(authority.as_str())
    };
    let answer = call(builder().proxy(proxy)).unwrap();
    assert_eq!(answer, json!({"authorised": true}));
    let head = told.recv().unwrap();
    assert!(head.starts_with(&format!("CONNECT {HOST}:443 ")), "{head}");
    assert!(
        head.to_lowercase().contains("proxy-authorization: basic"),
        "{head}"
    );
    assert!(!head.contains("Bearer"), "{head}");
}
