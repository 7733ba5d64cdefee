//! What was installed, kept as JSON beside the binary.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::atomic::{Access, Staged};
use crate::digest;
use crate::directory::{self, Found};
use crate::error::{Error, Result};
use crate::releases;
use crate::trust::check_place;

/// Far more than a receipt needs; a larger file is none of ours.
const MAX_RECEIPT: u64 = 64 * 1024;

/// What an install came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// There was no binary; now there is.
    Fresh,
    /// The wanted binary was there already; nothing was fetched or written.
    AlreadyPresent,
    /// Another binary was there; it has been replaced.
    Replaced,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::AlreadyPresent => "already-present",
            Self::Replaced => "replaced",
        }
    }
}

/// What lies at a path after an install, and where it came from.
///
/// It is kept as `ngrok.receipt.json` beside the binary, so that [`verify_installed`] notices a binary that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The binary.
    pub path: PathBuf,
    /// The URL (as it was given, with its query) or the file it came from; none for a binary that this crate did not
    /// place, or that was changed since.
    pub source: Option<String>,
    /// SHA-256 of the archive, or of the bare binary if that is what was fetched.
    pub archive_sha256: Option<String>,
    /// SHA-256 of the binary.
    pub binary_sha256: String,
    /// The size of the binary.
    pub bytes: u64,
    /// The agent's version, if the digest is one of the known [releases](crate::releases).
    pub agent_version: Option<String>,
    /// When it was placed, in whole seconds.
    pub installed_at: Option<SystemTime>,
    /// What the install came to.
    pub outcome: Outcome,
}

impl Receipt {
    /// The receipt as a JSON object: the fields of this type, the time in seconds since 1970.
    pub fn to_json(&self) -> Value {
        let seconds = self
            .installed_at
            .and_then(|t| t.duration_since(UNIX_EPOCH).ok())
            .map(|d| d.as_secs());
        json!({
            "path": self.path.to_string_lossy(),
            "source": self.source,
            "archive_sha256": self.archive_sha256,
            "binary_sha256": self.binary_sha256,
            "bytes": self.bytes,
            "agent_version": self.agent_version,
            "installed_at": seconds,
            "outcome": self.outcome.name(),
        })
    }

    /// That of a binary which lies there without one.
    pub(crate) fn of_unknown(path: &Path) -> Result<Self> {
        let binary_sha256 = digest::of_file(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            source: None,
            archive_sha256: None,
            bytes: size_of(path)?,
            agent_version: releases::version_of(&binary_sha256).map(str::to_owned),
            binary_sha256,
            installed_at: None,
            outcome: Outcome::AlreadyPresent,
        })
    }

    /// Reads the one that belongs to the binary `path`. One that cannot be understood counts as none:
    /// then the binary is not known, which is what the caller has to deal with anyway.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let file = receipt_path(path);
        let is_file = fs::symlink_metadata(&file).is_ok_and(|found| found.is_file());
        if !is_file {
            return None;
        }
        let mut text = Vec::new();
        fs::File::open(&file)
            .ok()?
            .take(MAX_RECEIPT)
            .read_to_end(&mut text)
            .ok()?;
        Self::from_json(path, &serde_json::from_slice(&text).ok()?)
    }

    fn from_json(path: &Path, value: &Value) -> Option<Self> {
        let text = |key| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let number = |key| value.get(key).and_then(Value::as_u64);
        Some(Self {
            path: path.to_path_buf(),
            source: text("source"),
            archive_sha256: text("archive_sha256"),
            binary_sha256: text("binary_sha256")?,
            bytes: number("bytes")?,
            agent_version: text("agent_version"),
            installed_at: number("installed_at")
                .and_then(|s| UNIX_EPOCH.checked_add(Duration::from_secs(s))),
            outcome: Outcome::AlreadyPresent,
        })
    }

    /// Writes it to a temporary file that only needs its name.
    pub(crate) fn stage(&self) -> Result<Staged> {
        let path = receipt_path(&self.path);
        let text = format!("{:#}\n", self.to_json());
        Staged::with(&path, text.as_bytes(), Access::OwnerData)
    }

    /// Whether that digest is the one of what was fetched: an archive, or the bare binary.
    pub(crate) fn is_from(&self, sha256: &str) -> bool {
        self.archive_sha256.as_deref() == Some(sha256) || self.binary_sha256 == sha256
    }

    /// Whether the binary is the one that this describes.
    pub(crate) fn matches_binary(&self) -> Result<bool> {
        Ok(
            size_of(&self.path)? == self.bytes
                && digest::of_file(&self.path)? == self.binary_sha256,
        )
    }
}

/// `ngrok` → `ngrok.receipt.json`.
pub(crate) fn receipt_path(binary: &Path) -> PathBuf {
    let mut name = binary.file_name().unwrap_or_default().to_os_string();
    name.push(".receipt.json");
    binary.with_file_name(name)
}

/// Compares an installed binary with its receipt: size and SHA-256.
///
/// Call it before a start where a changed binary must not run. It reads the whole binary, which takes some tens of milliseconds.
///
/// ```no_run
/// match ngrok_installer::verify_installed("/opt/ngrok/ngrok") {
///     Ok(receipt) => println!("{} bytes, as installed", receipt.bytes),
///     Err(error) => eprintln!("do not start it: {error}"),
/// }
/// ```
///
/// # Errors
/// [`ErrorKind::NoReceipt`](crate::ErrorKind::NoReceipt) if this crate did not place it,
/// [`ErrorKind::Modified`](crate::ErrorKind::Modified) if it is not what was placed,
/// [`ErrorKind::Quarantined`](crate::ErrorKind::Quarantined) if it is gone although its receipt is there,
/// [`ErrorKind::Insecure`](crate::ErrorKind::Insecure) if a symbolic link or something that is not a file is there, or if
/// other users could have put it there (see [`check_place`]).
pub fn verify_installed(path: impl AsRef<Path>) -> Result<Receipt> {
    let path = path.as_ref();
    check_place(path)?;
    let receipt = Receipt::read(path);
    match (receipt, directory::look(path)?) {
        (Some(_), Found::Nothing) => Err(Error::quarantined(path)),
        (Some(receipt), Found::Binary) if receipt.matches_binary()? => Ok(receipt),
        (Some(_), Found::Binary) => Err(Error::modified(path)),
        (None, Found::Binary) => Err(Error::no_receipt(path)),
        (None, Found::Nothing) => Err(Error::io("find", path, std::io::ErrorKind::NotFound.into())),
    }
}

fn size_of(path: &Path) -> Result<u64> {
    let found = fs::metadata(path).map_err(|e| Error::io("read", path, e))?;
    Ok(found.len())
}
