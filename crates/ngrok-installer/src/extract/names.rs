//! Which entry of an archive is the program.

use crate::error::{ArchiveFault, Error, Result};

/// Whether an entry of that name is the program: `ngrok` or `ngrok.exe` at the archive's root.
///
/// # Errors
/// A name of the program that is absolute or leaves the directory. All other names are nobody's business: nothing is
/// ever written under a name that an archive chose.
pub(super) fn is_program(name: &[u8]) -> Result<bool> {
    let mut parts: Vec<&[u8]> = name
        .split(|b| matches!(b, b'/' | b'\\'))
        .filter(|part| !part.is_empty() && *part != b".")
        .collect();
    if !matches!(parts.pop(), Some(b"ngrok" | b"ngrok.exe")) {
        return Ok(false);
    }
    let is_rooted = matches!(name.first(), Some(b'/' | b'\\'));
    let has_drive = parts.first().is_some_and(|part| part.ends_with(b":"));
    if is_rooted || has_drive {
        return Err(refused(name, "an absolute name"));
    }
    if parts.contains(&b"..".as_slice()) {
        return Err(refused(name, "a name that leaves the directory"));
    }
    Ok(parts.is_empty())
}

/// Refuses the entry of that name for what it is.
pub(super) fn refused(name: &[u8], what: &'static str) -> Error {
    let name = String::from_utf8_lossy(name).into_owned();
    Error::archive(ArchiveFault::Unsafe { name, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_program_at_the_root_is_taken() {
        for name in ["ngrok", "./ngrok", "ngrok.exe", ".\\ngrok.exe", ".//ngrok"] {
            assert!(is_program(name.as_bytes()).unwrap(), "{name}");
        }
        for name in [
            "",
            "README",
            "ngrok.yml",
            "bin/ngrok",
            "completions/ngrok",
            "NGROK",
            "ngrok ",
            "../README",
            "/etc/passwd",
            "C:\\windows\\system32\\cmd.exe",
        ] {
            assert!(!is_program(name.as_bytes()).unwrap(), "{name}");
        }
        for name in [
            "/ngrok",
            "../ngrok",
            "a/../ngrok",
            "..\\ngrok.exe",
            "C:\\ngrok.exe",
            "/usr/bin/ngrok",
        ] {
            assert!(is_program(name.as_bytes()).is_err(), "{name}");
        }
    }
}
