//! Real processes that install: many at once, killed half-way, and measured.
//!
//! The processes are this test binary again, told by a variable to run [`child`] alone and to install something there.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use flate2::Compression;
use ngrok_installer::{ErrorKind, Source, verify_installed};

use crate::support::archives::{Entry, gzip_at, program, sha256, tar, tgz};
use crate::support::host::{Answer, Host};
use crate::support::{Place, builder};

const TASK: &str = "NGROK_INSTALLER_TEST_TASK";

/// Starts a process that installs `source` (a URL or a file) to `binary`.
fn spawn(source: &str, binary: &Path, force: bool) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::child", "--nocapture"])
        .env(TASK, format!("{source}\n{}\n{force}", binary.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Not a test by itself: what the processes of the others do.
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    let [source, binary, force] = task.split('\n').collect::<Vec<_>>()[..] else {
        panic!("{task}");
    };
    let source = if source.starts_with("http") {
        Source::url(source)
    } else {
        Source::archive(source)
    };
    let installer = builder(Path::new(binary))
        .source(source)
        .force(force == "true");
    let installer = installer.build().unwrap();
    let before = peak_kilobytes();
    let receipt = installer.install().unwrap();
    // On a line of its own: the test harness has begun one.
    println!(
        "\nRESULT {} {}",
        receipt.to_json()["outcome"].as_str().unwrap(),
        peak_kilobytes() - before
    );
}

/// The most memory that this process ever held.
fn peak_kilobytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    number.unwrap_or(0)
}

/// The outcome and the memory of a process that ended well.
fn result(child: Child) -> (String, u64) {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let line = text.lines().find_map(|line| line.strip_prefix("RESULT "));
    let (outcome, memory) = line.unwrap().split_once(' ').unwrap();
    (outcome.to_owned(), memory.parse().unwrap())
}

#[test]
fn eight_processes_at_once_make_one_download_and_eight_successes() {
    for force in [false, true] {
        let content = program(1, 200_000);
        let archive = tgz(&content);
        // Slow enough for all of them to arrive while the first is at it.
        let host = Host::start(move |_| Answer {
            pace: Some((8 * 1024, Duration::from_millis(80))),
            ..Answer::ok(&archive)
        });
        let place = Place::new();
        let url = host.url("/ngrok.tgz");
        let children: Vec<Child> = (0..8)
            .map(|_| spawn(&url, &place.binary(), force))
            .collect();
        let outcomes: Vec<String> = children.into_iter().map(|c| result(c).0).collect();
        assert_eq!(host.count(), 1, "force: {force}, {outcomes:?}");
        let count = |name| outcomes.iter().filter(|o| *o == name).count();
        assert_eq!((count("fresh"), count("already-present")), (1, 7));
        assert_eq!(fs::read(place.binary()).unwrap(), content);
        assert_eq!(place.names(), ["ngrok", "ngrok.lock", "ngrok.receipt.json"]);
    }
}

/// Whenever an installing process dies, the name holds the old binary or the new one, whole,
/// and the next install finds its way and clears up.
#[test]
fn a_process_killed_at_any_point_leaves_the_old_or_the_new_binary() {
    const KILLS: u32 = 48;
    let place = Place::new();
    let contents = [program(1, 1_000_000), program(2, 1_000_000)];
    let files = [0, 1].map(|i| {
        let tar = tar(&[Entry::file("ngrok", &contents[i])]);
        let archive = gzip_at(&tar, Compression::none());
        place
            .file(&format!("{i}.tgz"), &archive)
            .display()
            .to_string()
    });
    let digests = [sha256(&contents[0]), sha256(&contents[1])];
    result(spawn(&files[0], &place.binary(), true));
    let (mut killed, mut renewed, mut swept, mut kill) = (0, 0, 0, 0);
    // How long an install takes here and now; learnt as we go, since the machine may be busy with other things.
    let mut span = Duration::from_millis(200);
    while kill < KILLS || killed < KILLS / 4 || renewed == 0 || swept == 0 {
        assert!(
            kill < 10 * KILLS,
            "{killed} killed, {renewed} renewed, {swept} swept"
        );
        kill += 1;
        let before = sha256(&fs::read(place.binary()).unwrap());
        let next = usize::from(before == digests[0]);
        let mut child = spawn(&files[next], &place.binary(), true);
        // From its start to a little past its end.
        std::thread::sleep(span * (kill % 16) / 14);
        child.kill().unwrap();
        let is_killed = !child.wait().unwrap().success();
        span = if is_killed {
            span * 21 / 20
        } else {
            span * 9 / 10
        };
        killed += u32::from(is_killed);
        let after = sha256(&fs::read(place.binary()).unwrap());
        assert!(
            digests.contains(&after),
            "kill {kill}: neither the old nor the new"
        );
        renewed += u32::from(after != before);
        swept += u32::from(place.names().iter().any(|name| name.contains("partial")));
        // A receipt that describes another binary would raise a false alarm.
        if let Err(error) = verify_installed(place.binary()) {
            assert_eq!(error.kind(), ErrorKind::NoReceipt, "kill {kill}: {error}");
        }
    }
    println!(
        "{kill} tries: {killed} killed in time, {renewed} renewed, {swept} with a temporary file"
    );
    result(spawn(&files[0], &place.binary(), true));
    assert_eq!(place.names(), ["ngrok", "ngrok.lock", "ngrok.receipt.json"]);
    verify_installed(place.binary()).unwrap();
}

/// A write that fails half-way, as on a full disk: here by a limit on the size of files.
#[test]
#[cfg(unix)]
fn a_full_disk_is_an_error_that_leaves_the_old_binary_and_nothing_else() {
    let place = Place::new();
    fs::create_dir(place.binary().parent().unwrap()).unwrap();
    fs::write(place.binary(), "old").unwrap();
    let content = program(1, 2_000_000);
    for archive in [tgz(&content), crate::support::archives::zip(&content)] {
        let file = place.file("archive", &archive);
        let child = Command::new("/bin/sh")
            .args(["-c", "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\""])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "processes::child", "--nocapture"])
            .env(
                TASK,
                format!("{}\n{}\ntrue", file.display(), place.binary().display()),
            )
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let text = String::from_utf8(child.stderr).unwrap();
        assert!(
            !child.status.success() && text.contains("File too large"),
            "{text}"
        );
        assert_eq!(fs::read(place.binary()).unwrap(), b"old");
        assert_eq!(place.names(), ["ngrok", "ngrok.lock"]);
    }
}

/// Sixty megabytes pass through, some of them in an extended header that a reader of such things would keep in memory.
#[test]
#[cfg(target_os = "linux")]
fn memory_stays_small_whatever_the_archives_size() {
    use std::io::Write;

    use flate2::write::GzEncoder;

    let place = Place::new();
    let path = place.dir.path().join("large.tgz");
    let mut encoder = GzEncoder::new(fs::File::create(&path).unwrap(), Compression::none());
    let chunk = program(1, 1024 * 1024);
    for (name, kind, megabytes) in [
        ("long", tar::EntryType::GNULongName, 20),
        ("ngrok", tar::EntryType::Regular, 40),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_path(name).unwrap();
        header.set_entry_type(kind);
        header.set_size(megabytes * 1024 * 1024);
        header.set_cksum();
        encoder.write_all(header.as_bytes()).unwrap();
        for _ in 0..megabytes {
            encoder.write_all(&chunk).unwrap();
        }
    }
    encoder.write_all(&[0; 1024]).unwrap();
    encoder.finish().unwrap();
    let archive = fs::read(&path).unwrap();
    let host = Host::serving(archive);
    for source in [path.display().to_string(), host.url("/large.tgz")] {
        let (outcome, kilobytes) = result(spawn(&source, &place.binary(), true));
        assert_ne!(outcome, "already-present");
        assert!(
            kilobytes > 0 && kilobytes < 16 * 1024,
            "{source}: {kilobytes} kB"
        );
        println!("{source}: {kilobytes} kB");
    }
}

/// The wait for another process can be ended from the callback.
#[test]
fn a_wait_for_another_process_can_be_cancelled() {
    let place = Place::new();
    let bin = place.binary().parent().unwrap().to_path_buf();
    fs::create_dir(&bin).unwrap();
    let held = fs::File::create(bin.join("ngrok.lock")).unwrap();
    held.lock().unwrap();
    let file = place.file("a.tgz", &tgz(&program(1, 2000)));
    let builder = place
        .builder()
        .source(Source::archive(file))
        .on_progress(|progress| {
            assert_eq!(progress.stage, ngrok_installer::Stage::WaitingForLock);
            std::ops::ControlFlow::Break(())
        });
    let error = builder.build().unwrap().install().unwrap_err();
    assert!(error.is_cancelled(), "{error}");
}

/// Two by force at once, of which only the waiting one was told a digest: it must not take the other's word.
#[test]
fn what_another_process_installed_by_force_must_have_the_wanted_digest_too() {
    let archive = tgz(&program(1, 2000));
    let digest = sha256(&archive);
    let host = Host::start(move |_| Answer::ok(&archive));
    let source = Source::url(host.url("/ngrok.tgz"));
    let (ours, theirs) = (Place::new(), Place::new());
    let installer = theirs.builder().source(source.clone()).build().unwrap();
    installer.install().unwrap();
    for (wanted, requests) in [(digest, 1), ("0".repeat(64), 2)] {
        let bin = ours.binary().parent().unwrap().to_path_buf();
        let _ = fs::remove_dir_all(&bin);
        fs::create_dir(&bin).unwrap();
        let lock = fs::File::create(bin.join("ngrok.lock")).unwrap();
        lock.lock().unwrap();
        let mut lock = Some(lock);
        let placed = theirs.binary().parent().unwrap().to_path_buf();
        let builder = ours.builder().source(source.clone()).force(true);
        let builder = builder.sha256(&wanted).on_progress(move |_| {
            // The first call: it waits for the lock, behind which the other one does its work.
            if let Some(lock) = lock.take() {
                for name in ["ngrok", "ngrok.receipt.json"] {
                    fs::copy(placed.join(name), bin.join(name)).unwrap();
                }
                drop(lock);
            }
            ControlFlow::Continue(())
        });
        let result = builder.build().unwrap().install();
        assert_eq!(result.is_ok(), requests == 1, "{result:?}");
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::DigestMismatch);
        }
        assert_eq!(host.count(), requests);
    }
}
