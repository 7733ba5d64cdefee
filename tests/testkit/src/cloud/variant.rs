//! Where public sources disagree about ngrok's service, and what else a test may choose.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::answer::Answer;
use super::facts::{Facts, Refusal};

/// A behaviour of ngrok's service that public sources disagree about.
///
/// By default the cloud does what someone saw the real service do, or what the documentation shows. Each of these chooses the other way,
/// so that a client can be tested against both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloudVariant {
    /// A second resource of the same name or URL is refused with status 409 instead of 400.
    Conflicts409,
    /// A request without `ngrok-version` gets a 404 without a code instead of 400 with ERR_NGROK_218.
    MissingVersion404,
    /// A filter that cannot be read is ERR_NGROK_250 instead of `invalid_cel_expression`.
    FilterCode250,
    /// A second cloud endpoint on a URL is ERR_NGROK_18009 instead of ERR_NGROK_18017.
    SameUrl18009,
    /// Null in a PATCH clears a field, instead of leaving it as it is.
    NullClears,
    /// `startsWith`, `contains` and `endsWith` are refused in filters.
    NoTextFilters,
    /// Names of vaults and secrets have no hyphens.
    NoHyphensInNames,
    /// An agent's endpoint has the type `agent` instead of `ephemeral`.
    AgentEndpointType,
    /// An id in a path that has not the form of one is refused with status 400 instead of 404.
    MalformedIds400,
    /// An id in a body that leads nowhere is refused with status 404 instead of 400.
    MissingReferences404,
    /// The list of access tokens is called `access_tokens` instead of `tokens`.
    AccessTokensKey,
    /// Revoking an access token answers 204 without a body instead of 200 with the token.
    Revoke204,
    /// A wrong value is refused with status 422 instead of 400.
    Validation422,
    /// Reserving an address needs a `region`, instead of taking `us`.
    AddressNeedsRegion,
    /// A 429 names in `Retry-After` when to come back.
    RetryAfter,
}

const ALL: [(CloudVariant, &str, &str); 15] = [
    (
        CloudVariant::Conflicts409,
        "conflicts-409",
        "conflicts have status 409, not 400",
    ),
    (
        CloudVariant::MissingVersion404,
        "missing-version-404",
        "no ngrok-version is a 404, not 400 with ERR_NGROK_218",
    ),
    (
        CloudVariant::FilterCode250,
        "filter-code-250",
        "a wrong filter is ERR_NGROK_250, not invalid_cel_expression",
    ),
    (
        CloudVariant::SameUrl18009,
        "same-url-18009",
        "a second endpoint on a URL is ERR_NGROK_18009, not 18017",
    ),
    (
        CloudVariant::NullClears,
        "null-clears",
        "null in a PATCH clears a field",
    ),
    (
        CloudVariant::NoTextFilters,
        "no-text-filters",
        "startsWith, contains and endsWith are refused in filters",
    ),
    (
        CloudVariant::NoHyphensInNames,
        "no-hyphens-in-names",
        "names of vaults and secrets have no hyphens",
    ),
    (
        CloudVariant::AgentEndpointType,
        "agent-endpoint-type",
        "an agent's endpoint has the type agent, not ephemeral",
    ),
    (
        CloudVariant::MalformedIds400,
        "malformed-ids-400",
        "a malformed id in a path is a 400, not a 404",
    ),
    (
        CloudVariant::MissingReferences404,
        "missing-references-404",
        "an id in a body that leads nowhere is a 404, not a 400",
    ),
    (
        CloudVariant::AccessTokensKey,
        "access-tokens-key",
        "the list of access tokens is called access_tokens, not tokens",
    ),
    (
        CloudVariant::Revoke204,
        "revoke-204",
        "revoking an access token answers 204, not 200 with the token",
    ),
    (
        CloudVariant::Validation422,
        "validation-422",
        "wrong values have status 422, not 400",
    ),
    (
        CloudVariant::AddressNeedsRegion,
        "address-needs-region",
        "reserving an address needs a region",
    ),
    (
        CloudVariant::RetryAfter,
        "retry-after",
        "a 429 has a Retry-After header",
    ),
];

impl CloudVariant {
    /// Returns all variants.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|(variant, _, _)| *variant)
    }

    /// Returns the name that the program `loopback-cloud` takes, such as `conflicts-409`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Returns what differs, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> &'static (Self, &'static str, &'static str) {
        ALL.iter()
            .find(|(variant, _, _)| *variant == self)
            .unwrap_or(&ALL[0])
    }
}

impl fmt::Display for CloudVariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CloudVariant {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::all()
            .find(|variant| variant.name() == name)
            .ok_or_else(|| format!("there is no variant '{name}'"))
    }
}

/// The plan of the account. It decides which refusals for reasons of plan and number are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloudPlan {
    /// Nothing is refused for reasons of plan or number.
    #[default]
    Unlimited,
    /// No reserved addresses (ERR_NGROK_501), no custom or wildcard domains (412, 419), 5 vaults (23005), 5 secrets (24007).
    Free,
    /// No custom domains, 10 domains (431), 5 vaults, 25 secrets.
    Hobbyist,
    /// 5 vaults, 500 secrets.
    PayAsYouGo,
}

impl FromStr for CloudPlan {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "unlimited" => Self::Unlimited,
            "free" => Self::Free,
            "hobbyist" => Self::Hobbyist,
            "pay-as-you-go" => Self::PayAsYouGo,
            _ => return Err(format!("there is no plan '{name}'")),
        })
    }
}

/// What a cloud was started with.
#[derive(Clone, Debug)]
pub(super) struct Options {
    variants: Vec<CloudVariant>,
    pub(super) plan: CloudPlan,
    /// Whether the rules of the services are applied, beyond the kinds of fields.
    pub(super) rules: bool,
    /// Where callers seem to come from, for IP restrictions of the API.
    pub(super) caller_ip: Option<IpAddr>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            variants: Vec::new(),
            plan: CloudPlan::default(),
            rules: true,
            caller_ip: None,
        }
    }
}

/// Codes of ids in bodies that lead nowhere and whose status is not documented.
const REFERENCES: [&str; 6] = ["1801", "1949", "1951", "6501", "7007", "7072"];

impl Options {
    pub(super) fn choose(&mut self, variant: CloudVariant) {
        self.variants.push(variant);
    }

    pub(super) fn has(&self, variant: CloudVariant) -> bool {
        self.variants.contains(&variant)
    }

    /// Gives a refusal the status and code that were chosen for its kind.
    pub(super) fn adjust(&self, answer: &mut Answer) {
        let Some(code) = answer.code() else {
            return;
        };
        let kind = Facts::get().refusal(code);
        let reference = REFERENCES.contains(&code);
        if code == "invalid_cel_expression" && self.has(CloudVariant::FilterCode250) {
            answer.set_code("ERR_NGROK_250");
        } else if kind == Refusal::Conflict && self.has(CloudVariant::Conflicts409) {
            answer.set_status(409);
        } else if reference && self.has(CloudVariant::MissingReferences404) {
            answer.set_status(404);
        } else if kind == Refusal::Value
            && answer.status == 400
            && self.has(CloudVariant::Validation422)
        {
            answer.set_status(422);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_variants() {
        for variant in CloudVariant::all() {
            assert_eq!(variant.name().parse(), Ok(variant));
            assert!(!variant.about().is_empty());
        }
        assert_eq!(CloudVariant::RetryAfter.to_string(), "retry-after");
        assert!("conflicts".parse::<CloudVariant>().is_err());
    }
}
