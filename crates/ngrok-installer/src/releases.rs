//! The exact agent releases whose SHA-256 this crate knows; the data is `releases.json`.
//!
//! The stable channel serves whatever is newest. An exact build lies under an address that cannot be derived from its
//! version, and ngrok publishes no digest beside it, so both are data here, gathered from package repositories that pin them.

use std::sync::OnceLock;

use serde_json::Value;

use crate::platform::Platform;

/// An agent build with a known digest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Release {
    /// The agent's version, such as `3.39.9`.
    pub version: String,
    /// Where it runs.
    pub platform: Platform,
    /// Where it is downloaded from: an archive, or the bare binary.
    pub url: String,
    /// The SHA-256 of that file, in lower-case hexadecimal.
    pub sha256: String,
    /// The SHA-256 of the program in it, where it is known; a bare binary's is that of the file.
    pub binary_sha256: Option<String>,
    /// Whether it is packed: then the download is smaller, but takes the feature `zip`.
    pub(crate) is_zip: bool,
}

/// The releases with a known digest, in no particular order.
///
/// ```
/// for release in ngrok_installer::releases() {
///     println!("{} for {}", release.version, release.platform);
/// }
/// ```
pub fn releases() -> &'static [Release] {
    static RELEASES: OnceLock<Vec<Release>> = OnceLock::new();
    // A test checks that the file is read whole; were it not, there would be no known release, which fails safely.
    RELEASES.get_or_init(|| parse(include_str!("releases.json")))
}

/// The build of `version`, or of the newest version if `None`, for a platform.
pub(crate) fn find(
    platform: Platform,
    version: Option<&str>,
    sha256: Option<&str>,
) -> Option<&'static Release> {
    releases()
        .iter()
        .filter(|r| r.platform == platform && version.is_none_or(|wanted| r.version == wanted))
        .filter(|r| sha256.is_none_or(|wanted| r.sha256 == wanted))
        .max_by_key(|r| (version_key(&r.version), r.is_zip == cfg!(feature = "zip")))
}

/// The version of the build with this digest.
pub(crate) fn version_of(sha256: &str) -> Option<&'static str> {
    let release = releases().iter().find(|r| r.sha256 == sha256)?;
    Some(&release.version)
}

/// The digest of the program in the file with this digest, where it is known.
pub(crate) fn binary_of(sha256: &str) -> Option<&'static str> {
    let release = releases().iter().find(|r| r.sha256 == sha256)?;
    release.binary_sha256.as_deref()
}

/// `3.39.11` is newer than `3.39.9`.
fn version_key(version: &str) -> Vec<u64> {
    version.split('.').map(|n| n.parse().unwrap_or(0)).collect()
}

fn parse(data: &str) -> Vec<Release> {
    let data: Value = serde_json::from_str(data).unwrap_or_default();
    let list = data.get("releases").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(release).collect()
}

fn release(entry: &Value) -> Option<Release> {
    let text = |key| entry.get(key).and_then(Value::as_str);
    let name = text("platform")?;
    Some(Release {
        version: text("version")?.to_owned(),
        platform: Platform::all().find(|p| p.build_name() == name)?,
        url: text("url")?.to_owned(),
        sha256: text("sha256")?.to_owned(),
        binary_sha256: match text("kind")? {
            "raw" => Some(text("sha256")?.to_owned()),
            _ => text("binary_sha256").map(str::to_owned),
        },
        is_zip: text("kind")? == "zip",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_data_is_read_and_sound() {
        let lines = include_str!("releases.json").matches("\"sha256\"").count();
        assert_eq!(releases().len(), lines);
        for release in releases() {
            assert_eq!(
                crate::digest::parse(&release.sha256).unwrap(),
                release.sha256
            );
            assert!(
                release.url.starts_with("https://bin.ngrok.com/a/"),
                "{}",
                release.url
            );
            let name = format!("ngrok-v3-{}-{}", release.version, release.platform);
            assert!(release.url.contains(&name), "{}", release.url);
            assert_eq!(
                release.is_zip,
                release.url.ends_with(".zip"),
                "{}",
                release.url
            );
            assert_eq!(version_of(&release.sha256), Some(release.version.as_str()));
        }
    }

    #[test]
    fn the_newest_is_found_by_number_and_the_form_by_what_we_can_read() {
        let platform = |os, arch| Platform::from_names(os, arch).unwrap();
        let newest = |p| find(p, None, None).map(|r| r.version.as_str());
        assert_eq!(newest(platform("linux", "i386")), Some("3.39.11"));
        assert_eq!(newest(platform("linux", "x86_64")), Some("3.39.9"));
        assert_eq!(newest(platform("freebsd", "x86_64")), None);
        let mac = platform("darwin", "arm64");
        let found = find(mac, Some("3.39.9"), None).unwrap();
        assert_eq!(found.is_zip, cfg!(feature = "zip"));
        for release in releases().iter().filter(|r| r.platform == mac) {
            assert_eq!(find(mac, None, Some(&release.sha256)), Some(release));
        }
        assert_eq!(find(mac, Some("1.0.0"), None), None);
    }
}
