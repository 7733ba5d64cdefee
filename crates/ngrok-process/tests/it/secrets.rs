//! What must not be seen, wherever it comes from.

use std::fs;

use ngrok_process::{Agent, AgentOptions};

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
