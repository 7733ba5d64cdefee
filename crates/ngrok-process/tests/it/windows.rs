//! What is special on Windows: consoles, Ctrl-Break, windows, and the length of paths.
#![allow(
    unsafe_code,
    reason = "only the system's own calls tell which console a process is on"
)]

use std::fs;
use std::os::windows::process::CommandExt;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use ngrok_process::{Agent, AgentOptions, ErrorKind};
use ngrok_testkit::{AGENT_BIN_VAR, agent_bin};
use windows_sys::Win32::System::Console::{
    AttachConsole, FreeConsole, GetConsoleProcessList, GetConsoleWindow,
};
use windows_sys::Win32::System::Threading::{CREATE_NEW_CONSOLE, DETACHED_PROCESS};
use windows_sys::Win32::UI::WindowsAndMessaging::IsWindowVisible;

use crate::program;
use crate::standin::{self, StandIn};

/// Longer than any agent of a test needs to end.
const GRACE: Duration = Duration::from_secs(10);

/// The program: starts the agent, looks at its console, stops it, and writes down what it saw.
#[test]
fn program() {
    let Some((order, folder)) = program::order() else {
        return;
    };
    let mut options = standin::options(&agent_bin(), &folder);
    if order == "ignored" {
        options = options.env("LOOPBACK_AGENT_IGNORE_STOP", "1");
    }
    let agent = Agent::start(options.build()).unwrap();
    let shared = is_on_this_console(agent.pid().unwrap());
    let visible = has_visible_console(agent.pid().unwrap());
    let grace = if order == "ignored" {
        GRACE / 20
    } else {
        GRACE
    };
    let start = Instant::now();
    let status = agent.stop(grace).unwrap();
    let early = start.elapsed() < grace;
    let seen = format!(
        "shared {shared}, visible {visible}, success {}, early {early}\n",
        status.success()
    );
    fs::write(folder.join("seen"), seen).unwrap();
}

fn run(order: &str, flags: u32, stand_in: &StandIn) -> Child {
    program::command("windows::program", order, stand_in.folder())
        .env(AGENT_BIN_VAR, agent_bin())
        .creation_flags(flags)
        .spawn()
        .unwrap()
}

fn is_on_this_console(pid: u32) -> bool {
    let mut ids = [0; 16];
    // SAFETY: the buffer holds as many ids as are announced.
    let count = unsafe { GetConsoleProcessList(ids.as_mut_ptr(), 16) };
    ids[..count as usize].contains(&pid)
}

/// Whether the console of the process, if it is one of its own, shows a window.
fn has_visible_console(pid: u32) -> bool {
    if is_on_this_console(pid) {
        return false;
    }
    // SAFETY: calls without pointers; this program has no console that it would lose.
    unsafe {
        if AttachConsole(pid) == 0 {
            return false;
        }
        let window = GetConsoleWindow();
        let visible = !window.is_null() && IsWindowVisible(window) != 0;
        FreeConsole();
        visible
    }
}

#[test]
fn stop_asks_by_ctrl_break_on_a_shared_console_and_ends_the_agent_at_once_without_one() {
    for (order, flags, seen) in [
        (
            "stop",
            CREATE_NEW_CONSOLE,
            "shared true, visible false, success true, early true\n",
        ),
        (
            "ignored",
            CREATE_NEW_CONSOLE,
            "shared true, visible false, success false, early false\n",
        ),
        (
            "stop",
            DETACHED_PROCESS,
            "shared false, visible false, success false, early true\n",
        ),
    ] {
        let stand_in = StandIn::new();
        let mut child = run(order, flags, &stand_in);
        assert!(child.wait().unwrap().success(), "{order} {flags}");
        assert_eq!(stand_in.written("seen"), seen, "{order} {flags}");
        stand_in.goes(order);
    }
}

#[test]
fn a_path_that_is_too_long_to_be_run_is_not_taken_for_another_build() {
    let folder = tempfile::tempdir().unwrap();
    let deep: PathBuf = std::iter::repeat_n("a folder of thirty characters.", 9).collect();
    let folder = fs::canonicalize(folder.path()).unwrap().join(deep);
    fs::create_dir_all(&folder).unwrap();
    let binary = folder.join("ngrok.exe");
    fs::copy(agent_bin(), &binary).unwrap();
    match Agent::start(standin::options(&binary, StandIn::new().folder()).build()) {
        // Newer systems may run it.
        Ok(agent) => assert!(agent.is_running()),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Io, "{error}");
            let told = format!("{error:?}");
            assert!(told.contains("259"), "{told}");
        }
    }
    let options = AgentOptions::builder(folder.join("missing.exe")).build();
    let error = Agent::start(options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}
