//! Logins in front of a tunnel: OAuth and OpenID Connect.

use std::fmt;

use ngrok_core::masked_fields;
use serde_json::{Map, Value};

use crate::Secret;
use crate::definition::texts;

/// A login at an OAuth provider, for [`TunnelConfig::oauth`](crate::TunnelConfig::oauth).
#[derive(Clone, PartialEq)]
pub struct OAuth(Map<String, Value>);

impl OAuth {
    /// Names the provider, such as `google` or `github`.
    pub fn new(provider: impl Into<String>) -> Self {
        Self(Map::new()).set("provider", provider.into())
    }

    /// Accepts only accounts with an address of these domains.
    #[must_use]
    pub fn allow_domains<I: IntoIterator<Item: Into<String>>>(self, domains: I) -> Self {
        self.set("allow_domains", texts(domains))
    }

    /// Accepts only accounts with these addresses.
    #[must_use]
    pub fn allow_emails<I: IntoIterator<Item: Into<String>>>(self, emails: I) -> Self {
        self.set("allow_emails", texts(emails))
    }

    /// Asks the provider for these scopes. ngrok accepts them only together with [`client`](Self::client).
    #[must_use]
    pub fn scopes<I: IntoIterator<Item: Into<String>>>(self, scopes: I) -> Self {
        self.set("scopes", texts(scopes))
    }

    /// Uses an OAuth application of your own instead of ngrok's.
    #[must_use]
    pub fn client(self, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.set("client_id", id.into())
            .set("client_secret", secret.into().expose())
    }

    pub(crate) fn into_json(self) -> Value {
        Value::Object(self.0)
    }

    fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }
}

/// A login at an OpenID Connect provider, for [`TunnelConfig::oidc`](crate::TunnelConfig::oidc).
#[derive(Clone, PartialEq)]
pub struct Oidc(Map<String, Value>);

impl Oidc {
    /// Names the provider by the URL of its issuer, and the client that is registered there.
    pub fn new(
        issuer_url: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
    ) -> Self {
        Self(Map::from_iter([
            ("issuer_url".to_owned(), issuer_url.into().into()),
            ("client_id".to_owned(), client_id.into().into()),
            (
                "client_secret".to_owned(),
                client_secret.into().expose().into(),
            ),
        ]))
    }

    /// Asks the provider for these scopes.
    #[must_use]
    pub fn scopes<I: IntoIterator<Item: Into<String>>>(mut self, scopes: I) -> Self {
        self.0.insert("scopes".to_owned(), texts(scopes));
        self
    }

    pub(crate) fn into_json(self) -> Value {
        Value::Object(self.0)
    }
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        masked_fields(&self.0, f)
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        masked_fields(&self.0, f)
    }
}
