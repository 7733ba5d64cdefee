//! On every system: where the binary may be, what cannot be run, and which options share an agent.

use std::fs;
use std::path::{Path, PathBuf};

use ngrok_process::{Agent, AgentOptions, ErrorKind, Registry, capture_run_process, version};
use ngrok_testkit::agent_bin;

use crate::standin::{self, StandIn};

/// The stand-in under another path.
fn copied(to: PathBuf) -> PathBuf {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(agent_bin(), &to).unwrap();
    to
}

fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

#[test]
fn spaces_and_letters_of_any_language_may_be_in_paths_arguments_and_variables() {
    let stand_in = StandIn::new();
    let folder = stand_in.folder().join("Zoë's agent 試 & more");
    let binary = copied(folder.join(executable("ngrök 3")));
    assert_eq!(version(&binary).unwrap().split('.').count(), 3);
    fs::copy(
        stand_in.folder().join("ngrok.yml"),
        folder.join("ngrok.yml"),
    )
    .unwrap();
    let options = standin::options(&binary, &folder)
        .env("MOTTO", "größer \"als\" 試")
        .current_dir(&folder);
    let agent = Agent::start(options.build()).unwrap();
    assert!(agent.healthy() && stand_in.answers());
    let opened = |line: &ngrok_process::LogLine| {
        line.get("path")
            .is_some_and(|path| Path::new(path).starts_with(&folder))
    };
    assert!(agent.logs().iter().any(opened), "{:?}", agent.logs());
    drop(agent);
    stand_in.goes("dropped");
}

#[test]
fn each_way_of_not_being_a_program_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join(executable("text"));
    fs::write(&text, "not a program").unwrap();
    // Windows takes every file for one that may be run.
    let no_program = if cfg!(windows) {
        ErrorKind::WrongArchitecture
    } else {
        ErrorKind::NotExecutable
    };
    for (path, kind) in [
        (folder.path().join("missing"), ErrorKind::NotFound),
        (text.join("below"), ErrorKind::NotFound),
        (folder.path().to_owned(), ErrorKind::NotExecutable),
        (text, no_program),
    ] {
        let error = Agent::start(AgentOptions::builder(&path).build()).unwrap_err();
        assert_eq!(error.kind(), kind, "{}: {error}", path.display());
        assert_eq!(error.path(), Some(&*path));
        let error = capture_run_process(&path, ["version"]).unwrap_err();
        assert_eq!(error.kind(), kind, "{}: {error}", path.display());
    }
}

#[test]
fn a_working_directory_that_is_missing_is_named() {
    let stand_in = StandIn::new();
    let gone = stand_in.folder().join("gone");
    let options = stand_in.options().current_dir(&gone);
    let error = Agent::start(options.build()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(error.to_string().contains("gone"), "{error}");
}

#[test]
fn a_file_shares_an_agent_under_all_its_names_and_other_options_do_not() {
    let (one, two) = (StandIn::new(), StandIn::new());
    let registry = Registry::new();
    let first = registry.get_or_start(one.options().build()).unwrap();
    let again = registry.get_or_start(one.options().max_logs(5).build());
    assert_eq!(first.pid(), again.unwrap().pid());
    let other = registry.get_or_start(two.options().build()).unwrap();
    assert_ne!(first.pid(), other.pid());
    let agent = agent_bin();
    let detour = agent
        .parent()
        .unwrap()
        .join(".")
        .join(agent.file_name().unwrap());
    assert!(registry.is_running(&detour));
    let error = registry.start(one.options().build()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyRunning, "{error}");
    registry.kill(&detour);
    assert!(!registry.is_running(&agent));
    one.goes("killed by its path");
    two.goes("killed by its path");
}
