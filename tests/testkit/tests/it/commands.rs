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
    assert!(code == 1 && stderr.contains("API key") && stderr.contains("ERR_NGROK_200"));
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
    assert!(code == 1 && stderr.contains("ERR_NGROK_203"));
    let created = run(
        home.path(),
        "api reserved-domains create --domain a.test --api-key K",
    );
    let (status, body) = created.1.split_once('\n').unwrap();
    assert_eq!(status, "201 Created");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["domain"], "a.test");
    assert!(body["id"].as_str().unwrap().starts_with("rd_"));
    assert!(
        run(home.path(), "completion")
            .1
            .contains("complete -F _ngrok ngrok")
    );
    assert!(run(home.path(), "credits").1.contains("MIT"));
    for (args, part) in [
        ("service", "You must specify a single argument"),
        ("service install", "config flag"),
        ("service start", "does not start a service"),
    ] {
        let (code, _, stderr) = run(home.path(), args);
        assert!(code == 1 && stderr.contains(part), "{stderr}");
    }
}

#[test]
fn an_upgrade_renames_keeps_the_original_and_never_goes_back() {
    let home = tempfile::tempdir().unwrap();
    let text = "# kept in the backup\nhttp_proxy: http://proxy:3128\nserver_addr: a.test:443\ntunnels:\n  web: {proto: http, addr: 80, auth: 'user:password', bind_tls: both}\n  plain: {proto: http, addr: 81, bind_tls: false}\n";
    let path = config(home.path(), "old.yml", text);
    let at = |args: &str| {
        run(
            home.path(),
            &format!("config upgrade {args} --config {path}"),
        )
    };
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    let (code, dry, _) = at("--dry-run");
    assert_eq!((code, read(&path).as_str()), (0, text));
    let (_, stdout, _) = at("2");
    let two = read(&path);
    assert!(stdout.starts_with(&two), "{stdout}");
    assert_eq!(
        serde_json::to_value(serde_yaml::from_str::<serde_yaml::Value>(&two).unwrap()).unwrap(),
        json!({
            "version": "2",
            "proxy_url": "http://proxy:3128",
            "server_addr": "a.test:443",
            "tunnels": {
                "web": {"proto": "http", "addr": 80, "basic_auth": ["user:password"], "schemes": ["http", "https"]},
                "plain": {"proto": "http", "addr": 81, "schemes": ["http"]},
            },
        })
    );
    assert_eq!(read(&format!("{path}.bak")), text);
    at("");
    assert_eq!(read(&path), dry);
    assert!(
        dry.contains("agent:\n  connect_url: a.test:443\n  proxy_url: http://proxy:3128\n"),
        "{dry}"
    );
    assert_eq!(read(&format!("{path}.bak.1")), two);
    assert!(at("").1.contains("already at version 3"));
    for (args, part) in [("2", "cannot downgrade"), ("9", "unknown version '9'")] {
        let (code, _, stderr) = at(args);
        assert!(code == 1 && stderr.contains(part), "{stderr}");
    }
    assert_eq!(
        run(home.path(), &format!("config check --config {path}")).0,
        0
    );
    // A region that was the default, and a file that moves.
    let path = config(home.path(), "region.yml", "authtoken: T\n");
    let (code, _, _) = run(
        home.path(),
        &format!("config upgrade 2 --relocate --config {path}"),
    );
    assert!(code == 0 && !std::path::Path::new(&path).exists());
    if cfg!(target_os = "linux") {
        let moved = read(
            &home
                .path()
                .join(".config/ngrok/ngrok.yml")
                .display()
                .to_string(),
        );
        assert!(
            moved.contains("region: us") && moved.contains("authtoken: T"),
            "{moved}"
        );
    }
}

#[test]
fn the_address_of_the_service_has_a_name_in_each_version() {
    let home = tempfile::tempdir().unwrap();
    for (text, command, saved) in [
        ("version: 2\n", "add-server-addr", "server_addr: a.test:443"),
        ("version: 2\n", "add-connect-url", "server_addr: a.test:443"),
        ("version: 3\n", "add-server-addr", "connect_url: a.test:443"),
        ("", "add-connect-url", "connect_url: a.test:443"),
    ] {
        let path = config(home.path(), "ngrok.yml", text);
        let (code, stdout, stderr) = run(
            home.path(),
            &format!("config {command} a.test:443 --config {path}"),
        );
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert!(stdout.starts_with("Connect URL saved"), "{stdout}");
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written.contains(saved), "{written}");
        assert_eq!(
            run(home.path(), &format!("config check --config {path}")).0,
            0
        );
    }
}
