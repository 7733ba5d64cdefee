//! Directories as the `file://` URLs that the agent reads, and back.

use std::path::PathBuf;

/// Whether the text is an absolute path of Windows: `C:\site`, `C:/site`, `\\server\share`.
pub(super) fn is_windows_path(text: &str) -> bool {
    text.starts_with(r"\\") || has_drive(text)
}

/// `C:\` or `C:/`.
pub(super) fn has_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic())
}

/// The URL of an absolute path. What would end the path of a URL is escaped, everything else stays readable.
pub(super) fn to_url(path: &str) -> String {
    let path = if is_windows_path(path) {
        without_verbatim_prefix(path).replace('\\', "/")
    } else {
        path.to_owned()
    };
    let path = path
        .replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23");
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{path}")
}

/// `canonicalize` of the standard library returns `\\?\C:\site` and `\\?\UNC\server\share`, which the agent refuses.
fn without_verbatim_prefix(path: &str) -> String {
    match path.strip_prefix(r"\\?\") {
        Some(rest) => match rest.strip_prefix(r"UNC\") {
            Some(share) => format!(r"\\{share}"),
            None => rest.to_owned(),
        },
        None => path.to_owned(),
    }
}

/// The path that a URL names on a system that is Windows, or not.
pub(super) fn to_path(url: &str, windows: bool) -> PathBuf {
    let path = if super::is_file_url(url) {
        url.get(7..).unwrap_or_default()
    } else {
        url
    };
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let bytes = decoded(path);
    let bytes = match bytes.as_slice() {
        // On Windows `/C:/site` would be a folder of the current drive.
        [b'/', rest @ ..] if windows && has_drive(&String::from_utf8_lossy(rest)) => rest,
        all => all,
    };
    path_of(bytes)
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).as_ref().into()
}

/// The bytes that `%20` and the like stand for. A percent sign that begins no such escape stays.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|it| u8::try_from(it).ok())
        };
        match (first, after) {
            (b'%', [high, low, left @ ..]) if digit(*high).is_some() && digit(*low).is_some() => {
                bytes.push(digit(*high).unwrap_or_default() << 4 | digit(*low).unwrap_or_default());
                rest = left;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_path_becomes_a_url_that_leads_back_to_it() {
        for (path, url, back) in [
            ("/srv/www", "file:///srv/www", "/srv/www"),
            (
                "/srv/50% off?#1",
                "file:///srv/50%25 off%3F%231",
                "/srv/50% off?#1",
            ),
            (r"/srv/a\b", r"file:///srv/a\b", r"/srv/a\b"),
            (r"C:\site", "file:///C:/site", "C:/site"),
            ("c:/site", "file:///c:/site", "c:/site"),
            (
                r"C:\Public Folder\ümlaut",
                "file:///C:/Public Folder/ümlaut",
                "C:/Public Folder/ümlaut",
            ),
            (r"\\?\C:\site", "file:///C:/site", "C:/site"),
            (r"\\server\share", "file:////server/share", "//server/share"),
            (
                r"\\?\UNC\server\share",
                "file:////server/share",
                "//server/share",
            ),
        ] {
            assert_eq!(to_url(path), url);
            assert_eq!(to_path(url, true), Path::new(back), "{url}");
        }
    }

    #[test]
    fn the_slash_before_a_drive_is_dropped_on_windows_only() {
        for (url, windows, elsewhere) in [
            ("file:///C:/site", "C:/site", "/C:/site"),
            ("FILE:///c:/site", "c:/site", "/c:/site"),
            ("file:///C%3A/my%20site", "C:/my site", "/C:/my site"),
            ("file:///srv/100%", "/srv/100%", "/srv/100%"),
            ("file:///srv/%zz", "/srv/%zz", "/srv/%zz"),
            ("file:///srv?a#b", "/srv", "/srv"),
            ("file:///C:", "/C:", "/C:"),
            ("file://", "", ""),
        ] {
            assert_eq!(to_path(url, true), Path::new(windows), "{url}");
            assert_eq!(to_path(url, false), Path::new(elsewhere), "{url}");
        }
    }

    #[test]
    fn only_absolute_paths_of_windows_are_taken_for_them() {
        for (text, expected) in [
            (r"C:\", true),
            (r"z:/x", true),
            (r"\\server\share", true),
            (r"\\?\C:\x", true),
            ("C:", false),
            ("C:80", false),
            ("é:/x", false),
            ("localhost:80", false),
            ("/srv", false),
            (r"\x", false),
            ("", false),
        ] {
            assert_eq!(is_windows_path(text), expected, "{text}");
        }
    }
}
