//! What an [`Error`](super::Error) holds: one variant for each thing that can go wrong, with its wording.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::ErrorKind;

/// A cause of any type.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
#[allow(
    dead_code,
    reason = "which of them are used depends on the features that are on"
)]
pub(crate) enum Detail {
    #[error("ngrok publishes no agent for {what}; `Installer::platform` takes another platform")]
    Platform { what: String },
    #[error("the home directory is unknown: set {variable}, or name the path")]
    NoHome { variable: &'static str },
    #[error("{message}")]
    Option { message: String },
    #[error("{needed_for} needs the feature `{feature}` of ngrok-installer")]
    MissingFeature {
        feature: &'static str,
        needed_for: &'static str,
    },
    #[error("refused {}: {reason}", path.display())]
    InsecurePath { path: PathBuf, reason: &'static str },
    #[error("refused {url}: {reason}")]
    InsecureUrl { url: String, reason: &'static str },
    #[error("{url} answered with status {status}")]
    Status { url: String, status: u16 },
    #[error("cannot download {url}")]
    Transport {
        url: String,
        retryable: bool,
        source: BoxError,
    },
    #[error("deadline passed while {what}")]
    Timeout {
        what: String,
        source: Option<BoxError>,
    },
    #[error("cancelled by the progress callback")]
    Cancelled,
    #[error("SHA-256 of {source_name} is {found}, expected {expected}: nothing was installed")]
    Digest {
        source_name: String,
        expected: String,
        found: String,
    },
    #[error("{fault}: nothing was installed")]
    Archive {
        fault: ArchiveFault,
        source: Option<BoxError>,
    },
    #[error("no receipt beside {}: it was not placed by this installer; install it with `force`", path.display())]
    NoReceipt { path: PathBuf },
    #[error("{} is not the binary that was installed; install it again with `force`", path.display())]
    Modified { path: PathBuf },
    #[error("{} vanished after it was installed: antivirus software may have removed it (https://ngrok.com/docs/faq)", path.display())]
    Quarantined { path: PathBuf },
    #[error("{}", ConfigText { path: path.as_deref(), position: *position, message })]
    Config {
        kind: ErrorKind,
        message: String,
        path: Option<PathBuf>,
        position: Option<(usize, usize)>,
        source: Option<BoxError>,
    },
    #[error("cannot {doing} {}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

/// What is wrong with an archive or the program in it.
#[derive(Debug)]
#[allow(
    dead_code,
    reason = "which of them are used depends on the features that are on"
)]
pub(crate) enum ArchiveFault {
    Empty,
    WebPage,
    Unknown,
    Truncated,
    Corrupt,
    NoBinary,
    Ambiguous,
    Unsafe { name: String, what: &'static str },
    TooLarge { what: &'static str, cap: u64 },
    TooDense { ratio: u64 },
    WrongPlatform { found: String, wanted: &'static str },
}

impl fmt::Display for ArchiveFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the archive is empty"),
            Self::WebPage => f.write_str("a web page came instead of an archive: check the URL, and whether a proxy asks for a login"),
            Self::Unknown => f.write_str("the file is neither .tgz nor .zip nor a program"),
            Self::Truncated => f.write_str("the archive is cut short"),
            Self::Corrupt => f.write_str("the archive is damaged"),
            Self::NoBinary => f.write_str("the archive holds no file `ngrok` or `ngrok.exe` at its root"),
            Self::Ambiguous => f.write_str("the archive holds more than one ngrok binary"),
            Self::Unsafe { name, what } => write!(f, "the archive's {name:?} is {what}"),
            Self::TooLarge { what, cap } => write!(f, "{what} is larger than the cap of {cap} bytes"),
            Self::TooDense { ratio } => write!(f, "the archive unpacks to more than {ratio} times its size"),
            Self::WrongPlatform { found, wanted } => write!(f, "the program is for {found}, wanted is {wanted}"),
        }
    }
}

/// `path:line:column: message`, as far as known.
struct ConfigText<'a> {
    path: Option<&'a Path>,
    position: Option<(usize, usize)>,
    message: &'a str,
}

impl fmt::Display for ConfigText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.path, self.position) {
            (Some(path), Some((line, column))) => write!(f, "{}:{line}:{column}: ", path.display()),
            (Some(path), None) => write!(f, "{}: ", path.display()),
            (None, Some((line, column))) => write!(f, "line {line}, column {column}: "),
            (None, None) => Ok(()),
        }?;
        f.write_str(self.message)
    }
}

impl Detail {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Platform { .. } => ErrorKind::Platform,
            Self::NoHome { .. } => ErrorKind::NoHome,
            Self::Option { .. } => ErrorKind::InvalidOption,
            Self::MissingFeature { .. } => ErrorKind::MissingFeature,
            Self::InsecurePath { .. } | Self::InsecureUrl { .. } => ErrorKind::Insecure,
            Self::Status { .. } => ErrorKind::Http,
            Self::Transport { .. } => ErrorKind::Transport,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Digest { .. } => ErrorKind::DigestMismatch,
            Self::Archive { fault, .. } => fault.kind(),
            Self::NoReceipt { .. } => ErrorKind::NoReceipt,
            Self::Modified { .. } => ErrorKind::Modified,
            Self::Quarantined { .. } => ErrorKind::Quarantined,
            Self::Config { kind, .. } => *kind,
            Self::Io { .. } => ErrorKind::Io,
        }
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::InsecurePath { path, .. }
            | Self::NoReceipt { path }
            | Self::Modified { path }
            | Self::Quarantined { path }
            | Self::Io { path, .. } => Some(path),
            Self::Config { path, .. } => path.as_deref(),
            _ => None,
        }
    }

    pub(crate) fn url(&self) -> Option<&str> {
        match self {
            Self::InsecureUrl { url, .. }
            | Self::Status { url, .. }
            | Self::Transport { url, .. } => Some(url),
            _ => None,
        }
    }

    pub(crate) fn position(&self) -> Option<(usize, usize)> {
        match self {
            Self::Config { position, .. } => *position,
            _ => None,
        }
    }
}

impl ArchiveFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Empty => ErrorKind::EmptyArchive,
            Self::WebPage | Self::Unknown => ErrorKind::NotAnArchive,
            Self::Truncated => ErrorKind::TruncatedArchive,
            Self::Corrupt => ErrorKind::CorruptArchive,
            Self::NoBinary => ErrorKind::NoBinary,
            Self::Ambiguous => ErrorKind::AmbiguousBinary,
            Self::Unsafe { .. } => ErrorKind::UnsafeEntry,
            Self::TooLarge { .. } | Self::TooDense { .. } => ErrorKind::TooLarge,
            Self::WrongPlatform { .. } => ErrorKind::WrongPlatform,
        }
    }
}
