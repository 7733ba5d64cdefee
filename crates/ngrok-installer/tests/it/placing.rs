//! Where the binary goes, and what becomes of what was there.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
#[cfg(unix)]
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ngrok_installer::{
    Environment, ErrorKind, Installer, Outcome, Platform, Receipt, Source, verify_installed,
};

use crate::support::Place;
use crate::support::archives::{program, sha256, tgz};
#[cfg(unix)]
use crate::support::names_in;

fn install(place: &Place, archive: &std::path::Path) -> Receipt {
    let builder = place.builder().source(Source::archive(archive));
    builder.build().unwrap().install().unwrap()
}

#[test]
fn the_receipt_is_kept_and_told_again() {
    let place = Place::new();
    let file = place.file("a.tgz", &tgz(&program(1, 2000)));
    let fresh = install(&place, &file);
    assert!(fresh.installed_at.is_some());
    let again = install(&place, &file);
    let expected = {
        let mut receipt = fresh.clone();
        receipt.outcome = Outcome::AlreadyPresent;
        receipt
    };
    assert_eq!(again, expected);
    assert_eq!(verify_installed(place.binary()).unwrap(), expected);
    let kept = fs::read(place.binary().with_file_name("ngrok.receipt.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap();
    assert_eq!(kept, fresh.to_json());
    assert_eq!(kept["bytes"], 2000);
    assert_eq!(kept["outcome"], "fresh");
}

#[test]
fn another_archive_replaces_and_the_same_one_by_force_too() {
    let place = Place::new();
    let (one, two) = (program(1, 2000), program(2, 2000));
    let first = place.file("1.tgz", &tgz(&one));
    let second = place.file("2.tgz", &tgz(&two));
    assert_eq!(install(&place, &first).outcome, Outcome::Fresh);
    assert_eq!(install(&place, &second).outcome, Outcome::Replaced);
    assert_eq!(fs::read(place.binary()).unwrap(), two);
    // The same file under another name is the same archive.
    let copy = place.file("copy.tgz", &tgz(&two));
    assert_eq!(install(&place, &copy).outcome, Outcome::AlreadyPresent);
    let forced = place.builder().source(Source::archive(&copy)).force(true);
    let receipt = forced.build().unwrap().install().unwrap();
    assert_eq!(receipt.outcome, Outcome::Replaced);
    verify_installed(place.binary()).unwrap();
}

#[test]
fn a_binary_of_unknown_origin_stays_unless_a_digest_says_otherwise() {
    let place = Place::new();
    fs::create_dir(place.binary().parent().unwrap()).unwrap();
    fs::write(place.binary(), "mine").unwrap();
    let content = program(1, 2000);
    let archive = tgz(&content);
    let file = place.file("a.tgz", &archive);
    let kept = install(&place, &file);
    assert_eq!(kept.outcome, Outcome::AlreadyPresent);
    assert_eq!(kept.binary_sha256, sha256(b"mine"));
    assert_eq!((kept.source, kept.archive_sha256), (None, None));
    assert_eq!(place.names(), ["ngrok"], "nothing may be written");
    let pinned = |digest: String| {
        let builder = place.builder().source(Source::archive(&file));
        builder.sha256(digest).build().unwrap().install().unwrap()
    };
    assert_eq!(pinned(sha256(&archive)).outcome, Outcome::Replaced);
    // The digest of an archive says nothing about a binary that is there, so the archive is read again.
    assert_eq!(pinned(sha256(&archive)).outcome, Outcome::Replaced);
    let both = place.builder().source(Source::archive(&file));
    let both = both
        .sha256(sha256(&archive))
        .binary_sha256(sha256(&content));
    assert_eq!(
        both.build().unwrap().install().unwrap().outcome,
        Outcome::AlreadyPresent
    );
    fs::write(place.binary(), "changed").unwrap();
    assert_eq!(pinned(sha256(&archive)).outcome, Outcome::Replaced);
    assert_eq!(fs::read(place.binary()).unwrap(), content);
}

#[test]
fn a_bare_binary_with_the_wanted_digest_needs_no_receipt() {
    let place = Place::new();
    let content = program(1, 2000);
    let file = place.file("ngrok", &content);
    fs::create_dir(place.binary().parent().unwrap()).unwrap();
    fs::copy(&file, place.binary()).unwrap();
    let builder = place.builder().source(Source::archive(&file));
    let installer = builder.sha256(sha256(&content)).build().unwrap();
    assert_eq!(
        installer.install().unwrap().outcome,
        Outcome::AlreadyPresent
    );
    assert_eq!(place.names(), ["ngrok"]);
}

#[test]
fn a_changed_binary_is_noticed_and_a_missing_receipt_or_binary_too() {
    let place = Place::new();
    let file = place.file("a.tgz", &tgz(&program(1, 2000)));
    let kind = || verify_installed(place.binary()).unwrap_err().kind();
    assert!(verify_installed(place.binary()).unwrap_err().is_not_found());
    install(&place, &file);
    let mut bytes = fs::read(place.binary()).unwrap();
    bytes[1500] ^= 1;
    fs::write(place.binary(), bytes).unwrap();
    assert_eq!(kind(), ErrorKind::Modified);
    fs::remove_file(place.binary()).unwrap();
    assert_eq!(kind(), ErrorKind::Quarantined);
    install(&place, &file);
    verify_installed(place.binary()).unwrap();
    for spoilt in ["", "{}", "[1]", "not json", "{\"binary_sha256\": 7}"] {
        fs::write(place.binary().with_file_name("ngrok.receipt.json"), spoilt).unwrap();
        assert_eq!(kind(), ErrorKind::NoReceipt, "{spoilt}");
    }
}

#[test]
fn the_receipt_of_a_binary_that_changed_tells_what_is_there() {
    let place = Place::new();
    let file = place.file("a.tgz", &tgz(&program(1, 2000)));
    install(&place, &file);
    fs::write(place.binary(), program(2, 2000)).unwrap();
    let receipt = install(&place, &file);
    assert_eq!(receipt.outcome, Outcome::AlreadyPresent);
    assert_eq!(receipt.binary_sha256, sha256(&program(2, 2000)));
    assert_eq!((receipt.source, receipt.archive_sha256), (None, None));
    assert_eq!(fs::read(place.binary()).unwrap(), program(2, 2000));
}

/// Even if it leads to the very program that was installed: it can lead elsewhere a moment later.
#[test]
#[cfg(unix)]
fn a_link_in_the_place_of_the_binary_is_not_verified() {
    let place = Place::new();
    install(&place, &place.file("a.tgz", &tgz(&program(1, 2000))));
    let moved = place.dir.path().join("moved");
    fs::rename(place.binary(), &moved).unwrap();
    symlink(&moved, place.binary()).unwrap();
    let error = verify_installed(place.binary()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Insecure, "{error}");
}

const SLEEPER: &str = "NGROK_INSTALLER_TEST_SLEEPER";

/// Not a test by itself: what a copy of this program does.
#[test]
fn sleeper() {
    if std::env::var_os(SLEEPER).is_some() {
        println!("\nasleep");
        std::thread::sleep(Duration::from_secs(600));
    }
}

#[test]
fn a_binary_that_runs_can_be_replaced_again_and_again() {
    let place = Place::new();
    // A real program: only the system's own loader keeps a file busy.
    fs::create_dir(place.binary().parent().unwrap()).unwrap();
    fs::copy(std::env::current_exe().unwrap(), place.binary()).unwrap();
    let mut running = Command::new(place.binary())
        .args(["--exact", "placing::sleeper", "--nocapture"])
        .env(SLEEPER, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let asleep = lines.map_while(Result::ok).any(|line| line == "asleep");
    let mut receipts = Vec::new();
    for seed in [2, 3] {
        let file = place.file("a.tgz", &tgz(&program(seed, 2000)));
        let builder = place.builder().source(Source::archive(&file)).force(true);
        receipts.push(builder.build().unwrap().install());
    }
    let still_runs = running.try_wait().unwrap().is_none();
    let names = place.names();
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(asleep && still_runs);
    for receipt in receipts {
        assert_eq!(receipt.unwrap().outcome, Outcome::Replaced);
    }
    assert_eq!(fs::read(place.binary()).unwrap(), program(3, 2000));
    let moved = names.iter().any(|name| name == "ngrok.locked");
    assert_eq!(moved, cfg!(windows), "{names:?}");
    // Once it has ended, the next install clears up.
    let file = place.file("a.tgz", &tgz(&program(4, 2000)));
    let builder = place.builder().source(Source::archive(&file)).force(true);
    builder.build().unwrap().install().unwrap();
    assert_eq!(place.names(), ["ngrok", "ngrok.lock", "ngrok.receipt.json"]);
}

#[test]
#[cfg(unix)]
fn whatever_is_no_file_in_the_way_is_refused_and_left_alone() {
    let content = tgz(&program(1, 2000));
    for force in [false, true] {
        let place = Place::new();
        let file = place.file("a.tgz", &content);
        let victim = place.file("victim", b"mine");
        let bin = place.binary().parent().unwrap().to_path_buf();
        fs::create_dir(&bin).unwrap();
        let attempt = || {
            let builder = place.builder().source(Source::archive(&file)).force(force);
            let error = builder.build().unwrap().install().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Insecure, "{error}");
            error
        };
        symlink(&victim, place.binary()).unwrap();
        assert_eq!(attempt().path(), Some(place.binary().as_path()));
        fs::remove_file(place.binary()).unwrap();
        symlink(place.dir.path().join("nowhere"), place.binary()).unwrap();
        attempt();
        fs::remove_file(place.binary()).unwrap();
        fs::create_dir(place.binary()).unwrap();
        attempt();
        fs::remove_dir(place.binary()).unwrap();
        let lock = bin.join("ngrok.lock");
        symlink(&victim, &lock).unwrap();
        attempt();
        fs::remove_file(&lock).unwrap();
        symlink(place.dir.path().join("nowhere"), &lock).unwrap();
        attempt();
        fs::remove_file(&lock).unwrap();
        let made = Command::new("mkfifo").arg(&lock).status();
        if made.is_ok_and(|status| status.success()) {
            attempt();
        }
        assert_eq!(fs::read(&victim).unwrap(), b"mine");
        assert!(!place.dir.path().join("nowhere").exists());
    }
}

/// Links planted under every name that a temporary file could be guessed to have lead nowhere.
#[test]
#[cfg(unix)]
fn a_link_under_another_name_of_ours_is_replaced_not_followed() {
    let place = Place::new();
    let file = place.file("a.tgz", &tgz(&program(1, 2000)));
    let victim = place.file("victim", b"mine");
    let bin = place.binary().parent().unwrap().to_path_buf();
    fs::create_dir(&bin).unwrap();
    for name in [
        "ngrok.receipt.json",
        ".ngrok.lock-partial-AAAAAA",
        "ngrok.tmp",
        "ngrok.partial",
    ] {
        symlink(&victim, bin.join(name)).unwrap();
    }
    install(&place, &file);
    assert_eq!(fs::read(&victim).unwrap(), b"mine");
    let receipt = fs::symlink_metadata(bin.join("ngrok.receipt.json")).unwrap();
    assert!(receipt.is_file());
    verify_installed(place.binary()).unwrap();
}

#[test]
#[cfg(unix)]
fn a_directory_that_everybody_may_write_to_is_refused_unless_sticky() {
    let place = Place::new();
    let file = place.file("a.tgz", &tgz(&program(1, 2000)));
    let bin = place.binary().parent().unwrap().to_path_buf();
    fs::create_dir(&bin).unwrap();
    let attempt = |mode| {
        fs::set_permissions(&bin, fs::Permissions::from_mode(mode)).unwrap();
        let builder = place.builder().source(Source::archive(&file)).force(true);
        builder.build().unwrap().install()
    };
    let error = attempt(0o777).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Insecure);
    assert_eq!(error.path(), Some(bin.as_path()));
    assert!(error.to_string().contains("sticky"), "{error}");
    assert_eq!(names_in(&bin), Vec::<String>::new());
    for mode in [0o1777, 0o755, 0o775] {
        attempt(mode).unwrap();
    }
}

#[test]
#[cfg(unix)]
fn what_is_there_already_in_a_prefix_that_is_only_read_needs_no_lock() {
    let place = Place::new();
    let archive = tgz(&program(1, 2000));
    let file = place.file("a.tgz", &archive);
    install(&place, &file);
    let bin = place.binary().parent().unwrap().to_path_buf();
    fs::remove_file(bin.join("ngrok.lock")).unwrap();
    fs::set_permissions(&bin, fs::Permissions::from_mode(0o555)).unwrap();
    let receipt = install(&place, &file);
    let names = names_in(&bin);
    fs::set_permissions(&bin, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(receipt.outcome, Outcome::AlreadyPresent);
    // Root could have made the file even so.
    assert_eq!(names, ["ngrok", "ngrok.receipt.json"]);
}

#[test]
fn a_lock_that_is_held_is_waited_for_until_the_deadline_and_a_stale_file_is_none() {
    let place = Place::new();
    let file = place.file("a.tgz", &tgz(&program(1, 2000)));
    let bin = place.binary().parent().unwrap().to_path_buf();
    fs::create_dir(&bin).unwrap();
    let lock = bin.join("ngrok.lock");
    fs::write(&lock, "left by a process that was killed").unwrap();
    let held = File::options().write(true).open(&lock).unwrap();
    held.lock().unwrap();
    let attempt = |timeout| {
        let builder = place.builder().source(Source::archive(&file));
        builder.timeout(timeout).build().unwrap().install()
    };
    let start = Instant::now();
    let error = attempt(Duration::from_millis(300)).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(error.to_string().contains("ngrok.lock"), "{error}");
    assert!(start.elapsed() >= Duration::from_millis(300));
    drop(held);
    attempt(Duration::from_secs(60)).unwrap();
    assert!(lock.exists(), "a lock file is never deleted");
}

#[test]
fn the_deadline_holds_for_a_local_archive_too() {
    let place = Place::new();
    let file = place.file("a.tgz", &tgz(&program(1, 2000)));
    let builder = place.builder().source(Source::archive(file));
    let installer = builder.timeout(Duration::ZERO).build().unwrap();
    let error = installer.install().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(place.names(), ["ngrok.lock"]);
}

#[test]
fn a_failure_to_write_names_the_directory_and_leaves_nothing() {
    let place = Place::new();
    let file = place.file("a.tgz", &tgz(&program(1, 2000)));
    let in_the_way = place.file("plain-file", b"");
    let builder = place.builder().source(Source::archive(&file));
    let installer = builder.path(in_the_way.join("ngrok")).build().unwrap();
    let error = installer.install().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.path().is_some() && std::error::Error::source(&error).is_some());
    let missing = place.builder().source(Source::archive("/nowhere/a.tgz"));
    let error = missing.build().unwrap().install().unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(error.path(), Some(std::path::Path::new("/nowhere/a.tgz")));
    let folder = place.builder().source(Source::archive(place.dir.path()));
    let error = folder.build().unwrap().install().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
}

#[test]
fn without_a_path_the_environment_decides() {
    let place = Place::new();
    let file = place.file("a.tgz", &tgz(&program(1, 2000)));
    let builder = |environment| {
        Installer::builder()
            .platform(Platform::from_names("linux", "x86_64").unwrap())
            .source(Source::archive(&file))
            .environment(environment)
            .build()
    };
    let home = Environment::empty().with("HOME", place.dir.path());
    let receipt = builder(home).unwrap().install().unwrap();
    assert_eq!(receipt.path, place.dir.path().join(".config/ngrok/ngrok"));
    let error = builder(Environment::empty()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoHome);
    assert!(error.to_string().contains("HOME"), "{error}");
}

#[test]
fn the_references_functions_agree_with_the_platform() {
    let platform = Platform::current().unwrap();
    assert_eq!(ngrok_installer::get_system().unwrap(), platform.os().name());
    assert_eq!(ngrok_installer::get_arch().unwrap(), platform.arch().name());
    assert_eq!(
        ngrok_installer::get_ngrok_bin().unwrap(),
        platform.binary_name()
    );
    let url = ngrok_installer::get_ngrok_cdn_url().unwrap();
    assert!(url.ends_with(&platform.archive_name()), "{url}");
    let dir = ngrok_installer::get_default_ngrok_dir().unwrap();
    assert!(dir.ends_with("ngrok"), "{dir:?}");
}

/// What a poisoned cache brings: a planted program, and a receipt that says it came from the wanted archive.
#[test]
fn a_forged_receipt_does_not_pass_a_planted_program_off_as_the_wanted_one() {
    let place = Place::new();
    let (good, planted) = (program(1, 2000), program(2, 2000));
    let archive = tgz(&good);
    let file = place.file("a.tgz", &archive);
    install(&place, &file);
    let receipt = place.binary().with_file_name("ngrok.receipt.json");
    let forged = fs::read_to_string(&receipt)
        .unwrap()
        .replace(&sha256(&good), &sha256(&planted));
    assert!(forged.contains(&sha256(&archive)));
    fs::write(place.binary(), &planted).unwrap();
    fs::write(&receipt, forged).unwrap();
    let pinned = place
        .builder()
        .source(Source::archive(&file))
        .sha256(sha256(&archive));
    assert_eq!(
        pinned.build().unwrap().install().unwrap().outcome,
        Outcome::Replaced
    );
    assert_eq!(fs::read(place.binary()).unwrap(), good);
}

#[test]
fn a_program_that_is_not_the_wanted_one_is_not_placed_even_from_the_wanted_archive() {
    let place = Place::new();
    let archive = tgz(&program(1, 2000));
    let file = place.file("a.tgz", &archive);
    let builder = place.builder().source(Source::archive(&file));
    let builder = builder
        .sha256(sha256(&archive))
        .binary_sha256(sha256(b"another"));
    let error = builder.build().unwrap().install().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DigestMismatch);
    assert!(!place.binary().exists());
}

#[test]
#[cfg(unix)]
fn a_binary_that_others_can_write_is_neither_taken_for_installed_nor_verified() {
    let place = Place::new();
    let file = place.file("a.tgz", &tgz(&program(1, 2000)));
    install(&place, &file);
    let receipt = place.binary().with_file_name("ngrok.receipt.json");
    for writable in [
        place.binary().to_path_buf(),
        receipt,
        place.binary().parent().unwrap().to_path_buf(),
    ] {
        let before = fs::metadata(&writable).unwrap().permissions();
        fs::set_permissions(&writable, fs::Permissions::from_mode(before.mode() | 0o002)).unwrap();
        let builder = place.builder().source(Source::archive(&file));
        for error in [
            builder.build().unwrap().install().unwrap_err(),
            verify_installed(place.binary()).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Insecure, "{error}");
            assert_eq!(error.path(), Some(writable.as_path()));
        }
        fs::set_permissions(&writable, before).unwrap();
    }
    verify_installed(place.binary()).unwrap();
}
