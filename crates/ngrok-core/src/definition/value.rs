//! Whether a value fits its kind. Pure: what a file or a name stands for is not looked at.

use std::net::IpAddr;

use serde_json::Value;

use super::kind::{Kind, Mismatch};
use super::placeholder::is_placeholder;

/// Returns a scalar as the agent reads it: numbers and booleans count as text.
pub fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Returns a boolean as the agent reads it: its YAML reader still knows the words of YAML 1.1.
pub fn as_flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "y" | "yes" | "on" => Some(true),
            "n" | "no" | "off" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn mismatch(kind: &Kind, value: &Value) -> Option<Mismatch> {
    if value.is_null() {
        return None;
    }
    match kind {
        Kind::Any => None,
        Kind::Free => as_text(value).is_none().then_some(Mismatch::Type),
        Kind::Flag => match as_flag(value) {
            Some(_) => None,
            None => Some(unexpanded(value).unwrap_or(Mismatch::Type)),
        },
        Kind::Integer => match value.is_i64() {
            true => None,
            false => Some(unexpanded(value).unwrap_or(Mismatch::Type)),
        },
        Kind::Fraction => match value.as_f64() {
            Some(number) if (0.0..=1.0).contains(&number) => None,
            Some(_) => Some(Mismatch::Value),
            None => Some(unexpanded(value).unwrap_or(Mismatch::Type)),
        },
        Kind::Duration if value.is_i64() => (value != 0).then_some(Mismatch::Odd(
            "a number alone counts nanoseconds; add a unit, as in `10s`",
        )),
        Kind::List(item) => match value {
            Value::Array(items) => items.iter().find_map(|value| mismatch(item, value)),
            _ => Some(unexpanded(value).unwrap_or(Mismatch::Type)),
        },
        Kind::ListOrOne(item) => match value {
            Value::Array(items) => items.iter().find_map(|value| mismatch(item, value)),
            one => Some(mismatch(item, one).unwrap_or(Mismatch::Odd(
                "ngrok documents a list here, and agents may refuse one value alone",
            ))),
        },
        Kind::Mapping(_) => match value.is_object() {
            true => None,
            false => Some(unexpanded(value).unwrap_or(Mismatch::Type)),
        },
        // Its structure is looked at by the policy's own check.
        Kind::Policy => match value {
            Value::Object(_) => None,
            Value::String(text) if is_placeholder(text) => Some(Mismatch::Placeholder),
            Value::String(_) => None,
            _ => Some(Mismatch::Type),
        },
        // A boolean is text to the agent, but neither an address nor a duration.
        scalar
            if value.is_boolean()
                && !matches!(
                    scalar,
                    Kind::Text | Kind::Path | Kind::Pem | Kind::Word(_) | Kind::WordOr(..)
                ) =>
        {
            Some(Mismatch::Type)
        }
        scalar => match as_text(value) {
            Some(text) => text_mismatch(scalar, &text),
            None => Some(Mismatch::Type),
        },
    }
}

fn unexpanded(value: &Value) -> Option<Mismatch> {
    let text = value.as_str()?;
    is_placeholder(text).then_some(Mismatch::Placeholder)
}

fn text_mismatch(kind: &Kind, text: &str) -> Option<Mismatch> {
    // A header may hold ngrok's own variables, `${.oauth.user.email}`, which are no placeholders.
    if is_placeholder(text) {
        return Some(Mismatch::Placeholder);
    }
    // To the agent an empty text is an absent one.
    if text.is_empty() {
        return None;
    }
    let fits = match kind {
        Kind::Word(words) => words.contains(&text),
        Kind::WordOr(words, other) => {
            return match words.contains(&text) {
                true => None,
                false => text_mismatch(other, text),
            };
        }
        Kind::Duration => is_duration(text),
        Kind::Url(schemes) => text.split_once("://").is_some_and(|(scheme, rest)| {
            let known = schemes.iter().any(|one| scheme.eq_ignore_ascii_case(one));
            known && !rest.is_empty()
        }),
        Kind::HostPort => is_host_port(text),
        Kind::Listen => is_port(text, 0) || is_host_port(text),
        Kind::Address => is_address(text),
        Kind::Upstream => {
            text.split_once("://")
                .is_some_and(|(scheme, rest)| rest.is_empty() && !scheme.is_empty())
                || is_address(text)
        }
        Kind::PublicUrl => is_public_url(text),
        Kind::Domain => is_domain(text),
        Kind::Ip => text.parse::<IpAddr>().is_ok(),
        Kind::Cidr => is_cidr(text),
        Kind::HostPattern => !text.contains([' ', '@']) && !text.contains("://"),
        Kind::Credential => text
            .split_once(':')
            .is_some_and(|(user, password)| !user.is_empty() && !password.is_empty()),
        Kind::Header => text
            .split_once(':')
            .is_some_and(|(name, _)| !name.trim().is_empty()),
        Kind::Label => text
            .split_once('=')
            .is_some_and(|(name, _)| !name.is_empty()),
        _ => true,
    };
    (!fits).then_some(Mismatch::Value)
}

/// Reads what Go's `time.ParseDuration` reads.
fn is_duration(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    if text == "0" {
        return true;
    }
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
                .len();
        let Some((number, tail)) = rest.split_at_checked(digits) else {
            return false;
        };
        if number.is_empty() || number == "." || number.matches('.').count() > 1 {
            return false;
        }
        // `ms` before `m`, or it would not be found.
        let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
        match units.iter().find_map(|unit| tail.strip_prefix(unit)) {
            Some(tail) => rest = tail,
            None => return false,
        }
    }
    !text.is_empty()
}

fn is_host_port(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(host, port)| !host.contains("//") && is_port(port, 0))
}

fn is_port(text: &str, least: u16) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits && text.parse::<u16>().is_ok_and(|port| port >= least)
}

/// What agents take for an upstream. They do not notice a port that cannot be.
fn is_address(text: &str) -> bool {
    if text.starts_with("file://") {
        return text.len() > "file://".len();
    }
    if text.contains(char::is_whitespace) {
        return false;
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        let schemes = ["http", "https", "tcp", "tls"];
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        return schemes.iter().any(|one| scheme.eq_ignore_ascii_case(one)) && is_host_or_port(host);
    }
    is_host_or_port(text)
}

/// `80`, `:80`, `host`, `host:80`, `[::1]:80`.
fn is_host_or_port(text: &str) -> bool {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return is_port(text, 1);
    }
    if let Some(bracketed) = text.strip_prefix('[') {
        return bracketed.split_once(']').is_some_and(|(host, tail)| {
            let port = tail.strip_prefix(':');
            host.parse::<std::net::Ipv6Addr>().is_ok()
                && (tail.is_empty() || port.is_some_and(|port| is_port(port, 1)))
        });
    }
    match text.split_once(':') {
        Some((_, port)) => is_port(port, 1),
        None => !text.is_empty() && !text.contains('/'),
    }
}

/// A domain, a URL without a path, a scheme alone. Wildcards are domains, too.
fn is_public_url(text: &str) -> bool {
    let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
    let known = ["http", "https", "tcp", "tls"].contains(&scheme);
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (rest, None),
    };
    known && (host.is_empty() || is_domain(host)) && port.is_none_or(|port| is_port(port, 0))
}

fn is_domain(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "-_.*[]".contains(c))
}

fn is_cidr(text: &str) -> bool {
    let (ip, bits) = text.split_once('/').unwrap_or((text, ""));
    let Ok(ip) = ip.parse::<IpAddr>() else {
        return false;
    };
    let most = if ip.is_ipv4() { 32 } else { 128 };
    !text.contains('/') || (is_port(bits, 0) && bits.parse::<u8>().is_ok_and(|bits| bits <= most))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kind_takes_what_agents_take_and_nothing_else() {
        let cases: &[(Kind, &[Value], &[Value])] = &[
            (
                Kind::Text,
                &[json!("x"), json!(5), json!(true)],
                &[json!([]), json!({}), json!("${X}")],
            ),
            (Kind::Free, &[json!("${X}"), json!(1)], &[json!({"a": 1})]),
            (
                Kind::Flag,
                &[json!(true), json!("yes")],
                &[json!("x"), json!(1), json!([])],
            ),
            (
                Kind::Integer,
                &[json!(-1), json!(0)],
                &[json!("5"), json!(1.5)],
            ),
            (
                Kind::Fraction,
                &[json!(0), json!(0.5), json!(1)],
                &[json!(1.1), json!(-1), json!("0.5")],
            ),
            (
                Kind::Duration,
                &[
                    json!("10s"),
                    json!("1m30s"),
                    json!("1.5h"),
                    json!("100ms"),
                    json!(0),
                    json!("0"),
                ],
                &[
                    json!("soon"),
                    json!("5"),
                    json!(5),
                    json!("s"),
                    json!("1..2s"),
                    json!("1m30"),
                    json!([]),
                ],
            ),
            (
                Kind::Url(&["http", "https"]),
                &[json!("http://u:p@h:1"), json!("HTTPS://h")],
                &[json!("notaurl"), json!("ftp://h"), json!("http://")],
            ),
            (
                Kind::HostPort,
                &[
                    json!("localhost:4040"),
                    json!(":4040"),
                    json!("[::1]:1"),
                    json!("127.0.0.1:0"),
                ],
                &[
                    json!("nonsense"),
                    json!("a:b"),
                    json!("a:70000"),
                    json!(4040),
                    json!("http://a:1"),
                ],
            ),
            (
                Kind::Address,
                &[
                    json!(80),
                    json!("80"),
                    json!(":80"),
                    json!("localhost:80"),
                    json!("https://h:8443/x"),
                    json!("file:///srv/a b"),
                    json!("[::1]:80"),
                    json!("db"),
                    json!("tcp://h:1"),
                ],
                &[
                    json!(0),
                    json!(69420),
                    json!("tailtest:"),
                    json!("h:99999"),
                    json!("ftp://h"),
                    json!("a b"),
                    json!("/srv"),
                    json!("http://"),
                    json!("http://h:x"),
                    json!("proxy:${PORT}"),
                    json!(true),
                    json!("a:b:c"),
                ],
            ),
            (
                Kind::Upstream,
                &[json!("https://"), json!(80), json!("tls://h:1")],
                &[json!("://"), json!(0)],
            ),
            (
                Kind::PublicUrl,
                &[
                    json!("a.example.com"),
                    json!("https://a.example.com"),
                    json!("tcp://1.tcp.ngrok.io:12345"),
                    json!("tls://"),
                    json!("*.example.com"),
                    json!("https://a.internal"),
                    json!(""),
                    json!("http://a.example.com:80/"),
                ],
                &[
                    json!("ftp://a"),
                    json!("https://a.example.com/path"),
                    json!("https://a:x"),
                    json!("<DOMAIN>"),
                    json!("tls://a.example.com\""),
                    json!([]),
                ],
            ),
            (
                Kind::Ip,
                &[json!("1.1.1.1"), json!("::1")],
                &[json!("notanip"), json!("1.1.1.1/8")],
            ),
            (
                Kind::Cidr,
                &[
                    json!("10.0.0.0/8"),
                    json!("1.1.1.1"),
                    json!("::/0"),
                    json!("fe80::/128"),
                ],
                &[
                    json!("10.0.0.0/33"),
                    json!("10.0.0/8"),
                    json!("1.1.1.1/"),
                    json!("x"),
                ],
            ),
            (
                Kind::Credential,
                &[json!("a:b"), json!("a:b:c")],
                &[json!("nopass"), json!(":b"), json!("a:")],
            ),
            (
                Kind::Header,
                &[json!("x-a: b"), json!("x: ${.oauth.user.email}")],
                &[json!("x"), json!(": b")],
            ),
            (Kind::Label, &[json!("a=b")], &[json!("a"), json!("=b")]),
            (
                Kind::Word(&["1", "2"]),
                &[json!(1), json!("2"), json!("")],
                &[json!(9), json!("EU")],
            ),
            (
                Kind::WordOr(&["false"], &Kind::HostPort),
                &[json!(false), json!("false"), json!("h:1")],
                &[json!(true), json!("x")],
            ),
            (
                Kind::List(&Kind::Word(&["http", "https"])),
                &[json!([]), json!(["http"]), json!([null])],
                &[json!("http"), json!(["ftp"]), json!([["http"]])],
            ),
            (Kind::Mapping(&[]), &[json!({})], &[json!("a"), json!([])]),
            (
                Kind::Policy,
                &[json!({}), json!("on_http_request: []")],
                &[json!([]), json!(5), json!("{{ policy }}")],
            ),
        ];
        for (kind, right, wrong) in cases {
            assert_eq!(kind.mismatch(&Value::Null), None, "{kind:?}");
            for value in *right {
                assert_eq!(kind.mismatch(value), None, "{kind:?} takes {value}");
            }
            for value in *wrong {
                assert!(kind.mismatch(value).is_some(), "{kind:?} refuses {value}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}", near in "[0-9a-z:/.\\[\\]${}<>µ-]{0,24}") {
            for text in [text, near] {
                let value = Value::String(text);
                for kind in [
                    Kind::Text, Kind::Duration, Kind::HostPort, Kind::Address, Kind::Upstream, Kind::PublicUrl, Kind::Domain,
                    Kind::Cidr, Kind::Credential, Kind::Header, Kind::Label, Kind::Url(&["http"]), Kind::Policy, Kind::Flag,
                ] {
                    let _ = kind.mismatch(&value);
                }
            }
        }
    }
}
