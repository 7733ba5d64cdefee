//! Who calls: the key in the `Authorization` header, what it is, and what it may do.

use std::net::IpAddr;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::answer::{Answer, Checked};
use super::catalog::Route;
use super::ids;
use super::network;
use super::store::{Resource, Store};
use super::variant::Options;
use crate::clock;

/// The path of the key that a request was made with.
#[derive(Clone, Debug, Default)]
pub(super) struct Caller {
    pub(super) key: String,
}

/// The words of a scope for the services that access tokens can be limited to.
const SCOPES: [(&str, &str); 21] = [
    ("agent_ingresses", "agent-ingresses"),
    ("api_keys", "api-keys"),
    ("certificate_authorities", "certificate-authorities"),
    ("credentials", "credentials"),
    ("endpoints", "endpoints"),
    ("event_destinations", "events"),
    ("event_sources", "events"),
    ("event_subscriptions", "events"),
    ("ip_policies", "ip-policies"),
    ("ip_policy_rules", "ip-policies"),
    ("ip_restrictions", "ip-restrictions"),
    ("reserved_addrs", "tcp-addrs"),
    ("reserved_domains", "domains"),
    ("ssh_certificate_authorities", "ssh-certificate-authorities"),
    ("ssh_credentials", "ssh-credentials"),
    ("ssh_host_certificates", "ssh-host-certificates"),
    ("ssh_user_certificates", "ssh-user-certificates"),
    ("tls_certificates", "tls-certificates"),
    ("tunnel_sessions", "tunnel-sessions"),
    ("tunnels", "tunnels"),
    ("vaults", "vaults"),
];

/// Finds the caller by the header, or says what is wrong with it. Messages quote the credential in full, as ngrok's do.
pub(super) fn caller(store: &Store, header: Option<&str>) -> Result<Caller, Answer> {
    let Some(header) = header else {
        return Err(Answer::refuse(
            "200",
            "The API requires authentication: send an API key as `Authorization: Bearer KEY`.",
        ));
    };
    let Some(credentials) = credentials(header) else {
        let message = format!(
            "The Authorization header can be neither read as Bearer nor as Basic: '{header}'."
        );
        return Err(Answer::refuse("201", message));
    };
    let found = credentials.iter().find_map(|token| store.by_token(token));
    let quoted = credentials.join(":");
    match found {
        Some(("/credentials", _)) => Err(Answer::refuse(
            "206",
            format!("This is an authtoken for agents, not an API key. Credential: '{quoted}'."),
        )),
        Some((collection, key)) if usable(collection, key) => Ok(Caller {
            key: format!("{collection}/{}", key.id()),
        }),
        _ => Err(stranger(&quoted)),
    }
}

/// Why a credential that belongs to nothing is refused.
fn stranger(credential: &str) -> Answer {
    let short_half = credential.split_once('_').is_some_and(|(id, rest)| {
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
        (17..27).contains(&id.len()) && (17..30).contains(&rest.len()) && plain(id) && plain(rest)
    });
    let (code, what) = match ids::prefix(credential) {
        Some("ak") => ("208", "This is the id of an API key, not its token."),
        Some("cr") => ("207", "This is the id of an authtoken, not an API key."),
        _ if short_half => (
            "207",
            "This is an authtoken of the old form, not an API key.",
        ),
        _ if ids::looks_like_token(credential) || credential.starts_with("ngrok_pat_") => {
            ("203", "The API key is not known, or it was revoked.")
        }
        _ => ("202", "The credential does not look like an API key."),
    };
    Answer::refuse(code, format!("{what} Credential: '{credential}'."))
}

/// The token of a Bearer header, or the two halves of a Basic one.
fn credentials(header: &str) -> Option<Vec<String>> {
    let (scheme, value) = header.split_once(' ').unwrap_or((header, ""));
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(vec![value.to_owned()]);
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    let halves = [user, password].into_iter().filter(|half| !half.is_empty());
    Some(halves.map(str::to_owned).collect())
}

/// Whether the token of a resource opens the API.
fn usable(collection: &str, key: &Resource) -> bool {
    let past = |name: &str| {
        let time = key.text(name).and_then(clock::parse);
        time.is_some_and(|time| time <= SystemTime::now())
    };
    match collection {
        "/api_keys" => true,
        "/access_tokens" => key.value("revoked_at").is_none() && !past("expires_at"),
        _ => false,
    }
}

/// Refuses what the scopes of an access token do not cover. One without scopes may do everything.
pub(super) fn scope(store: &Store, caller: &Caller, route: Route) -> Checked {
    let scopes = store.at(&caller.key).and_then(|key| key.value("scopes"));
    let scopes: Vec<&str> = scopes
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let word = SCOPES
        .iter()
        .find(|(service, _)| *service == route.service.name);
    let (Some((_, word)), false) = (word, scopes.is_empty()) else {
        return Ok(());
    };
    let verbs: &[&str] = match route.operation.method.as_str() {
        "GET" => &["read", "write", "manage", "admin"],
        _ => &["write", "manage", "admin"],
    };
    let covered = verbs
        .iter()
        .any(|verb| scopes.contains(&format!("{word}:{verb}").as_str()));
    if covered {
        return Ok(());
    }
    let needed = verbs.first().copied().unwrap_or("read");
    let message =
        format!("This needs the scope {word}:{needed}, which the access token does not have.");
    Err(Answer::refuse("29001", message))
}

/// Refuses callers that the enforced IP restriction of the API does not let in.
pub(super) fn ip_restriction(store: &Store, options: &Options) -> Checked {
    let Some(ip) = options.caller_ip else {
        return Ok(());
    };
    let enforced = |r: &&Resource| {
        r.text("type") == Some("api") && r.value("enforced") == Some(&Value::Bool(true))
    };
    match store.all("/ip_restrictions").find(enforced) {
        Some(restriction) if !admits(store, restriction, ip) => {
            let message = format!("The IP restriction of the API does not allow {ip}.");
            Err(Answer::refuse("220", message))
        }
        _ => Ok(()),
    }
}

/// A deny outweighs an allow; an address that no rule names is not let in.
fn admits(store: &Store, restriction: &Resource, ip: IpAddr) -> bool {
    let policies = restriction.value("ip_policy_ids").and_then(Value::as_array);
    let policies: Vec<&str> = policies
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut allowed = false;
    for rule in store.all("/ip_policy_rules") {
        let concerns = rule
            .text("ip_policy_id")
            .is_some_and(|id| policies.contains(&id));
        let matches = rule.text("cidr").and_then(|c| network::Cidr::parse(c).ok());
        if concerns && matches.is_some_and(|cidr| cidr.contains(ip)) {
            match rule.text("action") {
                Some("deny") => return false,
                _ => allowed = true,
            }
        }
    }
    allowed
}
