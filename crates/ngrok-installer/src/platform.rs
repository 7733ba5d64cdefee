//! Which agent fits a machine, what its archive is called, and where it goes by default.

use std::fmt;
use std::path::PathBuf;

pub use ngrok_core::program::{Arch, Os};

use crate::env::Environment;
use crate::error::{Error, Result};

/// Where ngrok publishes its builds of the stable channel, see <https://ngrok.com/download>.
const STABLE_BASE: &str = "https://bin.ngrok.com/c/bNyj1mQVY4c/";

/// An operating system and a processor family that ngrok publishes an agent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Platform {
    os: Os,
    arch: Arch,
}

/// Every build there is, as ngrok names it, and the form of its archive.
const BUILDS: &[(Os, Arch, &str, &str)] = &[
    (Os::Darwin, Arch::X86_64, "darwin-amd64", "zip"),
    (Os::Darwin, Arch::X86_64Arm, "darwin-arm64", "zip"),
    (Os::Windows, Arch::I386, "windows-386", "zip"),
    (Os::Windows, Arch::X86_64, "windows-amd64", "zip"),
    (Os::Windows, Arch::X86_64Arm, "windows-arm64", "zip"),
    (Os::Linux, Arch::I386, "linux-386", "tgz"),
    (Os::Linux, Arch::I386Arm, "linux-arm", "tgz"),
    (Os::Linux, Arch::X86_64, "linux-amd64", "tgz"),
    (Os::Linux, Arch::X86_64Arm, "linux-arm64", "tgz"),
    (Os::Linux, Arch::S390x, "linux-s390x", "tgz"),
    (Os::Linux, Arch::Ppc64, "linux-ppc64", "tgz"),
    (Os::Linux, Arch::Ppc64le, "linux-ppc64le", "tgz"),
    (Os::FreeBsd, Arch::I386, "freebsd-386", "tgz"),
    (Os::FreeBsd, Arch::X86_64, "freebsd-amd64", "tgz"),
    (Os::FreeBsd, Arch::I386Arm, "freebsd-arm", "tgz"),
];

impl Platform {
    /// The platform that this program was built for.
    ///
    /// # Errors
    /// [`ErrorKind::Platform`](crate::ErrorKind::Platform) if ngrok publishes no agent for it.
    pub fn current() -> Result<Self> {
        Self::from_names(std::env::consts::OS, std::env::consts::ARCH)
    }

    /// The platform of these names, as `uname`, Python, Rust, Go or ngrok spell them, in any case.
    ///
    /// ```
    /// let platform = ngrok_installer::Platform::from_names("Linux", "aarch64")?;
    /// assert_eq!(platform.to_string(), "linux-arm64");
    /// # Ok::<(), ngrok_installer::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Platform`](crate::ErrorKind::Platform) if ngrok publishes no agent for it.
    pub fn from_names(os: &str, arch: &str) -> Result<Self> {
        let unsupported = || Error::platform(format!("{os} on {arch}"));
        let platform = Self {
            os: Os::from_name(os).ok_or_else(unsupported)?,
            arch: Arch::from_name(arch).ok_or_else(unsupported)?,
        };
        let is_published = Self::all().any(|published| published == platform);
        is_published.then_some(platform).ok_or_else(unsupported)
    }

    /// Every platform that ngrok publishes an agent for.
    pub fn all() -> impl Iterator<Item = Self> {
        BUILDS.iter().map(|&(os, arch, ..)| Self { os, arch })
    }

    /// The operating system.
    pub fn os(self) -> Os {
        self.os
    }

    /// The processor family.
    pub fn arch(self) -> Arch {
        self.arch
    }

    /// The agent's file name: `ngrok`, on Windows `ngrok.exe`.
    pub fn binary_name(self) -> &'static str {
        match self.os {
            Os::Windows => "ngrok.exe",
            _ => "ngrok",
        }
    }

    /// ngrok's own name, such as `linux-amd64`.
    pub fn build_name(self) -> &'static str {
        self.build().0
    }

    /// The name of its archive on the stable channel, such as `ngrok-v3-stable-linux-amd64.tgz`.
    pub fn archive_name(self) -> String {
        let (name, extension) = self.build();
        format!("ngrok-v3-stable-{name}.{extension}")
    }

    /// Where the stable channel serves that archive.
    pub(crate) fn stable_url(self) -> String {
        format!("{STABLE_BASE}{}", self.archive_name())
    }

    fn build(self) -> (&'static str, &'static str) {
        BUILDS
            .iter()
            .find(|(os, arch, ..)| (*os, *arch) == (self.os, self.arch))
            .map_or(("", ""), |&(_, _, name, extension)| (name, extension))
    }
}

/// ngrok's own name, such as `linux-amd64`.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.build_name())
    }
}

/// The directory that holds `ngrok.yml` and, by pyngrok's custom, the binary.
///
/// macOS: `~/Library/Application Support/ngrok`; Windows: `%USERPROFILE%\AppData\Local\ngrok`;
/// elsewhere `$XDG_CONFIG_HOME/ngrok`, else `~/.config/ngrok`
/// (see <https://ngrok.com/docs/agent/config/#default-locations>). An empty or relative `XDG_CONFIG_HOME` counts as unset.
///
/// # Errors
/// [`ErrorKind::NoHome`](crate::ErrorKind::NoHome), whose text names the variable to set.
pub fn default_ngrok_dir(environment: &Environment, platform: Platform) -> Result<PathBuf> {
    let home = |variable| environment.home().ok_or_else(|| Error::no_home(variable));
    Ok(match platform.os {
        Os::Darwin => home("HOME")?.join("Library/Application Support/ngrok"),
        Os::Windows => home("USERPROFILE")?
            .join("AppData")
            .join("Local")
            .join("ngrok"),
        _ => {
            let xdg = environment.get("XDG_CONFIG_HOME").map(PathBuf::from);
            match xdg.filter(|path| path.is_absolute()) {
                Some(base) => base.join("ngrok"),
                None => home("HOME or XDG_CONFIG_HOME")?.join(".config/ngrok"),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn names_of_machines_are_understood_in_any_spelling() {
        for (os, arch, expected) in [
            ("Darwin", "x86_64", Some("darwin-amd64")),
            ("macos", "arm64", Some("darwin-arm64")),
            ("Windows", "AMD64", Some("windows-amd64")),
            ("CYGWIN_NT-10.0", "i686", Some("windows-386")),
            ("MINGW64_NT-10.0-19045", "x86_64", Some("windows-amd64")),
            ("windows", "x86_64_arm", Some("windows-arm64")),
            ("Linux", "aarch64", Some("linux-arm64")),
            ("linux", "armv7l", Some("linux-arm")),
            ("linux", "i386_arm", Some("linux-arm")),
            ("linux", "ppc64le", Some("linux-ppc64le")),
            ("linux", "s390x", Some("linux-s390x")),
            ("FreeBSD", "amd64", Some("freebsd-amd64")),
            ("darwin", "i386", None),
            ("freebsd", "aarch64", None),
            ("windows", "arm", None),
            ("linux", "riscv64", None),
            ("SunOS", "x86_64", None),
            ("", "", None),
        ] {
            let found = Platform::from_names(os, arch);
            assert_eq!(
                found.as_ref().ok().map(|p| p.build_name()),
                expected,
                "{os} {arch}"
            );
            if let Err(error) = found {
                assert!(
                    error.to_string().contains(&format!("{os} on {arch}")),
                    "{error}"
                );
            }
        }
        assert!(Platform::current().is_ok());
    }

    /// An absolute path on the system that runs the test.
    fn absolute(path: &str) -> PathBuf {
        Path::new(if cfg!(windows) { "C:/" } else { "/" }).join(path)
    }

    #[test]
    fn the_default_directory_follows_the_system_and_says_what_is_missing() {
        let linux = Platform::from_names("linux", "x86_64").unwrap();
        let mac = Platform::from_names("darwin", "arm64").unwrap();
        let windows = Platform::from_names("windows", "x86_64").unwrap();
        let home = Environment::empty().with("HOME", absolute("home/ada"));
        let dir = |environment: &Environment, platform| default_ngrok_dir(environment, platform);
        for (platform, expected) in [
            (linux, "home/ada/.config/ngrok"),
            (mac, "home/ada/Library/Application Support/ngrok"),
            (windows, "home/ada/AppData/Local/ngrok"),
        ] {
            assert_eq!(dir(&home, platform).unwrap(), absolute(expected));
        }
        for unset in ["", "relative/path"] {
            let environment = home.clone().with("XDG_CONFIG_HOME", unset);
            let expected = absolute("home/ada/.config/ngrok");
            assert_eq!(dir(&environment, linux).unwrap(), expected);
        }
        let xdg = Environment::empty().with("XDG_CONFIG_HOME", absolute("data"));
        assert_eq!(dir(&xdg, linux).unwrap(), absolute("data/ngrok"));
        for (platform, variable) in [
            (linux, "XDG_CONFIG_HOME"),
            (mac, "HOME"),
            (windows, "USERPROFILE"),
        ] {
            let error = dir(&Environment::empty(), platform).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::NoHome);
            assert!(error.to_string().contains(variable), "{error}");
        }
    }
}
