//! Which port a command listens on, without connecting to it where the system says so.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Returns the port that requests should go to: the wanted one if anything listens on it, else one that the process or one of
/// its children has opened. Only Linux knows the second.
pub(super) fn port(wanted: u16, of: Option<u32>) -> Option<u16> {
    if is_listening(wanted) {
        return Some(wanted);
    }
    of.and_then(opened_by)
}

fn is_listening(port: u16) -> bool {
    #[cfg(target_os = "linux")]
    if let Some(sockets) = linux::sockets() {
        return sockets.iter().any(|socket| socket.port == port);
    }
    [
        SocketAddr::from(([127, 0, 0, 1], port)),
        SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port)),
    ]
    .iter()
    .any(|addr| TcpStream::connect_timeout(addr, Duration::from_millis(200)).is_ok())
}

/// Returns a process and, on Linux, all that descend from it.
#[cfg(unix)]
pub(super) fn family(pid: u32) -> Vec<u32> {
    #[cfg(target_os = "linux")]
    return linux::family(pid);
    #[cfg(not(target_os = "linux"))]
    vec![pid]
}

#[cfg(not(target_os = "linux"))]
fn opened_by(_: u32) -> Option<u16> {
    None
}

#[cfg(target_os = "linux")]
fn opened_by(pid: u32) -> Option<u16> {
    let sockets = linux::sockets()?;
    let family = linux::family(pid);
    let owned: Vec<u64> = family.iter().flat_map(|pid| linux::inodes(*pid)).collect();
    let ports = sockets
        .iter()
        .filter(|socket| owned.contains(&socket.inode))
        .map(|socket| socket.port);
    // Of several, the lowest: debuggers and reloaders choose high ones.
    ports.min()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    /// A TCP socket that listens.
    #[derive(Debug, PartialEq)]
    pub(super) struct Socket {
        pub(super) port: u16,
        pub(super) inode: u64,
    }

    /// Returns every TCP socket of this machine that listens; `None` if the system does not say.
    pub(super) fn sockets() -> Option<Vec<Socket>> {
        let read = |name| fs::read_to_string(format!("/proc/self/net/{name}")).ok();
        let mut sockets = listening(&read("tcp")?);
        sockets.extend(listening(&read("tcp6").unwrap_or_default()));
        Some(sockets)
    }

    pub(super) fn listening(table: &str) -> Vec<Socket> {
        table.lines().skip(1).filter_map(socket).collect()
    }

    fn socket(line: &str) -> Option<Socket> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, port) = fields.get(1)?.rsplit_once(':')?;
        if *fields.get(3)? != "0A" {
            return None;
        }
        Some(Socket {
            port: u16::from_str_radix(port, 16).ok()?,
            inode: fields.get(9)?.parse().ok()?,
        })
    }

    /// Returns a process and all that descend from it.
    pub(super) fn family(root: u32) -> Vec<u32> {
        let mut parents = Vec::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let pid = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<u32>().ok());
            let stat = fs::read_to_string(entry.path().join("stat"));
            if let (Some(pid), Ok(stat)) = (pid, stat) {
                // The name of the program is in parentheses and may hold any character.
                let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
                let parent = rest
                    .split_whitespace()
                    .nth(1)
                    .and_then(|it| it.parse::<u32>().ok());
                parents.extend(parent.map(|parent| (pid, parent)));
            }
        }
        let mut family = vec![root];
        let mut at = 0;
        while let Some(&parent) = family.get(at) {
            for (pid, its_parent) in &parents {
                if *its_parent == parent && !family.contains(pid) {
                    family.push(*pid);
                }
            }
            at += 1;
        }
        family
    }

    /// Returns the inodes of the sockets that a process has open.
    pub(super) fn inodes(pid: u32) -> Vec<u64> {
        let files = fs::read_dir(format!("/proc/{pid}/fd"));
        files
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| {
                let target = fs::read_link(file.path()).ok()?;
                let inode = target
                    .to_str()?
                    .strip_prefix("socket:[")?
                    .strip_suffix(']')?;
                inode.parse().ok()
            })
            .collect()
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_sockets_is_read() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
            0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 42 1 0 100 0 0 10 0\n   \
            1: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 43 1 0 20 4 30 10 -1\n   \
            2: short\n";
        let found = linux::listening(table);
        assert_eq!(
            found,
            [linux::Socket {
                port: 8080,
                inode: 42
            }]
        );
    }

    #[test]
    fn a_listener_of_this_process_is_found() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        assert!(is_listening(own));
        assert!(opened_by(std::process::id()).is_some());
        assert_eq!(port(own, None), Some(own));
        drop(listener);
        assert!(!is_listening(own));
    }
}
