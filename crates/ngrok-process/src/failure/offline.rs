//! Why an agent gets no session: the classes of network failures, and one way out for each.

/// What the agent asks when it cannot resolve ngrok's name; that this fails too says nothing about ngrok.
const FALLBACKS: [&str; 5] = [
    "dns.google",
    "cloudflare-dns.com",
    "s3.amazonaws.com/",
    "lookup s3.amazonaws.com",
    "has no records",
];

/// Returns whether an attempt to connect failed in a way that only follows from the failure before it.
pub(crate) fn is_fallback(error: &str) -> bool {
    FALLBACKS.iter().any(|words| error.contains(words))
}

struct Class {
    words: &'static [&'static str],
    hint: &'static str,
}

/// The first class counts of which the error has one of the words.
const CLASSES: [Class; 8] = [
    Class {
        words: &["expired or is not yet valid", "clock"],
        hint: "the clock of this machine is wrong, or a certificate on the way has expired: set date and time",
    },
    Class {
        words: &[
            "failed to load system roots",
            "no roots provided",
            "system root pool",
            "no system roots",
        ],
        hint: "this system has no root certificates: install the package ca-certificates",
    },
    Class {
        words: &[
            "unknown authority",
            "certificate is valid for",
            "not trusted",
            "certificate is not standards compliant",
            "failed to verify certificate",
            "x509: ",
        ],
        hint: "antivirus software or a proxy puts its own certificate in the place of ngrok's: exempt the agent from that, or, if it is to be so, set `connect_cas: host` (`root_cas: host` in files of version 2)",
    },
    Class {
        words: &[
            "does not look like a TLS handshake",
            "oversized record",
            "bad record MAC",
            "tls: unexpected message",
            "malformed HTTP response",
            "record overflow",
        ],
        hint: "what answers does not speak TLS as ngrok does: a proxy, a firewall or a login page for the network is in between",
    },
    Class {
        words: &[
            "proxyconnect",
            "Proxy Authentication Required",
            "socks connect",
            "failed to dial proxy",
            "proxy",
        ],
        hint: "check the proxy that the agent uses: `proxy_url` in its configuration file, or the variable `http_proxy`",
    },
    Class {
        words: &[
            "no such host",
            "server misbehaving",
            "lookup ",
            "has no records",
            "Temporary failure in name resolution",
        ],
        hint: "this machine cannot resolve ngrok's name: check its DNS, or set `dns_resolver_ips` in the agent's configuration file",
    },
    Class {
        words: &[
            "connection refused",
            "actively refused",
            "i/o timeout",
            "timed out",
            "deadline exceeded",
            "no route to host",
            "network is unreachable",
            "unreachable network",
            "host is down",
            "operation not permitted",
            "forbidden by its access permissions",
        ],
        hint: "a firewall blocks the way: allow connections to connect.ngrok-agent.com, port 443, or set `proxy_url` in the agent's configuration file",
    },
    Class {
        words: &[
            "EOF",
            "connection reset",
            "broken pipe",
            "forcibly closed",
            "aborted",
        ],
        hint: "something cuts the connection: check the firewall, VPN and proxy between this machine and connect.ngrok-agent.com, port 443",
    },
];

/// Returns what to do about a failed attempt to connect.
pub(super) fn hint(error: &str) -> &'static str {
    CLASSES
        .iter()
        .find(|class| class.words.iter().any(|words| error.contains(words)))
        .map_or(
            "check the way from this machine to connect.ngrok-agent.com, port 443; `ngrok-rs doctor` looks at it",
            |class| class.hint,
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_its_way_out() {
        for (errors, word) in [
            (
                [
                    "dial tcp: lookup tunnel.ngrok.com on [::1]:53: server misbehaving",
                    "dial tcp: lookup connect.ngrok-agent.com: no such host",
                    "failed to dial ngrok server with address \"connect.ngrok-agent.com:443\": lookup connect.ngrok-agent.com on 10.0.0.1:53: read udp 10.0.0.2:1->10.0.0.1:53: i/o timeout",
                ],
                "DNS",
            ),
            (
                [
                    "dial tcp 3.1.2.3:443: connect: connection refused",
                    "dial tcp 3.1.2.3:443: i/o timeout",
                    "dial tcp 3.1.2.3:443: connectex: A connection attempt failed because the connected party did not properly respond: timed out",
                ],
                "firewall blocks",
            ),
            (
                [
                    "failed to send authentication request: tls: failed to verify certificate: x509: certificate signed by unknown authority",
                    "x509: certificate is valid for *.corp.example, not connect.ngrok-agent.com",
                    "x509: “connect.ngrok-agent.com” certificate is not trusted",
                ],
                "connect_cas: host",
            ),
            (
                [
                    "x509: certificate has expired or is not yet valid: current time 1970-01-01T00:00:43Z is before 2022-02-24T23:59:59Z",
                    "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2040-01-01T00:00:00Z is after 2030-01-01T00:00:00Z",
                    "x509: certificate has expired or is not yet valid: ",
                ],
                "clock",
            ),
            (
                [
                    "x509: failed to load system roots and no roots provided",
                    "x509: failed to load system roots and no roots provided; open /etc/ssl/cert.pem: no such file or directory",
                    "tls: failed to verify certificate: x509: failed to load system roots and no roots provided; readdirent: no such file",
                ],
                "ca-certificates",
            ),
            (
                [
                    "tls: first record does not look like a TLS handshake",
                    "tls: oversized record received with length 20527",
                    "local error: tls: bad record MAC",
                ],
                "does not speak TLS",
            ),
            (
                [
                    "proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused",
                    "failed to dial proxy: Proxy Authentication Required",
                    "socks connect tcp 127.0.0.1:1080->connect.ngrok-agent.com:443: EOF",
                ],
                "check the proxy",
            ),
            (
                [
                    "read tcp 10.0.0.2:1->3.1.2.3:443: read: connection reset by peer",
                    "failed to fetch CRL: EOF",
                    "write tcp 10.0.0.2:1->3.1.2.3:443: write: broken pipe",
                ],
                "cuts the connection",
            ),
            (["", "go away", "code 7"], "doctor"),
        ] {
            for error in errors {
                assert!(hint(error).contains(word), "{error}: {}", hint(error));
            }
        }
    }

    #[test]
    fn fallbacks_are_known() {
        for (error, expected) in [
            (
                "Get \"https://dns.google.com/resolve?name=tunnel.ngrok.com\": dial tcp: lookup dns.google.com",
                true,
            ),
            (
                "Get \"https://s3.amazonaws.com/dns.ngrok.com/tunnel.json\": dial tcp: lookup s3.amazonaws.com: no such host",
                true,
            ),
            ("resolved localhost has no records", true),
            (
                "dial tcp: lookup tunnel.ngrok.com on [::1]:53: server misbehaving",
                false,
            ),
        ] {
            assert_eq!(is_fallback(error), expected, "{error}");
        }
    }
}
