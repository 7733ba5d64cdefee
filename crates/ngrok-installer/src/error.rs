//! What went wrong, told once for the whole crate.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::detail::Detail;
pub(crate) use crate::error::detail::{ArchiveFault, BoxError};

mod detail;

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation of this crate failed.
///
/// [`kind`](Error::kind) says what sort of thing went wrong, the accessors name the file or the address,
/// and [`source`](StdError::source) is the cause, where there is one. `Display` is one clause; nobody has to parse it.
///
/// ```
/// use ngrok_installer::{ErrorKind, Platform};
///
/// let error = Platform::from_names("Plan 9", "x86_64").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Platform);
/// ```
pub struct Error(Box<Detail>);

/// The sort of a failure; more may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// ngrok publishes no agent for this operating system or processor.
    Platform,
    /// Neither a home directory nor the variable that replaces it is set; the text names the variable.
    NoHome,
    /// An option makes no sense: a URL that is none, a digest of the wrong length, a version without a known digest.
    InvalidOption,
    /// The crate was built without the feature that this needs.
    MissingFeature,
    /// Plain http, a redirect that would downgrade, a symbolic link in the way, a directory that others may write to.
    Insecure,
    /// The server answered with another status than success; see [`Error::status`].
    Http,
    /// The connection could not be made, broke, or was not trusted.
    Transport,
    /// A deadline passed; see [`Error::is_timeout`].
    Timeout,
    /// The progress callback asked for an end.
    Cancelled,
    /// What arrived has another SHA-256 than was asked for.
    DigestMismatch,
    /// There is nothing in the file.
    EmptyArchive,
    /// The file is neither `.tgz`, nor `.zip`, nor a program: often a web page.
    NotAnArchive,
    /// The archive ends before its end.
    TruncatedArchive,
    /// The archive is damaged: a checksum or its structure is wrong.
    CorruptArchive,
    /// The archive holds no file called `ngrok` or `ngrok.exe` at its root.
    NoBinary,
    /// The archive holds more than one such file.
    AmbiguousBinary,
    /// The archive's `ngrok` is a link, a directory or a device, or its name leaves the directory.
    UnsafeEntry,
    /// A cap on compressed size, uncompressed size or ratio was passed.
    TooLarge,
    /// The program is for another operating system or processor.
    WrongPlatform,
    /// There is no receipt to compare the binary with.
    NoReceipt,
    /// The binary is not the one that its receipt describes.
    Modified,
    /// The binary vanished after it was placed: antivirus software may have taken it away.
    Quarantined,
    /// `ngrok.yml` is not YAML that can be read; see [`Error::line`] and [`Error::column`].
    ConfigSyntax,
    /// `ngrok.yml`, or a value that is to go there, breaks a rule.
    ConfigInvalid,
    /// An edit of `ngrok.yml` that cannot be made without touching what it must leave alone.
    ConfigEdit,
    /// A file or directory could not be read or written; see [`Error::path`].
    Io,
}

impl Error {
    /// What sort of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind()
    }

    /// The file or directory it is about.
    pub fn path(&self) -> Option<&Path> {
        self.0.path()
    }

    /// The address it is about, without credentials and without its query, which is often signed.
    pub fn url(&self) -> Option<&str> {
        self.0.url()
    }

    /// The HTTP status, if a server answered with one that is not success.
    pub fn status(&self) -> Option<u16> {
        match *self.0 {
            Detail::Status { status, .. } => Some(status),
            _ => None,
        }
    }

    /// The line in the config file, counted from 1.
    pub fn line(&self) -> Option<usize> {
        self.0.position().map(|(line, _)| line)
    }

    /// The column in the config file, counted from 1.
    pub fn column(&self) -> Option<usize> {
        self.0.position().map(|(_, column)| column)
    }

    /// Whether a deadline passed: try again, or give the operation more time.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether the thing asked for does not exist: a 404, or a file that is not there.
    pub fn is_not_found(&self) -> bool {
        match &*self.0 {
            Detail::Status { status, .. } => *status == 404,
            Detail::Io { source, .. } => source.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }

    /// Whether the same call may well succeed a little later: connection faults, deadlines, 429 and 5xx.
    pub fn is_retryable(&self) -> bool {
        match &*self.0 {
            Detail::Status { status, .. } => *status == 429 || *status >= 500,
            Detail::Transport { retryable, .. } => *retryable,
            Detail::Timeout { .. } => true,
            _ => false,
        }
    }

    /// Whether the progress callback ended it.
    pub fn is_cancelled(&self) -> bool {
        self.kind() == ErrorKind::Cancelled
    }
}

/// Constructors for the rest of the crate.
#[allow(
    dead_code,
    reason = "which of them are used depends on the features that are on"
)]
impl Error {
    /// A file operation failed. `doing` completes "cannot …", as in "cannot open".
    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        Detail::Io {
            doing,
            path,
            source,
        }
        .into()
    }

    pub(crate) fn platform(what: impl Into<String>) -> Self {
        Detail::Platform { what: what.into() }.into()
    }

    pub(crate) fn no_home(variable: &'static str) -> Self {
        Detail::NoHome { variable }.into()
    }

    pub(crate) fn option(message: impl Into<String>) -> Self {
        let message = message.into();
        Detail::Option { message }.into()
    }

    pub(crate) fn missing_feature(feature: &'static str, needed_for: &'static str) -> Self {
        Detail::MissingFeature {
            feature,
            needed_for,
        }
        .into()
    }

    /// Something on the file system that we refuse to trust.
    pub(crate) fn insecure_path(path: impl Into<PathBuf>, reason: &'static str) -> Self {
        let path = path.into();
        Detail::InsecurePath { path, reason }.into()
    }

    pub(crate) fn insecure_url(url: impl Into<String>, reason: &'static str) -> Self {
        let url = url.into();
        Detail::InsecureUrl { url, reason }.into()
    }

    pub(crate) fn bad_status(url: impl Into<String>, status: u16) -> Self {
        let url = url.into();
        Detail::Status { url, status }.into()
    }

    pub(crate) fn transport(
        url: impl Into<String>,
        retryable: bool,
        source: impl Into<BoxError>,
    ) -> Self {
        Detail::Transport {
            url: url.into(),
            retryable,
            source: source.into(),
        }
        .into()
    }

    /// A deadline passed while doing `what`, a phrase such as "waiting for the lock".
    pub(crate) fn timeout(what: impl Into<String>) -> Self {
        let what = what.into();
        Detail::Timeout { what, source: None }.into()
    }

    pub(crate) fn cancelled() -> Self {
        Detail::Cancelled.into()
    }

    pub(crate) fn digest(source: impl Into<String>, expected: String, found: String) -> Self {
        Detail::Digest {
            source_name: source.into(),
            expected,
            found,
        }
        .into()
    }

    pub(crate) fn archive(fault: ArchiveFault) -> Self {
        let source = None;
        Detail::Archive { fault, source }.into()
    }

    pub(crate) fn archive_caused(fault: ArchiveFault, source: impl Into<BoxError>) -> Self {
        let source = Some(source.into());
        Detail::Archive { fault, source }.into()
    }

    pub(crate) fn no_receipt(path: impl Into<PathBuf>) -> Self {
        Detail::NoReceipt { path: path.into() }.into()
    }

    pub(crate) fn modified(path: impl Into<PathBuf>) -> Self {
        Detail::Modified { path: path.into() }.into()
    }

    pub(crate) fn quarantined(path: impl Into<PathBuf>) -> Self {
        Detail::Quarantined { path: path.into() }.into()
    }

    /// A problem of the config file; `kind` is one of the `Config…` kinds. `message` must hold no secret.
    pub(crate) fn config(kind: ErrorKind, message: impl Into<String>) -> Self {
        Detail::Config {
            kind,
            message: message.into(),
            path: None,
            position: None,
            source: None,
        }
        .into()
    }

    /// The message of a config problem, without file and position.
    pub(crate) fn config_message(&self) -> Option<&str> {
        match &*self.0 {
            Detail::Config { message, .. } => Some(message),
            _ => None,
        }
    }

    /// Names the config file, unless a name is there already.
    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        if let Detail::Config { path, .. } = &mut *self.0 {
            path.get_or_insert_with(|| file.to_path_buf());
        }
        self
    }

    /// Names the place in the config file, both counted from 1.
    pub(crate) fn at(mut self, line: usize, column: usize) -> Self {
        if let Detail::Config { position, .. } = &mut *self.0 {
            *position = Some((line, column));
        }
        self
    }

    /// Adds the cause of a config problem or a timeout. The cause must hold no secret either.
    pub(crate) fn caused_by(mut self, cause: impl Into<BoxError>) -> Self {
        if let Detail::Config { source, .. } | Detail::Timeout { source, .. } = &mut *self.0 {
            *source = Some(cause.into());
        }
        self
    }
}

impl From<Detail> for Error {
    fn from(detail: Detail) -> Self {
        Self(Box::new(detail))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// As `Display`, with the causes one a line, so that a program which returns the error from `main` prints what a person can
/// read; `{:#?}` shows the parts.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ngrok_core::write_debug(self, &self.kind(), f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
