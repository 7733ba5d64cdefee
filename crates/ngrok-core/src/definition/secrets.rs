//! Which keys hold secrets.

use super::key::{Key, Secrecy};
use super::kind::Kind;
use super::vocabulary::{Place, Vocabulary};
use crate::mask::{is_proxy_name, is_secret_name};

/// Returns whether a text is, or holds, a private key in PEM.
pub fn is_private_key(text: &str) -> bool {
    text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----")
}

impl Vocabulary {
    /// Returns whether the value at this path of a config file is a secret. The path begins at the top of the file and holds
    /// keys and indices of lists: `["tunnels", "web", "basic_auth", "0"]`.
    ///
    /// An item of a secret list is one, too; what is in a mapping is judged by its own key. [`Secrecy::May`] says that it
    /// depends on the value: a URL with a password, a header of a secret name, a private key.
    ///
    /// ```
    /// use ngrok_core::definition::{Secrecy, Vocabulary};
    ///
    /// let secrecy = |path: &[&str]| Vocabulary::ngrok().secrecy(path);
    /// assert_eq!(secrecy(&["authtoken"]), Secrecy::Yes);
    /// assert_eq!(secrecy(&["agent", "api_key"]), Secrecy::Yes);
    /// assert_eq!(secrecy(&["tunnels", "web", "oauth", "client_secret"]), Secrecy::Yes);
    /// assert_eq!(secrecy(&["endpoints", "0", "agent_tls_termination", "server_private_key"]), Secrecy::Yes);
    /// assert_eq!(secrecy(&["tunnels", "web", "key"]), Secrecy::May);
    /// assert_eq!(secrecy(&["tunnels", "authtoken", "addr"]), Secrecy::No);
    /// ```
    pub fn secrecy(&self, path: &[&str]) -> Secrecy {
        let (place, below) = match path {
            ["tunnels", _name, below @ ..] => (Place::Tunnel, below),
            ["endpoints", _index, below @ ..] => (Place::Endpoint, below),
            ["agent", below @ ..] => (Place::Agent, below),
            below => (Place::Agent, below),
        };
        self.secrecy_in(place, below)
    }

    /// Returns whether the value under this key is a traffic policy.
    pub(crate) fn is_policy_key(&self, name: &str) -> bool {
        self.everywhere()
            .any(|key| key.kind == Kind::Policy && key.name() == name)
    }

    /// All keys of definitions and of the agent, and the keys in them.
    fn everywhere(&self) -> impl Iterator<Item = &Key> {
        let places = [Place::Agent, Place::Tunnel, Place::Endpoint];
        let keys = places.into_iter().flat_map(|place| self.keys(place));
        keys.flat_map(|key| std::iter::once(key).chain(key.fields()))
    }

    /// As [`Vocabulary::secrecy`], with a path that begins in a definition.
    pub fn secrecy_in(&self, place: Place, path: &[&str]) -> Secrecy {
        // Most proxies need a password.
        let by_name = path
            .iter()
            .any(|name| is_secret_name(name) || is_proxy_name(name));
        let Some((first, rest)) = path.split_first() else {
            return Secrecy::No;
        };
        let mut found = Secrecy::No;
        let mut key = self.find(place, first).key();
        let mut rest = rest.iter();
        while let Some(this) = key {
            // What is in a mapping is judged by its own row.
            let leads_on = !this.fields().is_empty() && rest.len() > 0;
            if this.secrecy() == Secrecy::Yes || !leads_on {
                found = this.secrecy();
            }
            let next = rest.next();
            key = next.and_then(|name| field(this, name));
        }
        let in_policy = path.contains(&"config")
            && path.iter().any(|name| {
                let secrets = self.actions().iter().flat_map(|action| action.secrets);
                secrets.clone().any(|secret| secret == name)
            });
        match found {
            _ if by_name => Secrecy::Yes,
            Secrecy::No if in_policy => Secrecy::May,
            found => found,
        }
    }
}

fn field<'a>(key: &'a Key, name: &str) -> Option<&'a Key> {
    super::vocabulary::find(key.fields(), name).key()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_wherever_they_are() {
        let vocabulary = Vocabulary::ngrok();
        for (path, expected) in [
            ("api_key", Secrecy::Yes),
            ("authtoken", Secrecy::Yes),
            ("auth_token", Secrecy::Yes),
            ("agent.proxy_url", Secrecy::Yes),
            ("http_proxy", Secrecy::Yes),
            ("region", Secrecy::No),
            ("tunnels.x.basic_auth.0", Secrecy::Yes),
            ("tunnels.x.Basic-Auth.0", Secrecy::Yes),
            ("tunnels.x.auth", Secrecy::Yes),
            ("tunnels.x.oauth.provider", Secrecy::No),
            ("tunnels.x.oidc.client_secret", Secrecy::Yes),
            ("tunnels.x.verify_webhook.provider", Secrecy::No),
            ("tunnels.x.request_header.add.0", Secrecy::May),
            ("tunnels.x.request_header.remove.0", Secrecy::No),
            ("tunnels.x.key", Secrecy::May),
            ("endpoints.0.agent_tls_termination.server_key", Secrecy::Yes),
            (
                "endpoints.0.agent_tls_termination.server_certificate",
                Secrecy::No,
            ),
            (
                "endpoints.0.traffic_policy.on_http_request.0.actions.0.config.credentials.0",
                Secrecy::Yes,
            ),
            (
                "endpoints.0.traffic_policy.on_http_request.0.actions.0.config.vars.0.x",
                Secrecy::May,
            ),
            ("endpoints.0.name", Secrecy::No),
        ] {
            let path: Vec<&str> = path.split('.').collect();
            assert_eq!(vocabulary.secrecy(&path), expected, "{path:?}");
        }
    }

    #[test]
    fn private_keys_are_known_by_their_look() {
        assert!(is_private_key("-----BEGIN PRIVATE KEY-----AAA"));
        assert!(is_private_key("x -----BEGIN RSA PRIVATE KEY-----"));
        assert!(!is_private_key("-----BEGIN CERTIFICATE-----"));
    }
}
