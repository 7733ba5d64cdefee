//! Whether a program fits a platform, by its first bytes.

use ngrok_core::program::{Content, inspect};

use crate::error::{ArchiveFault, Error, Result};
use crate::platform::Platform;

pub(crate) use ngrok_core::program::HEAD;

/// Whether these bytes begin a program: a known format, or a script.
pub(crate) fn is_program(head: &[u8]) -> bool {
    matches!(
        inspect(head, u64::MAX),
        Content::Script | Content::Program(_)
    )
}

/// Refuses a program that the platform could not run.
pub(crate) fn check(head: &[u8], platform: Platform) -> Result<()> {
    match inspect(head, u64::MAX) {
        Content::Program(target) if !target.fits(platform.os(), platform.arch()) => {
            Err(Error::archive(ArchiveFault::WrongPlatform {
                found: target.to_string(),
                wanted: platform.build_name(),
            }))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::platform::Os;

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
