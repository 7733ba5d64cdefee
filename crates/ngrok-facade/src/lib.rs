//! A public URL for a local port in one call.

mod address;
mod definition;
mod error;
mod finding;
mod options;
mod preflight;

pub use error::{Error, Result};
pub use finding::{Finding, FindingCode, Severity};
pub use options::{AgentTls, ConnectOptions, OAuth, Oidc, Upstream};
pub use preflight::preflight;

/// TEMPORARY
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigVersion {
    /// 2
    V2,
    /// 3
    V3,
}
impl ConfigVersion {
    /// x
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2 => "2",
            Self::V3 => "3",
        }
    }
}
