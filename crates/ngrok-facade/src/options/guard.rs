//! Options that guard who gets through. Tunnels (config version 2) know them; an endpoint does the same by a traffic
//! policy, so there they are refused, never dropped.

use std::fmt;

use serde_json::{Map, Value, json};

use super::{ConnectOptions, texts};

impl ConnectOptions {
    /// Asks for this user and password (8 to 128 characters); may be called again for another pair. Version 2 only.
    pub fn basic_auth(mut self, user: &str, password: &str) -> Self {
        let pair = Value::String(format!("{user}:{password}"));
        match self.options.get_mut("basic_auth") {
            Some(Value::Array(pairs)) => pairs.push(pair),
            _ => {
                self.options
                    .insert("basic_auth".to_owned(), Value::Array(vec![pair]));
            }
        }
        self
    }

    /// Asks for a login with an OAuth provider. Version 2 only.
    pub fn oauth(self, oauth: OAuth) -> Self {
        self.option("oauth", Value::Object(oauth.0))
    }

    /// Asks for a login with an OpenID Connect provider. Version 2 only.
    pub fn oidc(self, oidc: Oidc) -> Self {
        self.option("oidc", Value::Object(oidc.0))
    }

    /// Lets clients of these CIDRs in, and keeps those of the others out. Version 2 only.
    pub fn ip_restriction<A: Into<String>, D: Into<String>>(
        self,
        allow: impl IntoIterator<Item = A>,
        deny: impl IntoIterator<Item = D>,
    ) -> Self {
        self.option(
            "ip_restriction",
            lists([("allow_cidrs", texts(allow)), ("deny_cidrs", texts(deny))]),
        )
    }

    /// Lets user agents that match the first patterns in, and keeps those of the second out. Version 2 only.
    pub fn user_agent_filter<A: Into<String>, D: Into<String>>(
        self,
        allow: impl IntoIterator<Item = A>,
        deny: impl IntoIterator<Item = D>,
    ) -> Self {
        self.option(
            "user_agent_filter",
            lists([("allow", texts(allow)), ("deny", texts(deny))]),
        )
    }

    /// Asks clients for a certificate of one of the authorities in this PEM file. Version 2 only.
    pub fn mutual_tls_cas(self, path: impl Into<String>) -> Self {
        self.option("mutual_tls_cas", path.into())
    }

    /// Lets only webhooks in that this provider has signed with the secret. Version 2 only.
    pub fn verify_webhook(self, provider: &str, secret: &str) -> Self {
        self.option(
            "verify_webhook",
            json!({"provider": provider, "secret": secret}),
        )
    }

    /// The older name of [`basic_auth`](Self::basic_auth): `user:password`. Version 2 only.
    pub fn auth(self, pair: impl Into<String>) -> Self {
        self.option("auth", pair.into())
    }
}

/// An object of those lists that hold something.
fn lists<const N: usize>(lists: [(&str, Value); N]) -> Value {
    lists
        .into_iter()
        .filter(|(_, list)| list.as_array().is_some_and(|list| !list.is_empty()))
        .map(|(key, list)| (key.to_owned(), list))
        .collect::<Map<_, _>>()
        .into()
}

/// A login with an OAuth provider, for [`ConnectOptions::oauth`].
#[derive(Clone, PartialEq)]
pub struct OAuth(Map<String, Value>);

impl OAuth {
    /// A provider by ngrok's name for it, such as `google` or `github`.
    pub fn new(provider: impl Into<String>) -> Self {
        Self(Map::new()).set("provider", provider.into().into())
    }

    /// Lets accounts with an address of these domains in.
    pub fn allow_domains<T: Into<String>>(self, domains: impl IntoIterator<Item = T>) -> Self {
        self.set("allow_domains", texts(domains))
    }

    /// Lets accounts with these addresses in.
    pub fn allow_emails<T: Into<String>>(self, emails: impl IntoIterator<Item = T>) -> Self {
        self.set("allow_emails", texts(emails))
    }

    /// Asks the provider for these scopes.
    pub fn scopes<T: Into<String>>(self, scopes: impl IntoIterator<Item = T>) -> Self {
        self.set("scopes", texts(scopes))
    }

    fn set(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }
}

/// A login with an OpenID Connect provider, for [`ConnectOptions::oidc`].
#[derive(Clone, PartialEq)]
pub struct Oidc(Map<String, Value>);

impl Oidc {
    /// A provider by the URL of its issuer, and the client registered there.
    pub fn new(issuer_url: &str, client_id: &str, client_secret: &str) -> Self {
        let mut fields = Map::new();
        for (key, text) in [
            ("issuer_url", issuer_url),
            ("client_id", client_id),
            ("client_secret", client_secret),
        ] {
            fields.insert(key.to_owned(), text.into());
        }
        Self(fields)
    }

    /// Lets accounts with an address of these domains in.
    pub fn allow_domains<T: Into<String>>(self, domains: impl IntoIterator<Item = T>) -> Self {
        self.set("allow_domains", texts(domains))
    }

    /// Lets accounts with these addresses in.
    pub fn allow_emails<T: Into<String>>(self, emails: impl IntoIterator<Item = T>) -> Self {
        self.set("allow_emails", texts(emails))
    }

    /// Asks the provider for these scopes.
    pub fn scopes<T: Into<String>>(self, scopes: impl IntoIterator<Item = T>) -> Self {
        self.set("scopes", texts(scopes))
    }

    fn set(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OAuth")
            .field(&self.0.get("provider"))
            .finish()
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Oidc")
            .field(&self.0.get("issuer_url"))
            .finish()
    }
}
