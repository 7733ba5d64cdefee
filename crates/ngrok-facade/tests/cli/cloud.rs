//! `cloud`, against the loopback cloud.

use ngrok_testkit::{CloudFault, LoopbackCloud};
use serde_json::{Value, json};

use crate::machine::{Ended, Machine, end, end_with_stdin};

/// A machine whose variables point at a cloud.
struct Account {
    machine: Machine,
    cloud: LoopbackCloud,
}

impl Account {
    fn open() -> Self {
        Self {
            machine: Machine::new(),
            cloud: LoopbackCloud::start().unwrap(),
        }
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = self.machine.bare(&["cloud", "--json"]);
        command
            .args(args)
            .env("NGROK_API_KEY", self.cloud.api_key())
            .env("NGROK_API_URL", self.cloud.url());
        command
    }

    fn run(&self, args: &[&str]) -> Ended {
        end(&mut self.command(args))
    }

    /// The bodies that were sent, null for none.
    fn bodies(&self) -> Vec<Value> {
        self.cloud.requests().into_iter().map(|r| r.body).collect()
    }
}

#[test]
fn a_policy_is_made_read_changed_listed_and_deleted() {
    let account = Account::open();
    let data = r#"{"description": "office"}"#;
    let made = account
        .run(&["ip_policies", "create", "--data", data])
        .ok()
        .object();
    let id = made["id"].as_str().unwrap();
    assert_eq!(account.run(&["ip_policies", "get", id]).ok().object(), made);
    let changed = account.run(&[
        "ip_policies",
        "update",
        id,
        "--data",
        r#"{"description": null, "metadata": "m"}"#,
    ]);
    let changed = changed.ok().object();
    assert_eq!(
        (&changed["description"], &changed["metadata"]),
        (&json!("office"), &json!("m"))
    );
    assert_eq!(
        account.bodies(),
        [
            json!({"description": "office"}),
            Value::Null,
            json!({"description": null, "metadata": "m"})
        ]
    );
    // A null is sent even where the definitions do not say what it means; here it is the cloud that refuses it.
    let data = r#"{"ip_policy_ids": null}"#;
    account.run(&["ip_restrictions", "update", "ipx_1", "--data", data]);
    assert_eq!(account.bodies().pop(), Some(json!({"ip_policy_ids": null})));
    let listed = account.run(&["ip_policies", "list"]).ok().objects();
    assert_eq!(listed.len(), 1);
    let deleted = account.run(&["ip_policies", "delete", id]).ok();
    assert_eq!(deleted.stdout, "");
}

#[test]
fn data_comes_from_a_file_or_stdin() {
    let account = Account::open();
    let file = account.machine.path("body.json");
    std::fs::write(&file, "\u{feff}{\"name\": \"from-a-file\"}").unwrap();
    let at = format!("@{}", file.display());
    let made = account
        .run(&["vaults", "create", "--data", &at])
        .ok()
        .object();
    assert_eq!(made["name"], "from-a-file");
    let mut command = account.command(&["vaults", "create", "--data", "-"]);
    let made = end_with_stdin(&mut command, r#"{"name": "from-stdin"}"#)
        .ok()
        .object();
    assert_eq!(made["name"], "from-stdin");
}

#[test]
fn a_list_prints_its_first_page_unless_all_is_asked_for() {
    let account = Account::open();
    for n in 0..250 {
        account
            .cloud
            .seed("tunnel_sessions", json!({"region": format!("r{n}")}));
    }
    let lines = |args: &[&str]| account.run(args).ok().objects().len();
    assert_eq!(lines(&["tunnel_sessions", "list"]), 100);
    assert_eq!(lines(&["tunnel_sessions", "list", "--limit", "7"]), 7);
    assert_eq!(lines(&["tunnel_sessions", "list", "--all"]), 250);
    let account = Account::open();
    for name in ["one", "two"] {
        account.cloud.seed("vaults", json!({"name": name}));
    }
    let found = account
        .run(&["vaults", "list", "--filter", r#"obj.name == "two""#])
        .ok();
    assert_eq!(found.object()["name"], "two");
}

#[test]
fn a_new_token_is_on_stdout_and_nowhere_else() {
    let account = Account::open();
    let made = account.run(&["api_keys", "create"]).ok();
    let token = made.object()["token"].as_str().unwrap().to_owned();
    assert_eq!(token.len(), 27 + 1 + 21);
    assert!(!made.stderr.contains(&token) && !made.stderr.contains(&account.cloud.api_key()));
    let id = made.object()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        account.run(&["api_keys", "get", &id]).ok().object()["token"],
        Value::Null
    );
}

#[test]
fn errors_are_one_object_with_what_the_cloud_said() {
    let account = Account::open();
    let ended = account.run(&["ip_policies", "get", "ipp_gone"]);
    let error = ended.error();
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert_eq!(error["status"], 404);
    assert_eq!(error["message"], "Resource not found");
    assert!(
        error["operation_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("op_"))
    );
    let mut command = account.command(&["ip_policies", "list"]);
    let ended = end(command.env("NGROK_API_KEY", "planted-key"));
    assert_eq!(ended.error()["error_code"], "ERR_NGROK_202");
    assert!(!ended.stderr.contains("planted-key"), "{ended:?}");
    account.cloud.fail(1, CloudFault::status(503));
    let ended = account.run(&["ip_policies", "create"]);
    assert_eq!((ended.status, &ended.error()["status"]), (1, &json!(503)));
}

#[test]
fn what_cannot_be_sent_is_wrong_use_and_is_not_sent() {
    let account = Account::open();
    for (args, said) in [
        (&["ip_policie", "list"][..], "ip_policies"),
        (&["ip_policies", "crate"], "create"),
        (&["ip_policies", "get"], "<ID>"),
        (&["ip_policies", "get", "a", "b"], "'b'"),
        (&["ip_policies", "get", ".."], "\"..\""),
        (&["ip_policies", "get", "."], "\".\""),
        (&["ip_policies", "get", ""], "\"\""),
        (&["ip_policies", "get", "x", "--limit", "5"], "--limit"),
        (&["ip_policies", "get", "x", "--all"], "--all"),
        (&["ip_policies", "list", "--raw", "--all"], "--raw"),
        (&["ip_policies", "get", "x", "--data", "{}"], "--data"),
        (&["ip_policies", "list", "--limit", "101"], "101"),
        (&["ip_policies", "create", "--data", "{oops"], "column 2"),
        (
            &["ip_policies", "create", "--data", r#"{"nope": 1}"#],
            "nope",
        ),
        (
            &[
                "ip_policies",
                "create",
                "--data",
                r#"{"description": null}"#,
            ],
            "description",
        ),
        (
            &[
                "ip_policy_rules",
                "create",
                "--data",
                r#"{"cidr": "10.0.0.0/8"}"#,
            ],
            "lacks `ip_policy_id` and `action`",
        ),
        (
            &["secrets", "create", "--data", r#"{"value": 5550123}"#],
            "`value`",
        ),
    ] {
        let ended = account.run(args);
        assert_eq!(ended.status, 2, "{args:?}: {ended:?}");
        let error = ended.error()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(said), "{args:?}: {error}");
        assert!(!error.contains("5550123"), "a secret: {error}");
    }
    assert!(account.cloud.requests().is_empty());
}

#[test]
fn raw_sends_what_the_types_do_not_know() {
    let account = Account::open();
    let ended = account.run(&[
        "ip_policies",
        "create",
        "--raw",
        "--data",
        r#"{"brand_new": 1}"#,
    ]);
    assert_eq!((ended.status, &ended.error()["status"]), (1, &json!(400)));
    assert_eq!(account.bodies(), [json!({"brand_new": 1})]);
    let made = account.run(&["ip_policies", "create", "--raw"]).ok();
    let id = made.object()["id"].as_str().unwrap().to_owned();
    account.run(&["ip_policies", "delete", &id, "--raw"]).ok();
    let page = account.run(&["ip_policies", "list", "--raw"]).ok().object();
    assert_eq!(page["ip_policies"], json!([]));
}

#[test]
fn an_id_stays_one_segment() {
    let account = Account::open();
    account.run(&["ip_policies", "get", "../api_keys/x?y#z"]);
    assert_eq!(
        account.cloud.requests()[0].path,
        "/ip_policies/..%2Fapi_keys%2Fx%3Fy%23z"
    );
}

#[test]
fn the_list_names_all_260_and_needs_no_key() {
    let machine = Machine::new();
    let listed = end(&mut machine.bare(&["cloud", "--list", "--json"]))
        .ok()
        .objects();
    assert_eq!(listed.len(), 260);
    assert!(listed.iter().all(|operation| {
        operation["about"]
            .as_str()
            .is_some_and(|about| about.len() > 10)
    }));
    let one = end(&mut machine.bare(&["cloud", "ip_policies", "--list"]))
        .ok()
        .stdout;
    assert!(
        one.starts_with("ip_policies  IP policies") && one.contains("\n  create "),
        "{one}"
    );
    let ended = end(&mut machine.bare(&["cloud", "ip_policies", "list"]));
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("NGROK_API_KEY"), "{ended:?}");
}

#[test]
fn the_key_may_stand_in_the_config_file() {
    let account = Account::open();
    account.machine.write_config(&format!(
        "version: 3\nagent:\n  api_key: {}\n",
        account.cloud.api_key()
    ));
    let mut command = account.command(&["ip_policies", "list"]);
    end(command.env_remove("NGROK_API_KEY")).ok();
}
