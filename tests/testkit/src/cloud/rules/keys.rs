//! API keys, authtokens, SSH keys and access tokens.

use serde_json::{Map, Value, json};

use super::text::{domain_fault, host_port};
use super::{Change, about, default, plain};
use crate::clock;
use crate::cloud::answer::{Answer, Checked};
use crate::cloud::ids;
use crate::cloud::store::{Resource, Store};

pub(super) fn check(change: &Change<'_>) -> Checked {
    owner(change)?;
    for rule in change.texts("acl") {
        if !is_acl_rule(rule) {
            return Err(about("600", rule));
        }
    }
    if let Some(key) = change.text("public_key") {
        public_key(change, key)?;
    }
    match change.text("expires_at") {
        Some(time) if clock::parse(time).is_none() => Err(about("241", time)),
        _ => Ok(()),
    }
}

/// One way to name the owner, and an id of something that can own.
fn owner(change: &Change<'_>) -> Checked {
    let ways = ["owner_id", "owner_email", "scim_user_id"];
    if ways
        .iter()
        .filter(|name| change.text(name).is_some())
        .count()
        > 1
    {
        return Err(plain("631"));
    }
    let Some(owner) = change.text("owner_id") else {
        return Ok(());
    };
    // An email address or a SCIM id is taken as well.
    match ids::prefix(owner) {
        Some("usr" | "bot" | "service") | None => Ok(()),
        Some(_) => {
            let message = format!(
                "The owner '{owner}' must be an id that begins with usr_, bot_ or service_."
            );
            Err(Answer::refuse("243", message))
        }
    }
}

/// `*`, or `bind:` with a domain, an address or a label.
fn is_acl_rule(rule: &str) -> bool {
    if rule == "*" {
        return true;
    }
    let Some(value) = rule.strip_prefix("bind:") else {
        return false;
    };
    let is_address = || {
        host_port(value).is_some_and(|(host, port)| {
            port.is_some() && domain_fault(&host.to_lowercase()).is_none()
        })
    };
    let is_label = || {
        let halves = value.split_once('=');
        halves.is_some_and(|(name, value)| !name.is_empty() && !value.is_empty())
    };
    domain_fault(&value.to_lowercase()).is_none() || is_address() || is_label()
}

fn public_key(change: &Change<'_>, key: &str) -> Checked {
    let Some(key) = OpenSsh::parse(key) else {
        return Err(plain("612"));
    };
    let same = |other: &Resource| {
        let other = other.text("public_key").and_then(OpenSsh::parse);
        other.is_some_and(|other| other.blob == key.blob)
    };
    match change.others("/ssh_credentials").any(same) {
        true => Err(plain("609")),
        false => Ok(()),
    }
}

/// A public key as OpenSSH writes it: its type, and the type and numbers again in base64.
pub(super) struct OpenSsh {
    /// `rsa`, `ecdsa`, `ed25519`, or another name of OpenSSH's.
    pub(super) kind: String,
    pub(super) blob: Vec<u8>,
}

impl OpenSsh {
    pub(super) fn parse(text: &str) -> Option<Self> {
        use base64::Engine;
        let mut parts = text.split_whitespace();
        let (name, encoded) = (parts.next()?, parts.next()?);
        let blob = base64::engine::general_purpose::STANDARD
            .decode(encoded)
            .ok()?;
        let length = blob.first_chunk::<4>().map(|n| u32::from_be_bytes(*n))?;
        let inner = blob.get(4..)?.get(..usize::try_from(length).ok()?)?;
        if inner != name.as_bytes() || blob.len() == inner.len() + 4 {
            return None;
        }
        let kind = match name {
            "ssh-rsa" => "rsa",
            "ssh-ed25519" => "ed25519",
            name if name.starts_with("ecdsa-sha2-") => "ecdsa",
            name => name,
        };
        Some(Self {
            kind: kind.to_owned(),
            blob,
        })
    }

    /// The name that OpenSSH has for its type, and the numbers that follow it.
    pub(super) fn parts(&self) -> (String, &[u8]) {
        let length = self
            .blob
            .first_chunk::<4>()
            .map_or(0, |n| u32::from_be_bytes(*n));
        let end = usize::try_from(length).unwrap_or(0) + 4;
        let name = String::from_utf8_lossy(self.blob.get(4..end).unwrap_or_default());
        (name.into_owned(), self.blob.get(end..).unwrap_or_default())
    }
}

pub(super) fn fill(store: &Store, given: &mut Map<String, Value>, own: &mut Map<String, Value>) {
    // The address of the owner leads to the one user that there is.
    for name in ["owner_email", "scim_user_id"] {
        given.remove(name);
    }
    let id = given.get("owner_id").and_then(Value::as_str).unwrap_or("");
    if !matches!(ids::prefix(id), Some("usr" | "bot" | "service")) {
        given.remove("owner_id");
    }
    default(own, "owner_id", store.user.clone());
    default(own, "acl", json!([]));
}
