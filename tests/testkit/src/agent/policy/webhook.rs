//! `verify-webhook`: whether a request is signed with the secret, as its provider signs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::refused::Refused;
use crate::agent::forward::wire::Head;

/// A sender of webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    GitHub,
    GitLab,
    Shopify,
    Slack,
    Stripe,
}

impl Provider {
    pub(super) fn parse(name: &str) -> Result<Self, Refused> {
        match name.to_ascii_lowercase().as_str() {
            "github" => Ok(Self::GitHub),
            "gitlab" => Ok(Self::GitLab),
            "shopify" => Ok(Self::Shopify),
            "slack" => Ok(Self::Slack),
            "stripe" => Ok(Self::Stripe),
            "" => Err(Refused::code(363, "You must specify a webhook provider.")),
            _ => Err(Refused::Here(format!(
                "the loopback agent does not verify webhooks of '{name}'; it verifies those of github, gitlab, shopify, slack and stripe"
            ))),
        }
    }

    /// Whether the signature of a request is right. How old it is does not count.
    pub(super) fn verifies(self, request: &Head, body: &[u8], secret: &str) -> bool {
        let header = |name| request.get(name).unwrap_or_default();
        let sign = |parts: &[&[u8]]| hmac(secret.as_bytes(), parts);
        match self {
            Self::GitHub => {
                let signature = header("x-hub-signature-256").strip_prefix("sha256=");
                same(signature, &hex(&sign(&[body])))
            }
            Self::GitLab => same(Some(header("x-gitlab-token")), secret),
            Self::Shopify => {
                let expected = STANDARD.encode(sign(&[body]));
                same(Some(header("x-shopify-hmac-sha256")), &expected)
            }
            Self::Slack => {
                let time = header("x-slack-request-timestamp").as_bytes();
                let signature = header("x-slack-signature").strip_prefix("v0=");
                same(signature, &hex(&sign(&[b"v0:", time, b":", body])))
            }
            Self::Stripe => {
                let parts = || {
                    header("stripe-signature")
                        .split(',')
                        .filter_map(|part| part.trim().split_once('='))
                };
                let time = parts()
                    .find(|(key, _)| *key == "t")
                    .map_or("", |(_, time)| time);
                let expected = hex(&sign(&[time.as_bytes(), b".", body]));
                parts().any(|(key, signature)| key == "v1" && same(Some(signature), &expected))
            }
        }
    }
}

/// Compared without an early end, as one does with signatures.
fn same(given: Option<&str>, expected: &str) -> bool {
    let Some(given) = given.filter(|given| given.len() == expected.len()) else {
        return false;
    };
    let differences = given
        .bytes()
        .zip(expected.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    differences == 0
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// HMAC with SHA-256 (RFC 2104).
fn hmac(secret: &[u8], message: &[&[u8]]) -> Vec<u8> {
    const BLOCK: usize = 64;
    let mut key = if secret.len() > BLOCK {
        Sha256::digest(secret).to_vec()
    } else {
        secret.to_vec()
    };
    key.resize(BLOCK, 0);
    let pad = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let mut inner = Sha256::new();
    inner.update(pad(0x36));
    for part in message {
        inner.update(part);
    }
    let mut outer = Sha256::new();
    outer.update(pad(0x5c));
    outer.update(inner.finalize());
    outer.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        let text = hmac(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(
            hex(&text),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long = hmac(
            &[0xaa; 131],
            &[b"Test Using Larger Than Block-Size Key - Hash Key First"],
        );
        assert_eq!(
            hex(&long),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn each_provider_has_its_way_to_sign() {
        let body = br#"{"action": "opened"}"#;
        let secret = "hush hush";
        let request = |headers: &[(&str, String)]| Head {
            start: "POST / HTTP/1.1".to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone().into_bytes()))
                .collect(),
        };
        let signed = |parts: &[&[u8]]| hex(&hmac(secret.as_bytes(), parts));
        let base64 = STANDARD.encode(hmac(secret.as_bytes(), &[body]));
        for (provider, headers) in [
            (
                "github",
                vec![("X-Hub-Signature-256", format!("sha256={}", signed(&[body])))],
            ),
            ("gitlab", vec![("X-Gitlab-Token", secret.to_owned())]),
            ("Shopify", vec![("X-Shopify-Hmac-SHA256", base64)]),
            (
                "slack",
                vec![
                    ("X-Slack-Request-Timestamp", "1700000000".to_owned()),
                    (
                        "X-Slack-Signature",
                        format!("v0={}", signed(&[b"v0:1700000000:", body])),
                    ),
                ],
            ),
            (
                "stripe",
                vec![(
                    "Stripe-Signature",
                    format!("t=17,v1=00,v1={}", signed(&[b"17.", body])),
                )],
            ),
        ] {
            let provider = Provider::parse(provider).unwrap();
            let good = request(&headers);
            assert!(provider.verifies(&good, body, secret), "{provider:?}");
            assert!(!provider.verifies(&good, body, "another"), "{provider:?}");
            if provider != Provider::GitLab {
                assert!(!provider.verifies(&good, b"{}", secret), "{provider:?}");
            }
            assert!(
                !provider.verifies(&request(&[]), body, secret),
                "{provider:?}"
            );
        }
        assert!(Provider::parse("").is_err() && Provider::parse("twilio").is_err());
    }
}
