//! TLS certificates and certificate authorities, read from their PEM.

use serde_json::{Map, Value, json};

use super::{Change, about, plain};
use crate::cloud::answer::Checked;
use crate::cloud::pem::{self, Block};
use crate::cloud::store::{Resource, Store};
use crate::cloud::x509::{Certificate, PublicKey};

/// The longest PEM; the number is not documented.
const LONGEST: usize = 64 * 1024;

pub(super) fn check(change: &Change<'_>) -> Checked {
    if let Some(text) = change.text("ca_pem") {
        return authority(text);
    }
    match (
        change.text("certificate_pem"),
        change.text("private_key_pem"),
    ) {
        (Some(certificate), Some(key)) => pair(certificate, key),
        _ => Ok(()),
    }
}

fn authority(text: &str) -> Checked {
    let blocks = certificates(text)?;
    if blocks.len() > 1 {
        return Err(plain("1912"));
    }
    let certificate = blocks
        .first()
        .and_then(|block| Certificate::parse(&block.der));
    match certificate {
        None => Err(plain("1900")),
        Some(certificate) if !certificate.is_authority => Err(plain("1913")),
        Some(_) => Ok(()),
    }
}

/// The blocks of a text that holds certificates and nothing else.
fn certificates(text: &str) -> Result<Vec<Block>, crate::cloud::answer::Answer> {
    if text.len() > LONGEST {
        return Err(plain("1921"));
    }
    let blocks = pem::blocks(text);
    if blocks.is_empty() {
        return Err(plain("1920"));
    }
    if blocks.iter().any(|block| block.headers) {
        return Err(plain("1910"));
    }
    match blocks.iter().find(|block| block.label != "CERTIFICATE") {
        Some(block) => Err(about("1911", &block.label)),
        None => Ok(blocks),
    }
}

fn pair(certificate: &str, key: &str) -> Checked {
    let keys = pem::blocks(key);
    if keys.iter().any(|block| block.label == "CERTIFICATE") {
        return Err(plain("1924"));
    }
    let is_key = |block: &Block| block.label.ends_with("PRIVATE KEY");
    if pem::blocks(certificate).iter().any(is_key) {
        return Err(plain("1925"));
    }
    let chain = certificates(certificate)?;
    let chain: Option<Vec<Certificate>> =
        chain.iter().map(|b| Certificate::parse(&b.der)).collect();
    let chain = chain.ok_or_else(|| plain("1900"))?;
    let encrypted = key.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----");
    let block = keys.iter().find(|block| is_key(block));
    if encrypted || block.is_some_and(|block| block.headers) {
        return Err(plain("1902"));
    }
    let key = block.and_then(|block| PublicKey::of_private(&block.label, &block.der));
    let key = key
        .filter(|key| !key.kind.is_empty())
        .ok_or_else(|| plain("1903"))?;
    let fits = |certificate: &Certificate| certificate.key.fits(&key);
    if !chain.first().is_some_and(fits) {
        let later = chain.iter().skip(1).any(fits);
        return Err(plain(if later { "1926" } else { "1923" }));
    }
    let in_order = chain.windows(2).all(|two| match two {
        [one, next] => one.is_issued_by(next),
        _ => true,
    });
    if in_order { Ok(()) } else { Err(plain("1926")) }
}

/// The parts of the certificate that answers show.
pub(super) fn fill(service: &str, given: &Map<String, Value>, own: &mut Map<String, Value>) {
    let field = if service == "tls_certificates" {
        "certificate_pem"
    } else {
        "ca_pem"
    };
    let text = given.get(field).and_then(Value::as_str).unwrap_or("");
    let blocks = pem::blocks(text);
    let Some(certificate) = blocks
        .first()
        .and_then(|block| Certificate::parse(&block.der))
    else {
        return;
    };
    let name = &certificate.name;
    let parts = json!({
        "subject_common_name": name.common,
        "subject_organization": name.organization,
        "subject_organizational_unit": name.unit,
        "subject_locality": name.locality,
        "subject_province": name.province,
        "subject_country": name.country,
        "issuer_common_name": certificate.issuer_name.common,
        "serial_number": certificate.serial,
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
        "private_key_type": certificate.key.kind,
        "key_usages": certificate.usages,
        "extended_key_usages": certificate.extended_usages,
        "subject_alternative_names": {
            "dns_names": certificate.dns_names,
            "ips": certificate.ips,
        },
    });
    if let Value::Object(parts) = parts {
        own.extend(parts);
    }
}

/// A certificate that ngrok made for a domain goes when the domain's policy goes.
pub(super) fn check_delete(store: &Store, certificate: &Resource) -> Checked {
    let managed = |domain: &Resource| {
        let policy = domain.value("certificate_management_policy");
        let bound = domain.value("certificate").and_then(|c| c.get("id"));
        policy.is_some() && bound.is_some_and(|id| id == certificate.id())
    };
    match store.all("/reserved_domains").any(managed) {
        true => Err(plain("1966")),
        false => Ok(()),
    }
}
