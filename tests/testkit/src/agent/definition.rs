//! A tunnel or endpoint as it is asked for: JSON of the API or YAML of the config file, checked in the agent's words.

use serde_json::{Map, Value};

use super::fields::{
    HeaderEdits, boolean, go_string, host_header, object, policy_credentials, refuse_unknown,
    strings,
};
use super::target::{Kind, Target};

/// Which of the two APIs a definition belongs to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Tunnel,
    /// With the fields that the answer repeats.
    Endpoint(Map<String, Value>),
}

/// What to open.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) target: Target,
    pub(crate) inspect: bool,
    pub(crate) shape: Shape,
    /// The address that was asked for: one agent gives it once, unless pooled.
    pub(crate) requested: Option<String>,
    pub(crate) pooled: bool,
    /// Both `http` and `https`: two tunnels, as the captured agent opens them.
    pub(crate) both_schemes: bool,
    /// `user:password`; empty lets everyone in.
    pub(crate) credentials: Vec<String>,
    pub(crate) host_header: Option<String>,
    pub(crate) request_header: HeaderEdits,
    pub(crate) response_header: HeaderEdits,
}

const COMMON: &[&str] = &[
    "name",
    "addr",
    "proto",
    "metadata",
    "inspect",
    "labels",
    "url",
    "pooling_enabled",
    "traffic_policy",
    "policy",
    "ip_restriction",
    "proxy_proto",
    "description",
];
const HTTP: &[&str] = &[
    "basic_auth",
    "circuit_breaker",
    "compression",
    "domain",
    "hostname",
    "subdomain",
    "host_header",
    "mutual_tls_cas",
    "oauth",
    "oidc",
    "request_header",
    "response_header",
    "schemes",
    "user_agent_filter",
    "verify_webhook",
    "websocket_tcp_converter",
    "app_protocol",
];
const TCP: &[&str] = &["remote_addr"];
const TLS: &[&str] = &[
    "domain",
    "hostname",
    "crt",
    "key",
    "terminate_at",
    "mutual_tls_cas",
];
const ENDPOINT: &[&str] = &[
    "name",
    "url",
    "upstream",
    "bindings",
    "metadata",
    "description",
    "traffic_policy",
    "pooling_enabled",
    "inspect",
    "agent_tls_termination",
];

impl Definition {
    /// Reads the body of `POST /api/tunnels`, or an entry of `tunnels:` with its name put in.
    pub(crate) fn tunnel(document: &Value) -> Result<Self, String> {
        let fields = object(document)?;
        let text = |key| go_string(fields, key);
        let proto = text("proto")?;
        let name = text("name")?;
        let (kind, own_keys, typ) = match proto {
            "http" => (Kind::Http, HTTP, "HTTPv2Tunnel"),
            "tcp" => (Kind::Tcp, TCP, "TCPv2Tunnel"),
            "tls" => (Kind::Tls, TLS, "TLSv2Tunnel"),
            other => return Err(format!("Invalid protocol name '{other}'")),
        };
        if name.is_empty() {
            return Err("Tunnel declaration must contain a 'name'".to_owned());
        }
        refuse_unknown(fields, &[COMMON, own_keys], typ)?;
        let addr = match fields.get("addr") {
            Some(Value::Number(port)) => port.to_string(),
            Some(Value::String(addr)) => addr.clone(),
            _ => String::new(),
        };
        let target = Target::parse(name, kind, &addr)?;
        let inspect = boolean(fields, "inspect")?;
        if kind != Kind::Http && inspect == Some(true) {
            let kind = kind.scheme().to_uppercase();
            return Err(format!("{kind} tunnel '{name}' cannot inspect traffic"));
        }
        if fields.contains_key("hostname") && fields.contains_key("subdomain") {
            return Err(format!(
                "Tunnel '{name}' must not specify both hostname and subdomain."
            ));
        }
        let requested = ["url", "domain", "hostname", "subdomain", "remote_addr"]
            .iter()
            .filter_map(|key| fields.get(*key)?.as_str())
            .find(|address| !is_random(address));
        let schemes = strings(fields.get("schemes"));
        Ok(Self {
            name: name.to_owned(),
            kind,
            target,
            inspect: inspect.unwrap_or(kind == Kind::Http),
            shape: Shape::Tunnel,
            requested: requested.map(str::to_owned),
            pooled: boolean(fields, "pooling_enabled")? == Some(true),
            both_schemes: kind == Kind::Http && schemes.len() > 1,
            credentials: strings(fields.get("basic_auth")),
            host_header: host_header(fields.get("host_header")),
            request_header: HeaderEdits::parse(fields.get("request_header")),
            response_header: HeaderEdits::parse(fields.get("response_header")),
        })
    }

    /// Reads the body of a POST or PUT to `/api/endpoints`, or an entry of `endpoints:`.
    pub(crate) fn endpoint(document: &Value) -> Result<Self, String> {
        let fields = object(document)?;
        let name = go_string(fields, "name")?;
        if name.is_empty() {
            return Err("Endpoint declaration must contain a 'name'".to_owned());
        }
        refuse_unknown(fields, &[ENDPOINT], "Endpoint")?;
        let url = go_string(fields, "url")?;
        let upstream = fields.get("upstream").and_then(|u| u.get("url"));
        let upstream = match upstream {
            Some(Value::String(url)) => url.clone(),
            Some(Value::Number(port)) => port.to_string(),
            _ => return Err(format!("Endpoint '{name}' must specify 'upstream.url'")),
        };
        if strings(fields.get("bindings")).len() > 1 {
            return Err(format!("Endpoint '{name}' specifies more than one binding"));
        }
        let kind = match url.split_once("://").or_else(|| upstream.split_once("://")) {
            Some(("tcp", _)) => Kind::Tcp,
            Some(("tls", _)) => Kind::Tls,
            _ => Kind::Http,
        };
        let bare = match kind {
            Kind::Http => upstream.as_str(),
            _ => upstream
                .trim_start_matches("tcp://")
                .trim_start_matches("tls://"),
        };
        let target = Target::parse(name, kind, bare)?;
        let mut shown = fields.clone();
        shown.retain(|key, value| key != "inspect" && key != "url" && !value.is_null());
        Ok(Self {
            name: name.to_owned(),
            kind,
            target,
            inspect: boolean(fields, "inspect")?.unwrap_or(kind == Kind::Http),
            shape: Shape::Endpoint(shown),
            requested: Some(url.to_owned()).filter(|url| !is_random(url)),
            pooled: boolean(fields, "pooling_enabled")? == Some(true),
            both_schemes: false,
            credentials: policy_credentials(fields.get("traffic_policy")),
            host_header: None,
            request_header: HeaderEdits::default(),
            response_header: HeaderEdits::default(),
        })
    }

    /// The binding of an endpoint that names none.
    pub(crate) fn default_binding(&self) -> &'static str {
        let url = self.requested.as_deref().unwrap_or_default();
        let authority = url.split("://").last().unwrap_or_default();
        let host = authority.split(':').next().unwrap_or_default();
        if host.ends_with(".internal") {
            "internal"
        } else {
            "public"
        }
    }

    /// The same tunnel under the name of its plain half.
    pub(crate) fn plain_half(&self) -> Self {
        Self {
            name: format!("{} (http)", self.name),
            requested: None,
            both_schemes: false,
            ..self.clone()
        }
    }
}

/// No address, or a scheme alone: the service picks one.
fn is_random(url: &str) -> bool {
    url.is_empty() || url.ends_with("://")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn refusals_are_worded_as_the_agent_words_them() {
        for (document, refusal) in [
            (json!({}), "Invalid protocol name ''"),
            (
                json!({"name": "b", "proto": "udp", "addr": "1"}),
                "Invalid protocol name 'udp'",
            ),
            (
                json!({"proto": "http", "addr": "80"}),
                "Tunnel declaration must contain a 'name'",
            ),
            (
                json!({"name": "n", "proto": "http"}),
                "Tunnel 'n' must specify 'addr' to tunnel to",
            ),
            (
                json!({"name": 5, "proto": "http", "addr": "80"}),
                "json: cannot unmarshal number into Go struct field .name of type string",
            ),
            (
                json!({"name": "n", "proto": "http", "addr": "80", "inspect": "yes"}),
                "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `yes` into bool",
            ),
            (
                json!({"name": "n", "proto": "tcp", "addr": "80", "inspect": true}),
                "TCP tunnel 'n' cannot inspect traffic",
            ),
            (
                json!({"name": "n", "proto": "http", "addr": "80", "bind_tls": true}),
                "yaml: unmarshal errors:\n  line 1: field bind_tls not found in type config.HTTPv2Tunnel",
            ),
            (
                json!({"name": "n", "proto": "http", "addr": "80", "hostname": "a", "subdomain": "b"}),
                "Tunnel 'n' must not specify both hostname and subdomain.",
            ),
        ] {
            assert_eq!(Definition::tunnel(&document).unwrap_err(), refusal);
        }
    }

    #[test]
    fn null_fields_count_as_absent() {
        let document =
            json!({"name": "n", "proto": "http", "addr": 80, "inspect": null, "metadata": null});
        let definition = Definition::tunnel(&document).unwrap();
        assert!(definition.inspect);
        assert_eq!(definition.target.to_string(), "http://localhost:80");
    }

    #[test]
    fn an_endpoint_takes_its_kind_from_its_url_or_its_upstream() {
        for (document, kind, target) in [
            (
                json!({"name": "e", "upstream": {"url": "8080"}}),
                Kind::Http,
                "http://localhost:8080",
            ),
            (
                json!({"name": "e", "upstream": {"url": 8080}}),
                Kind::Http,
                "http://localhost:8080",
            ),
            (
                json!({"name": "e", "url": "tcp://", "upstream": {"url": "localhost:22"}}),
                Kind::Tcp,
                "localhost:22",
            ),
            (
                json!({"name": "e", "upstream": {"url": "tcp://localhost:22"}}),
                Kind::Tcp,
                "localhost:22",
            ),
            (
                json!({"name": "e", "url": "tls://a.test", "upstream": {"url": "443"}}),
                Kind::Tls,
                "localhost:443",
            ),
        ] {
            let endpoint = Definition::endpoint(&document).unwrap();
            assert_eq!(
                (endpoint.kind, endpoint.target.to_string().as_str()),
                (kind, target)
            );
        }
        let refused = json!({"name": "e", "upstream": {"url": "80"}, "basic_auth": ["a:b"]});
        assert!(
            Definition::endpoint(&refused)
                .unwrap_err()
                .contains("basic_auth")
        );
    }

    #[test]
    fn a_policy_as_object_or_text_guards_an_endpoint() {
        let policy = json!({"on_http_request": [{"actions": [
            {"type": "basic-auth", "config": {"credentials": ["u:p"]}}]}]});
        for policy in [policy.clone(), policy.to_string().into()] {
            let document =
                json!({"name": "e", "upstream": {"url": "80"}, "traffic_policy": policy});
            assert_eq!(
                Definition::endpoint(&document).unwrap().credentials,
                ["u:p"]
            );
        }
    }
}
