//! The installer and its options.

use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::digest;
use crate::env::Environment;
use crate::error::Result;
use crate::extract::Limits;
use crate::platform::{Platform, default_ngrok_dir};
use crate::progress::{Monitor, Progress};
use crate::receipt::Receipt;
use crate::source::{Resolved, Source};
use ngrok_core::Secret;

mod run;

const MEGABYTE: u64 = 1024 * 1024;

/// Puts the agent where it is wanted. Made by [`Installer::builder`].
///
/// ```no_run
/// use ngrok_installer::{Installer, Source};
///
/// let receipt = Installer::builder()
///     .path("/opt/ngrok/ngrok")
///     .source(Source::pinned())
///     .build()?
///     .install()?;
/// println!("{} ({} bytes)", receipt.path.display(), receipt.bytes);
/// # Ok::<(), ngrok_installer::Error>(())
/// ```
pub struct Installer {
    path: PathBuf,
    platform: Platform,
    resolved: Resolved,
    binary_sha256: Option<String>,
    force: bool,
    timeout: Duration,
    max_archive: u64,
    limits: Limits,
    monitor: Arc<Monitor>,
    #[cfg(feature = "download")]
    client: Option<crate::download::Client>,
}

impl Installer {
    /// Begins with the defaults: the stable channel's build for this machine, into [`default_ngrok_dir`].
    pub fn builder() -> InstallerBuilder {
        InstallerBuilder::default()
    }

    /// Where the binary goes.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Installs the agent, unless the wanted binary is there already: then no socket is opened and nothing is written.
    ///
    /// What counts as there: with a known digest (a [pinned](Source::pinned) or [exact](Source::exact) release, or
    /// [`sha256`](InstallerBuilder::sha256)) the very binary that came from it; with [`Source::url`] and
    /// [`Source::archive`] any binary that was not installed from another file; with a channel any binary at all.
    /// [`force`](InstallerBuilder::force) installs in any case. The receipt tells what is there: of a binary that was
    /// changed since, as by the agent's own update, not what was installed once.
    ///
    /// The name of the binary holds the old one or the new one at all times, whatever fails or dies when;
    /// several processes may install to the same place at once, and all but the first find the work done.
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). Whatever was there before is there still, except after
    /// [`ErrorKind::Quarantined`](crate::ErrorKind::Quarantined), and when the receipt of the placed binary could not get
    /// its name.
    pub fn install(&self) -> Result<Receipt> {
        run::install(self)
    }
}

impl Installer {
    /// Whether a binary with this digest is what the wanted download brings: the download is the bare binary, or a known
    /// archive whose binary is known.
    pub(crate) fn accepts_binary(&self, wanted: &str, binary: &str) -> bool {
        wanted == binary || crate::releases::binary_of(wanted) == Some(binary)
    }
}

impl fmt::Debug for Installer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installer")
            .field("path", &self.path)
            .field("platform", &self.platform)
            .field("source", &self.resolved.location)
            .finish_non_exhaustive()
    }
}

/// The options of an [`Installer`].
#[derive(Default)]
pub struct InstallerBuilder {
    path: Option<PathBuf>,
    platform: Option<Platform>,
    source: Source,
    sha256: Option<String>,
    binary_sha256: Option<String>,
    force: bool,
    environment: Option<Environment>,
    timeout: Option<Duration>,
    max_archive: Option<u64>,
    max_unpacked: Option<u64>,
    max_ratio: Option<u64>,
    on_progress: Option<crate::progress::Callback>,
    #[cfg_attr(not(feature = "download"), allow(dead_code))]
    network: NetworkOptions,
}

/// The options that only a download reads.
#[derive(Clone, Debug, Default)]
#[cfg_attr(not(feature = "download"), allow(dead_code))]
pub(crate) struct NetworkOptions {
    pub(crate) proxy: Option<Secret>,
    pub(crate) no_proxy: bool,
    pub(crate) root_certs: Option<Vec<u8>>,
    #[cfg(feature = "native-roots")]
    pub(crate) native_roots: bool,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) retries: Option<u32>,
}

impl InstallerBuilder {
    /// The binary's own path. Default: the binary's name in [`default_ngrok_dir`]. A missing directory is made, with mode 0700.
    #[must_use]
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Another platform than that of this machine, as when building an image for one.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// Where the agent is taken from. Default: [`Source::stable`].
    #[must_use]
    pub fn source(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    /// The SHA-256 that the archive (or the bare binary, if that is what is fetched) must have, in hexadecimal.
    /// Pinned and exact releases bring their own.
    #[must_use]
    pub fn sha256(mut self, hex: impl Into<String>) -> Self {
        self.sha256 = Some(hex.into());
        self
    }

    /// The SHA-256 that the binary itself must have, in hexadecimal: the one that is there, and the one in the archive.
    ///
    /// With it, a pinned archive need not be fetched again to know that the binary which is there came from it.
    #[must_use]
    pub fn binary_sha256(mut self, hex: impl Into<String>) -> Self {
        self.binary_sha256 = Some(hex.into());
        self
    }

    /// Installs even if the wanted binary is there. Default: no.
    #[must_use]
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// The environment to go by instead of the process's own: it decides on the default path and the proxy.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// The time for the whole of it, the wait for other processes and all retries included. Default: ten minutes.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The time for looking up a name, and again for connecting to it, TLS included. Default: ten seconds.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.network.connect_timeout = Some(timeout);
        self
    }

    /// How long a connection may stay without a single byte. Default: thirty seconds.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.network.idle_timeout = Some(timeout);
        self
    }

    /// How often a download is tried again after a connection fault, a 429 or a 5xx. Default: three times.
    /// It goes on where it broke off if the server can do that.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.network.retries = Some(retries);
        self
    }

    /// An HTTP proxy, such as `http://user:password@proxy:3128`, for every address.
    /// Default: `HTTPS_PROXY` or `ALL_PROXY` of the environment, unless `NO_PROXY` or a loopback address excepts.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<Secret>) -> Self {
        self.network.proxy = Some(url.into());
        self
    }

    /// No proxy, whatever the environment says.
    #[must_use]
    pub fn no_proxy(mut self) -> Self {
        self.network.no_proxy = true;
        self
    }

    /// Certificates in PEM to trust *instead of* the built-in roots, as for a mirror with a private authority.
    #[must_use]
    pub fn root_certs(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.network.root_certs = Some(pem.into());
        self
    }

    /// Trusts what the operating system trusts instead of the built-in roots.
    #[cfg(feature = "native-roots")]
    #[must_use]
    pub fn native_roots(mut self, on: bool) -> Self {
        self.network.native_roots = on;
        self
    }

    /// The largest archive to accept, in bytes. Default: 256 MB.
    #[must_use]
    pub fn max_archive_size(mut self, bytes: u64) -> Self {
        self.max_archive = Some(bytes);
        self
    }

    /// The most bytes that an archive may unpack to, all entries together. Default: 512 MB.
    #[must_use]
    pub fn max_unpacked_size(mut self, bytes: u64) -> Self {
        self.max_unpacked = Some(bytes);
        self
    }

    /// How many times its own size an archive may unpack to, counted from the first megabyte. Default: 200.
    #[must_use]
    pub fn max_ratio(mut self, times: u64) -> Self {
        self.max_ratio = Some(times);
        self
    }

    /// Hears how far it is, at most ten times a second, and can end it by [`ControlFlow::Break`].
    /// It is called while nothing moves too: when another process installs, or the server has gone quiet.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use ngrok_installer::Installer;
    ///
    /// let builder = Installer::builder().on_progress(|progress| {
    ///     eprintln!("{} of {:?} bytes", progress.bytes, progress.total);
    ///     ControlFlow::Continue(())
    /// });
    /// # let _ = builder;
    /// ```
    #[must_use]
    pub fn on_progress(
        mut self,
        callback: impl FnMut(Progress) -> ControlFlow<()> + Send + 'static,
    ) -> Self {
        self.on_progress = Some(Box::new(callback));
        self
    }

    /// Checks the options.
    ///
    /// # Errors
    /// [`Platform`](crate::ErrorKind::Platform), [`NoHome`](crate::ErrorKind::NoHome),
    /// [`InvalidOption`](crate::ErrorKind::InvalidOption), [`Insecure`](crate::ErrorKind::Insecure) for a URL that is
    /// not https, [`MissingFeature`](crate::ErrorKind::MissingFeature).
    pub fn build(self) -> Result<Installer> {
        let environment = self.environment.unwrap_or_else(Environment::process);
        let platform = self.platform.map_or_else(Platform::current, Ok)?;
        let path = match self.path {
            Some(path) => path,
            None => default_ngrok_dir(&environment, platform)?.join(platform.binary_name()),
        };
        if path.file_name().is_none() {
            return Err(crate::Error::option(format!(
                "{:?} is not the path of a file",
                path.display()
            )));
        }
        let sha256 = self.sha256.as_deref().map(digest::parse).transpose()?;
        let binary_sha256 = self
            .binary_sha256
            .as_deref()
            .map(digest::parse)
            .transpose()?;
        let resolved = self.source.resolve(platform, sha256)?;
        #[cfg(feature = "download")]
        let client = run::client(&resolved.location, &self.network, &environment)?;
        #[cfg(not(feature = "download"))]
        run::refuse_download(&resolved.location)?;
        Ok(Installer {
            path,
            platform,
            resolved,
            binary_sha256,
            force: self.force,
            timeout: self.timeout.unwrap_or(Duration::from_secs(600)),
            max_archive: self.max_archive.unwrap_or(256 * MEGABYTE),
            limits: Limits {
                unpacked: self.max_unpacked.unwrap_or(512 * MEGABYTE),
                ratio: self.max_ratio.unwrap_or(200),
            },
            monitor: Arc::new(Monitor::new(self.on_progress)),
            #[cfg(feature = "download")]
            client,
        })
    }
}

impl fmt::Debug for InstallerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstallerBuilder")
            .field("path", &self.path)
            .field("platform", &self.platform)
            .field("source", &self.source)
            .field("force", &self.force)
            .finish_non_exhaustive()
    }
}
