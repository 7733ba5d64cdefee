//! Certificates of TLS and SSH, with keys that are made here and one that OpenSSL made.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use super::*;
use crate::cloud::rules::keys::OpenSsh;

const RSA: &str = include_str!("rsa.crt.pem");
const RSA_KEY: &str = include_str!("rsa.key.pem");
const RSA_PKCS1: &str = include_str!("rsa.pkcs1.pem");

struct Made {
    ca: String,
    leaf: String,
    key: String,
}

fn made() -> Made {
    let mut params = CertificateParams::new(vec![]).expect("names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let name = rcgen::DnType::CommonName;
    params.distinguished_name.push(name.clone(), "Loopback CA");
    let ca =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA");
    let key = KeyPair::generate().expect("a key");
    let names = vec!["leaf.example.com".to_owned(), "::1".to_owned()];
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(name, "leaf.example.com");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let leaf = params.signed_by(&key, &ca).expect("a certificate");
    Made {
        ca: ca.pem(),
        leaf: leaf.pem(),
        key: key.serialize_pem(),
    }
}

#[test]
fn tls_certificates() {
    let mut cloud = Bench::new();
    let Made { ca, leaf, key } = made();
    let pair = |certificate: &str, key: &str| json!({"certificate_pem": certificate, "private_key_pem": key});
    let encrypted = RSA_KEY.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let broken = leaf.replacen("MII", "AII", 1);
    refused(
        &mut cloud,
        "/tls_certificates",
        &[
            (json!({"private_key_pem": key}), "1922"),
            (json!({"certificate_pem": leaf}), "1901"),
            (pair("nonsense", &key), "1920"),
            (pair(&broken, &key), "1900"),
            (pair(&leaf, "nonsense"), "1903"),
            (pair(&leaf, &encrypted), "1902"),
            (pair(&leaf, &leaf), "1924"),
            (pair(&key, &key), "1925"),
            (pair(&leaf, RSA_KEY), "1923"),
            (pair(&ca, &key), "1923"),
            (pair(&format!("{ca}{leaf}"), &key), "1926"),
            (pair(&format!("{leaf}{RSA}"), &key), "1926"),
            (
                pair(
                    &leaf.replace(
                        "-----BEGIN CERTIFICATE-----",
                        "-----BEGIN CERTIFICATE-----\nA: b\n",
                    ),
                    &key,
                ),
                "1910",
            ),
            (pair(&leaf.replace("CERTIFICATE", "CMS"), &key), "1911"),
            (pair(&leaf.repeat(200), &key), "1921"),
            (
                with(&pair(&leaf, &key), json!({"description": "d".repeat(256)})),
                "1916",
            ),
        ],
    );
    let (status, made) = cloud.call(
        "POST",
        "/tls_certificates",
        pair(&format!("{leaf}{ca}"), &key),
    );
    assert_eq!(
        (status, &made["subject_common_name"]),
        (201, &json!("leaf.example.com"))
    );
    assert_eq!(
        (&made["issuer_common_name"], &made["private_key_type"]),
        (&json!("Loopback CA"), &json!("ecdsa"))
    );
    assert_eq!(
        made["subject_alternative_names"],
        json!({"dns_names": ["leaf.example.com"], "ips": ["::1"]})
    );
    assert_eq!(made["extended_key_usages"], json!(["ClientAuth"]));
    assert_eq!(
        (&made["issued_at"], &made["subject_country"]),
        (&Value::Null, &json!(""))
    );
    assert!(made.get("private_key_pem").is_none());
    for key in [RSA_KEY, RSA_PKCS1] {
        let (status, made) = cloud.call("POST", "/tls_certificates", pair(RSA, key));
        assert_eq!((status, &made["private_key_type"]), (201, &json!("rsa")));
        assert_eq!(
            made["key_usages"],
            json!(["DigitalSignature", "KeyEncipherment"])
        );
        let parts = [
            "country",
            "province",
            "locality",
            "organization",
            "organizational_unit",
        ];
        let parts = parts.map(|part| {
            made[format!("subject_{part}")]
                .as_str()
                .unwrap_or("")
                .to_owned()
        });
        assert_eq!(parts, ["DE", "Berlin", "Mitte", "Loop", "Back"]);
        assert!(
            made["serial_number"]
                .as_str()
                .is_some_and(|s| s.len() > 30 && s.bytes().all(|b| b.is_ascii_hexdigit()))
        );
        assert!(
            made["not_after"]
                .as_str()
                .is_some_and(|time| time.ends_with('Z') && time.len() == 20)
        );
    }
    // A certificate that a domain has by policy stays.
    let id = made["id"].as_str().expect("an id");
    let domain = json!({"domain": "a.example.com", "certificate_management_policy": {}, "certificate": {"id": id, "uri": ""}});
    cloud.seed("reserved_domains", domain);
    assert_eq!(
        cloud.code("DELETE", &format!("/tls_certificates/{id}"), Value::Null),
        "400 1966"
    );
}

#[test]
fn certificate_authorities() {
    let mut cloud = Bench::new();
    let Made { ca, leaf, key } = made();
    let pem = |pem: &str| json!({"ca_pem": pem});
    refused(
        &mut cloud,
        "/certificate_authorities",
        &[
            (json!({}), "1919"),
            (pem("nonsense"), "1920"),
            (pem(&key), "1911"),
            (pem(&ca.repeat(2)), "1912"),
            (pem(&leaf), "1913"),
            (
                with(&pem(&ca), json!({"metadata": "m".repeat(4097)})),
                "1915",
            ),
        ],
    );
    let (_, made) = cloud.call("POST", "/certificate_authorities", pem(&ca));
    assert_eq!(
        (&made["subject_common_name"], &made["key_usages"]),
        (&json!("Loopback CA"), &json!(["CertSign", "CRLSign"]))
    );
}

#[test]
fn ssh_authorities_and_certificates() {
    let mut cloud = Bench::new();
    let path = "/ssh_certificate_authorities";
    refused(
        &mut cloud,
        path,
        &[
            (json!({"private_key_type": "dsa"}), "1936"),
            (json!({"private_key_type": "rsa", "key_size": 1024}), "1939"),
            (
                json!({"private_key_type": "ed25519", "key_size": 2048}),
                "1940",
            ),
            (
                json!({"private_key_type": "ecdsa", "elliptic_curve": "moon"}),
                "1941",
            ),
            (
                json!({"private_key_type": "rsa", "elliptic_curve": "P-256"}),
                "1942",
            ),
            (json!({"description": "d".repeat(256)}), "1937"),
        ],
    );
    for (body, kind, length) in [
        (json!({}), "ed25519", 51),
        (
            json!({"private_key_type": "rsa", "key_size": 4096}),
            "rsa",
            4 + 7 + 4 + 3 + 4 + 513,
        ),
        (
            json!({"private_key_type": "ecdsa", "elliptic_curve": "nistp384"}),
            "ecdsa",
            4 + 19 + 4 + 8 + 4 + 97,
        ),
    ] {
        let (_, made) = cloud.call("POST", path, body);
        let key =
            OpenSsh::parse(made["public_key"].as_str().expect("a key")).expect("OpenSSH's form");
        assert_eq!((key.kind.as_str(), &made["key_type"]), (kind, &json!(kind)));
        assert_eq!(key.blob.len(), length, "{kind}");
    }
    let ca = cloud.make(path, json!({}));
    let good = json!({"ssh_certificate_authority_id": ca, "public_key": ED25519});
    for (service, missing, duration, days) in [
        ("/ssh_host_certificates", "1949", "1963", 365),
        ("/ssh_user_certificates", "1951", "1962", 1),
    ] {
        refused(
            &mut cloud,
            service,
            &[
                (
                    with(&good, json!({"ssh_certificate_authority_id": null})),
                    missing,
                ),
                (
                    with(&good, json!({"ssh_certificate_authority_id": "sshca_2b8"})),
                    missing,
                ),
                (
                    with(&good, json!({"ssh_certificate_authority_id": "ca_2b8"})),
                    "227",
                ),
                (with(&good, json!({"public_key": null})), "1952"),
                (with(&good, json!({"public_key": "nonsense"})), "1934"),
                (
                    with(&good, json!({"public_key": "ssh-dss AAAAB3NzaC1kc3MAAAAB"})),
                    "1950",
                ),
                (with(&good, json!({"valid_until": "soon"})), "241"),
                (
                    with(
                        &good,
                        json!({"valid_after": "2026-01-02T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"}),
                    ),
                    duration,
                ),
            ],
        );
        let (status, made) = cloud.call(
            "POST",
            service,
            with(&good, json!({"valid_after": "2026-01-01T00:00:00Z"})),
        );
        let until = crate::clock::parse(made["valid_until"].as_str().expect("a time"));
        let after = crate::clock::parse("2026-01-01T00:00:00Z").expect("a time");
        assert_eq!(
            until,
            Some(after + std::time::Duration::from_secs(days * 86_400))
        );
        let certificate = OpenSsh::parse(made["certificate"].as_str().expect("a certificate"));
        let certificate = certificate.expect("OpenSSH's form");
        assert_eq!(
            (status, certificate.kind.as_str()),
            (201, "ssh-ed25519-cert-v01@openssh.com")
        );
        assert_eq!(made["key_type"], "ed25519");
        if service == "/ssh_user_certificates" {
            assert_eq!(
                made["extensions"],
                json!({"permit-pty": "", "permit-user-rc": ""})
            );
            assert_eq!(made["critical_options"], json!({}));
        }
    }
    assert_eq!(
        cloud.code("DELETE", &format!("{path}/{ca}"), Value::Null),
        "400 1964"
    );
}
