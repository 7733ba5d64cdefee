//! How ureq finds addresses: IP literals at once, names by a look-up that is cached, and no thread for a call.
//!
//! ureq's own resolver starts a thread for every call that has a deadline, even for an IP literal or a pooled connection.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};
use std::{io, thread};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long an answer of the system's resolver is used again.
const FRESH: Duration = Duration::from_secs(60);

/// As many addresses of one name are tried; ureq's list has room for 16.
const MAX_ADDRESSES: usize = 16;

/// A resolver for the handful of hosts that one client talks to.
#[derive(Debug, Default)]
pub struct CachedResolver {
    seen: Mutex<HashMap<(String, u16), Seen>>,
}

#[derive(Debug)]
struct Seen {
    at: Instant,
    addresses: Vec<SocketAddr>,
}

impl Resolver for CachedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri
            .host()
            .ok_or_else(|| ureq::Error::BadUri(format!("{uri} has no host")))?;
        let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
            Some("https") => 443,
            _ => 80,
        });
        let addresses = match ip_literal(host) {
            Some(ip) => vec![SocketAddr::new(ip, port)],
            None => self.look_up(host, port, timeout)?,
        };
        let mut resolved = self.empty();
        let family = config.ip_family();
        for address in family
            .keep_wanted(addresses.into_iter())
            .take(MAX_ADDRESSES)
        {
            resolved.push(address);
        }
        if resolved.is_empty() {
            return Err(ureq::Error::HostNotFound);
        }
        Ok(resolved)
    }
}

impl CachedResolver {
    fn look_up(
        &self,
        host: &str,
        port: u16,
        timeout: NextTimeout,
    ) -> Result<Vec<SocketAddr>, ureq::Error> {
        let key = (host.to_ascii_lowercase(), port);
        if let Some(seen) = self.lock().get(&key)
            && seen.at.elapsed() < FRESH
        {
            return Ok(seen.addresses.clone());
        }
        let addresses = ask_system(key.clone(), timeout)?;
        let seen = Seen {
            at: Instant::now(),
            addresses: addresses.clone(),
        };
        self.lock().insert(key, seen);
        Ok(addresses)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, u16), Seen>> {
        // Nothing can panic halfway through a change of the map.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `127.0.0.1` or `[::1]`, as a URL writes them.
fn ip_literal(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host)
        .parse()
        .ok()
}

/// One look-up. `getaddrinfo` cannot be interrupted, so one that must end in time runs in a thread that is left behind.
fn ask_system(key: (String, u16), timeout: NextTimeout) -> Result<Vec<SocketAddr>, ureq::Error> {
    if timeout.after.is_not_happening() {
        return Ok(key.to_socket_addrs()?.collect());
    }
    if timeout.after.is_zero() {
        return Err(ureq::Error::Timeout(timeout.reason));
    }
    let (answer, waiting) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("name look-up".to_owned())
        .spawn(move || {
            let addresses = key.to_socket_addrs().map(Iterator::collect);
            // Nobody waits any more when the deadline has passed.
            let _ = answer.send(addresses);
        })?;
    match waiting.recv_timeout(*timeout.after) {
        Ok(addresses) => Ok(addresses?),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(ureq::Error::Timeout(timeout.reason)),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(io::Error::other("the look-up of a host name died").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::Timeout;

    fn resolve(
        resolver: &CachedResolver,
        url: &str,
        within: Duration,
    ) -> Result<Vec<SocketAddr>, ureq::Error> {
        let timeout = NextTimeout {
            after: within.into(),
            reason: Timeout::Global,
            ..NextTimeout::default()
        };
        resolver
            .resolve(&url.parse().unwrap(), &Config::default(), timeout)
            .map(|found| found.iter().copied().collect())
    }

    #[test]
    fn literals_need_no_look_up() {
        let resolver = CachedResolver::default();
        for (url, address) in [
            ("http://127.0.0.1:4040/api", "127.0.0.1:4040"),
            ("http://127.0.0.1/", "127.0.0.1:80"),
            ("https://[::1]/", "[::1]:443"),
            ("http://[::1]:4041/", "[::1]:4041"),
        ] {
            let found = resolve(&resolver, url, Duration::from_nanos(1)).unwrap();
            assert_eq!(found, [address.parse().unwrap()], "{url}");
        }
        assert!(resolver.lock().is_empty());
    }

    #[test]
    fn a_name_is_looked_up_once() {
        let resolver = CachedResolver::default();
        let first = resolve(&resolver, "http://LOCALHOST:7/", Duration::from_secs(30)).unwrap();
        assert!(first.iter().all(|a| a.ip().is_loopback() && a.port() == 7));
        // Too short for a thread: only the cache can answer.
        let again = resolve(&resolver, "http://localhost:7/", Duration::from_nanos(1)).unwrap();
        assert_eq!(first, again);
    }

    #[test]
    fn an_old_answer_is_not_used_again() {
        let resolver = CachedResolver::default();
        let Some(long_ago) = Instant::now().checked_sub(FRESH) else {
            return; // The machine has only just started.
        };
        let seen = Seen {
            at: long_ago,
            addresses: vec!["192.0.2.1:7".parse().unwrap()],
        };
        resolver.lock().insert(("localhost".to_owned(), 7), seen);
        let found = resolve(&resolver, "http://localhost:7/", Duration::from_secs(30)).unwrap();
        assert!(found.iter().all(|a| a.ip().is_loopback()));
    }

    #[test]
    fn a_look_up_ends_with_the_deadline() {
        let resolver = CachedResolver::default();
        let error = resolve(&resolver, "http://localhost:7/", Duration::ZERO).unwrap_err();
        assert!(
            matches!(error, ureq::Error::Timeout(Timeout::Global)),
            "{error}"
        );
    }
}
