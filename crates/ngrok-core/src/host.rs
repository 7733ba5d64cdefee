//! Which hosts are this machine.

use std::net::{IpAddr, Ipv4Addr};

/// Returns whether a host, as it is written in a URL or an address, is this machine: `localhost`, a name below it, or a
/// loopback address.
///
/// Addresses count in every form in which resolvers read them: in brackets, mapped into IPv6, in hexadecimal or octal
/// parts, with fewer than four parts.
///
/// ```
/// use ngrok_core::is_loopback;
///
/// for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::ffff:127.0.0.1", "0x7f.1", "2130706433"] {
///     assert!(is_loopback(host), "{host}");
/// }
/// for host in ["example.com", "10.0.0.1", "127.0.0.1.example.com", "localhost.example.com", ""] {
///     assert!(!is_loopback(host), "{host}");
/// }
/// ```
pub fn is_loopback(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    let bare = bare
        .split_once('%')
        .map_or(bare, |(address, _zone)| address);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return ip.to_canonical().is_loopback();
    }
    let name = bare.strip_suffix('.').unwrap_or(bare).to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    inet_aton(&name).is_some_and(|ip| ip.is_loopback())
}

/// Reads an IPv4 address as `inet_aton` does: one to four parts, each decimal, octal (`0…`) or hexadecimal (`0x…`), the
/// last one filling what is left.
fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = text.split('.').map(part).collect::<Option<_>>()?;
    let (last, heads) = parts.split_last()?;
    if heads.len() > 3 || heads.iter().any(|part| *part > 255) {
        return None;
    }
    let room = 8 * (4 - heads.len() as u32);
    if room < 32 && *last >= 1 << room {
        return None;
    }
    let bits = heads.iter().enumerate().fold(*last, |bits, (at, part)| {
        bits | (part << (24 - 8 * at as u32))
    });
    Some(Ipv4Addr::from_bits(bits))
}

fn part(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(hex) => (hex, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    // `from_str_radix` alone would take a sign.
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    plain.then(|| u32::from_str_radix(digits, radix).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_in_every_form() {
        for host in [
            "LOCALHOST",
            "localhost.",
            "app.localhost",
            "127.0.0.1",
            "127.255.255.254",
            "::1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "::ffff:7f00:1",
            "0:0:0:0:0:0:0:1",
            "::1%lo",
            "127.1",
            "127.0.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "0177.0.0.1",
            "017700000001",
        ] {
            assert!(is_loopback(host), "{host}");
        }
    }

    #[test]
    fn other_machines_in_forms_that_look_alike() {
        for host in [
            "",
            ".",
            "0.0.0.0",
            "::",
            "[::1",
            "10.0.0.1",
            "128.0.0.1",
            "::2",
            "fe80::1",
            "127",
            "127.0.0.0.1",
            "127.0.0.256",
            "0x7f.0x1000000",
            "notlocalhost",
            "localhost.com",
            "127.0.0.1.nip.io",
            "+127.1",
            "127.-1",
            "0x.1",
            "08.1",
            "ⅷ.1",
            "4294967296",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".*", near in "[0-9a-fx.:\\[\\]%]{0,24}") {
            let _ = (is_loopback(&text), is_loopback(&near));
        }
    }
}
