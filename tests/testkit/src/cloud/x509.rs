//! What the cloud reads from a certificate, and which public key a private one has.

use std::net::IpAddr;

use super::der::{self, BIT_STRING, BOOLEAN, Item, OCTET_STRING, OID, SEQUENCE, SET};

/// The parts of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Certificate {
    /// In hexadecimal digits.
    pub(super) serial: String,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    pub(super) issuer_name: Name,
    pub(super) name: Name,
    pub(super) not_before: String,
    pub(super) not_after: String,
    pub(super) key: PublicKey,
    pub(super) is_authority: bool,
    pub(super) usages: Vec<&'static str>,
    pub(super) extended_usages: Vec<&'static str>,
    pub(super) dns_names: Vec<String>,
    pub(super) ips: Vec<String>,
}

/// The parts of a distinguished name; empty where it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) common: String,
    pub(super) organization: String,
    pub(super) unit: String,
    pub(super) locality: String,
    pub(super) province: String,
    pub(super) country: String,
}

/// A public key: its kind, and its numbers if they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PublicKey {
    /// `rsa`, `ecdsa`, `ed25519`, or empty.
    pub(super) kind: &'static str,
    numbers: Option<Vec<u8>>,
}

const USAGES: [&str; 9] = [
    "DigitalSignature",
    "ContentCommitment",
    "KeyEncipherment",
    "DataEncipherment",
    "KeyAgreement",
    "CertSign",
    "CRLSign",
    "EncipherOnly",
    "DecipherOnly",
];

/// By the last number of 1.3.6.1.5.5.7.3.
const EXTENDED_USAGES: [(u8, &str); 6] = [
    (1, "ServerAuth"),
    (2, "ClientAuth"),
    (3, "CodeSigning"),
    (4, "EmailProtection"),
    (8, "TimeStamping"),
    (9, "OCSPSigning"),
];

impl Certificate {
    pub(super) fn parse(der: &[u8]) -> Option<Self> {
        let (outer, rest) = der::first(der)?;
        if !rest.is_empty() {
            return None;
        }
        let outer = outer.inside(SEQUENCE)?;
        let mut parts = outer.first()?.inside(SEQUENCE)?.into_iter().peekable();
        // The version is in a box of its own, and may be left out.
        parts.next_if(|item| item.tag == 0xa0);
        let serial = parts.next()?.number()?;
        parts.next()?;
        let issuer = parts.next()?;
        let validity = parts.next()?.inside(SEQUENCE)?;
        let subject = parts.next()?;
        let key = public_key(&parts.next()?)?;
        let mut certificate = Self {
            serial: serial.iter().map(|b| format!("{b:02x}")).collect(),
            issuer: issuer.whole.to_vec(),
            subject: subject.whole.to_vec(),
            issuer_name: name(&issuer)?,
            name: name(&subject)?,
            not_before: validity.first()?.time()?,
            not_after: validity.get(1)?.time()?,
            key,
            ..Self::default()
        };
        if let Some(extensions) = parts.find(|item| item.tag == 0xa3) {
            let (list, _) = der::first(extensions.value)?;
            for extension in list.inside(SEQUENCE)? {
                certificate.extend(&extension.inside(SEQUENCE)?)?;
            }
        }
        Some(certificate)
    }

    /// Whether this certificate was made by the owner of `issuer`.
    pub(super) fn is_issued_by(&self, issuer: &Self) -> bool {
        self.issuer == issuer.subject
    }

    fn extend(&mut self, extension: &[Item<'_>]) -> Option<()> {
        let [0x55, 0x1d, number] = extension.first()?.is(OID)? else {
            return Some(());
        };
        let (value, _) = der::first(extension.last()?.is(OCTET_STRING)?)?;
        match number {
            15 => {
                let (unused, bits) = value.is(BIT_STRING)?.split_first()?;
                let count = (bits.len() * 8).saturating_sub(usize::from(*unused));
                let set = |at: &usize| {
                    bits.get(at / 8)
                        .is_some_and(|byte| byte & (0x80 >> (at % 8)) != 0)
                };
                let found = (0..count).filter(set).filter_map(|at| USAGES.get(at));
                self.usages = found.copied().collect();
            }
            17 => self.add_names(&value.inside(SEQUENCE)?),
            19 => {
                let inside = value.inside(SEQUENCE)?;
                let flag = inside.first().and_then(|item| item.is(BOOLEAN));
                self.is_authority = flag.is_some_and(|flag| flag != [0]);
            }
            37 => {
                for usage in value.inside(SEQUENCE)? {
                    if let Some([0x2b, 6, 1, 5, 5, 7, 3, last]) = usage.is(OID) {
                        let known = EXTENDED_USAGES.iter().find(|(number, _)| number == last);
                        self.extended_usages.extend(known.map(|(_, name)| *name));
                    }
                }
            }
            _ => {}
        }
        Some(())
    }

    fn add_names(&mut self, names: &[Item<'_>]) {
        for name in names {
            match (name.tag, name.value.len()) {
                (0x82, _) => self.dns_names.push(name.text()),
                (0x87, 4) => {
                    let bytes: Option<[u8; 4]> = name.value.try_into().ok();
                    self.ips.extend(bytes.map(|b| IpAddr::from(b).to_string()));
                }
                (0x87, 16) => {
                    let bytes: Option<[u8; 16]> = name.value.try_into().ok();
                    self.ips.extend(bytes.map(|b| IpAddr::from(b).to_string()));
                }
                _ => {}
            }
        }
    }
}

fn name(item: &Item<'_>) -> Option<Name> {
    let mut name = Name::default();
    for set in item.inside(SEQUENCE)? {
        for pair in set.inside(SET)? {
            let pair = pair.inside(SEQUENCE)?;
            let [0x55, 4, number] = pair.first()?.is(OID)? else {
                continue;
            };
            let text = pair.get(1)?.text();
            match number {
                3 => name.common = text,
                6 => name.country = text,
                7 => name.locality = text,
                8 => name.province = text,
                10 => name.organization = text,
                11 => name.unit = text,
                _ => {}
            }
        }
    }
    Some(name)
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

fn kind(algorithm: &Item<'_>) -> Option<&'static str> {
    let parts = algorithm.inside(SEQUENCE)?;
    Some(match parts.first()?.is(OID)? {
        RSA => "rsa",
        EC => "ecdsa",
        ED25519 => "ed25519",
        _ => "",
    })
}

/// The public key of a certificate.
fn public_key(item: &Item<'_>) -> Option<PublicKey> {
    let parts = item.inside(SEQUENCE)?;
    let kind = kind(parts.first()?)?;
    let (_, bits) = parts.get(1)?.is(BIT_STRING)?.split_first()?;
    let numbers = if kind == "rsa" {
        let (numbers, _) = der::first(bits)?;
        numbers.inside(SEQUENCE)?.first()?.number()?.to_vec()
    } else {
        bits.to_vec()
    };
    Some(PublicKey {
        kind,
        numbers: Some(numbers),
    })
}

impl PublicKey {
    /// The public half of a private key in PKCS #8, PKCS #1 or SEC 1, by the label of its PEM block.
    /// Its numbers are only known where the key has them beside the private ones.
    pub(super) fn of_private(label: &str, der: &[u8]) -> Option<Self> {
        let (outer, _) = der::first(der)?;
        let parts = outer.inside(SEQUENCE)?;
        match label {
            "RSA PRIVATE KEY" => rsa(&parts),
            "EC PRIVATE KEY" => Some(ec(&parts)),
            "PRIVATE KEY" => {
                let kind = kind(parts.get(1)?)?;
                let (inner, _) = der::first(parts.get(2)?.is(OCTET_STRING)?)?;
                match kind {
                    "rsa" => rsa(&inner.inside(SEQUENCE)?),
                    "ecdsa" => Some(ec(&inner.inside(SEQUENCE)?)),
                    kind => {
                        // The public half may follow, as a bit string in a box of number 1.
                        let boxed = parts.iter().find(|item| item.tag == 0x81);
                        let numbers = boxed
                            .and_then(|item| item.value.get(1..))
                            .map(<[u8]>::to_vec);
                        Some(Self { kind, numbers })
                    }
                }
            }
            _ => None,
        }
    }

    /// Whether the two may be the same: their kinds are, and their numbers as far as they are known.
    pub(super) fn fits(&self, other: &Self) -> bool {
        let differ = match (&self.numbers, &other.numbers) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        };
        self.kind == other.kind && !differ
    }
}

fn rsa(parts: &[Item<'_>]) -> Option<PublicKey> {
    Some(PublicKey {
        kind: "rsa",
        numbers: Some(parts.get(1)?.number()?.to_vec()),
    })
}

fn ec(parts: &[Item<'_>]) -> PublicKey {
    let boxed = parts.iter().find(|item| item.tag == 0xa1);
    let numbers = boxed.and_then(|item| {
        let (bits, _) = der::first(item.value)?;
        Some(bits.is(BIT_STRING)?.get(1..)?.to_vec())
    });
    PublicKey {
        kind: "ecdsa",
        numbers,
    }
}
