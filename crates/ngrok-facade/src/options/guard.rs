//! Options that guard who gets through. Tunnels (config version 2) know them; an endpoint does the same by a traffic
//! policy, so there they are refused, never dropped.

use ngrok_core::Secret;
use ngrok_localapi::{OAuth, Oidc};

use super::ConnectOptions;

impl ConnectOptions {
    /// Asks for this user and password (8 to 128 characters). Call it again for another pair. Version 2 only.
    pub fn basic_auth(self, user: &str, password: impl Into<Secret>) -> Self {
        self.tunnel(|it| it.basic_auth(user, password))
    }

    /// Asks for a login at an OAuth provider. Version 2 only.
    pub fn oauth(self, oauth: OAuth) -> Self {
        self.tunnel(|it| it.oauth(oauth))
    }

    /// Asks for a login at an OpenID Connect provider. Version 2 only.
    pub fn oidc(self, oidc: Oidc) -> Self {
        self.tunnel(|it| it.oidc(oidc))
    }

    /// Accepts only clients of these CIDR blocks. Version 2 only.
    pub fn allow_cidrs<I: IntoIterator<Item: Into<String>>>(self, blocks: I) -> Self {
        self.tunnel(|it| it.allow_cidrs(blocks))
    }

    /// Refuses clients of these CIDR blocks. Version 2 only.
    pub fn deny_cidrs<I: IntoIterator<Item: Into<String>>>(self, blocks: I) -> Self {
        self.tunnel(|it| it.deny_cidrs(blocks))
    }

    /// Accepts only user agents that match one of these regular expressions. Version 2 only.
    pub fn allow_user_agents<I: IntoIterator<Item: Into<String>>>(self, patterns: I) -> Self {
        self.tunnel(|it| it.allow_user_agents(patterns))
    }

    /// Refuses user agents that match one of these regular expressions. Version 2 only.
    pub fn deny_user_agents<I: IntoIterator<Item: Into<String>>>(self, patterns: I) -> Self {
        self.tunnel(|it| it.deny_user_agents(patterns))
    }

    /// Accepts only clients with a certificate of one of the authorities in this PEM file. Version 2 only.
    pub fn mutual_tls_cas(self, path: impl Into<String>) -> Self {
        self.tunnel(|it| it.mutual_tls_cas(path))
    }

    /// Accepts only webhooks that this provider, such as `github`, has signed with the secret. Version 2 only.
    pub fn verify_webhook(self, provider: &str, secret: impl Into<Secret>) -> Self {
        self.tunnel(|it| it.verify_webhook(provider, secret))
    }

    /// Sets the older name of [`basic_auth`](Self::basic_auth): `user:password`. Version 2 only.
    pub fn auth(self, pair: impl Into<String>) -> Self {
        self.option("auth", pair.into())
    }
}
