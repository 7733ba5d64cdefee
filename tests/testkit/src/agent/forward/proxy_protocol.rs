//! The PROXY protocol: the upstream learns the visitor's address before the first byte.

use std::net::{IpAddr, SocketAddr};

/// What every greeting of version 2 begins with.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// The greeting of a version, 1 or 2, for a connection from `visitor` to `upstream`.
pub(super) fn greeting(version: u8, visitor: SocketAddr, upstream: SocketAddr) -> Vec<u8> {
    let (from, to) = (visitor.ip().to_canonical(), upstream.ip().to_canonical());
    let is_v4 = from.is_ipv4() && to.is_ipv4();
    if version == 1 {
        let family = if is_v4 { "TCP4" } else { "TCP6" };
        let (from, to) = if is_v4 {
            (from, to)
        } else {
            (as_v6(from), as_v6(to))
        };
        let (from_port, to_port) = (visitor.port(), upstream.port());
        return format!("PROXY {family} {from} {to} {from_port} {to_port}\r\n").into_bytes();
    }
    let mut addresses = Vec::new();
    for address in [from, to] {
        match (is_v4, address) {
            (true, IpAddr::V4(address)) => addresses.extend(address.octets()),
            (_, address) => {
                if let IpAddr::V6(address) = as_v6(address) {
                    addresses.extend(address.octets());
                }
            }
        }
    }
    addresses.extend(visitor.port().to_be_bytes());
    addresses.extend(upstream.port().to_be_bytes());
    // Version 2, command PROXY; TCP over IPv4 or IPv6.
    let mut greeting = [&SIGNATURE[..], &[0x21, if is_v4 { 0x11 } else { 0x21 }]].concat();
    let length = u16::try_from(addresses.len()).unwrap_or(u16::MAX);
    greeting.extend(length.to_be_bytes());
    greeting.extend(addresses);
    greeting
}

fn as_v6(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().into(),
        v6 => v6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_name_both_ends() {
        let addr = |text: &str| text.parse::<SocketAddr>().unwrap();
        let (visitor, upstream) = (addr("192.0.2.7:5555"), addr("127.0.0.1:80"));
        assert_eq!(
            greeting(1, visitor, upstream),
            b"PROXY TCP4 192.0.2.7 127.0.0.1 5555 80\r\n"
        );
        assert_eq!(
            greeting(1, addr("[2001:db8::1]:5555"), upstream),
            b"PROXY TCP6 2001:db8::1 ::ffff:127.0.0.1 5555 80\r\n"
        );
        let two = greeting(2, visitor, upstream);
        assert_eq!(&two[..16], b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c");
        assert_eq!(two[16..], [192, 0, 2, 7, 127, 0, 0, 1, 0x15, 0xb3, 0, 80]);
        let six = greeting(2, addr("[2001:db8::1]:1"), addr("[::1]:2"));
        assert_eq!((six[13], six.len()), (0x21, 16 + 36));
    }
}
