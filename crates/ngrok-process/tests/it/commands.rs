//! Commands that run to their end.

use std::time::{Duration, Instant};

use ngrok_process::{
    ErrorKind, Secret, api, capture_run_process, capture_run_process_within, run_process,
    set_api_key, set_auth_token, update, version,
};

use crate::fake::{Fake, eventually, exists};

#[test]
fn the_version_is_read_from_among_log_lines() {
    let fake = Fake::new(
        "echo 't=1 lvl=info msg=\"no configuration paths supplied\"'; echo 'ngrok version 3.39.9'",
    );
    assert_eq!(version(fake.path()).unwrap(), "3.39.9");
    let error = version(Fake::new("echo hello").path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedOutput, "{error}");
    assert!(error.output().contains("hello"));
}

#[test]
fn a_failed_command_tells_its_text_code_and_status() {
    let fake = Fake::new(
        "echo 'Check for update failed: no such host' ; echo 'ERROR:  ERR_NGROK_120' >&2; exit 1",
    );
    let error = update(fake.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Version);
    assert_eq!(error.error_code().unwrap().number(), Some(120));
    assert_eq!(error.exit_status().unwrap().code(), Some(1));
    assert!(
        error
            .to_string()
            .starts_with("ngrok update failed (exit status: 1): Check for update failed"),
        "{error}"
    );
    assert_eq!(
        capture_run_process(Fake::new("kill -9 $$").path(), ["x"])
            .unwrap_err()
            .kind(),
        ErrorKind::Killed
    );
    assert_eq!(
        capture_run_process("/no/such/ngrok", ["x"])
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
}

#[test]
fn both_streams_are_read_whole_even_if_one_is_full_first() {
    let fake = Fake::new(
        "head -c 300000 /dev/zero | tr '\\0' e >&2; head -c 300000 /dev/zero | tr '\\0' o; echo $1",
    );
    let output = capture_run_process(fake.path(), ["last"]).unwrap();
    assert_eq!(output.stderr.len(), 300_000);
    assert_eq!(output.stdout.len(), 300_000 + "last\n".len());
    assert!(output.stdout.ends_with("olast\n"));
}

#[test]
fn run_process_returns_the_status_whatever_it_is() {
    let fake = Fake::new("exit $1");
    assert!(run_process(fake.path(), ["0"]).unwrap().success());
    assert_eq!(run_process(fake.path(), ["7"]).unwrap().code(), Some(7));
    assert_eq!(
        run_process(fake.dir(), ["7"]).unwrap_err().kind(),
        ErrorKind::NotExecutable
    );
}

#[test]
fn a_saved_secret_is_judged_by_the_confirmation_and_never_shown() {
    let token = Secret::new("2abcTOKENtokenTOKEN_1234");
    let saved =
        Fake::new("echo \"$*\" > $DIR/args; echo \"Authtoken saved to configuration file: $5\"");
    let options = saved
        .options()
        .config_path("/a.yml")
        .config_path("/b c.yml")
        .build();
    set_auth_token(&options, &token).unwrap();
    assert_eq!(
        saved.written("args"),
        format!(
            "config add-authtoken {} --config /b c.yml\n",
            token.expose()
        )
    );
    let options = saved.options().build();
    set_api_key(&options, &token).unwrap();
    assert_eq!(
        saved.written("args"),
        format!("config add-api-key {}\n", token.expose())
    );

    for (script, kind) in [
        ("echo \"what is $3?\"", ErrorKind::UnexpectedOutput),
        (
            "echo \"ERROR:  Error reading configuration file, $3\" >&2; exit 1",
            ErrorKind::Config,
        ),
        ("echo \"bad $3\"; exit 1", ErrorKind::Exited),
    ] {
        let fake = Fake::new(script);
        let error = set_auth_token(&fake.options().build(), &token).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let shown = format!("{error} {error:?} {}", error.output());
        assert!(!shown.contains(token.expose()), "{shown}");
        assert!(shown.contains("***"), "{shown}");
    }
}

#[test]
fn api_gives_the_key_by_the_environment_and_splits_the_answer() {
    let fake = Fake::new(
        "echo \"$*\" > $DIR/args; echo '200 OK'; echo \"{\\\"key\\\": \\\"${#NGROK_API_KEY}\\\"}\"; echo 'WARN: old' >&2",
    );
    let options = fake
        .options()
        .config_path("/a.yml")
        .api_key("ak_secret")
        .build();
    let response = api(&options, ["endpoints", "list"]).unwrap();
    assert_eq!(response.status, "200 OK");
    assert_eq!(response.data["key"], "9");
    assert_eq!(fake.written("args"), "--config /a.yml api endpoints list\n");
    let help = Fake::new("echo 'usage: api [options]'");
    let response = api(&help.options().build(), ["--help"]).unwrap();
    assert_eq!(response.status, "usage: api [options]");
    assert!(response.data.is_null());
}

#[test]
fn a_command_that_hangs_is_ended_with_all_it_started() {
    let limit = Duration::from_millis(300);
    for script in [
        "echo $$ > $DIR/pid; sleep 100 & exec sleep 100",
        "echo $$ > $DIR/pid; exec >&- 2>&-; sleep 100",
    ] {
        let fake = Fake::new(script);
        let start = Instant::now();
        let error = capture_run_process_within(fake.path(), ["x"], limit).unwrap_err();
        assert!(error.is_timeout(), "{error}");
        let took = start.elapsed();
        assert!(took >= limit && took < Duration::from_secs(3), "{took:?}");
        if let Ok(pid) = std::fs::read_to_string(fake.dir().join("pid")) {
            eventually(|| !exists(pid.trim().parse().unwrap()));
        }
    }
}
