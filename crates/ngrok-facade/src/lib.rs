//! A public URL for a local port in one call.

mod address;
mod definition;
mod error;
mod options;

pub use error::{Error, Result};
pub use options::{AgentTls, ConnectOptions, OAuth, Oidc, Upstream};

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
