//! Looks whether an upstream answers, before a visitor finds out that it does not.

mod network;
mod tls;

pub use network::check_network;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ngrok_core::{Address, mask_url};

use crate::finding::{Finding, FindingCode};

/// How long one connection to an upstream may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// Looks whether the upstream listens, on which IP version, and whether it speaks TLS as the address says.
///
/// The answer holds at least one [`Finding`]: what is wrong, or that all is well. It takes a second at most for each
/// address that the host's name resolves to, and sends an upstream of http or https the first bytes of a TLS handshake.
///
/// ```
/// use ngrok_facade::{FindingCode, preflight};
///
/// let findings = preflight("[::1]");
/// assert_eq!(findings[0].code, FindingCode::AddressInvalid);
/// println!("{}", findings[0]);
/// ```
pub fn preflight(addr: impl ToString) -> Vec<Finding> {
    match Address::parse(&addr.to_string()) {
        Err(error) => vec![invalid(error.to_string())],
        Ok(address) => look(&address),
    }
}

fn look(address: &Address) -> Vec<Finding> {
    match Target::of(address) {
        Err(finding) => vec![finding],
        Ok(Target::Directory(path)) => vec![directory(&path)],
        Ok(Target::Socket { host, port, scheme }) => {
            socket(&shown(address), &host, port, scheme.as_deref())
        }
    }
}

fn invalid(text: String) -> Finding {
    Finding::error(
        FindingCode::AddressInvalid,
        text,
        "give a port, host:port or a URL",
    )
}

/// The address as it may be shown.
fn shown(address: &Address) -> String {
    mask_url(&address.to_string())
}

/// The part of [`preflight`] that sends nothing to the upstream: the finding if it does not listen.
pub(crate) fn closed(address: &Address) -> Option<Finding> {
    match Target::of(address).ok()? {
        Target::Directory(path) => {
            Some(directory(&path)).filter(|it| it.code == FindingCode::DirectoryMissing)
        }
        Target::Socket { host, port, .. } => reach(&shown(address), &host, port).err(),
    }
}

/// Whether the upstream is on this machine, and so answers at once.
pub(crate) fn is_here(address: &Address) -> bool {
    match Target::of(address) {
        Ok(Target::Socket { host, .. }) => {
            host.eq_ignore_ascii_case("localhost")
                || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        _ => true,
    }
}

enum Target {
    Directory(PathBuf),
    Socket {
        host: String,
        port: u16,
        scheme: Option<String>,
    },
}

impl Target {
    fn of(address: &Address) -> Result<Self, Finding> {
        let (authority, scheme, default_port) = match address {
            Address::Port(port) => {
                return Ok(Self::Socket {
                    host: "localhost".to_owned(),
                    port: *port,
                    scheme: implied(address),
                });
            }
            Address::Directory(_) => {
                return Ok(Self::Directory(address.directory().unwrap_or_default()));
            }
            Address::Host(host) => (host.as_str(), implied(address), 80),
            Address::Url { scheme, url } => {
                let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
                let host = authority
                    .rsplit_once('@')
                    .map_or(authority, |(_, host)| host);
                (
                    host,
                    Some(scheme.clone()),
                    if scheme == "https" || scheme == "tls" {
                        443
                    } else {
                        80
                    },
                )
            }
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let port = port.parse().map_err(|_| {
                    invalid(format!("address `{}` has no usable port", shown(address)))
                })?;
                (host, port)
            }
            _ => (authority, default_port),
        };
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        Ok(Self::Socket { host, port, scheme })
    }
}

/// The scheme that the agent takes for one without any.
fn implied(address: &Address) -> Option<String> {
    address.is_https_port().then(|| "https".to_owned())
}

fn directory(path: &Path) -> Finding {
    let shown = path.display();
    if path.is_dir() {
        return Finding::ok(FindingCode::UpstreamOk, format!("{shown} is a directory"));
    }
    Finding::error(
        FindingCode::DirectoryMissing,
        format!("{shown} is not a directory"),
        "name a directory that exists, by its absolute path",
    )
}

fn socket(addr: &str, host: &str, port: u16, scheme: Option<&str>) -> Vec<Finding> {
    let open = match reach(addr, host, port) {
        Ok(open) => open,
        Err(finding) => return vec![finding],
    };
    let mut findings = Vec::new();
    // `localhost` is both addresses; an agent that takes the one nobody listens on answers visitors with an error.
    if let Some(other) = loopbacks(host)
        .into_iter()
        .find(|ip| !open.iter().any(|it| it.ip() == *ip))
        && let Some(&first) = open.first()
        && other.is_ipv4()
    {
        findings.push(Finding::warning(
            FindingCode::UpstreamOtherIpVersion,
            format!(
                "port {port} listens on {} but not on {}",
                first.ip(),
                SocketAddr::new(other, port).ip()
            ),
            format!("say {first} instead of {addr}"),
        ));
    }
    let speaks_tls = open.first().and_then(|&at| tls::speaks_tls(at, PATIENCE));
    match (scheme, speaks_tls) {
        (None | Some("http"), Some(true)) => findings.push(Finding::error(
            FindingCode::UpstreamSpeaksTls,
            format!("{addr} speaks TLS, so plain HTTP to it fails"),
            format!("say https://{host}:{port}", host = bracketed(host)),
        )),
        (Some("https"), Some(false)) => findings.push(Finding::error(
            FindingCode::UpstreamNotTls,
            format!("{addr} does not speak TLS"),
            format!("say http://{host}:{port}", host = bracketed(host)),
        )),
        _ => {}
    }
    if findings.is_empty() {
        findings.push(Finding::ok(
            FindingCode::UpstreamOk,
            format!("{addr} answers"),
        ));
    }
    findings
}

/// Those of the host's addresses that something listens on, or why there are none.
fn reach(addr: &str, host: &str, port: u16) -> Result<Vec<SocketAddr>, Finding> {
    let listens = |at: &SocketAddr| TcpStream::connect_timeout(at, PATIENCE).is_ok();
    let loopbacks = loopbacks(host);
    let candidates: Vec<SocketAddr> = if loopbacks.is_empty() {
        match (host, port).to_socket_addrs() {
            Ok(found) => found.collect(),
            Err(_) => {
                return Err(Finding::error(
                    FindingCode::UpstreamUnknownHost,
                    format!("the name {host} does not resolve"),
                    "check the name, or give an IP address",
                ));
            }
        }
    } else {
        loopbacks
            .iter()
            .map(|&ip| SocketAddr::new(ip, port))
            .collect()
    };
    let open: Vec<SocketAddr> = candidates
        .iter()
        .copied()
        .filter(|at| listens(at))
        .collect();
    if !open.is_empty() {
        return Ok(open);
    }
    let other = match host.parse() {
        Ok(IpAddr::V4(ip)) if ip.is_loopback() => {
            Some(SocketAddr::from((Ipv6Addr::LOCALHOST, port)))
        }
        Ok(IpAddr::V6(ip)) if ip.is_loopback() => {
            Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        }
        _ => None,
    };
    Err(match other.filter(listens) {
        Some(other) => Finding::error(
            FindingCode::UpstreamOtherIpVersion,
            format!("nothing listens on {addr}, but something does on {other}"),
            format!("say {other} instead"),
        ),
        None => Finding::error(
            FindingCode::UpstreamClosed,
            format!("nothing listens on {addr}"),
            "start your server first, or give the port that it listens on",
        ),
    })
}

/// The addresses of `localhost`, which need no look-up; none for another host.
fn loopbacks(host: &str) -> Vec<IpAddr> {
    if host.eq_ignore_ascii_case("localhost") {
        vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
    } else {
        Vec::new()
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    fn codes(addr: &str) -> Vec<FindingCode> {
        preflight(addr)
            .into_iter()
            .map(|finding| finding.code)
            .collect()
    }

    /// A listener that answers every connection with `reply` as soon as it was sent something.
    fn answering(at: &str, reply: &'static [u8]) -> u16 {
        let listener = TcpListener::bind(at).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 512]);
                let _ = stream.write_all(reply);
            }
        });
        port
    }

    const HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\r\n";
    const ALERT: &[u8] = b"\x15\x03\x03\x00\x02\x02\x28";

    #[test]
    fn a_closed_port_is_told_with_what_to_do() {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        for addr in [
            port.to_string(),
            format!("localhost:{port}"),
            format!("http://127.0.0.1:{port}/x"),
        ] {
            assert_eq!(codes(&addr), [FindingCode::UpstreamClosed], "{addr}");
        }
        assert!(
            closed(&Address::Port(port))
                .unwrap()
                .to_string()
                .contains("start your server")
        );
    }

    #[test]
    fn a_listener_on_ipv4_is_well() {
        let port = answering("127.0.0.1:0", HTTP);
        assert_eq!(codes(&port.to_string()), [FindingCode::UpstreamOk]);
        assert_eq!(
            codes(&format!("http://127.0.0.1:{port}/path")),
            [FindingCode::UpstreamOk]
        );
        assert_eq!(
            codes(&format!("tcp://127.0.0.1:{port}")),
            [FindingCode::UpstreamOk]
        );
        assert_eq!(closed(&Address::Port(port)), None);
        assert_eq!(
            codes(&format!("[::1]:{port}")),
            [FindingCode::UpstreamOtherIpVersion]
        );
    }

    #[test]
    fn a_listener_on_ipv6_alone_is_told() {
        let port = answering("[::1]:0", HTTP);
        assert_eq!(codes(&format!("[::1]:{port}")), [FindingCode::UpstreamOk]);
        let found = preflight(port);
        assert_eq!(found[0].code, FindingCode::UpstreamOtherIpVersion);
        assert!(
            found[0].remedy.contains(&format!("[::1]:{port}")),
            "{}",
            found[0]
        );
        assert_eq!(
            codes(&format!("127.0.0.1:{port}")),
            [FindingCode::UpstreamOtherIpVersion]
        );
    }

    #[test]
    fn tls_where_http_is_expected_and_the_other_way_round() {
        let tls = answering("127.0.0.1:0", ALERT);
        assert_eq!(
            codes(&format!("127.0.0.1:{tls}")),
            [FindingCode::UpstreamSpeaksTls]
        );
        assert_eq!(
            codes(&format!("https://127.0.0.1:{tls}")),
            [FindingCode::UpstreamOk]
        );
        let plain = answering("127.0.0.1:0", HTTP);
        assert_eq!(
            codes(&format!("https://127.0.0.1:{plain}")),
            [FindingCode::UpstreamNotTls]
        );
    }

    #[test]
    fn only_this_machine_is_here() {
        for (addr, here) in [
            ("8080", true),
            ("localhost:80", true),
            ("http://[::1]:80", true),
            ("127.0.0.9:80", true),
            ("file:///srv", true),
            ("192.168.0.5:80", false),
            ("http://db", false),
            ("[fe80::1]:80", false),
        ] {
            assert_eq!(is_here(&addr.parse().unwrap()), here, "{addr}");
        }
    }

    #[test]
    fn directories_and_addresses_that_are_none() {
        let here = std::env::current_dir().unwrap();
        let url = Address::from_directory(&here).to_string();
        assert_eq!(codes(&url), [FindingCode::UpstreamOk]);
        assert_eq!(codes(r"Q:\no\such"), [FindingCode::DirectoryMissing]);
        assert_eq!(
            codes("file:///no/such/directory"),
            [FindingCode::DirectoryMissing]
        );
        assert_eq!(codes("::1"), [FindingCode::AddressInvalid]);
        assert_eq!(codes("http://h:99999"), [FindingCode::AddressInvalid]);
    }
}
