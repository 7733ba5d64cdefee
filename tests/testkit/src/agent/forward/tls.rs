//! TLS towards the service behind a tunnel, and TLS that the agent ends itself.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::agent::fields::open_error;

/// Whom the agent believes when it speaks TLS to an upstream.
#[derive(Clone, Debug, Default)]
pub(crate) enum Trust {
    /// Anyone, as agents do unless told otherwise: upstreams of the same machine seldom have a certificate of an authority.
    #[default]
    Anyone,
    /// The authorities that the user named.
    Authorities(Arc<ClientConfig>),
}

impl Trust {
    /// Reads `upstream_tls_verify_cas`. Without a file, no authority is trusted: there is none that certifies loopback.
    pub(crate) fn authorities(file: Option<&Path>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        if let Some(path) = file {
            for certificate in certificates(path)? {
                let bad = |error: rustls::Error| format!("{}: {error}", path.display());
                roots.add(certificate).map_err(bad)?;
            }
        }
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        Ok(Self::Authorities(Arc::new(config)))
    }

    /// Shakes hands with an upstream.
    pub(super) async fn connect(
        &self,
        authority: &str,
        stream: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host);
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        let config = match self {
            Self::Anyone => anyone().map_err(io::Error::other)?,
            Self::Authorities(config) => Arc::clone(config),
        };
        TlsConnector::from(config).connect(name, stream).await
    }
}

/// The settings of an agent that ends TLS itself: `crt`, `key` and `mutual_tls_cas`, each a path or the PEM itself.
pub(crate) fn acceptor(
    certificate: &str,
    key: &str,
    clients: &[String],
) -> Result<Acceptor, String> {
    let chain = pem_certificates(certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&pem(key)?)
        .map_err(|error| format!("the private key cannot be read: {error}"))?;
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = if clients.is_empty() {
        builder.with_no_client_auth()
    } else {
        let mut roots = RootCertStore::empty();
        for authority in clients {
            for certificate in pem_certificates(authority)? {
                roots.add(certificate).map_err(|error| error.to_string())?;
            }
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(|error| error.to_string())?;
        builder.with_client_cert_verifier(verifier)
    };
    let config = builder
        .with_single_cert(chain, key)
        .map_err(|error| format!("the certificate and its key do not go together: {error}"))?;
    Ok(Acceptor(TlsAcceptor::from(Arc::new(config))))
}

/// Ends TLS on public connections.
#[derive(Clone)]
pub(crate) struct Acceptor(pub(super) TlsAcceptor);

/// Without the private key.
impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Acceptor")
    }
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

/// The bytes of a PEM that is given as such or by its path.
fn pem(text: &str) -> Result<Vec<u8>, String> {
    if text.contains("-----BEGIN") {
        return Ok(text.as_bytes().to_vec());
    }
    let path = Path::new(text);
    std::fs::read(path).map_err(|error| open_error(path, &error))
}

fn pem_certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_slice_iter(&pem(text)?).collect::<Result<Vec<_>, _>>();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err("there is no certificate in it".to_owned()),
        Err(error) => Err(format!("a certificate cannot be read: {error}")),
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    pem_certificates(&path.to_string_lossy())
        .map_err(|reason| format!("{}: {reason}", path.display()))
}

/// The settings that believe anyone.
fn anyone() -> Result<Arc<ClientConfig>, rustls::Error> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone(provider())))
        .with_no_client_auth();
    Ok(Arc::clone(CONFIG.get_or_init(|| Arc::new(config))))
}

/// Takes any certificate; the signatures of the handshake are checked all the same.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
