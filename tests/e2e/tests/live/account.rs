//! The account, the agent and the upstream of one test.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use ngrok_facade::localapi::api_request;
use ngrok_facade::{Config, ConfigBuilder, ConfigVersion, Ngrok};
use ngrok_testkit::{Upstream, eventually};
use serde_json::Value;
use tempfile::TempDir;

/// A free account has one session and few endpoints: tests take turns.
static TURN: Mutex<()> = Mutex::new(());

pub(crate) struct Account {
    folder: TempDir,
    pub(crate) token: String,
    pub(crate) upstream: Upstream,
    _turn: MutexGuard<'static, ()>,
}

/// The account that the environment names; `None` unless `NGROK_LIVE` is set.
pub(crate) fn account() -> Option<Account> {
    static SAID: Once = Once::new();
    if !std::env::var("NGROK_LIVE").is_ok_and(|value| value == "1") {
        SAID.call_once(|| {
            // Past the test harness's capture.
            let _ = writeln!(
                std::io::stderr(),
                "\n*** SKIPPED: tests with ngrok's real service did not run: NGROK_LIVE=1 and NGROK_AUTHTOKEN make them\n"
            );
        });
        return None;
    }
    let token = std::env::var("NGROK_AUTHTOKEN").expect("NGROK_LIVE=1 needs NGROK_AUTHTOKEN");
    Some(Account {
        _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner),
        folder: tempfile::tempdir().unwrap(),
        token,
        upstream: Upstream::start().unwrap(),
    })
}

impl Account {
    /// A config that takes nothing from the machine but the agent's binary.
    pub(crate) fn config(&self, version: ConfigVersion) -> ConfigBuilder {
        Config::builder()
            .ngrok_path(binary())
            .config_path(self.file(&format!("version: \"{}\"\n", version.as_str())))
            .auth_token(self.token.clone())
            .config_version(version)
            .startup_timeout(Duration::from_secs(60))
            .request_timeout(Duration::from_secs(30))
    }

    pub(crate) fn ngrok(&self, version: ConfigVersion) -> Ngrok {
        Ngrok::new(self.config(version).build().unwrap())
    }

    /// A config file with this text, of this test's own.
    pub(crate) fn file(&self, text: &str) -> PathBuf {
        let path = self.folder.path().join("ngrok.yml");
        std::fs::write(&path, text).unwrap();
        path
    }
}

/// `NGROK_PATH`, else a place of our own, where the first test installs the newest agent.
fn binary() -> PathBuf {
    match std::env::var_os("NGROK_PATH") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/live/ngrok"),
    }
}

/// What the world gets from the URL, as soon as ngrok's edge knows it: the upstream's echo of the request.
#[track_caller]
pub(crate) fn echo(url: &str, path: &str) -> Value {
    let mut last = None;
    let answered = eventually(Duration::from_secs(30), || {
        let answer = api_request(format!("{url}{path}"))
            .timeout(Duration::from_secs(10))
            .send();
        last = Some(answer);
        matches!(last, Some(Ok(_)))
    });
    assert!(answered, "{last:?}");
    last.unwrap().unwrap()
}
