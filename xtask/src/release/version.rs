//! Versions and how a release raises them.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u64, u64, u64);

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Option<Vec<u64>> = text.split('.').map(|part| part.parse().ok()).collect();
        match numbers.as_deref() {
            Some([major, minor, patch]) => Ok(Self(*major, *minor, *patch)),
            _ => Err(format!("{text:?} is not a version such as 0.2.0")),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// How far a release raises the version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Patch,
    Minor,
    Major,
    Exact(Version),
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "patch" => Ok(Self::Patch),
            "minor" => Ok(Self::Minor),
            "major" => Ok(Self::Major),
            _ => text
                .parse()
                .map(Self::Exact)
                .map_err(|reason| format!("{reason}, nor patch, minor or major")),
        }
    }
}

impl Level {
    pub(super) fn after(&self, old: &Version) -> Result<Version, String> {
        let Version(major, minor, patch) = *old;
        let new = match self {
            Self::Patch => Version(major, minor, patch + 1),
            Self::Minor => Version(major, minor + 1, 0),
            Self::Major => Version(major + 1, 0, 0),
            Self::Exact(new) => new.clone(),
        };
        if new > *old {
            Ok(new)
        } else {
            Err(format!("{new} is not above {old}"))
        }
    }
}
