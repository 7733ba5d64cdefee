//! The one place that reads the process's environment, home directory and nothing else of the outside.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

/// The environment variables and the home directory that an operation goes by.
///
/// [`Environment::process`] is that of the running program. A test, or a program that installs for someone else,
/// makes its own, and nothing of the real one is looked at:
///
/// ```
/// use ngrok_installer::{Environment, default_ngrok_dir, Platform};
///
/// let environment = Environment::empty().with("XDG_CONFIG_HOME", "/data");
/// let platform = Platform::from_names("Linux", "x86_64")?;
/// assert_eq!(default_ngrok_dir(&environment, platform)?, std::path::Path::new("/data/ngrok"));
/// # Ok::<(), ngrok_installer::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    home: Option<PathBuf>,
}

impl Environment {
    /// That of the running program, as it is now. The home directory is `HOME` (`USERPROFILE` on Windows),
    /// else what the system's user database says.
    pub fn process() -> Self {
        Self {
            variables: std::env::vars_os().map(|(k, v)| (key(&k), v)).collect(),
            home: std::env::home_dir(),
        }
    }

    /// One without variables and without a home directory.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The same with one variable set. `HOME` and `USERPROFILE` set the home directory too.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        let value = value.into();
        if matches!(name, "HOME" | "USERPROFILE") {
            self.home = Some(PathBuf::from(&value));
        }
        self.variables.insert(key(name.as_ref()), value);
        self
    }

    /// A variable; an empty one counts as unset.
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        let value = self.variables.get(&key(name.as_ref()))?;
        (!value.is_empty()).then_some(value)
    }

    /// A variable that is text; an empty one counts as unset.
    #[cfg(feature = "download")]
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str()
    }

    /// The home directory; a relative one counts as unset.
    pub(crate) fn home(&self) -> Option<&PathBuf> {
        self.home.as_ref().filter(|home| home.is_absolute())
    }
}

/// Names of variables only: values can hold a proxy's password or a token.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .field("home", &self.home)
            .finish()
    }
}

/// On Windows `Path` and `PATH` are one variable.
fn key(name: &OsStr) -> OsString {
    if cfg!(windows) {
        name.to_ascii_uppercase()
    } else {
        name.to_os_string()
    }
}
