//! What a program's first bytes say about the system and processor it was built for.
//!
//! Only the formats of the platforms are known: ELF, Mach-O and PE. A script, or a format we do not know, says nothing.

use crate::error::{ArchiveFault, Error, Result};
use crate::platform::{Arch, Os, Platform};

/// How many bytes of a program are needed; a PE header may follow a DOS program of some hundred bytes.
pub(crate) const HEAD: usize = 4096;

/// What a header names. A universal Mach-O names several processors.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    os: Option<Os>,
    format: &'static str,
    archs: Vec<Option<Arch>>,
}

/// Whether these bytes begin a program: a known format, or a script.
pub(crate) fn is_program(head: &[u8]) -> bool {
    head.starts_with(b"#!") || target(head).is_some()
}

/// Refuses a program that the platform could not run.
pub(crate) fn check(head: &[u8], platform: Platform) -> Result<()> {
    let Some(target) = target(head) else {
        return Ok(());
    };
    let fits_os = target.os == Some(platform.os());
    if fits_os && target.archs.contains(&Some(platform.arch())) {
        return Ok(());
    }
    let names: Vec<&str> = target
        .archs
        .iter()
        .map(|arch| arch.map_or("another processor", Arch::name))
        .collect();
    let os = target.os.map_or("another system", Os::name);
    Err(Error::archive(ArchiveFault::WrongPlatform {
        found: format!("{os} on {} ({})", names.join(" and "), target.format),
        wanted: platform.build_name(),
    }))
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
    use crate::ErrorKind;

    fn elf_head(class: u8, order: u8, abi: u8, machine: u16) -> Vec<u8> {
        let mut head = vec![0; 64];
        head[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, order, 1, abi]);
        let machine = if order == 1 {
            machine.to_le_bytes()
        } else {
            machine.to_be_bytes()
        };
        head[18..20].copy_from_slice(&machine);
        head
    }

    fn mach_head(processor: u32) -> Vec<u8> {
        let mut head = vec![0xcf, 0xfa, 0xed, 0xfe];
        head.extend(processor.to_le_bytes());
        head
    }

    fn fat_head(processors: &[u32]) -> Vec<u8> {
        let mut head = vec![0xca, 0xfe, 0xba, 0xbe];
        head.extend((processors.len() as u32).to_be_bytes());
        for processor in processors {
            head.extend(processor.to_be_bytes());
            head.extend([0; 16]);
        }
        head
    }

    fn pe_head(machine: u16) -> Vec<u8> {
        let mut head = vec![0; 0x90];
        head[..2].copy_from_slice(b"MZ");
        head[0x3c] = 0x80;
        head[0x80..0x84].copy_from_slice(b"PE\0\0");
        head[0x84..0x86].copy_from_slice(&machine.to_le_bytes());
        head
    }

    /// One head for each platform; each fits its own platform alone.
    #[test]
    fn each_platforms_program_fits_that_platform_alone() {
        let heads = [
            ("darwin-amd64", mach_head(0x0100_0007)),
            ("darwin-arm64", mach_head(0x0100_000c)),
            ("windows-386", pe_head(0x014c)),
            ("windows-amd64", pe_head(0x8664)),
            ("windows-arm64", pe_head(0xaa64)),
            ("linux-386", elf_head(1, 1, 0, 3)),
            ("linux-arm", elf_head(1, 1, 0, 40)),
            ("linux-amd64", elf_head(2, 1, 0, 62)),
            ("linux-arm64", elf_head(2, 1, 3, 183)),
            ("linux-s390x", elf_head(2, 2, 0, 22)),
            ("linux-ppc64", elf_head(2, 2, 0, 21)),
            ("linux-ppc64le", elf_head(2, 1, 0, 21)),
            ("freebsd-386", elf_head(1, 1, 9, 3)),
            ("freebsd-amd64", elf_head(2, 1, 9, 62)),
            ("freebsd-arm", elf_head(1, 1, 9, 40)),
        ];
        assert_eq!(heads.len(), Platform::all().count());
        for (name, head) in &heads {
            for platform in Platform::all() {
                let fits = platform.build_name() == *name;
                match check(head, platform) {
                    Ok(()) => assert!(fits, "{name} was let through for {platform}"),
                    Err(error) => {
                        assert!(!fits, "{name}: {error}");
                        assert_eq!(error.kind(), ErrorKind::WrongPlatform);
                    }
                }
            }
        }
    }

    #[test]
    fn a_universal_program_fits_both_and_unknown_formats_are_let_through() {
        let fat = fat_head(&[0x0100_0007, 0x0100_000c]);
        for platform in Platform::all() {
            assert_eq!(
                check(&fat, platform).is_ok(),
                platform.os() == Os::Darwin,
                "{platform}"
            );
            for unknown in [
                &b"#!/bin/sh\n"[..],
                b"",
                b"MZ",
                b"\x7fELF",
                b"whatever this is",
            ] {
                assert!(check(unknown, platform).is_ok());
            }
        }
        assert!(is_program(b"#!/bin/sh\n") && is_program(&fat));
        assert!(!is_program(b"<html>") && !is_program(b""));
    }
}
