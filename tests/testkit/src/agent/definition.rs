//! A tunnel or endpoint as it is asked for: JSON of the API or YAML of the config file, checked in the agent's words.

mod arm;
mod keys;
mod requested;

use serde_json::{Map, Value};

use self::arm::Armed;
use super::fields::{boolean, go_string, host_header, object, strings};
use super::policy::Refused;
use super::target::{Kind, Target};

/// What to open. A tunnel and an endpoint are the same thing, asked for in two ways.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) target: Target,
    pub(crate) inspect: bool,
    /// What the view of an endpoint repeats as it was given: `metadata`, `description`, `traffic_policy`, `bindings`.
    pub(crate) repeated: Map<String, Value>,
    /// The keys of `upstream` beside its URL.
    pub(crate) upstream: Map<String, Value>,
    /// The URL that was asked for: it is given once, unless pooled.
    pub(crate) requested: Option<String>,
    pub(crate) pooled: bool,
    /// Both `http` and `https`: two tunnels, as the captured agent opens them.
    pub(crate) both_schemes: bool,
    pub(crate) host_header: Option<String>,
    /// All that was asked for.
    fields: Map<String, Value>,
    /// Who may pass, and how the upstream is spoken to; empty until [`arm`](Self::arm).
    pub(crate) armed: Armed,
}

impl Definition {
    /// Reads the body of `POST /api/tunnels`, or an entry of `tunnels:` with its name put in.
    pub(crate) fn tunnel(document: &Value) -> Result<Self, String> {
        let fields = object(document)?;
        let proto = go_string(fields, "proto")?;
        let name = go_string(fields, "name")?;
        let (kind, typ) = match proto {
            "http" => (Kind::Http, "HTTPv2Tunnel"),
            "tcp" => (Kind::Tcp, "TCPv2Tunnel"),
            "tls" => (Kind::Tls, "TLSv2Tunnel"),
            other => return Err(format!("Invalid protocol name '{other}'")),
        };
        if name.is_empty() {
            return Err("Tunnel declaration must contain a 'name'".to_owned());
        }
        keys::check_tunnel(fields, kind, typ)?;
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
        let schemes = strings(fields.get("schemes"));
        let mut repeated = repeated(fields)?;
        if let Some(binding) = given(fields, "binding") {
            repeated.insert("bindings".to_owned(), strings(Some(binding)).into());
        }
        Ok(Self {
            name: name.to_owned(),
            kind,
            target,
            inspect: inspect.unwrap_or(kind == Kind::Http),
            repeated,
            upstream: Map::new(),
            requested: requested::of_tunnel(fields, kind),
            pooled: boolean(fields, "pooling_enabled")? == Some(true),
            both_schemes: kind == Kind::Http && schemes.len() > 1,
            host_header: host_header(fields.get("host_header")),
            fields: fields.clone(),
            armed: Armed::default(),
        })
    }

    /// Reads the body of a POST to `/api/endpoints`, or an entry of `endpoints:`.
    pub(crate) fn endpoint(document: &Value) -> Result<Self, String> {
        Self::endpoint_with(document, &[])
    }

    /// Reads the body of a PUT, which may repeat the `uri` of an answer.
    pub(crate) fn put(document: &Value) -> Result<Self, String> {
        Self::endpoint_with(document, keys::PUT)
    }

    fn endpoint_with(document: &Value, also: &[&str]) -> Result<Self, String> {
        let fields = object(document)?;
        let name = go_string(fields, "name")?;
        if name.is_empty() {
            return Err("Endpoint declaration must contain a 'name'".to_owned());
        }
        keys::check_endpoint(fields, also)?;
        let url = go_string(fields, "url")?;
        let (target_url, upstream) = upstream(name, fields)?;
        let kind = match url
            .split_once("://")
            .or_else(|| target_url.split_once("://"))
        {
            Some(("tcp", _)) => Kind::Tcp,
            Some(("tls", _)) => Kind::Tls,
            _ => Kind::Http,
        };
        let bare = match kind {
            Kind::Http | Kind::Tls => target_url.as_str(),
            Kind::Tcp => target_url.trim_start_matches("tcp://"),
        };
        let target = Target::parse(name, kind, bare)?;
        let repeated = repeated(fields)?;
        let bindings = strings(repeated.get("bindings"));
        if bindings.len() > 1 {
            return Err(format!("Endpoint '{name}' specifies more than one binding"));
        }
        Ok(Self {
            name: name.to_owned(),
            kind,
            target,
            inspect: boolean(fields, "inspect")?.unwrap_or(kind == Kind::Http),
            repeated,
            upstream,
            requested: requested::of_endpoint(url, kind),
            pooled: boolean(fields, "pooling_enabled")? == Some(true),
            both_schemes: false,
            host_header: None,
            fields: fields.clone(),
            armed: Armed::default(),
        })
    }

    /// Reads what the agent passes on unread and the service looks at, and refuses what cannot be carried out.
    pub(crate) fn arm(&mut self) -> Result<(), Refused> {
        self.armed = Armed::new(self)?;
        Ok(())
    }

    /// The binding of an endpoint that names none.
    pub(crate) fn default_binding(&self) -> &'static str {
        let url = self.requested.as_deref().unwrap_or_default();
        if requested::host(url).ends_with(".internal") {
            "internal"
        } else {
            "public"
        }
    }

    /// The same tunnel under the name of its plain half.
    pub(crate) fn plain_half(&self) -> Self {
        Self {
            name: format!("{} (http)", self.name),
            requested: self.requested.as_deref().map(requested::plain),
            both_schemes: false,
            ..self.clone()
        }
    }
}

/// The value of a key that is there and not null.
fn given<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    fields.get(key).filter(|value| !value.is_null())
}

/// `upstream.url` of an endpoint, and the other keys of its upstream.
fn upstream(
    name: &str,
    fields: &Map<String, Value>,
) -> Result<(String, Map<String, Value>), String> {
    let missing = || format!("Endpoint '{name}' must specify 'upstream.url'");
    let upstream = given(fields, "upstream").and_then(Value::as_object);
    let mut upstream = upstream.cloned().ok_or_else(missing)?;
    let url = match upstream.remove("url") {
        Some(Value::String(url)) if !url.is_empty() => url,
        Some(Value::Number(port)) => port.to_string(),
        _ => return Err(missing()),
    };
    upstream.retain(|_, value| !value.is_null());
    Ok((url, upstream))
}

/// What an answer repeats of a definition. A policy is shown as one YAML text, and the text of a policy file as it is.
fn repeated(fields: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut repeated = Map::new();
    for key in ["metadata", "description", "bindings"] {
        if let Some(value) = given(fields, key) {
            repeated.insert(key.to_owned(), value.clone());
        }
    }
    let policy = match given(fields, "traffic_policy_file") {
        Some(path) => Some(read_policy(path)?),
        None => match given(fields, "traffic_policy").or_else(|| given(fields, "policy")) {
            None => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(policy) => Some(serde_yaml::to_string(policy).map_err(|e| e.to_string())?),
        },
    };
    if let Some(policy) = policy {
        repeated.insert("traffic_policy".to_owned(), policy.into());
    }
    Ok(repeated)
}

/// The text of a `traffic_policy_file`; a relative path counts from the working directory.
fn read_policy(path: &Value) -> Result<String, String> {
    let path = path.as_str().unwrap_or_default();
    std::fs::read_to_string(path).map_err(|error| {
        format!(
            "error reading traffic policy file: {}",
            super::fields::open_error(std::path::Path::new(path), &error)
        )
    })
}

#[cfg(test)]
mod tests;
