//! Which certificate authorities a client trusts.

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use crate::ParseError;

/// Returns the authorities of a PEM file, to trust in place of the built-in ones.
///
/// # Errors
///
/// [`ParseError`] if it is not PEM or holds no certificate; `origin` begins the sentence.
pub fn root_certs(pem: &[u8], origin: &str) -> Result<RootCerts, ParseError> {
    let mut found: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(pem) {
        let item = item.map_err(|_| ParseError::new(format!("{origin} are not PEM")))?;
        if let PemItem::Certificate(certificate) = item {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        return Err(ParseError::new(format!(
            "{origin} hold no certificate in PEM form"
        )));
    }
    Ok(found.into_iter().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_certificate_is_refused_by_name() {
        for pem in [
            "",
            "no PEM",
            "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
        ] {
            let error = root_certs(pem.as_bytes(), "the root certificates given").unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with("the root certificates given "),
                "{error}"
            );
        }
    }
}
