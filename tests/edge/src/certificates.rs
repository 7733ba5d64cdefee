//! A certificate authority of the edge's own, made when it starts, and the edge's certificate.

use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;

/// The authority as PEM text, and a configuration whose certificate it signed: good for `localhost`, 127.0.0.1 and every name below `domain`.
pub(crate) fn make(domain: &str) -> io::Result<(String, Arc<ServerConfig>)> {
    let ca_key = KeyPair::generate().map_err(io::Error::other)?;
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    ca.distinguished_name
        .push(DnType::CommonName, "Loopback Edge CA");
    let ca_certificate = ca.self_signed(&ca_key).map_err(io::Error::other)?;

    let key = KeyPair::generate().map_err(io::Error::other)?;
    let names = [
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        domain.to_owned(),
        format!("*.{domain}"),
    ];
    let mut leaf = CertificateParams::new(names).map_err(io::Error::other)?;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.distinguished_name
        .push(DnType::CommonName, "localhost");
    let certificate = leaf
        .signed_by(&key, &Issuer::new(ca, ca_key))
        .map_err(io::Error::other)?;

    let private_key =
        PrivateKeyDer::try_from(key.serialize_der()).map_err(|e| io::Error::other(e.to_owned()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private_key)
        .map_err(io::Error::other)?;
    Ok((ca_certificate.pem(), Arc::new(config)))
}
