//! SSH certificate authorities and the certificates that they sign.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::keys::OpenSsh;
use super::{Change, about, default, plain, refers_to};
use crate::clock;
use crate::cloud::answer::{Answer, Checked};
use crate::cloud::ids;
use crate::cloud::store::{Resource, Store};

/// The names of curves, in any case and with or without a hyphen.
const CURVES: [(&str, &str, usize); 6] = [
    ("p256", "nistp256", 32),
    ("p384", "nistp384", 48),
    ("p521", "nistp521", 66),
    ("nistp256", "nistp256", 32),
    ("nistp384", "nistp384", 48),
    ("nistp521", "nistp521", 66),
];

fn curve(name: &str) -> Option<(&'static str, usize)> {
    let name = name.to_lowercase().replace('-', "");
    let found = CURVES.iter().find(|(known, _, _)| *known == name);
    found.map(|(_, name, length)| (*name, *length))
}

pub(super) fn check(change: &Change<'_>) -> Checked {
    match change.service {
        "ssh_certificate_authorities" => authority(change),
        _ => certificate(change),
    }
}

fn authority(change: &Change<'_>) -> Checked {
    let kind = change.text("private_key_type").unwrap_or(DEFAULT_KIND);
    let size = change
        .body
        .get("key_size")
        .and_then(Value::as_i64)
        .filter(|size| *size != 0);
    if let Some(size) = size {
        if kind != "rsa" {
            return Err(about("1940", kind));
        }
        if ![2048, 4096].contains(&size) {
            return Err(about("1939", &size.to_string()));
        }
    }
    if let Some(name) = change.text("elliptic_curve") {
        if kind != "ecdsa" {
            return Err(about("1942", kind));
        }
        if curve(name).is_none() {
            return Err(about("1941", name));
        }
    }
    Ok(())
}

fn certificate(change: &Change<'_>) -> Checked {
    let is_host = change.service == "ssh_host_certificates";
    let (missing, duration) = if is_host {
        ("1949", "1963")
    } else {
        ("1951", "1962")
    };
    if let Some(id) = change.text("ssh_certificate_authority_id") {
        refers_to(
            change.store,
            "ssh_certificate_authorities",
            id,
            "227",
            missing,
        )?;
    }
    if let Some(text) = change.text("public_key") {
        let key = OpenSsh::parse(text).ok_or_else(|| plain("1934"))?;
        if !["rsa", "ecdsa", "ed25519"].contains(&key.kind.as_str()) {
            return Err(about("1950", &key.kind));
        }
    }
    let time = |name: &str| -> Result<Option<SystemTime>, Answer> {
        let text = change.text(name);
        text.map(|text| clock::parse(text).ok_or_else(|| about("241", text)))
            .transpose()
    };
    let after = time("valid_after")?.unwrap_or_else(SystemTime::now);
    match time("valid_until")? {
        Some(until) if until <= after => Err(plain(duration)),
        _ => Ok(()),
    }
}

const DEFAULT_KIND: &str = "ed25519";

pub(super) fn fill(
    store: &Store,
    service: &str,
    given: &mut Map<String, Value>,
    own: &mut Map<String, Value>,
) {
    if service == "ssh_certificate_authorities" {
        let text = |name: &str| {
            given
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned()
        };
        let kind = text("private_key_type");
        let kind = if kind.is_empty() {
            DEFAULT_KIND
        } else {
            kind.as_str()
        };
        if !own.contains_key("public_key") {
            let size = given
                .get("key_size")
                .and_then(Value::as_u64)
                .filter(|size| *size != 0);
            let key = made_up_key(kind, size.unwrap_or(2048), &text("elliptic_curve"));
            own.insert("public_key".to_owned(), key.into());
        }
        own.insert("key_type".to_owned(), kind.into());
        return;
    }
    let is_host = service == "ssh_host_certificates";
    let days = if is_host { 365 } else { 1 };
    let time = |name: &str, given: &Map<String, Value>| {
        given
            .get(name)
            .and_then(Value::as_str)
            .and_then(clock::parse)
    };
    let after = time("valid_after", given).unwrap_or_else(SystemTime::now);
    let until = after + Duration::from_secs(days * 86_400);
    let until = time("valid_until", given).unwrap_or(until);
    for (name, time) in [("valid_after", after), ("valid_until", until)] {
        if given.get(name).is_none_or(|value| value == "") {
            given.insert(name.to_owned(), clock::rfc3339(time).into());
        }
    }
    default(given, "principals", json!([]));
    if !is_host {
        default(given, "critical_options", json!({}));
        default(
            given,
            "extensions",
            json!({"permit-pty": "", "permit-user-rc": ""}),
        );
    }
    let key = given
        .get("public_key")
        .and_then(Value::as_str)
        .and_then(OpenSsh::parse);
    if let Some(key) = key {
        own.insert("key_type".to_owned(), key.kind.clone().into());
        if !own.contains_key("certificate") {
            let id = given
                .get("ssh_certificate_authority_id")
                .and_then(Value::as_str);
            let authority = id
                .and_then(|id| store.by_id(id))
                .and_then(|(_, ca)| OpenSsh::parse(ca.text("public_key")?));
            let certificate = issue(&key, authority.as_ref(), is_host, given, after, until);
            own.insert("certificate".to_owned(), certificate.into());
        }
    }
}

/// A field of OpenSSH's format: its length and its bytes.
fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes());
    out.extend(bytes);
}

fn noise(length: usize) -> Vec<u8> {
    let words = std::iter::repeat_with(|| ids::random().to_be_bytes());
    words.flatten().take(length).collect()
}

/// A public key of the right form. Its numbers are random: there is no private key, and nothing is signed with it.
fn made_up_key(kind: &str, size: u64, curve_name: &str) -> String {
    let mut blob = Vec::new();
    let name = match kind {
        "rsa" => {
            put(&mut blob, b"ssh-rsa");
            put(&mut blob, &[1, 0, 1]);
            let mut modulus = noise(usize::try_from(size / 8).unwrap_or(256));
            if let Some(top) = modulus.first_mut() {
                *top |= 0x80;
            }
            modulus.insert(0, 0);
            put(&mut blob, &modulus);
            "ssh-rsa".to_owned()
        }
        "ecdsa" => {
            let (curve, length) = curve(curve_name).unwrap_or(("nistp256", 32));
            let name = format!("ecdsa-sha2-{curve}");
            put(&mut blob, name.as_bytes());
            put(&mut blob, curve.as_bytes());
            let mut point = noise(2 * length);
            point.insert(0, 4);
            put(&mut blob, &point);
            name
        }
        _ => {
            put(&mut blob, b"ssh-ed25519");
            put(&mut blob, &noise(32));
            "ssh-ed25519".to_owned()
        }
    };
    format!("{name} {}", STANDARD.encode(blob))
}

/// A certificate of OpenSSH's form, whose signature is random and proves nothing.
fn issue(
    key: &OpenSsh,
    authority: Option<&OpenSsh>,
    is_host: bool,
    given: &Map<String, Value>,
    after: SystemTime,
    until: SystemTime,
) -> String {
    let (name, numbers) = key.parts();
    let kind = format!("{name}-cert-v01@openssh.com");
    let mut blob = Vec::new();
    put(&mut blob, kind.as_bytes());
    put(&mut blob, &noise(32));
    blob.extend(numbers);
    blob.extend(ids::random().to_be_bytes());
    blob.extend(if is_host { 2_u32 } else { 1 }.to_be_bytes());
    put(&mut blob, b"loopback");
    let mut principals = Vec::new();
    let list = given.get("principals").and_then(Value::as_array);
    for principal in list.into_iter().flatten().filter_map(Value::as_str) {
        put(&mut principals, principal.as_bytes());
    }
    put(&mut blob, &principals);
    for time in [after, until] {
        let seconds = time
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        blob.extend(seconds.to_be_bytes());
    }
    for name in ["critical_options", "extensions"] {
        let mut options = Vec::new();
        let map = given.get(name).and_then(Value::as_object);
        for (name, value) in map.into_iter().flatten() {
            put(&mut options, name.as_bytes());
            let mut data = Vec::new();
            if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
                put(&mut data, text.as_bytes());
            }
            put(&mut options, &data);
        }
        put(&mut blob, &options);
    }
    put(&mut blob, b"");
    put(&mut blob, authority.map_or(&[], |ca| ca.blob.as_slice()));
    let mut signature = Vec::new();
    put(&mut signature, b"ssh-ed25519");
    put(&mut signature, &noise(64));
    put(&mut blob, &signature);
    format!("{kind} {}", STANDARD.encode(blob))
}

pub(super) fn check_delete(store: &Store, authority: &Resource) -> Checked {
    let signed = |certificate: &Resource| {
        certificate.text("ssh_certificate_authority_id") == Some(authority.id())
    };
    let used = ["/ssh_host_certificates", "/ssh_user_certificates"]
        .iter()
        .any(|certificates| store.all(certificates).any(signed));
    if used {
        Err(about("1964", authority.id()))
    } else {
        Ok(())
    }
}
