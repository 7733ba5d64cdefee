//! Whether an agent ended because its port is taken, found out by the system's error number.
//!
//! Windows words the error in the user's language, so the agent's text alone does not tell.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

/// Whether the text says that an address could not be listened on, and that address is in use.
pub(super) fn is_taken(text: &str) -> bool {
    refused_address(text).is_some_and(|addr| {
        TcpListener::bind(addr).is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
    })
}

/// The address in `listen tcp 127.0.0.1:4040: bind: …`. A name is not looked up.
fn refused_address(text: &str) -> Option<SocketAddr> {
    let (_, rest) = text.split_once("listen tcp ")?;
    let (addr, _) = rest.split_once(": bind: ")?;
    addr.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_whether_the_port_is_taken_in_whatever_language_the_agent_speaks() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = listener.local_addr().unwrap();
        for said in [
            "address already in use",
            "Only one usage of each socket address is normally permitted.",
            "Normalerweise darf jede Socketadresse nur einmal verwendet werden.",
            "winapi error #10048",
        ] {
            let text = format!("failed: listen tcp {taken}: bind: {said}");
            assert!(is_taken(&text), "{text}");
        }
        drop(listener);
        for text in [
            format!("listen tcp {taken}: bind: permission denied"),
            "listen tcp localhost:1: bind: x".to_owned(),
            "listen tcp: lookup x".to_owned(),
            String::new(),
        ] {
            assert!(!is_taken(&text), "{text}");
        }
    }
}
