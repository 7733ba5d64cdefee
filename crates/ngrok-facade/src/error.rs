//! What can go wrong: the errors of the crates below, and the few that belong to this one.

use crate::ConfigVersion;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of one of the crates below, or of this one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An address that cannot be read.
    #[error("address `{addr}` cannot be used: {reason}")]
    #[non_exhaustive]
    Address {
        /// The address as given.
        addr: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An option of tunnels in endpoint mode, or the other way round.
    #[error("option `{option}` does not go with config version {}: {}", .version.as_str(), way_out(*.version, *.instead))]
    #[non_exhaustive]
    WrongConfigVersion {
        /// The option.
        option: &'static str,
        /// What to use in its place.
        instead: Option<&'static str>,
        /// The config version in force.
        version: ConfigVersion,
    },
    /// An option that guards a tunnel, which an endpoint would silently ignore.
    #[error(
        "option `{option}` would not guard an endpoint: use the traffic-policy action `{action}`, \
         or set `config_version` to 2"
    )]
    #[non_exhaustive]
    GuardDropped {
        /// The option.
        option: &'static str,
        /// The traffic-policy action that does the same.
        action: &'static str,
    },
    /// A major version of the agent that is not supported.
    #[error("agent version `{version}` is not supported: 3 is the only one")]
    #[non_exhaustive]
    NgrokVersion {
        /// The version asked for.
        version: String,
    },
    /// The agent's answer holds no public URL.
    #[error("the agent reports no public URL for `{name}`")]
    #[non_exhaustive]
    NoPublicUrl {
        /// The tunnel's name.
        name: String,
    },
}

fn way_out(version: ConfigVersion, instead: Option<&str>) -> String {
    let other = if version == ConfigVersion::V3 {
        "2"
    } else {
        "3"
    };
    match instead {
        Some(instead) => format!("use {instead}, or set `config_version` to {other}"),
        None => format!("set `config_version` to {other}"),
    }
}
