//! `web_allow_hosts`: names under which the local API may be called beside those of the machine.

use crate::agent::network::Network;

/// Whether an entry is this host: the same name or address, a network that holds it, or a `.suffix` of it.
pub(super) fn allow(entries: &[String], host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse();
    entries.iter().any(|entry| {
        if entry.eq_ignore_ascii_case(host) {
            return true;
        }
        if let (Ok(address), Some(network)) = (&address, Network::parse(entry)) {
            return network.contains(*address);
        }
        entry.starts_with('.')
            && host
                .to_ascii_lowercase()
                .ends_with(&entry.to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_networks_and_suffixes_are_allowed() {
        let entries = [
            "api.test",
            ".internal.test",
            "10.0.0.0/8",
            "192.168.1.5",
            "fd00::/8",
        ];
        let entries = entries.map(str::to_owned);
        for (host, allowed) in [
            ("api.test", true),
            ("API.test", true),
            ("www.api.test", false),
            ("a.internal.test", true),
            ("a.b.Internal.test", true),
            ("internal.test", false),
            ("evilinternal.test", false),
            ("10.200.1.1", true),
            ("11.0.0.1", false),
            ("192.168.1.5", true),
            ("192.168.1.6", false),
            ("[fd00::1]", true),
            ("[fe80::1]", false),
        ] {
            assert_eq!(allow(&entries, host), allowed, "{host}");
        }
        assert!(!allow(&[], "api.test"));
    }
}
