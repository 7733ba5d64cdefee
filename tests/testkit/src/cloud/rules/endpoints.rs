//! Cloud endpoints, and the endpoints of agents that a test puts there.

use serde_json::{Map, Value};

use super::text::{domain_fault, is_within, tidy_domain};
use super::{Change, about, default, plain};
use crate::cloud::answer::{Answer, Checked};
use crate::cloud::policy;
use crate::cloud::store::{Resource, Store};
use crate::cloud::variant::{CloudVariant, Options};

/// An endpoint's URL in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    scheme: String,
    host: String,
    port: Option<u16>,
}

const SCHEMES: [&str; 4] = ["http", "https", "tcp", "tls"];

impl Url {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.split_once("://").ok_or("249")?;
        let scheme = scheme.to_lowercase();
        if !SCHEMES.contains(&scheme.as_str()) {
            return Err("18022");
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@', ' ']) {
            return Err("18001");
        }
        let (host, port) = match rest.split_once(':') {
            None => (rest, None),
            Some((host, port)) => {
                let digits = port.bytes().all(|b| b.is_ascii_digit());
                let port = port.parse::<u16>().ok().filter(|port| digits && *port > 0);
                (host, Some(port.ok_or("18003")?))
            }
        };
        if host.is_empty() {
            return Err("249");
        }
        let host = tidy_domain(host);
        if domain_fault(&host).is_some() {
            return Err("18001");
        }
        Ok(Self { scheme, host, port })
    }

    fn usual_port(&self) -> Option<u16> {
        match self.scheme.as_str() {
            "http" => Some(80),
            "https" | "tls" => Some(443),
            _ => None,
        }
    }

    /// The URL as it is kept: lower case, without the port that goes without saying.
    fn tidy(&self) -> String {
        match self.port.filter(|port| Some(*port) != self.usual_port()) {
            Some(port) => format!("{}://{}:{port}", self.scheme, self.host),
            None => format!("{}://{}", self.scheme, self.host),
        }
    }

    fn host_port(&self) -> String {
        match self.port.or(self.usual_port()) {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }
}

/// What the endpoint is bound to: what was given, or what its name implies.
fn bindings(given: &[&str], host: &str) -> Vec<String> {
    match given {
        [] if is_within(host, "internal") => vec!["internal".to_owned()],
        [] => vec!["public".to_owned()],
        given => given.iter().map(|binding| (*binding).to_owned()).collect(),
    }
}

pub(super) fn check(change: &Change<'_>) -> Checked {
    let given = change.after("bindings").and_then(Value::as_array);
    let given: Vec<&str> = given
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    known_bindings(change.store, &given)?;
    if let Some(text) = change.body.get("traffic_policy").and_then(Value::as_str) {
        traffic_policy(text)?;
    }
    let Some(text) = change.after_text("url") else {
        return Ok(());
    };
    let url = Url::parse(text).map_err(|code| about(code, text))?;
    let bindings = bindings(&given, &url.host);
    if let Some(old) = change.old.get("url").and_then(Value::as_str)
        && Url::parse(old).is_ok_and(|old| old.scheme != url.scheme)
    {
        return Err(about("18005", text));
    }
    if change.text("url").is_some() || change.body.contains_key("bindings") {
        fits(change.store, &url, &bindings)?;
    }
    same_url(change, &url, &bindings)
}

fn known_bindings(store: &Store, given: &[&str]) -> Checked {
    for (at, binding) in given.iter().enumerate() {
        if given.iter().take(at).any(|earlier| earlier == binding) {
            return Err(about("15006", binding));
        }
        let operator = binding
            .strip_prefix("k8s/")
            .or_else(|| binding.starts_with("k8sop_").then_some(*binding));
        match (operator, *binding) {
            (Some(id), _) if store.get("/kubernetes_operators", id).is_none() => {
                return Err(about("15010", binding));
            }
            (Some(_), _) | (None, "public" | "internal" | "kubernetes") => {}
            _ => return Err(about("15005", binding)),
        }
    }
    Ok(())
}

fn traffic_policy(text: &str) -> Checked {
    if text.trim().is_empty() {
        return Err(Answer::refuse(
            "18015",
            "The field 'traffic_policy' is required.",
        ));
    }
    match policy::check(text) {
        Ok(0) => Err(Answer::refuse(
            "18014",
            "The traffic policy must not be empty.",
        )),
        Ok(_) => Ok(()),
        Err(problem) => {
            let message = format!("The traffic policy is invalid: {problem}");
            Err(Answer::refuse("18002", message))
        }
    }
}

/// Whether the URL is one that these bindings take.
fn fits(store: &Store, url: &Url, bindings: &[String]) -> Checked {
    let text = url.tidy();
    for binding in bindings {
        match binding.as_str() {
            "internal" => {
                if !is_within(&url.host, "internal") {
                    return Err(about("9029", &url.host));
                }
                if url.host.split('.').count() > 5 {
                    return Err(about("9031", &url.host));
                }
            }
            "public" => {
                let needed = match url.scheme.as_str() {
                    "http" => Some(80),
                    "https" => Some(443),
                    _ => None,
                };
                if url.port.is_some() && needed.is_some() && url.port != needed {
                    return Err(about("18023", &text));
                }
            }
            _ if url.scheme == "https" => return Err(about("18018", &text)),
            _ => {}
        }
    }
    if url.port.or(url.usual_port()).is_none() {
        return Err(about("18003", &text));
    }
    let public = bindings.iter().any(|binding| binding == "public");
    if public && reserved(store, url).is_none() {
        return Err(about("18006", &text));
    }
    Ok(())
}

/// The reserved domain or address of a public URL.
fn reserved<'s>(store: &'s Store, url: &Url) -> Option<&'s Resource> {
    let wildcard = url
        .host
        .split_once('.')
        .map(|(_, rest)| format!("*.{rest}"));
    let domain = |name: &str| {
        let mut domains = store.all("/reserved_domains");
        domains.find(|domain| domain.text("domain") == Some(name))
    };
    domain(&url.host)
        .or_else(|| domain(&wildcard?))
        .or_else(|| {
            let wanted = url.host_port();
            store
                .all("/reserved_addrs")
                .find(|addr| addr.text("addr") == Some(wanted.as_str()))
        })
}

/// Two endpoints share a URL only if both are pooled.
fn same_url(change: &Change<'_>, url: &Url, bindings: &[String]) -> Checked {
    let text = url.tidy();
    let is_pooled = |value: Option<&Value>| value == Some(&Value::Bool(true));
    let same = |other: &&Resource| {
        let bound = other.value("bindings").and_then(Value::as_array);
        let shared = bound.into_iter().flatten().filter_map(Value::as_str);
        other.text("url") == Some(text.as_str())
            && shared
                .into_iter()
                .any(|b| bindings.iter().any(|own| own == b))
    };
    let Some(other) = change.others("/endpoints").find(same) else {
        return Ok(());
    };
    let pooled = is_pooled(change.after("pooling_enabled"));
    let code = match (pooled, is_pooled(other.value("pooling_enabled"))) {
        (true, true) => return Ok(()),
        (true, false) => "18016",
        (false, _) if change.options.has(CloudVariant::SameUrl18009) => "18009",
        (false, _) => "18017",
    };
    Err(about(code, &text))
}

pub(super) fn fill(
    store: &Store,
    options: &Options,
    given: &mut Map<String, Value>,
    own: &mut Map<String, Value>,
) {
    let agents = match options.has(CloudVariant::AgentEndpointType) {
        true => "agent",
        false => "ephemeral",
    };
    // Only cloud endpoints have a policy of their own, and only a test can put any other here.
    let is_cloud = given.contains_key("traffic_policy");
    default(given, "type", if is_cloud { "cloud" } else { agents });
    default(given, "pooling_enabled", false);
    if given.get("type") != Some(&Value::from("cloud")) {
        own.insert("uri".to_owned(), "".into());
    }
    let text = given.get("url").or_else(|| given.get("public_url"));
    let Some(Ok(url)) = text.and_then(Value::as_str).map(Url::parse) else {
        default(given, "bindings", vec!["public"]);
        return;
    };
    let bound = given.get("bindings").and_then(Value::as_array);
    let bound: Vec<&str> = bound
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let bound = bindings(&bound, &url.host);
    given.insert("bindings".to_owned(), bound.into());
    given.insert("url".to_owned(), url.tidy().into());
    own.insert("public_url".to_owned(), url.tidy().into());
    own.insert("hostport".to_owned(), url.host_port().into());
    own.insert("proto".to_owned(), url.scheme.clone().into());
    own.remove("domain");
    own.remove("tcp_addr");
    if let Some(found) = reserved(store, &url) {
        let name = if found.kind == "ReservedAddr" {
            "tcp_addr"
        } else {
            "domain"
        };
        own.insert(name.to_owned(), store.reference(found.id()));
    }
}

/// The scheme of an endpoint for filters: answers do not show it.
pub(in crate::cloud) fn scheme(resource: &Resource) -> Option<String> {
    if resource.kind != "Endpoint" {
        return None;
    }
    let (scheme, _) = resource.text("url")?.split_once("://")?;
    Some(scheme.to_owned())
}

/// Whether an endpoint's policy has an action of that type.
pub(super) fn has_action(endpoint: &Resource, action: &str) -> bool {
    let text = endpoint.text("traffic_policy").unwrap_or("");
    policy::actions(text).iter().any(|found| found == action)
}

/// The refusal of an id that leads to no endpoint.
pub(super) fn exists<'s>(store: &'s Store, id: &str) -> Result<&'s Resource, Answer> {
    store.get("/endpoints", id).ok_or_else(|| plain("27002"))
}
