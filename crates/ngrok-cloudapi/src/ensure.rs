//! Finds an object or makes it, so that a program can be run again.

use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::{Filter, List};

/// What an `ensure` function found or did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ensured<T> {
    /// It was there, as it was asked for.
    Found(T),
    /// It was there and has been changed to what was asked for.
    Changed(T),
    /// It has been made.
    Created(T),
}

impl<T> Ensured<T> {
    /// Returns the object, whatever was done.
    pub fn into_inner(self) -> T {
        match self {
            Self::Found(object) | Self::Changed(object) | Self::Created(object) => object,
        }
    }

    /// Returns whether it has been made: only then does a credential have its token.
    pub fn is_created(&self) -> bool {
        matches!(self, Self::Created(_))
    }
}

impl<T> std::ops::Deref for Ensured<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Found(object) | Self::Changed(object) | Self::Created(object) => object,
        }
    }
}

/// Looks for the object, creates it if it is missing, and looks again if another caller was faster.
#[cfg_attr(
    not(any(feature = "core", feature = "domains", feature = "ip")),
    allow(dead_code, reason = "these groups use it")
)]
fn found_or_created<T: DeserializeOwned>(
    list: impl Fn() -> List<T>,
    condition: &Filter,
    is_it: impl Fn(&T) -> bool,
    create: impl FnOnce() -> Result<T>,
) -> Result<Ensured<T>> {
    let find = || {
        let mut items = list().matching(condition.clone());
        items
            .find(|item| item.as_ref().map_or(true, &is_it))
            .transpose()
    };
    if let Some(object) = find()? {
        return Ok(Ensured::Found(object));
    }
    match create() {
        Ok(object) => Ok(Ensured::Created(object)),
        Err(error) if error.is_conflict() => match find()? {
            Some(object) => Ok(Ensured::Found(object)),
            None => Err(error),
        },
        Err(error) => Err(error),
    }
}

#[cfg(feature = "core")]
mod core {
    use super::{Ensured, found_or_created};
    use crate::error::{Error, Result};
    use crate::filter::field;
    use crate::services::credentials::Credentials;
    use crate::services::endpoints::Endpoints;
    use crate::types::{
        Credential, CredentialCreate, Endpoint, EndpointCreate, EndpointType, EndpointUpdate,
    };

    impl Endpoints<'_> {
        /// Makes the cloud endpoint, unless there is one at its URL; that one is changed where `wanted` says something else.
        ///
        /// # Errors
        /// As every call; a conflict if an endpoint of an agent or of another account has the URL.
        pub fn ensure(&self, wanted: &EndpointCreate) -> Result<Ensured<Endpoint>> {
            let url = plain_url(&wanted.url);
            let is_it = |e: &Endpoint| e.r#type == EndpointType::Cloud && plain_url(&e.url) == url;
            let condition = field("url").eq(&url) & field("type").eq("cloud");
            let ensured =
                found_or_created(|| self.list(), &condition, is_it, || self.create(wanted))?;
            let Ensured::Found(found) = ensured else {
                return Ok(ensured);
            };
            let mut change = EndpointUpdate::new();
            if found.traffic_policy != wanted.traffic_policy {
                change = change.traffic_policy(&wanted.traffic_policy);
            }
            if let Some(text) = wanted
                .description
                .get()
                .filter(|text| **text != found.description)
            {
                change = change.description(text);
            }
            if let Some(text) = wanted
                .metadata
                .get()
                .filter(|text| **text != found.metadata)
            {
                change = change.metadata(text);
            }
            if let Some(pooling) = wanted
                .pooling_enabled
                .get()
                .filter(|p| **p != found.pooling_enabled)
            {
                change = change.pooling_enabled(*pooling);
            }
            if change == EndpointUpdate::new() {
                return Ok(Ensured::Found(found));
            }
            self.update(&found.id, &change).map(Ensured::Changed)
        }
    }

    /// A URL as ngrok lists it: in lower case, without the port that its scheme implies and without a slash at its end.
    fn plain_url(url: &str) -> String {
        let url = url.trim().trim_end_matches('/').to_ascii_lowercase();
        let implied = match url.split_once("://") {
            Some(("https", _)) => ":443",
            Some(("http", _)) => ":80",
            _ => return url,
        };
        url.strip_suffix(implied).unwrap_or(&url).to_owned()
    }

    impl Credentials<'_> {
        /// Makes the credential, unless there is one with this description, which has no uniqueness of its own: two programs
        /// that do this at the same time make two. Only a credential that was made has its token.
        ///
        /// # Errors
        /// As every call; [`InvalidInput`](crate::ErrorKind::InvalidInput) if `wanted` has no description to know it by.
        pub fn ensure(&self, wanted: &CredentialCreate) -> Result<Ensured<Credential>> {
            let name = wanted.description.as_deref().unwrap_or_default();
            if name.is_empty() {
                return Err(Error::input(
                    "a credential is known by its description; give it one",
                ));
            }
            let condition = field("description").eq(name);
            let is_it = |c: &Credential| c.description == name;
            found_or_created(|| self.list(), &condition, is_it, || self.create(wanted))
        }
    }

    #[cfg(test)]
    mod tests {
        use super::plain_url;

        #[test]
        fn urls_are_compared_as_ngrok_lists_them() {
            for (given, plain) in [
                ("https://App.Example.com/", "https://app.example.com"),
                ("https://a.example:443", "https://a.example"),
                ("http://a.example:80/", "http://a.example"),
                ("https://a.example:80", "https://a.example:80"),
                ("tcp://1.tcp.ngrok.io:443", "tcp://1.tcp.ngrok.io:443"),
            ] {
                assert_eq!(plain_url(given), plain);
            }
        }
    }
}

#[cfg(feature = "domains")]
mod domains {
    use super::{Ensured, found_or_created};
    use crate::error::Result;
    use crate::filter::field;
    use crate::services::reserved_domains::ReservedDomains;
    use crate::types::{ReservedDomain, ReservedDomainCreate};

    impl ReservedDomains<'_> {
        /// Reserves the domain, unless the account has it. What it has is left as it is.
        ///
        /// # Errors
        /// As every call; a conflict if another account has the domain.
        pub fn ensure(&self, wanted: &ReservedDomainCreate) -> Result<Ensured<ReservedDomain>> {
            let name = wanted
                .domain
                .trim()
                .trim_end_matches('.')
                .to_ascii_lowercase();
            let condition = field("domain").eq(&name);
            let is_it = |d: &ReservedDomain| d.domain == name;
            found_or_created(|| self.list(), &condition, is_it, || self.create(wanted))
        }
    }
}

#[cfg(feature = "ip")]
mod ip {
    use super::{Ensured, found_or_created};
    use crate::error::{Error, Result};
    use crate::filter::field;
    use crate::services::ip_policies::IpPolicies;
    use crate::types::{IpPolicy, IpPolicyCreate};

    impl IpPolicies<'_> {
        /// Makes the policy, unless there is one with this description, which has no uniqueness of its own: two programs that
        /// do this at the same time make two.
        ///
        /// # Errors
        /// As every call; [`InvalidInput`](crate::ErrorKind::InvalidInput) if `wanted` has no description to know it by.
        pub fn ensure(&self, wanted: &IpPolicyCreate) -> Result<Ensured<IpPolicy>> {
            let name = wanted.description.as_deref().unwrap_or_default();
            if name.is_empty() {
                return Err(Error::input(
                    "an IP policy is known by its description; give it one",
                ));
            }
            let condition = field("description").eq(name);
            let is_it = |p: &IpPolicy| p.description == name;
            found_or_created(|| self.list(), &condition, is_it, || self.create(wanted))
        }
    }
}
