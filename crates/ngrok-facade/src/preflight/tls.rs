//! Tells TLS from anything else by its answer to a greeting, without a TLS library.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Whether what listens there speaks TLS; `None` if it says nothing in time.
pub(super) fn speaks_tls(at: SocketAddr, patience: Duration) -> Option<bool> {
    greet(at, patience).ok()
}

/// Whether what listens there speaks TLS, or why that cannot be said in time.
pub(super) fn greet(at: SocketAddr, patience: Duration) -> io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&at, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(&hello())?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer)?;
    let [kind, version] = answer;
    Ok(matches!(kind, 0x15 | 0x16) && version == 3)
}

/// A TLS 1.2 `ClientHello` with two common ciphers and no extension. A server answers it with a handshake or an alert,
/// and which of them is all the same to us.
fn hello() -> Vec<u8> {
    let version = [3, 3];
    // Nobody needs it to be random here.
    let random = [0; 32];
    let no_session = [0];
    let ciphers = [0, 4, 0xc0, 0x2f, 0x00, 0x2f];
    let no_compression = [1, 0];
    let body = [
        &version[..],
        &random,
        &no_session,
        &ciphers,
        &no_compression,
    ]
    .concat();
    let handshake = [&[1, 0, 0, 43], &body[..]].concat();
    [&[0x16, 3, 1, 0, 47], &handshake[..]].concat()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_greeting_has_the_lengths_it_says() {
        let hello = super::hello();
        assert_eq!(usize::from(hello[4]), hello.len() - 5);
        assert_eq!(usize::from(hello[8]), hello.len() - 9);
    }
}
