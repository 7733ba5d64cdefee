//! The systems that the project is compiled for, and which of them this machine can run.

use std::path::PathBuf;

use super::toolchain::Kit;

/// A system and processor, by the short name that `cargo xtask cross` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) triple: &'static str,
    /// What zig calls it, where zig compiles C code and links.
    pub(crate) zig: Option<&'static str>,
    pub(crate) runs: Runs,
}

/// How a program of the target is run here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    Directly,
    UnderWine,
    UnderQemu,
    Never,
}

pub(crate) const WINDOWS: Target = Target {
    name: "win",
    triple: "x86_64-pc-windows-gnu",
    zig: None,
    runs: Runs::UnderWine,
};

pub(crate) const MAC: Target = Target {
    name: "mac",
    triple: "aarch64-apple-darwin",
    zig: Some("aarch64-macos-none"),
    runs: Runs::Never,
};

pub(crate) const ALL: &[Target] = &[
    WINDOWS,
    MAC,
    Target {
        name: "mac-intel",
        triple: "x86_64-apple-darwin",
        zig: Some("x86_64-macos-none"),
        runs: Runs::Never,
    },
    Target {
        name: "musl",
        triple: "x86_64-unknown-linux-musl",
        zig: Some("x86_64-linux-musl"),
        runs: Runs::Directly,
    },
    Target {
        name: "arm-musl",
        triple: "aarch64-unknown-linux-musl",
        zig: Some("aarch64-linux-musl"),
        runs: Runs::UnderQemu,
    },
    Target {
        name: "arm",
        triple: "aarch64-unknown-linux-gnu",
        zig: Some("aarch64-linux-gnu.2.28"),
        runs: Runs::Never,
    },
];

impl Target {
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let known = || ALL.iter().map(|target| target.name).collect::<Vec<_>>();
        ALL.iter()
            .find(|target| target.name == name)
            .copied()
            .ok_or_else(|| {
                format!(
                    "there is no target {name}; there are {}",
                    known().join(", ")
                )
            })
    }

    pub(crate) fn is_musl(self) -> bool {
        self.triple.ends_with("-musl")
    }

    /// The name of a variable of cargo's that is about this target, such as `CARGO_TARGET_…_LINKER`.
    pub(crate) fn variable(self, what: &str) -> String {
        let triple = self.triple.replace('-', "_").to_uppercase();
        format!("CARGO_TARGET_{triple}_{what}")
    }

    /// Where programs of the debug profile are built.
    pub(crate) fn programs(self, kit: &Kit) -> PathBuf {
        kit.output.join(self.triple).join("debug")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_have_names_and_variables_of_their_own() {
        for target in ALL {
            assert_eq!(Target::named(target.name).unwrap(), *target);
            assert_eq!(target.zig.is_none(), target.triple.contains("windows"));
        }
        let unknown = Target::named("beos").unwrap_err();
        assert!(unknown.contains("win, mac"), "{unknown}");
        assert_eq!(
            WINDOWS.variable("LINKER"),
            "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER"
        );
    }
}
