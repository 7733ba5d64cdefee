//! `cloud` for people and scripts: fields beside `--data`, parts of answers, tables, help, and the example scripts.

use std::path::Path;

use ngrok_testkit::LoopbackCloud;
use serde_json::{Value, json};

use crate::machine::{Ended, Machine, Running, end};

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
        let mut command = self.machine.bare(&["cloud"]);
        command
            .args(args)
            .env("NGROK_API_KEY", self.cloud.api_key())
            .env("NGROK_API_URL", self.cloud.url());
        command
    }

    fn run(&self, args: &[&str]) -> Ended {
        end(&mut self.command(args))
    }

    fn last_body(&self) -> Value {
        self.cloud.requests().pop().unwrap().body
    }
}

#[test]
fn fields_become_a_body_of_the_right_kinds() {
    let account = Account::open();
    let file = account.machine.path("meta.txt");
    std::fs::write(&file, "from a file").unwrap();
    let at = format!("metadata=@{}", file.display());
    account.run(&[
        "credentials",
        "create",
        "description=a=b",
        &at,
        "acl=bind:*.example.com",
        "acl=bind:x.example",
    ]);
    assert_eq!(
        account.last_body(),
        json!({"description": "a=b", "metadata": "from a file", "acl": ["bind:*.example.com", "bind:x.example"]})
    );
    account.run(&[
        "event-destinations",
        "create",
        "format=json",
        "target.kinesis.stream_arn=arn:s",
        "target.kinesis.auth.role.role_arn=arn:r",
        "verify_with_test_event=true",
    ]);
    let kinesis = json!({"stream_arn": "arn:s", "auth": {"role": {"role_arn": "arn:r"}}});
    assert_eq!(
        account.last_body(),
        json!({"format": "json", "target": {"kinesis": kinesis}, "verify_with_test_event": true})
    );
    // YAML, and fields that are put into it.
    let yaml = account.machine.path("body.yml");
    std::fs::write(
        &yaml,
        "description: from yaml\nmetadata: |\n  two\n  lines\n",
    )
    .unwrap();
    let at = format!("@{}", yaml.display());
    account.run(&["ip-policies", "create", "--data", &at, "description=other"]);
    assert_eq!(
        account.last_body(),
        json!({"description": "other", "metadata": "two\nlines\n"})
    );
    // An operation that needs no body takes an empty one.
    let session = account
        .cloud
        .seed("tunnel_sessions", json!({"region": "eu"}));
    account
        .run(&["tunnel_sessions", "stop", &session, "--data", "{}"])
        .ok();
    assert_eq!(account.last_body(), json!({}));
}

#[test]
fn what_does_not_fit_is_named_and_not_sent() {
    let account = Account::open();
    for (args, said) in [
        (
            &[
                "event_destinations",
                "create",
                "format=json",
                "target.kinesis.auth.role={}",
            ][..],
            "`role_arn`",
        ),
        (
            &[
                "event_destinations",
                "create",
                "--data",
                r#"{"format":"json","target":["x"]}"#,
            ],
            "expected an object, found an array",
        ),
        (
            &["ip_policies", "create", "--data", "[]"],
            "expected an object, found an array",
        ),
        (
            &["ip_policies", "create", "colour=x"],
            "there are `description`, `metadata`",
        ),
        (&["ip_policies", "create", "description"], "FIELD=VALUE"),
        (
            &[
                "ip_restrictions",
                "create",
                "type=api",
                "ip_policy_ids=x",
                "enforced=5550123",
            ],
            "true or false",
        ),
        (&["ip_policies", "update", "ipp_1"], "ERR_NGROK_1400"),
        (&["ip_policies", "list", "--before"], "--before"),
        (&["request", "FETCH", "/x"], "FETCH"),
        (&["request", "GET", "/x?y"], "/x?y"),
    ] {
        let ended = account.run(args);
        assert_eq!(ended.status, 2, "{args:?}: {ended:?}");
        assert!(ended.stderr.contains(said), "{args:?}: {}", ended.stderr);
        assert!(
            !ended.stderr.contains("5550123"),
            "a value is shown: {}",
            ended.stderr
        );
    }
    assert!(account.cloud.requests().is_empty());
}

#[test]
fn answers_are_printed_in_parts_and_columns() {
    let account = Account::open();
    for n in 0..3 {
        let description = format!("number {n}");
        account
            .run(&[
                "ip-policies",
                "create",
                &format!("description={description}"),
            ])
            .ok();
    }
    let listed = account
        .run(&["ip-policies", "list", "--query", "description"])
        .ok()
        .stdout;
    assert_eq!(listed, "number 2\nnumber 1\nnumber 0\n");
    let columns = account
        .run(&[
            "ip-policies",
            "list",
            "--columns",
            "description,metadata,id",
        ])
        .ok()
        .stdout;
    let first = columns.lines().next().unwrap();
    assert!(first.starts_with("number 2\t\tipp_"), "{columns}");
    let json = account
        .run(&["ip-policies", "list", "--columns", "description", "--json"])
        .ok();
    assert_eq!(json.objects()[0], json!({"description": "number 2"}));
    let id = account
        .run(&["ip-policies", "list", "--limit", "1", "--query", "/id"])
        .ok();
    let newest = id.stdout.trim().to_owned();
    assert!(id.stderr.contains("--all"), "{id:?}");
    let older = account.run(&[
        "ip-policies",
        "list",
        "--before",
        &newest,
        "--query",
        "description",
    ]);
    assert_eq!(older.ok().stdout, "number 1\nnumber 0\n");
    // A script is told too that there is more.
    let page = account
        .run(&["ip-policies", "list", "--limit", "1", "--json"])
        .ok();
    let note: Value = serde_json::from_str(page.stderr.trim()).unwrap();
    assert!(note["note"].as_str().unwrap().contains("--all"), "{note}");
    // Nothing is made up: what the service leaves out is not there.
    let object = page.object();
    assert!(object.get("metadata").is_none(), "{object}");
}

#[test]
fn any_path_can_be_called() {
    let account = Account::open();
    account
        .run(&["ip-policies", "create", "description=x"])
        .ok();
    let page = account.run(&[
        "request",
        "get",
        "/ip_policies",
        "--param",
        "limit=1",
        "--query",
        "ip_policies.0.description",
    ]);
    assert_eq!(page.ok().stdout, "x\n");
    let made = account.run(&[
        "request",
        "POST",
        "/ip_policies",
        "--data",
        "{\"description\": \"y\"}",
        "--json",
    ]);
    assert_eq!(made.ok().object()["description"], "y");
    let gone = account.run(&["request", "GET", "/no_such_thing"]);
    assert!(
        gone.status == 1 && gone.stderr.contains("no such path"),
        "{gone:?}"
    );
}

#[test]
fn services_are_listed_by_group_and_help_shows_fields() {
    let machine = Machine::new();
    let run = |args: &[&str]| end(&mut machine.bare(args)).ok().stdout;
    let all = run(&["cloud"]);
    let (core, legacy) = (
        all.find("\ncore\n")
            .or(all.starts_with("core\n").then_some(0)),
        all.find("\nlegacy\n"),
    );
    assert!(
        core < legacy && all.contains("  reserved_domains "),
        "{all}"
    );
    let help = run(&["cloud", "reserved-domains", "create", "--help"]);
    for part in [
        "POST /reserved_domains",
        "domain <text, required>",
        "certificate_management_policy.private_key_type <rsa|ecdsa>",
        "cloud reserved-domains create domain=app.example.com",
    ] {
        assert!(help.contains(part), "{part} is not in\n{help}");
    }
    let help = run(&["cloud", "endpoints", "list", "--help"]);
    for part in ["obj.pooling_enabled", "--watch", "--columns", "--before"] {
        assert!(help.contains(part), "{part} is not in\n{help}");
    }
    let script = run(&["completions", "bash"]);
    for word in ["reserved_domains", "delete_certificate", "--columns"] {
        assert!(script.contains(word), "{word} is not completed");
    }
    let alias = run(&["cloud", "personal-access-tokens"]);
    assert!(alias.contains("revoke"), "{alias}");
}

#[test]
fn sessions_are_watched() {
    let account = Account::open();
    let first = account
        .cloud
        .seed("tunnel_sessions", json!({"region": "eu"}));
    let mut command = account.command(&[
        "tunnel_sessions",
        "list",
        "--watch",
        "--interval",
        "1",
        "--json",
    ]);
    let mut watching = Running::start(&mut command);
    let event = watching.object();
    assert_eq!(
        (&event["event"], &event["item"]["id"]),
        (&json!("there"), &json!(first))
    );
    let second = account
        .cloud
        .seed("tunnel_sessions", json!({"region": "us"}));
    let event = watching.object();
    assert_eq!(
        (&event["event"], &event["item"]["id"]),
        (&json!("there"), &json!(second))
    );
}

#[cfg(unix)]
#[test]
fn the_example_scripts_can_be_run_again() {
    let script = |account: &Account, name: &str| {
        let program = Path::new(env!("CARGO_BIN_EXE_ngrok-rs")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let mut command = std::process::Command::new("sh");
        command
            .arg(format!(
                "{}/examples/cloud/{name}.sh",
                env!("CARGO_MANIFEST_DIR")
            ))
            .env_clear()
            .env("PATH", path)
            .env("HOME", account.machine.home.path())
            .env("NGROK_API_KEY", account.cloud.api_key())
            .env("NGROK_API_URL", account.cloud.url());
        command
    };
    let count = |account: &Account, service: &str| {
        account
            .run(&[service, "list", "--all", "--json"])
            .ok()
            .objects()
            .len()
    };
    let account = Account::open();
    let policy = account.machine.path("policy.json");
    std::fs::write(
        &policy,
        r#"{"on_http_request": [{"actions": [{"type": "deny"}]}]}"#,
    )
    .unwrap();
    for _ in 0..2 {
        let ended = end(script(&account, "ensure-endpoint")
            .arg("hello.ngrok.app")
            .arg(&policy))
        .ok();
        assert_eq!(ended.stdout, "https://hello.ngrok.app\n");
    }
    assert_eq!(
        (
            count(&account, "reserved-domains"),
            count(&account, "endpoints")
        ),
        (1, 1)
    );

    let before = count(&account, "credentials");
    let first = end(script(&account, "rotate-credential").arg("ci"))
        .ok()
        .stdout;
    let second = end(script(&account, "rotate-credential").arg("ci"))
        .ok()
        .stdout;
    assert!(first.lines().count() == 1 && first != second);
    assert_eq!(count(&account, "credentials"), before + 1);

    let made = account
        .run(&[
            "ip-policies",
            "create",
            "description=office",
            "--query",
            "id",
        ])
        .ok()
        .stdout;
    for cidr in ["24.0.0.0/8", "12.0.0.0/8"] {
        let (policy, cidr) = (
            format!("ip_policy_id={}", made.trim()),
            format!("cidr={cidr}"),
        );
        account
            .run(&["ip-policy-rules", "create", &policy, &cidr, "action=allow"])
            .ok();
    }
    let other = Account::open();
    for copied in [2, 0] {
        let ended = end(script(&account, "copy-ip-policies")
            .env("FROM", account.cloud.api_key())
            .env("FROM_URL", account.cloud.url())
            .env("TO", other.cloud.api_key())
            .env("TO_URL", other.cloud.url()))
        .ok();
        assert_eq!(ended.stdout.lines().count(), copied, "{ended:?}");
    }
    assert_eq!(
        (
            count(&other, "ip-policies"),
            count(&other, "ip-policy-rules")
        ),
        (1, 2)
    );
}
