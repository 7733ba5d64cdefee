//! The values that the agent's own keys take.

use std::net::IpAddr;

use serde_json::Value;

const REGIONS: &[&str] = &[
    "auto", "us", "us-cal-1", "eu", "eu-lon-1", "ap", "au", "sa", "jp", "in",
];

/// Whether an agent takes this value for this key. A key without rules takes any.
pub(super) fn fits(key: &str, value: &Value) -> bool {
    if value.is_null() {
        return true;
    }
    let one_of = |words: &[&str]| value.as_str().is_some_and(|text| words.contains(&text));
    match key {
        "region" => one_of(REGIONS),
        "log_level" => one_of(&["crit", "warn", "error", "info", "debug"]),
        "log_format" => one_of(&["term", "logfmt", "json"]),
        "console_ui" => value.is_boolean() || one_of(&["true", "false", "iftty"]),
        "console_ui_color" => one_of(&["black", "transparent"]),
        "update_channel" => one_of(&["stable", "unstable", "beta"]),
        "connect_timeout" | "heartbeat_interval" | "heartbeat_tolerance" => {
            value.as_str().is_some_and(is_duration)
        }
        "dns_resolver_ips" => value.as_array().is_some_and(|items| {
            let is_ip = |item: &Value| item.as_str().is_some_and(|ip| ip.parse::<IpAddr>().is_ok());
            items.iter().all(is_ip)
        }),
        "inspect_db_size" => value.is_i64(),
        "crl_noverify" | "remote_management" | "update_check" => value.is_boolean(),
        "proxy_url" => value.as_str().is_some_and(|url| {
            let scheme = url.split_once("://").map(|(scheme, _)| scheme);
            matches!(scheme, Some("http" | "https" | "socks5"))
        }),
        _ => true,
    }
}

/// A duration as Go writes it: numbers, each with its unit, as `1m30s`.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let unit = ["ms", "us", "µs", "ns", "h", "m", "s"]
            .into_iter()
            .find_map(|unit| after.strip_prefix(unit));
        match (number.parse::<f64>(), unit) {
            (Ok(_), Some(after)) => rest = after,
            _ => return false,
        }
        parts += 1;
    }
    parts > 0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_taken_or_refused() {
        for (key, value, taken) in [
            ("region", json!("eu-lon-1"), true),
            ("region", json!("moon"), false),
            ("console_ui", json!(true), true),
            ("console_ui", json!("iftty"), true),
            ("console_ui", json!("maybe"), false),
            ("console_ui_color", json!("pink"), false),
            ("heartbeat_interval", json!("1m30s"), true),
            ("heartbeat_interval", json!("soon"), false),
            ("heartbeat_interval", json!("10"), false),
            ("connect_timeout", json!(""), false),
            ("update_channel", json!("nightly"), false),
            ("dns_resolver_ips", json!(["1.1.1.1", "::1"]), true),
            ("dns_resolver_ips", json!(["notanip"]), false),
            ("dns_resolver_ips", json!("1.1.1.1"), false),
            ("inspect_db_size", json!(-1), true),
            ("inspect_db_size", json!("5"), false),
            ("update_check", json!("yes"), false),
            ("proxy_url", json!("user:pw@proxy:3128"), false),
            ("proxy_url", json!("socks5://proxy:3128"), true),
            ("log_level", json!("loud"), false),
            ("log_level", json!(null), true),
            ("web_addr", json!(4040), true),
        ] {
            assert_eq!(fits(key, &value), taken, "{key}: {value}");
        }
    }
}
