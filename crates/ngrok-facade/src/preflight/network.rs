//! Looks at the way from this machine to ngrok's service: the name of its ingress, a connection, the start of TLS.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ngrok_core::Deadline;

use super::tls;
use crate::finding::{Finding, FindingCode};

/// Where agents of version 3 connect to, unless their configuration says otherwise.
const INGRESS: (&str, u16) = ("connect.ngrok-agent.com", 443);

/// Looks whether ngrok's ingress can be reached from here, within `timeout`: whether its name resolves, whether it accepts a
/// connection, and whether what answers speaks TLS.
///
/// The one [`Finding`] says where the way ends, and what to do, or that all is well. What a proxy or another ingress of the
/// agent's configuration makes of it is not looked at, nor whether a certificate is ngrok's own.
pub fn check_network(timeout: Duration) -> Vec<Finding> {
    let (host, port) = INGRESS;
    vec![way_to(host, port, timeout)]
}

fn way_to(host: &str, port: u16, timeout: Duration) -> Finding {
    let deadline = Deadline::after(timeout);
    let shown = format!("{host}:{port}");
    let addresses = match resolve(host, port, deadline) {
        Ok(addresses) if !addresses.is_empty() => addresses,
        Ok(_) => return unresolved(host, "it has no address"),
        Err(error) => return unresolved(host, &error.to_string()),
    };
    let mut last = None;
    for address in addresses {
        let left = deadline.remaining_or(timeout);
        if left.is_zero() {
            break;
        }
        match tls::greet(address, left) {
            Ok(true) => {
                return Finding::ok(
                    FindingCode::NetworkOk,
                    format!("ngrok's ingress {shown} answers at {address}, by TLS"),
                );
            }
            Ok(false) => {
                return Finding::error(
                    FindingCode::NetworkNotTls,
                    format!(
                        "what answers for ngrok's ingress {shown} at {address} does not speak TLS"
                    ),
                    "a proxy, a firewall or a login page for the network is in between: exempt the agent from it, or set `proxy_url` in its configuration file",
                );
            }
            Err(error) => last = Some((address, error)),
        }
    }
    let why = match last {
        Some((address, error)) => format!(" at {address}: {error}"),
        None => format!(" within {timeout:?}"),
    };
    Finding::error(
        FindingCode::NetworkBlocked,
        format!("ngrok's ingress {shown} does not answer{why}"),
        "let the firewall pass connections to this host and port, or set `proxy_url` in the agent's configuration file",
    )
}

fn unresolved(host: &str, why: &str) -> Finding {
    Finding::error(
        FindingCode::NetworkUnknownHost,
        format!("the name of ngrok's ingress, {host}, does not resolve: {why}"),
        "check the DNS of this machine, or set `dns_resolver_ips` in the agent's configuration file",
    )
}

/// The system's look-up knows no deadline, so it is left behind if it takes too long.
fn resolve(host: &str, port: u16, deadline: Deadline) -> io::Result<Vec<SocketAddr>> {
    let (send, receive) = mpsc::channel();
    let name = host.to_owned();
    thread::Builder::new()
        .name("ngrok-lookup".into())
        .spawn(move || {
            let found = (name.as_str(), port).to_socket_addrs();
            let _ = send.send(found.map(Iterator::collect));
        })?;
    let wait = deadline.remaining_or(Duration::from_secs(60));
    receive
        .recv_timeout(wait)
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Instant;

    fn served(answer: &'static [u8]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.read(&mut [0; 512]);
                let _ = stream.write_all(answer);
                if answer.is_empty() {
                    thread::park();
                }
            }
        });
        port
    }

    #[test]
    fn each_end_of_the_way_is_told_apart_within_the_deadline() {
        let closed = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let timeout = Duration::from_secs(2);
        for (host, port, code) in [
            (
                "127.0.0.1",
                served(b"\x15\x03\x03\x00\x02\x02\x28"),
                FindingCode::NetworkOk,
            ),
            (
                "127.0.0.1",
                served(b"\x16\x03\x03\x00\x31"),
                FindingCode::NetworkOk,
            ),
            (
                "127.0.0.1",
                served(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                FindingCode::NetworkNotTls,
            ),
            ("127.0.0.1", closed, FindingCode::NetworkBlocked),
            ("127.0.0.1", served(b""), FindingCode::NetworkBlocked),
            ("no such name", 443, FindingCode::NetworkUnknownHost),
        ] {
            let begin = Instant::now();
            let finding = way_to(host, port, timeout);
            assert_eq!(finding.code, code, "{finding}");
            assert!(
                begin.elapsed() < timeout + Duration::from_secs(2),
                "{finding}"
            );
            assert_eq!(finding.remedy.is_empty(), code == FindingCode::NetworkOk);
        }
    }
}
