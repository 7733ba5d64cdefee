//! What the first bytes of a file say: whether it is a program, for which system and processor, or what it is instead.
//!
//! Only the formats of ngrok's platforms are known: ELF, Mach-O and PE, and scripts.
//!
//! ```
//! use ngrok_core::program::{Content, inspect};
//!
//! assert!(matches!(inspect(b"#!/bin/sh\n", 10), Content::Script));
//! assert!(matches!(inspect(b"<html>", 6), Content::Other("a web page")));
//! ```

use std::fmt;

/// How many bytes of a file are enough; a PE header may follow a DOS program of some hundred bytes.
pub const HEAD: usize = 4096;

/// An operating system that ngrok publishes an agent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Os {
    /// macOS.
    Darwin,
    /// Windows, Cygwin and MinGW included.
    Windows,
    /// Linux.
    Linux,
    /// FreeBSD.
    FreeBsd,
}

/// A processor family, in the reference's classes: `_arm` marks the ARM ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Arch {
    /// 32-bit x86.
    I386,
    /// 64-bit x86.
    X86_64,
    /// 32-bit ARM.
    I386Arm,
    /// 64-bit ARM.
    X86_64Arm,
    /// IBM Z.
    S390x,
    /// 64-bit POWER, big endian.
    Ppc64,
    /// 64-bit POWER, little endian.
    Ppc64le,
}

impl Os {
    /// The reference's name: `darwin`, `windows`, `linux` or `freebsd`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Darwin => "darwin",
            Self::Windows => "windows",
            Self::Linux => "linux",
            Self::FreeBsd => "freebsd",
        }
    }

    /// Returns the one of this name, as `uname`, Python, Rust, Go or ngrok spell it, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        // Cygwin and MinGW append a version to theirs: `CYGWIN_NT-10.0`, `MINGW64_NT-10.0`.
        let is_like = |prefixes: &[&str]| prefixes.iter().any(|p| name.starts_with(p));
        if is_like(&["darwin", "macos"]) {
            Some(Self::Darwin)
        } else if is_like(&["windows", "cygwin", "mingw", "msys"]) {
            Some(Self::Windows)
        } else if is_like(&["linux"]) {
            Some(Self::Linux)
        } else if is_like(&["freebsd"]) {
            Some(Self::FreeBsd)
        } else {
            None
        }
    }
}

impl Arch {
    /// The reference's name, such as `x86_64_arm`.
    pub fn name(self) -> &'static str {
        match self {
            Self::I386 => "i386",
            Self::X86_64 => "x86_64",
            Self::I386Arm => "i386_arm",
            Self::X86_64Arm => "x86_64_arm",
            Self::S390x => "s390x",
            Self::Ppc64 => "ppc64",
            Self::Ppc64le => "ppc64le",
        }
    }

    /// Returns the one of this name, as `uname`, Python, Rust, Go or ngrok spell it, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "i386" | "i486" | "i586" | "i686" | "x86" | "386" => Self::I386,
            "x86_64" | "amd64" | "x64" => Self::X86_64,
            "i386_arm" | "arm" | "armhf" | "armv5l" | "armv6l" | "armv7l" | "armv8l" => {
                Self::I386Arm
            }
            "x86_64_arm" | "aarch64" | "arm64" => Self::X86_64Arm,
            "s390x" => Self::S390x,
            "ppc64" => Self::Ppc64,
            "ppc64le" => Self::Ppc64le,
            // Rust's name says nothing about the byte order.
            "powerpc64" if cfg!(target_endian = "little") => Self::Ppc64le,
            "powerpc64" => Self::Ppc64,
            _ => return None,
        })
    }
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A script, which says by `#!` what runs it.
    Script,
    /// A program in a format that is known.
    Program(Target),
    /// The beginning of a program; the rest is missing.
    Truncated,
    /// No program: what it is, such as `a web page`.
    Other(&'static str),
    /// Bytes that say nothing.
    Unknown,
}

/// What a program was built for. A universal Mach-O names several processors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    os: Option<Os>,
    format: &'static str,
    archs: Vec<Option<Arch>>,
}

impl Target {
    /// Returns whether a machine with this system and processor can run it.
    pub fn fits(&self, os: Os, arch: Arch) -> bool {
        self.os == Some(os) && self.archs.contains(&Some(arch))
    }
}

/// Such as `linux on x86_64 (ELF)`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .archs
            .iter()
            .map(|arch| arch.map_or("another processor", Arch::name))
            .collect();
        let os = self.os.map_or("another system", Os::name);
        write!(f, "{os} on {} ({})", names.join(" and "), self.format)
    }
}

impl Target {
    /// Returns whether this machine can run it, by itself or by what its system brings along to run programs of other
    /// processors; true where this machine is not one that is known.
    pub fn fits_this_machine(&self) -> bool {
        let here = (
            Os::from_name(std::env::consts::OS),
            Arch::from_name(std::env::consts::ARCH),
        );
        match here {
            (Some(os), Some(arch)) => self.runs_on(os, arch),
            _ => true,
        }
    }

    fn runs_on(&self, os: Os, arch: Arch) -> bool {
        let others: &[Arch] = match (os, arch) {
            (_, Arch::X86_64) => &[Arch::I386],
            (Os::Darwin | Os::Windows, Arch::X86_64Arm) => &[Arch::X86_64, Arch::I386],
            (_, Arch::X86_64Arm) => &[Arch::I386Arm],
            _ => &[],
        };
        self.fits(os, arch) || others.iter().any(|other| self.fits(os, *other))
    }
}

/// Looks at the first bytes of a file, at most [`HEAD`] of which are needed, and at its length.
pub fn inspect(head: &[u8], length: u64) -> Content {
    if head.starts_with(b"#!") {
        return Content::Script;
    }
    match target(head) {
        Some(_) if is_cut_off(head, length) => Content::Truncated,
        Some(target) => Content::Program(target),
        None if is_beginning(head) => Content::Truncated,
        None => other(head).map_or(Content::Unknown, Content::Other),
    }
}

/// Less than the header of a program.
fn is_beginning(head: &[u8]) -> bool {
    let magics = [&b"\x7fELF"[..], b"MZ", &[0xcf, 0xfa, 0xed, 0xfe]];
    head.len() < 64 && magics.iter().any(|magic| head.starts_with(magic))
}

/// What a file is that is no program.
fn other(head: &[u8]) -> Option<&'static str> {
    if head.is_empty() {
        return Some("empty");
    }
    let magics: [(&[u8], &str); 4] = [
        (
            b"version https://git-lfs",
            "a pointer of Git LFS, whose file was not fetched",
        ),
        (b"PK\x03\x04", "a zip archive that was not unpacked"),
        (b"\x1f\x8b", "a gzip archive that was not unpacked"),
        (b"\xfd7zXZ", "an xz archive that was not unpacked"),
    ];
    if let Some((_, what)) = magics.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(what);
    }
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        // The last character may be cut.
        Err(error) if head.len() - error.valid_up_to() < 4 => {
            str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let start = text
        .trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
        .to_ascii_lowercase();
    let is_page = ["<!doctype", "<html", "<head", "<body"]
        .iter()
        .any(|tag| start.starts_with(tag));
    Some(match start.chars().next() {
        _ if is_page => "a web page",
        Some('{' | '[') => "JSON, such as an error of the server",
        Some('<') => "XML, such as an error of the server",
        None => "empty but for white space",
        _ => "text",
    })
}

/// Whether a 64-bit ELF says that it is longer: its tables are at the end.
fn is_cut_off(head: &[u8], length: u64) -> bool {
    if !head.starts_with(&[0x7f, b'E', b'L', b'F', 2, 1]) {
        return false;
    }
    let number = |at: usize| -> Option<u64> {
        let bytes = head.get(at..at + 8)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    };
    let table = |offset: usize, size: usize| -> Option<bool> {
        let start = number(offset)?;
        let bytes = u64::from(u16_le(head, size)?) * u64::from(u16_le(head, size + 2)?);
        Some(start != 0 && start.saturating_add(bytes) > length)
    };
    table(32, 54) == Some(true) || table(40, 58) == Some(true)
}

fn target(head: &[u8]) -> Option<Target> {
    match head.get(..4)? {
        [0x7f, b'E', b'L', b'F'] => elf(head),
        [0xcf, 0xfa, 0xed, 0xfe] => mach_o(vec![u32_le(head, 4)?]),
        [0xca, 0xfe, 0xba, 0xbe] => mach_o(universal(head)?),
        [b'M', b'Z', ..] => pe(head),
        _ => None,
    }
}

fn elf(head: &[u8]) -> Option<Target> {
    const FREEBSD: u8 = 9;
    let (class, order, abi) = (*head.get(4)?, *head.get(5)?, *head.get(7)?);
    let is_64 = class == 2;
    let is_little = order == 1;
    let machine = if is_little {
        u16_le(head, 18)?
    } else {
        u16_le(head, 18)?.swap_bytes()
    };
    let arch = match (machine, is_64, is_little) {
        (3, false, true) => Some(Arch::I386),
        (62, true, true) => Some(Arch::X86_64),
        (40, false, true) => Some(Arch::I386Arm),
        (183, true, true) => Some(Arch::X86_64Arm),
        (22, true, false) => Some(Arch::S390x),
        (21, true, false) => Some(Arch::Ppc64),
        (21, true, true) => Some(Arch::Ppc64le),
        _ => None,
    };
    // System V (0) is what Linux programs carry, GNU (3) some of them, and ARM (97) old ones for that processor.
    let os = match abi {
        0 | 3 | 97 => Some(Os::Linux),
        FREEBSD => Some(Os::FreeBsd),
        _ => None,
    };
    Some(Target {
        os,
        format: "ELF",
        archs: vec![arch],
    })
}

fn mach_o(processors: Vec<u32>) -> Option<Target> {
    let arch = |processor| match processor {
        0x0100_0007 => Some(Arch::X86_64),
        0x0100_000c => Some(Arch::X86_64Arm),
        _ => None,
    };
    Some(Target {
        os: Some(Os::Darwin),
        format: "Mach-O",
        archs: processors.into_iter().map(arch).collect(),
    })
}

/// The processors of a universal Mach-O. Java's class files begin with the same four bytes,
/// but what stands there for the count is their version, which is larger.
fn universal(head: &[u8]) -> Option<Vec<u32>> {
    let big = |at| u32_le(head, at).map(u32::swap_bytes);
    let count = big(4)? as usize;
    if !(1..=16).contains(&count) {
        return None;
    }
    (0..count).map(|i| big(8 + i * 20)).collect()
}

fn pe(head: &[u8]) -> Option<Target> {
    let at = usize::try_from(u32_le(head, 0x3c)?).ok()?;
    let signature = head.get(at..at.checked_add(4)?)?;
    if signature != b"PE\0\0" {
        return None;
    }
    let arch = match u16_le(head, at + 4)? {
        0x014c => Some(Arch::I386),
        0x8664 => Some(Arch::X86_64),
        0xaa64 => Some(Arch::X86_64Arm),
        _ => None,
    };
    Some(Target {
        os: Some(Os::Windows),
        format: "PE",
        archs: vec![arch],
    })
}

fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    bytes.try_into().ok().map(u16::from_le_bytes)
}

fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    bytes.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_program_is_named() {
        for (head, what) in [
            (&b""[..], "empty"),
            (b" \r\n", "white space"),
            (b"<!DOCTYPE html><html>", "web page"),
            (b"\xef\xbb\xbf\n<HTML>", "web page"),
            (b"<?xml version=\"1.0\"?><Error>", "XML"),
            (b"{\"message\":\"Not Found\"}", "JSON"),
            (b"Not Found", "text"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:1",
                "Git LFS",
            ),
            (b"PK\x03\x04\x14\0", "zip"),
            (b"\x1f\x8b\x08\0", "gzip"),
        ] {
            let found = inspect(head, head.len() as u64);
            assert!(
                matches!(found, Content::Other(found) if found.contains(what)),
                "{found:?}: {what}"
            );
        }
        assert_eq!(inspect(b"\0\x01\x02\xff", 4), Content::Unknown);
        assert_eq!(inspect(b"#!/bin/sh\n", 10), Content::Script);
        for head in [&b"\x7fELF\x02\x01\x01"[..], b"MZ", b"\xcf\xfa\xed\xfe"] {
            assert_eq!(inspect(head, head.len() as u64), Content::Truncated);
        }
    }

    #[test]
    fn a_program_that_says_it_is_longer_is_cut_off() {
        let mut head = vec![0; 64];
        head[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0]);
        head[18] = 62;
        assert!(matches!(inspect(&head, 64), Content::Program(_)));
        // A table of sections of 64 bytes each.
        head[40..48].copy_from_slice(&1000_u64.to_le_bytes());
        head[58..62].copy_from_slice(&[64, 0, 2, 0]);
        for (length, is_whole) in [
            (64, false),
            (1000, false),
            (1127, false),
            (1128, true),
            (5000, true),
        ] {
            let found = inspect(&head, length);
            assert_eq!(
                matches!(found, Content::Program(_)),
                is_whole,
                "{length}: {found:?}"
            );
            assert_eq!(matches!(found, Content::Truncated), !is_whole, "{length}");
        }
        let Content::Program(target) = inspect(&head, 5000) else {
            panic!()
        };
        assert_eq!(target.to_string(), "linux on x86_64 (ELF)");
        assert!(target.fits(Os::Linux, Arch::X86_64) && !target.fits(Os::Linux, Arch::X86_64Arm));
        assert!(!target.fits(Os::FreeBsd, Arch::X86_64));
        assert!(
            !target.runs_on(Os::Darwin, Arch::X86_64)
                && !target.runs_on(Os::Linux, Arch::X86_64Arm)
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(head: Vec<u8>, length: u64, magic in 0_usize..5) {
            let magics: [&[u8]; 5] = [b"", b"\x7fELF\x02\x01", b"MZ", &[0xca, 0xfe, 0xba, 0xbe], b"PK"];
            inspect(&[magics[magic], &head].concat(), length);
        }
    }
}
