//! Captures what `ngrok-rs` shows on terminals of two sizes, as text files that a reader can look at and a diff can compare.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::workspace::{cargo, root, target};

/// Columns and rows of a small and of a large terminal.
const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// A name for the file, the arguments, a text that says that all is there, and keys to end it.
const SCREENS: [(&str, &str, &str, &str); 12] = [
    ("help", "--help", "Exit status", ""),
    ("help-http", "help http", "lists the global", ""),
    ("help-connect", "help connect", "lists the global", ""),
    ("help-run", "help run", "lists the global", ""),
    ("help-requests", "help requests", "lists the global", ""),
    ("help-config", "help config", "lists the global", ""),
    ("version", "version", "ngrok-rs ", ""),
    ("wrong-flag", "http 80 --hst-header x", "--help", ""),
    (
        "no-agent",
        "status --api-url http://127.0.0.1:1",
        "127.0.0.1:1",
        "",
    ),
    (
        "set-authtoken",
        "config set-authtoken",
        "as you type:",
        "C-c",
    ),
    ("plain", "http 1 --plain", "Ctrl-C", "C-c"),
    ("screen", "http 1", "q quit", "q"),
];

const PATIENCE: Duration = Duration::from_secs(20);

/// Writes the captures, or with `--check` only compares them.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let check = args.iter().any(|arg| arg == "--check");
    if Command::new("tmux").arg("-V").output().is_err() {
        println!("screens: SKIPPED, since tmux is not installed");
        return Ok(());
    }
    let built = cargo()
        .args([
            "build",
            "--package",
            "ngrok-facade",
            "--features",
            "cli",
            "--bin",
            "ngrok-rs",
        ])
        .args(["--package", "ngrok-testkit", "--bin", "loopback-agent"])
        .status()
        .map_err(|e| format!("cargo could not be run: {e}"))?;
    if !built.success() {
        return Err("ngrok-rs could not be built".into());
    }
    let folder = root().join("crates/ngrok-facade/tests/cli/screens");
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut changed = Vec::new();
    for (columns, rows) in SIZES {
        for screen in &SCREENS {
            let path = folder.join(format!("{}-{columns}x{rows}.txt", screen.0));
            let now = capture(screen, columns, rows)?;
            if fs::read_to_string(&path).ok().as_deref() == Some(now.as_str()) {
                continue;
            }
            changed.push(path.display().to_string());
            if !check {
                fs::write(&path, now).map_err(|e| format!("{}: {e}", path.display()))?;
            }
        }
    }
    if check && !changed.is_empty() {
        return Err(format!(
            "these captures are old; `cargo xtask screens` writes them:\n{}",
            changed.join("\n")
        ));
    }
    println!(
        "screens: {} of {} changed",
        changed.len(),
        SCREENS.len() * SIZES.len()
    );
    Ok(())
}

fn tmux(socket: &str) -> Command {
    let mut command = Command::new("tmux");
    // A server of its own, without the user's settings.
    command
        .args(["-L", socket, "-f", "/dev/null"])
        .env_remove("TMUX");
    command
}

fn program(name: &str) -> PathBuf {
    target()
        .join("debug")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn capture(screen: &(&str, &str, &str, &str), columns: u16, rows: u16) -> Result<String, String> {
    let (name, arguments, complete, keys) = screen;
    let socket = format!("ngrok-rs-{}-{name}-{columns}", std::process::id());
    let home = std::env::temp_dir().join(&socket);
    fs::create_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
    // What is typed is not part of the capture; the pane stays until it is captured.
    let line = format!(
        "env -i PATH=\"$PATH\" TERM=\"$TERM\" LANG=C.UTF-8 HOME='{home}' NGROK_PATH='{agent}' '{program}' {arguments}; sleep 60",
        home = home.display(),
        agent = program("loopback-agent").display(),
        program = program("ngrok-rs").display(),
    );
    let started = tmux(&socket)
        .args([
            "new-session",
            "-d",
            "-x",
            &columns.to_string(),
            "-y",
            &rows.to_string(),
        ])
        .args(["sh", "-c", &line])
        .status();
    if !started.is_ok_and(|status| status.success()) {
        return Err(format!("{name}: tmux could not be started"));
    }
    let outcome =
        shown(&socket, complete).ok_or_else(|| format!("{name}: `{complete}` did not appear"));
    if !keys.is_empty() {
        let _ = tmux(&socket).args(["send-keys", keys]).status();
        std::thread::sleep(Duration::from_millis(300));
    }
    let _ = tmux(&socket).arg("kill-server").status();
    let text = outcome.map(|text| normal(&text, &home));
    let _ = fs::remove_dir_all(&home);
    text
}

/// What the pane shows once the text is there and nothing changes any more.
fn shown(socket: &str, complete: &str) -> Option<String> {
    let began = Instant::now();
    let mut last = String::new();
    while began.elapsed() < PATIENCE {
        let output = tmux(socket).args(["capture-pane", "-p"]).output().ok()?;
        let now = String::from_utf8_lossy(&output.stdout).into_owned();
        if now == last && now.contains(complete) {
            return Some(now);
        }
        last = now;
        std::thread::sleep(Duration::from_millis(400));
    }
    None
}

/// Takes out what differs from run to run: ports, process ids and the folder.
fn normal(text: &str, home: &Path) -> String {
    let text = text.replace(&home.display().to_string(), "/home/me");
    let mut normal = String::new();
    for line in text.trim_end().lines() {
        let mut rest = line.trim_end();
        while let Some((before, after)) = ["127.0.0.1:", ", agent "]
            .iter()
            .filter_map(|mark| rest.find(mark).map(|at| rest.split_at(at + mark.len())))
            .min_by_key(|(before, _)| before.len())
        {
            let digits = after
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(after.len());
            normal.push_str(before);
            normal.push_str("00000");
            rest = &after[digits..];
        }
        normal.push_str(rest);
        normal.push('\n');
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_process_ids_do_not_count() {
        let text = "http://127.0.0.1:43 -> x  \ninspect at http://127.0.0.1:4041, agent 77; y\n/tmp/h/ngrok.yml\n\n";
        assert_eq!(
            normal(text, Path::new("/tmp/h")),
            "http://127.0.0.1:00000 -> x\ninspect at http://127.0.0.1:00000, agent 00000; y\n/home/me/ngrok.yml\n"
        );
    }
}
