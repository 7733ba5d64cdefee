//! Commands that print and end.

use serde_json::json;

use crate::started::{agent, config, output, run};

#[test]
fn config_commands_write_the_file_that_they_name() {
    let home = tempfile::tempdir().unwrap();
    let default = home.path().join(".config/ngrok/ngrok.yml");
    let default_name = default.display().to_string();
    let (code, stdout, _) = run(home.path(), "config add-authtoken TOKEN1 --log stdout");
    assert_eq!(code, 0);
    if cfg!(target_os = "linux") {
        assert_eq!(
            stdout,
            format!("Authtoken saved to configuration file: {default_name}\n")
        );
        assert_eq!(
            std::fs::read_to_string(&default).unwrap(),
            "version: '3'\nagent:\n  authtoken: TOKEN1\n"
        );
        assert_eq!(
            run(home.path(), "config check").1,
            format!("Valid configuration file at {default_name}\n")
        );
    }
    let two = config(
        home.path(),
        "two.yml",
        "# gone\nversion: 2\nweb_addr: 127.0.0.1:0\ntunnels:\n  web: {proto: http, addr: 80}\n",
    );
    let (_, stdout, _) = run(
        home.path(),
        &format!("config add-api-key KEY --config {two}"),
    );
    assert_eq!(
        stdout,
        format!("API key saved to configuration file: {two}\n")
    );
    let (_, dry, _) = run(
        home.path(),
        &format!("config upgrade --dry-run --config {two}"),
    );
    assert!(
        std::fs::read_to_string(&two)
            .unwrap()
            .starts_with("version: 2\n")
    );
    run(home.path(), &format!("config upgrade --config {two}"));
    let upgraded = std::fs::read_to_string(&two).unwrap();
    assert_eq!(upgraded, dry);
    assert!(
        upgraded.contains("agent:\n  web_addr: 127.0.0.1:0\n  api_key: KEY\n"),
        "{upgraded}"
    );
    assert!(upgraded.contains("tunnels:\n  web:"));
    let (code, _, stderr) = run(home.path(), "config add-authtoken");
    assert_eq!(
        (code, stderr.as_str()),
        (
            1,
            "ERROR:  You must pass a single argument, the authtoken to save to configuration file.\n"
        )
    );
    for (text, part) in [
        ("version: 2\nnope: [\n", "YAML parsing error"),
        ("version: 2\nnope: 1\n", "field nope not found"),
        (
            "version: 2\ntunnels: {w: {proto: http}}\n",
            "Tunnel 'w' must specify 'addr'",
        ),
    ] {
        let bad = config(home.path(), "bad.yml", text);
        let (code, _, stderr) = run(home.path(), &format!("config check --config {bad}"));
        assert!(code == 1 && stderr.contains(part), "{stderr}");
    }
}

#[test]
fn short_commands_print_and_end() {
    let home = tempfile::tempdir().unwrap();
    for args in ["version", "--version", "-v"] {
        assert_eq!(
            run(home.path(), args),
            (0, "ngrok version 3.39.1\n".into(), String::new())
        );
    }
    let older = output(agent(home.path(), "version").env("LOOPBACK_AGENT_VERSION", "3.20.0"));
    assert_eq!(older.1, "ngrok version 3.20.0\n");
    assert!(run(home.path(), "update").1.contains("latest version"));
    assert_eq!(run(home.path(), "diagnose").0, 0);
    assert_eq!(run(home.path(), "").0, 0);
    assert_eq!(
        run(home.path(), "nope"),
        (
            1,
            String::new(),
            "ERROR:  Unrecognized command: nope\n".into()
        )
    );
    let (code, _, stderr) = run(home.path(), "api endpoints list");
    assert!(code == 1 && stderr.contains("API key"));
    let (code, stdout, _) = run(
        home.path(),
        "api reserved-domains list --limit 5 --api-key K",
    );
    assert_eq!(code, 0);
    let (status, body) = stdout.split_once('\n').unwrap();
    assert_eq!(status, "200 OK");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["reserved_domains"], json!([]));
    let (code, _, stderr) =
        output(agent(home.path(), "api endpoints list").env("NGROK_API_KEY", "refused-k"));
    assert!(code == 1 && stderr.contains("ERR_NGROK_206"));
}
