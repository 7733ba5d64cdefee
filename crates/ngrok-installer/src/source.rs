//! Where the agent is taken from.

use std::fmt;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::releases;

/// Where the agent is taken from: the stable channel unless told otherwise.
///
/// ```
/// use ngrok_installer::Source;
///
/// let newest = Source::stable();
/// let pinned = Source::exact("3.39.9");
/// let offline = Source::archive("/srv/ngrok-v3-stable-linux-amd64.tgz");
/// # let _ = (newest, pinned, offline);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source(Kind);

#[derive(Clone, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Stable,
    Pinned,
    Exact(String),
    Url(String),
    Archive(PathBuf),
    Mirror(String),
}

/// Without what may be a password in a URL, which is checked only later.
impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stable => f.write_str("Stable"),
            Self::Pinned => f.write_str("Pinned"),
            Self::Exact(version) => f.debug_tuple("Exact").field(version).finish(),
            Self::Url(url) => f.debug_tuple("Url").field(&masked(url)).finish(),
            Self::Archive(path) => f.debug_tuple("Archive").field(path).finish(),
            Self::Mirror(base) => f.debug_tuple("Mirror").field(&masked(base)).finish(),
        }
    }
}

impl Source {
    /// The stable channel: always the newest build. ngrok publishes no digest for it.
    pub fn stable() -> Self {
        Self(Kind::Stable)
    }

    /// The newest [release](releases::releases) for which this crate carries a digest for the platform.
    pub fn pinned() -> Self {
        Self(Kind::Pinned)
    }

    /// That version, such as `3.39.9` (or `v3.39.9`); it must be among the [releases](releases::releases), whose digest is checked.
    pub fn exact(version: impl Into<String>) -> Self {
        let version: String = version.into();
        let version = version.trim().trim_start_matches('v');
        Self(Kind::Exact(version.to_owned()))
    }

    /// That file: a `.tgz`, a `.zip`, or a bare binary, whatever its name. `https`, or `http` to a loopback address.
    pub fn url(url: impl Into<String>) -> Self {
        Self(Kind::Url(url.into()))
    }

    /// That local file: a `.tgz`, a `.zip`, or a bare binary, whatever its name.
    pub fn archive(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Archive(path.into()))
    }

    /// A copy of the stable channel: the same [file names](Platform::archive_name) under another base URL,
    /// whose query, if it has one, stays at the end.
    pub fn mirror(base: impl Into<String>) -> Self {
        Self(Kind::Mirror(base.into()))
    }

    /// What this means for a platform. `sha256` is the digest that the caller wants to see.
    pub(crate) fn resolve(&self, platform: Platform, sha256: Option<String>) -> Result<Resolved> {
        let is_channel = matches!(self.0, Kind::Stable | Kind::Mirror(_));
        if is_channel && !cfg!(feature = "zip") && platform.archive_name().ends_with(".zip") {
            return Err(Error::missing_feature(
                "zip",
                "the archive of this platform",
            ));
        }
        let unpinned = |location| Resolved {
            location,
            sha256: sha256.clone(),
            is_one_file: false,
        };
        match &self.0 {
            Kind::Stable => Ok(unpinned(Location::Url(platform.stable_url()))),
            Kind::Mirror(base) => {
                let (base, query) = base.split_at(base.find('?').unwrap_or(base.len()));
                Ok(unpinned(Location::Url(format!(
                    "{}/{}{query}",
                    base.trim_end_matches('/'),
                    platform.archive_name()
                ))))
            }
            Kind::Url(url) => Ok(Resolved {
                is_one_file: true,
                ..unpinned(Location::Url(url.clone()))
            }),
            Kind::Archive(path) => Ok(Resolved {
                is_one_file: true,
                ..unpinned(Location::File(path.clone()))
            }),
            Kind::Pinned => known(platform, None, sha256.as_deref()),
            Kind::Exact(version) => known(platform, Some(version), sha256.as_deref()),
        }
    }
}

/// A source as it stands for one platform.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) location: Location,
    /// The digest that what arrives must have.
    pub(crate) sha256: Option<String>,
    /// Whether the caller named this very file; a channel on the other hand moves on by itself.
    pub(crate) is_one_file: bool,
}

#[derive(Clone)]
pub(crate) enum Location {
    /// Checked by the client that is to ask it: it holds no credentials.
    Url(String),
    File(PathBuf),
}

impl Location {
    /// For errors and logs: without the query, in which addresses are often signed.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Url(url) => without_query(url),
            Self::File(path) => path.display().to_string(),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown().fmt(f)
    }
}

/// A URL without its query, which is often as good as a password.
pub(crate) fn without_query(url: &str) -> String {
    match url.split_once('?') {
        Some((rest, _)) => format!("{rest}?…"),
        None => url.to_owned(),
    }
}

/// A text that should be a URL, without what may be a password.
pub(crate) fn masked(text: &str) -> String {
    without_query(&ngrok_core::mask_url(text))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.write_str(url),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

fn known(platform: Platform, version: Option<&str>, sha256: Option<&str>) -> Result<Resolved> {
    let Some(release) = releases::find(platform, version, sha256) else {
        let wanted = version.map_or_else(|| "any release".to_owned(), |v| format!("release {v}"));
        let with = sha256.map_or("", |_| " and the given one");
        return Err(Error::option(format!(
            "no SHA-256 of {wanted} for {platform}{with} is known; known are: {}; any other takes its URL and digest",
            known_versions(platform)
        )));
    };
    Ok(Resolved {
        location: Location::Url(release.url.clone()),
        sha256: Some(release.sha256.clone()),
        is_one_file: false,
    })
}

fn known_versions(platform: Platform) -> String {
    let mut versions: Vec<&str> = releases::releases()
        .iter()
        .filter(|r| r.platform == platform)
        .map(|r| r.version.as_str())
        .collect();
    versions.sort_unstable();
    versions.dedup();
    if versions.is_empty() {
        "none".to_owned()
    } else {
        versions.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn linux() -> Platform {
        Platform::from_names("linux", "x86_64").unwrap()
    }

    fn url(source: Source, platform: Platform) -> String {
        source.resolve(platform, None).unwrap().location.to_string()
    }

    /// Every platform, by the reference's names, against the addresses ngrok serves.
    #[test]
    fn every_platform_has_the_address_that_ngrok_serves() {
        let table = [
            ("darwin_x86_64", "darwin-amd64.zip"),
            ("darwin_x86_64_arm", "darwin-arm64.zip"),
            ("windows_i386", "windows-386.zip"),
            ("windows_x86_64", "windows-amd64.zip"),
            ("windows_x86_64_arm", "windows-arm64.zip"),
            ("linux_i386", "linux-386.tgz"),
            ("linux_i386_arm", "linux-arm.tgz"),
            ("linux_x86_64", "linux-amd64.tgz"),
            ("linux_x86_64_arm", "linux-arm64.tgz"),
            ("linux_s390x", "linux-s390x.tgz"),
            ("linux_ppc64", "linux-ppc64.tgz"),
            ("linux_ppc64le", "linux-ppc64le.tgz"),
            ("freebsd_i386", "freebsd-386.tgz"),
            ("freebsd_x86_64", "freebsd-amd64.tgz"),
            ("freebsd_i386_arm", "freebsd-arm.tgz"),
        ];
        let mut found = 0;
        for os in ["darwin", "windows", "linux", "freebsd", "plan9"] {
            for arch in [
                "i386",
                "x86_64",
                "i386_arm",
                "x86_64_arm",
                "s390x",
                "ppc64",
                "ppc64le",
                "mips",
            ] {
                let key = format!("{os}_{arch}");
                let expected = table.iter().find(|(k, _)| *k == key);
                match (Platform::from_names(os, arch), expected) {
                    (Ok(platform), Some((_, file))) => {
                        let address =
                            format!("https://bin.ngrok.com/c/bNyj1mQVY4c/ngrok-v3-stable-{file}");
                        assert_eq!(url(Source::stable(), platform), address);
                        assert_eq!(
                            platform.binary_name(),
                            if os == "windows" {
                                "ngrok.exe"
                            } else {
                                "ngrok"
                            }
                        );
                        assert_eq!(
                            format!("{}_{}", platform.os().name(), platform.arch().name()),
                            key
                        );
                        found += 1;
                    }
                    (Err(error), None) => assert_eq!(error.kind(), ErrorKind::Platform),
                    (got, _) => panic!("{key}: {got:?}"),
                }
            }
        }
        assert_eq!(found, table.len());
    }

    #[test]
    fn no_debug_text_shows_a_password() {
        for url in [
            "https://me:hunter2@host/x",
            "https://me:hun?ter2@host/x",
            "https://host/x?signature=hunter2",
            "me:hunter2@host",
        ] {
            let text = format!("{:?} {:?}", Source::url(url), Source::mirror(url));
            assert!(!text.contains("ter2") && text.contains("host"), "{text}");
        }
    }

    #[test]
    fn a_mirror_serves_the_channels_names_under_its_own_base() {
        for base in ["https://mirror.test/ngrok", "https://mirror.test/ngrok/"] {
            assert_eq!(
                url(Source::mirror(base), linux()),
                "https://mirror.test/ngrok/ngrok-v3-stable-linux-amd64.tgz"
            );
        }
        assert_eq!(
            url(Source::mirror("https://mirror.test/a/?key=1"), linux()),
            "https://mirror.test/a/ngrok-v3-stable-linux-amd64.tgz?key=1"
        );
    }

    #[test]
    fn a_known_release_brings_its_digest_and_an_unknown_one_names_the_known() {
        assert_eq!(Source::exact("v3.39.9"), Source::exact("3.39.9"));
        let exact = Source::exact("3.39.9").resolve(linux(), None).unwrap();
        let pinned = Source::pinned().resolve(linux(), None).unwrap();
        assert_eq!(exact.sha256, pinned.sha256);
        assert_eq!(exact.sha256.as_deref().map(str::len), Some(64));
        let error = Source::exact("9.9.9").resolve(linux(), None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
        assert!(error.to_string().contains("known are: 3.39.9"), "{error}");
        let other = Some("0".repeat(64));
        assert!(Source::exact("3.39.9").resolve(linux(), other).is_err());
    }
}
