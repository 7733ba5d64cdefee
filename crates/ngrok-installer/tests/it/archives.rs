//! What comes out of which archive.

use std::fs;

use flate2::Compression;
use ngrok_installer::{ErrorKind, Outcome, Platform, Source};
use tar::EntryType;

use crate::support::archives::{Entry, gzip, gzip_at, program, sha256, tar, tgz, zip, zip_of};
use crate::support::{Place, whole_text};

fn small() -> Vec<u8> {
    program(1, 3000)
}

/// An ELF header for 64-bit ARM.
fn arm_elf() -> Vec<u8> {
    let mut head = vec![0; 64];
    head[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0]);
    head[18] = 183;
    head
}

#[test]
fn tgz_zip_and_a_bare_binary_end_as_the_same_private_program() {
    let content = small();
    for (name, archive) in [
        ("a.tgz", tgz(&content)),
        ("a.tar.gz", tgz(&content)),
        ("a.zip", zip(&content)),
        ("ngrok", content.clone()),
        // The content decides, not the name.
        ("zip-called.tgz", zip(&content)),
        ("download", tgz(&content)),
    ] {
        let place = Place::new();
        let file = place.file(name, &archive);
        let installer = place.builder().source(Source::archive(&file)).build();
        let receipt = installer.unwrap().install().unwrap();
        assert_eq!(receipt.outcome, Outcome::Fresh, "{name}");
        assert_eq!(receipt.path, place.binary());
        assert_eq!(receipt.source, Some(file.display().to_string()));
        assert_eq!(receipt.archive_sha256, Some(sha256(&archive)), "{name}");
        assert_eq!(receipt.binary_sha256, sha256(&content), "{name}");
        assert_eq!(receipt.bytes, content.len() as u64);
        assert_eq!(fs::read(place.binary()).unwrap(), content, "{name}");
        #[cfg(unix)]
        for path in [&place.binary(), place.binary().parent().unwrap()] {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o700, "{}", path.display());
        }
        assert_eq!(
            place.names(),
            ["ngrok", "ngrok.lock", "ngrok.receipt.json"],
            "{name}"
        );
    }
}

#[test]
fn every_other_entry_is_ignored_and_never_written() {
    let content = small();
    let tar = tar(&[
        Entry::file("../outside", b"no"),
        Entry::file("/tmp/ngrok-installer-test-absolute", b"no"),
        Entry::of("link", EntryType::Symlink),
        Entry::file("README", b"read me"),
        Entry::of("null", EntryType::Char),
        Entry::file("completions/ngrok", b"no"),
        Entry::of("ngrok", EntryType::XHeader),
        Entry::file("./ngrok", &content),
        Entry::of("hard", EntryType::Link),
        Entry::file("ngrok.yml", b"no"),
    ]);
    let zip = zip_of(&[
        ("../outside", b"no", None),
        ("README", b"read me", None),
        ("link", b"", Some(0o120_777)),
        ("ngrok", &content, Some(0o755)),
        ("docs/ngrok", b"no", None),
    ]);
    for archive in [gzip(&tar), zip] {
        let place = Place::new();
        let file = place.file("a", &archive);
        let installer = place.builder().source(Source::archive(&file)).build();
        installer.unwrap().install().unwrap();
        assert_eq!(fs::read(place.binary()).unwrap(), content);
        assert_eq!(place.names(), ["ngrok", "ngrok.lock", "ngrok.receipt.json"]);
        assert!(!place.dir.path().join("outside").exists());
    }
    assert!(!std::path::Path::new("/tmp/ngrok-installer-test-absolute").exists());
}

/// Every way in which an archive can be wrong is an error of its own, and the old binary stays.
#[test]
fn each_bad_archive_has_its_own_error_and_changes_nothing() {
    let content = small();
    let good = tgz(&content);
    let entry = |name, kind| gzip(&tar(&[Entry::of(name, kind)]));
    let named = |name| gzip(&tar(&[Entry::file(name, &content)]));
    let mut bad_crc = good.clone();
    let crc = bad_crc.len() - 8;
    bad_crc[crc] ^= 1;
    let mut bad_zip = zip(&content);
    bad_zip[200] ^= 1;
    let twice = gzip(&tar(&[
        Entry::file("ngrok", &content),
        Entry::file("./ngrok", b"#!"),
    ]));
    let both = gzip(&tar(&[
        Entry::file("ngrok", &content),
        Entry::file("ngrok.exe", b"MZ"),
    ]));
    let cut_tar = {
        let mut tar = tar(&[Entry::file("ngrok", &content)]);
        tar.truncate(1000);
        gzip(&tar)
    };
    let cases: Vec<(&str, Vec<u8>, ErrorKind)> = vec![
        ("empty", Vec::new(), ErrorKind::EmptyArchive),
        (
            "a page",
            b"\n<!DOCTYPE html><p>log in".to_vec(),
            ErrorKind::NotAnArchive,
        ),
        ("a text", b"Not found".to_vec(), ErrorKind::NotAnArchive),
        (
            "cut gzip",
            good[..good.len() / 2].to_vec(),
            ErrorKind::TruncatedArchive,
        ),
        (
            "cut trailer",
            good[..good.len() - 1].to_vec(),
            ErrorKind::TruncatedArchive,
        ),
        ("cut head", good[..5].to_vec(), ErrorKind::TruncatedArchive),
        ("cut tar", cut_tar, ErrorKind::TruncatedArchive),
        (
            "cut zip",
            zip(&content)[..1000].to_vec(),
            ErrorKind::TruncatedArchive,
        ),
        ("wrong crc", bad_crc, ErrorKind::CorruptArchive),
        ("wrong zip crc", bad_zip, ErrorKind::CorruptArchive),
        (
            "garbage",
            [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xff; 99]].concat(),
            ErrorKind::CorruptArchive,
        ),
        (
            "no tar in it",
            gzip(&program(7, 2000)),
            ErrorKind::CorruptArchive,
        ),
        ("no ngrok", named("README"), ErrorKind::NoBinary),
        ("nothing", gzip(&tar(&[])), ErrorKind::NoBinary),
        (
            "no ngrok in zip",
            zip_of(&[("a", b"b", None)]),
            ErrorKind::NoBinary,
        ),
        ("empty zip", zip_of(&[]), ErrorKind::NoBinary),
        ("two", twice, ErrorKind::AmbiguousBinary),
        ("one for each", both, ErrorKind::AmbiguousBinary),
        (
            "two in zip",
            twice_in_zip(&content),
            ErrorKind::AmbiguousBinary,
        ),
        (
            "symlink",
            entry("ngrok", EntryType::Symlink),
            ErrorKind::UnsafeEntry,
        ),
        (
            "hard link",
            entry("ngrok", EntryType::Link),
            ErrorKind::UnsafeEntry,
        ),
        (
            "directory",
            entry("ngrok/", EntryType::Directory),
            ErrorKind::UnsafeEntry,
        ),
        (
            "char device",
            entry("ngrok", EntryType::Char),
            ErrorKind::UnsafeEntry,
        ),
        (
            "block device",
            entry("ngrok", EntryType::Block),
            ErrorKind::UnsafeEntry,
        ),
        (
            "pipe",
            entry("ngrok", EntryType::Fifo),
            ErrorKind::UnsafeEntry,
        ),
        ("absolute", named("/ngrok"), ErrorKind::UnsafeEntry),
        ("above", named("../ngrok"), ErrorKind::UnsafeEntry),
        (
            "above, later",
            named("a/../../ngrok"),
            ErrorKind::UnsafeEntry,
        ),
        (
            "zip symlink",
            zip_of(&[("ngrok", b"", Some(0o120_777))]),
            ErrorKind::UnsafeEntry,
        ),
        (
            "zip directory",
            zip_of(&[("ngrok", b"", Some(0o040_755))]),
            ErrorKind::UnsafeEntry,
        ),
        (
            "zip above",
            zip_of(&[("../ngrok", &content, None)]),
            ErrorKind::UnsafeEntry,
        ),
        ("other processor", tgz(&arm_elf()), ErrorKind::WrongPlatform),
        ("bare for another", arm_elf(), ErrorKind::WrongPlatform),
    ];
    for (name, archive, kind) in cases {
        let place = Place::new();
        fs::create_dir(place.binary().parent().unwrap()).unwrap();
        fs::write(place.binary(), "old").unwrap();
        let file = place.file("archive", &archive);
        let builder = place.builder().source(Source::archive(file)).force(true);
        let error = builder.build().unwrap().install().unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {}", whole_text(&error));
        assert_eq!(fs::read(place.binary()).unwrap(), b"old", "{name}");
        assert_eq!(place.names(), ["ngrok", "ngrok.lock"], "{name}");
    }
}

/// The zip writer refuses a second entry of the same name, so one is renamed behind its back.
fn twice_in_zip(content: &[u8]) -> Vec<u8> {
    let mut bytes = zip_of(&[("ngrok", content, None), ("mgrok", b"#!", None)]);
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(5).position(|w| w == b"mgrok") {
        at += found;
        bytes[at] = b'n';
    }
    bytes
}

#[test]
fn a_windows_archive_is_installed_for_windows_alone() {
    let mut pe = vec![0; 0x100];
    pe[..2].copy_from_slice(b"MZ");
    pe[0x3c] = 0x80;
    pe[0x80..0x86].copy_from_slice(b"PE\0\0\x64\x86");
    let place = Place::new();
    let file = place.file("a.zip", &zip_of(&[("ngrok.exe", &pe, None)]));
    let builder = || place.builder().source(Source::archive(&file));
    let error = builder().build().unwrap().install().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongPlatform);
    assert!(error.to_string().contains("windows on x86_64"), "{error}");
    let windows = Platform::from_names("windows", "x86_64").unwrap();
    builder()
        .platform(windows)
        .build()
        .unwrap()
        .install()
        .unwrap();
    assert_eq!(fs::read(place.binary()).unwrap(), pe);
}

#[test]
fn the_caps_hold_whatever_the_archive_says() {
    let zeros = vec![0; 3 * 1024 * 1024];
    let dense = gzip_at(&tar(&[Entry::file("ngrok", &zeros)]), Compression::best());
    let elsewhere = gzip_at(&tar(&[Entry::file("other", &zeros)]), Compression::best());
    let dense_zip = zip_of(&[("ngrok", &zeros, None)]);
    let content = program(1, 100_000);
    for (name, archive, max_archive, max_unpacked, max_ratio, is_refused) in [
        ("ratio", &dense, None, None, None, true),
        ("ratio of zip", &dense_zip, None, None, None, true),
        (
            "ratio by an ignored entry",
            &elsewhere,
            None,
            None,
            None,
            true,
        ),
        ("ratio allowed", &dense, None, None, Some(5000), false),
        (
            "ratio of zip allowed",
            &dense_zip,
            None,
            None,
            Some(5000),
            false,
        ),
        ("unpacked", &tgz(&content), None, Some(99_999), None, true),
        (
            "unpacked zip",
            &zip(&content),
            None,
            Some(99_999),
            None,
            true,
        ),
        ("unpacked bare", &content, None, Some(99_999), None, true),
        (
            "unpacked allowed",
            &zip(&content),
            None,
            Some(100_000),
            None,
            false,
        ),
        ("packed", &tgz(&content), Some(50_000), None, None, true),
        ("packed zip", &zip(&content), Some(50_000), None, None, true),
    ] {
        let place = Place::new();
        let file = place.file("archive", archive);
        let mut builder = place.builder().source(Source::archive(file));
        if let Some(bytes) = max_archive {
            builder = builder.max_archive_size(bytes);
        }
        if let Some(bytes) = max_unpacked {
            builder = builder.max_unpacked_size(bytes);
        }
        if let Some(times) = max_ratio {
            builder = builder.max_ratio(times);
        }
        let result = builder.build().unwrap().install();
        assert_eq!(result.is_err(), is_refused, "{name}: {result:?}");
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{name}: {error}");
            assert_eq!(place.names(), ["ngrok.lock"], "{name}");
        }
    }
}

#[test]
fn a_digest_is_checked_against_the_archive() {
    let archive = tgz(&small());
    let place = Place::new();
    let file = place.file("a.tgz", &archive);
    let builder = |digest: &str| {
        place
            .builder()
            .source(Source::archive(&file))
            .sha256(digest)
    };
    let wrong = sha256(b"something else");
    let error = builder(&wrong).build().unwrap().install().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DigestMismatch);
    let text = error.to_string();
    assert!(
        text.contains(&wrong) && text.contains(&sha256(&archive)),
        "{text}"
    );
    assert_eq!(place.names(), ["ngrok.lock"]);
    // All of a zip is there before it is opened, so a wrong one is not even looked at.
    let mut damaged = zip(&small());
    damaged[200] ^= 1;
    let zipped = place.file("a.zip", &damaged);
    let pinned = place.builder().source(Source::archive(zipped));
    let pinned = pinned.sha256(sha256(&zip(&small()))).build().unwrap();
    let error = pinned.install().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DigestMismatch, "{error}");
    let right = sha256(&archive).to_ascii_uppercase();
    builder(&right).build().unwrap().install().unwrap();
    let error = builder("abc").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
}

mod flipped {
    use super::*;
    use proptest::prelude::*;

    /// Any byte of an archive changed in any way: refused, or the identical binary comes out.
    fn is_refused_or_the_same(archive: &[u8], at: usize, mask: u8) -> Result<(), TestCaseError> {
        let content = program(3, 2000);
        let mut archive = archive.to_vec();
        let at = at % archive.len();
        archive[at] ^= mask;
        let place = Place::new();
        let file = place.file("archive", &archive);
        let installer = place
            .builder()
            .source(Source::archive(file))
            .build()
            .unwrap();
        match installer.install() {
            Ok(_) => prop_assert_eq!(fs::read(place.binary()).unwrap(), content),
            Err(_) => prop_assert_eq!(place.names(), ["ngrok.lock"]),
        }
        Ok(())
    }

    fn with_a_readme() -> Vec<u8> {
        let content = program(3, 2000);
        gzip(&tar(&[
            Entry::file("README", b"read me"),
            Entry::file("ngrok", &content),
        ]))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn a_flipped_byte_of_a_tgz_is_refused_or_harmless(at in 0usize..10_000, mask in 1u8..) {
            is_refused_or_the_same(&with_a_readme(), at, mask)?;
        }

        #[test]
        fn a_flipped_byte_of_a_zip_is_refused_or_harmless(at in 0usize..10_000, mask in 1u8..) {
            let content = program(3, 2000);
            let archive = zip_of(&[("README", b"read me", None), ("ngrok", &content, Some(0o755))]);
            is_refused_or_the_same(&archive, at, mask)?;
        }
    }

    /// The bytes that say what the rest is are few; chance would leave most of them out.
    #[test]
    fn every_byte_of_the_structure_is_refused_or_harmless() {
        let content = program(3, 2000);
        let zip = zip_of(&[("ngrok", &content, Some(0o755))]);
        let tgz = tgz(&content);
        let tail = |bytes: &[u8], n: usize| bytes.len() - n..bytes.len();
        for (archive, places) in [
            (&tgz, (0..30).chain(tail(&tgz, 12))),
            (&zip, (0..50).chain(tail(&zip, 120))),
        ] {
            for at in places {
                for mask in [0x01, 0x80, 0xff] {
                    is_refused_or_the_same(archive, at, mask).unwrap();
                }
            }
        }
    }
}
