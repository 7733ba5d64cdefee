//! What must not be seen, wherever it comes from.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ngrok_process::{Agent, AgentOptions, ErrorKind};

use crate::fake::{Api, Fake, eventually};
use crate::program;

/// The program: has the authtoken in its own environment only.
#[test]
fn program() {
    let Some((_, folder)) = program::order() else {
        return;
    };
    let agent = Agent::start(AgentOptions::builder(folder.join("ngrok")).build()).unwrap();
    eventually(|| agent.logs().len() == 4);
    fs::write(folder.join("shown"), format!("{:?}\n", agent.logs())).unwrap();
}

#[test]
fn a_token_that_the_agent_inherits_is_masked_too() {
    let api = Api::serve();
    let fake = Fake::ready(
        &api,
        "echo \"the token is $NGROK_AUTHTOKEN\"; exec sleep 100",
    );
    let mut child = program::command("secrets::program", "run", fake.dir())
        .env("NGROK_AUTHTOKEN", "2inherited_TOKEN_1234")
        .spawn()
        .unwrap();
    assert!(child.wait().unwrap().success());
    let shown = fake.written("shown");
    assert!(shown.contains("the token is ***"), "{shown}");
}

#[test]
fn the_command_line_holds_no_secret() {
    let api = Api::serve();
    let fake = Fake::ready(&api, "while :; do sleep 1; done");
    let options = fake
        .options()
        .authtoken("2planted_TOKEN_1")
        .api_key("2planted_KEY_2")
        .redact("2planted_FILE_3");
    let agent = Agent::start(options.build()).unwrap();
    let argv = fs::read_to_string(format!("/proc/{}/cmdline", agent.pid().unwrap())).unwrap();
    assert!(argv.contains("--none"), "{argv}");
    let shown = format!("{argv} {agent:?} {:?}", agent.options());
    assert!(!shown.contains("2planted"), "{shown}");
}

#[test]
fn a_token_that_is_a_word_changes_nothing_that_the_program_understands() {
    let api = Api::serve();
    for token in [
        "tunnel",
        "session",
        "NGROK",
        "service",
        "established",
        "web_service",
    ] {
        let fake = Fake::ready(
            &api,
            "until [ -e $DIR/go ]; do sleep 0.02; done; echo 'ERROR:  ERR_NGROK_107'; exit 1",
        );
        let agent = Agent::start(fake.options().redact(token).build()).unwrap();
        fs::write(fake.dir().join("go"), "").unwrap();
        let error = agent
            .wait_for(|_| false, Duration::from_secs(20))
            .unwrap_err();
        assert_eq!(error.error_code().unwrap().number(), Some(107), "{token}");
        let addr = agent.api_url().unwrap();
        assert!(addr.ends_with(&api.addr), "{token}: {addr}");
        let messages = agent
            .logs()
            .iter()
            .filter(|line| line.msg().is_some())
            .count();
        assert_eq!(messages, 3, "{token}");
    }
}

#[test]
fn what_an_agent_repeats_of_its_secrets_is_masked_everywhere() {
    let secret = "s3cr3t";
    for said in [
        "ERROR:  Your authentication: s3cr3t\nERROR:  ERR_NGROK_203",
        "ERROR:  Authorization Header: s3cr3t\nERROR:  ERR_NGROK_201",
        "ERROR:  Invalid configuration property value for '\\''http_proxy_env'\\'', '\\''user:s3cr3t@proxy:3128'\\'': URL scheme must be",
        "lvl=crit msg=\"command failed\" err=\"proxyconnect http://user:s3cr3t@proxy:3128: EOF\"",
        "dial with user:s3cr3t@proxy and password s3cr3t",
        "lvl=eror msg=x authtoken=s3cr3t err=y",
    ] {
        let fake = Fake::new(&format!("printf '{said}\\n'; exit 1"));
        let events = Arc::new(Mutex::new(String::new()));
        let seen = events.clone();
        let options = fake
            .options()
            .env("https_proxy", "http://user:s3cr3t@proxy:3128")
            .event_callback(move |event| *seen.lock().unwrap() += &format!("{event:?}"))
            .build();
        let error = Agent::start(options.clone()).unwrap_err();
        let command = ngrok_process::api(&options, ["x"]).unwrap_err();
        let fields: Vec<_> = error
            .logs()
            .iter()
            .flat_map(|line| line.fields().map(|(_, value)| value.to_owned()))
            .collect();
        let shown = format!(
            "{error} {error:?} {:?} {:?} {fields:?} {} {command} {command:?} {} {options:?} {}",
            error.agent_error(),
            error.logs(),
            error.output(),
            command.output(),
            events.lock().unwrap(),
        );
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn what_cannot_be_an_authtoken_is_refused_before_anything_starts() {
    let fake = Fake::new("echo started > $DIR/started; exit 1");
    for (token, words) in [
        ("4040", "port"),
        ("<token>", "placeholder"),
        ("Bearer abc", "Authorization"),
        ("\"2abc_DEF\"", "quotes"),
        ("2the_KEY", "API key"),
    ] {
        let options = fake.options().authtoken(token).api_key("2the_KEY").build();
        for error in [
            Agent::start(options.clone()).unwrap_err(),
            options.check().unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Auth, "{error}");
            assert!(
                error.to_string().contains(words) && error.is_final(),
                "{error}"
            );
        }
        let by_env = fake.options().env("NGROK_AUTHTOKEN", token).build();
        assert_eq!(by_env.check().is_err(), token != "2the_KEY");
    }
    assert!(!fake.dir().join("started").exists());
}

#[test]
fn white_space_around_a_token_is_not_passed_on() {
    let fake = Fake::new("echo \"[$NGROK_AUTHTOKEN]\"; exit 1");
    let options = fake.options().authtoken(" 2abc_DEF\r\n");
    let error = Agent::start(options.redact("xxxxx").build()).unwrap_err();
    assert!(error.output().contains("[***]"), "{}", error.output());
}
