//! Programs of our own that start agents: this test binary again, with one test and an order in its environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const ORDER: &str = "NGROK_PROCESS_TEST_ORDER";
const FOLDER: &str = "NGROK_PROCESS_TEST_FOLDER";

/// Starts the test of this name as a program with this order.
#[cfg(target_os = "linux")]
pub(crate) fn spawn(test: &str, order: &str, folder: &Path) -> std::process::Child {
    command(test, order, folder).spawn().unwrap()
}

/// The test of this name as a program; it finds order and folder by [`order`].
pub(crate) fn command(test: &str, order: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(ORDER, order)
        .env(FOLDER, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// What this process is to do if it is such a program, and the folder of its fake.
pub(crate) fn order() -> Option<(String, PathBuf)> {
    Some((std::env::var(ORDER).ok()?, std::env::var_os(FOLDER)?.into()))
}
