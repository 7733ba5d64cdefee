//! The file under several writers, a killed one, and odd circumstances.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ngrok_installer::config::{AgentConfig, ConfigVersion, install_default_config, set_authtoken};
use serde_json::json;

use super::Home;

/// Names the file to the child process that [`writer_child`] becomes.
const CHILD_FILE: &str = "NGROK_TEST_CONFIG_WRITER";
/// The prefix of the keys that it writes; without it the child sets the token, for ever.
const CHILD_KEYS: &str = "NGROK_TEST_CONFIG_KEYS";

/// Not a test: what the test binary does when another test starts it as a process of its own.
#[test]
fn writer_child() {
    let Some(path) = std::env::var_os(CHILD_FILE) else {
        return;
    };
    let path = Path::new(&path);
    match std::env::var(CHILD_KEYS) {
        Ok(prefix) => write_keys(path, &prefix),
        Err(_) => loop {
            set_authtoken(path, &"A".repeat(40).into()).unwrap();
            set_authtoken(path, &"B".repeat(40).into()).unwrap();
        },
    }
}

fn write_keys(path: &Path, prefix: &str) {
    for number in 0..10 {
        let data =
            json!({"tunnels": {format!("{prefix}{number}"): {"proto": "http", "addr": number}}});
        install_default_config(path, &data, ConfigVersion::V2).unwrap();
    }
}

fn start_child(path: &Path, keys: Option<&str>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "config::writers::writer_child"])
        .env(CHILD_FILE, path)
        .stdout(Stdio::null());
    if let Some(prefix) = keys {
        command.env(CHILD_KEYS, prefix);
    }
    command.spawn().unwrap()
}

#[test]
fn two_writers_at_once_lose_nothing() {
    let home = Home::with("# mine\nversion: 2\n");
    let mut child = start_child(&home.path, Some("process"));
    thread::scope(|scope| {
        for writer in ["one", "two", "three"] {
            let path = &home.path;
            scope.spawn(move || write_keys(path, writer));
        }
    });
    assert!(child.wait().unwrap().success());
    let config = AgentConfig::load(&home.path).unwrap();
    assert_eq!(config.tunnel_names().len(), 40);
    for writer in ["one", "two", "three", "process"] {
        for number in 0..10 {
            assert_eq!(
                config.tunnel(&format!("{writer}{number}")).unwrap()["addr"],
                number
            );
        }
    }
    assert!(home.text().starts_with("# mine\nversion: 2\ntunnels:\n"));
}

#[test]
fn a_killed_writer_leaves_the_old_file_or_the_new_one() {
    let padding =
        "# a comment that makes the file long enough to be caught half written\n".repeat(3000);
    let with = |letter: &str| {
        format!(
            "version: 2\nauthtoken: {} # mine\n{padding}",
            letter.repeat(40)
        )
    };
    let (old, new) = (with("A"), with("B"));
    let home = Home::with(&old);
    for round in 0..15_u64 {
        let before = home.text();
        let mut child = start_child(&home.path, None);
        assert!(eventually(|| home.text() != before), "the child writes");
        // Somewhere in the middle of its next writes.
        let moment = Instant::now() + Duration::from_micros(700 * round);
        while Instant::now() < moment {
            thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let text = home.text();
        assert!(
            text == old || text == new,
            "round {round}: {} bytes",
            text.len()
        );
    }
    // The lock of a dead writer holds nobody up, and the next one removes what they left behind.
    set_authtoken(&home.path, &"C".repeat(40).into()).unwrap();
    assert_eq!(home.text(), with("C"));
    let mut names: Vec<_> = fs::read_dir(home.path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["ngrok.yml", "ngrok.yml.lock"]);
}

/// Waits until it holds, at most half a minute.
fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        if holds() {
            return true;
        }
        thread::yield_now();
    }
    false
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use ngrok_installer::config::set_api_key;

    use super::*;
    use crate::config::{PLANTED, told};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_new_file_is_the_owners_and_an_old_one_keeps_its_mode() {
        let home = Home::empty();
        set_authtoken(&home.path, &PLANTED.into()).unwrap();
        assert_eq!(mode(&home.path), 0o600);
        for bits in [0o644, 0o640, 0o600, 0o400] {
            fs::set_permissions(&home.path, fs::Permissions::from_mode(bits)).unwrap();
            set_authtoken(&home.path, &format!("t{bits}").into()).unwrap();
            assert_eq!(mode(&home.path), bits);
        }
    }

    /// Only root can give a file away, so for others there is nothing to see.
    #[test]
    fn a_file_that_root_edits_stays_its_owners() {
        use std::os::unix::fs::{MetadataExt, chown};
        let home = Home::with("version: 2\n");
        if chown(&home.path, Some(1234), Some(1235)).is_err() {
            return;
        }
        set_authtoken(&home.path, &"t".into()).unwrap();
        let found = fs::metadata(&home.path).unwrap();
        assert_eq!((found.uid(), found.gid()), (1234, 1235));
        assert_eq!(found.mode() & 0o7777, 0o644);
    }

    #[test]
    fn a_link_stays_a_link_and_its_file_is_edited() {
        let home = Home::empty();
        let real = home.path.with_file_name("dotfiles.yml");
        fs::write(&real, "region: eu\n").unwrap();
        symlink("dotfiles.yml", &home.path).unwrap();
        set_authtoken(&home.path, &"t".into()).unwrap();
        assert!(fs::symlink_metadata(&home.path).unwrap().is_symlink());
        assert_eq!(
            fs::read_to_string(&real).unwrap(),
            "region: eu\nauthtoken: t\n"
        );

        fs::remove_file(&real).unwrap();
        let error = set_authtoken(&home.path, &PLANTED.into()).unwrap_err();
        assert!(error.is_not_found(), "{error}");
        assert!(!told(&error).contains(PLANTED));
    }

    #[test]
    fn nothing_is_written_when_nothing_changes() {
        use std::os::unix::fs::MetadataExt;
        let home = Home::with("version: 2\nauthtoken: \"t\"\n");
        let inode = fs::metadata(&home.path).unwrap().ino();
        set_authtoken(&home.path, &"t".into()).unwrap();
        assert_eq!(fs::metadata(&home.path).unwrap().ino(), inode);
        set_api_key(&home.path, &"k".into()).unwrap();
        assert_ne!(fs::metadata(&home.path).unwrap().ino(), inode);
    }
}
