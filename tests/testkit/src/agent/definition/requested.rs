//! The URL that a definition asks for, in one spelling, so that two ways to ask for the same URL are seen to be one.

use serde_json::{Map, Value};

use crate::agent::fields::strings;
use crate::agent::target::Kind;

/// The domain below which a `subdomain` lies. ngrok picks it by account and region; here it is always this one.
const SUBDOMAINS: &str = "ngrok.io";

/// What a tunnel asks for by `url`, `domain`, `hostname`, `subdomain` or `remote_addr`.
pub(super) fn of_tunnel(fields: &Map<String, Value>, kind: Kind) -> Option<String> {
    let text = |key: &str| {
        fields
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let plain = strings(fields.get("schemes")) == ["http"];
    let wanted = text("url")
        .or_else(|| text("domain"))
        .or_else(|| text("hostname"))
        .or_else(|| text("remote_addr"))
        .map(str::to_owned)
        .or_else(|| text("subdomain").map(|name| format!("{name}.{SUBDOMAINS}")))?;
    normal(&wanted, kind, plain)
}

/// What an endpoint asks for by `url`.
pub(super) fn of_endpoint(url: &str, kind: Kind) -> Option<String> {
    normal(url, kind, false)
}

/// `scheme://host[:port]` in lower case, without the scheme's own port; `None` if the service is to pick.
fn normal(url: &str, kind: Kind, plain: bool) -> Option<String> {
    let otherwise = match kind {
        Kind::Http if plain => "http",
        Kind::Http => "https",
        Kind::Tcp => "tcp",
        Kind::Tls => "tls",
    };
    let (scheme, authority) = url.split_once("://").unwrap_or((otherwise, url));
    let scheme = scheme.to_ascii_lowercase();
    let authority = authority.trim_end_matches('/').to_ascii_lowercase();
    let own_port = match scheme.as_str() {
        "http" => ":80",
        "https" | "tls" => ":443",
        _ => "",
    };
    let authority = match authority.strip_suffix(own_port) {
        Some(host) if !own_port.is_empty() => host,
        _ => &authority,
    };
    (!authority.is_empty()).then(|| format!("{scheme}://{authority}"))
}

/// The plain URL beside an https one.
pub(super) fn plain(url: &str) -> String {
    match url.strip_prefix("https://") {
        Some(authority) => format!("http://{authority}"),
        None => url.to_owned(),
    }
}

/// The host of a URL.
pub(super) fn host(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_url_has_one_spelling_however_it_is_asked_for() {
        for (fields, kind, expected) in [
            (
                json!({"domain": "A.ngrok.app"}),
                Kind::Http,
                Some("https://a.ngrok.app"),
            ),
            (
                json!({"url": "https://a.ngrok.app:443/"}),
                Kind::Http,
                Some("https://a.ngrok.app"),
            ),
            (
                json!({"hostname": "a.ngrok.app"}),
                Kind::Http,
                Some("https://a.ngrok.app"),
            ),
            (
                json!({"domain": "a.ngrok.app", "schemes": ["http"]}),
                Kind::Http,
                Some("http://a.ngrok.app"),
            ),
            (
                json!({"url": "http://a.ngrok.app:80"}),
                Kind::Http,
                Some("http://a.ngrok.app"),
            ),
            (
                json!({"subdomain": "a"}),
                Kind::Http,
                Some("https://a.ngrok.io"),
            ),
            (
                json!({"remote_addr": "1.tcp.ngrok.io:21746"}),
                Kind::Tcp,
                Some("tcp://1.tcp.ngrok.io:21746"),
            ),
            (json!({"domain": "a.test"}), Kind::Tls, Some("tls://a.test")),
            (json!({"url": "https://"}), Kind::Http, None),
            (json!({"url": "", "domain": ""}), Kind::Http, None),
            (json!({}), Kind::Tcp, None),
        ] {
            let fields = fields.as_object().unwrap();
            assert_eq!(of_tunnel(fields, kind).as_deref(), expected, "{fields:?}");
        }
        assert_eq!(host("https://a.internal:8443"), "a.internal");
        assert_eq!(plain("https://a.test"), "http://a.test");
    }
}
