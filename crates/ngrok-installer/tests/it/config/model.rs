//! What a file says: version, settings, definitions.

use ngrok_installer::config::{
    AgentConfig, ConfigVersion, WebAddr, get_default_config, get_ngrok_config, parse_yaml,
    validate_config,
};
use ngrok_installer::{Error, ErrorKind, Secret};
use serde_json::json;

use super::{Home, PLANTED};

fn read(text: &str) -> AgentConfig {
    text.parse().unwrap()
}

#[test]
fn the_version_is_a_number_or_a_string() {
    let cases = [
        ("", None),
        ("version:\n", None),
        ("version: 1\n", None),
        ("version: 2\n", Some(ConfigVersion::V2)),
        ("version: \"2\"\n", Some(ConfigVersion::V2)),
        ("version: '3'\n", Some(ConfigVersion::V3)),
        ("version: 3\n", Some(ConfigVersion::V3)),
    ];
    for (text, version) in cases {
        assert_eq!(read(text).version(), version, "{text:?}");
    }
    for text in [
        "# a\nversion: 4\n",
        "# a\nversion: [2]\n",
        "# a\nversion: two\n",
    ] {
        let error: Error = text.parse::<AgentConfig>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
        assert_eq!(
            (error.line(), error.column()),
            (Some(2), Some(1)),
            "{error}"
        );
    }
    assert_eq!("v3".parse::<ConfigVersion>().unwrap(), ConfigVersion::V3);
    assert_eq!(ConfigVersion::V2.to_string(), "2");
    assert!("4".parse::<ConfigVersion>().is_err());
}

#[test]
fn settings_stand_at_the_top_in_version_2_and_under_agent_in_version_3() {
    let v2 = read(
        "version: 2\nauthtoken: t\napi_key: k\nserver_addr: a:1\nroot_cas: /ca.pem\nweb_addr: false\nlog: false\n\
         update_check: yes\ninspect_db_size: 5\nweb_allow_hosts: [a, 1]\nconsole_ui: iftty\ncolour: red\ntunnels: {}\n",
    )
    .settings();
    assert_eq!(v2.authtoken, Some(Secret::from("t")));
    assert_eq!(v2.api_key, Some(Secret::from("k")));
    assert_eq!(v2.connect_url.as_deref(), Some("a:1"));
    assert_eq!(v2.connect_cas.as_deref(), Some("/ca.pem"));
    assert_eq!(v2.web_addr, Some(WebAddr::Disabled));
    assert_eq!(v2.log.as_deref(), Some("false"));
    assert_eq!(v2.update_check, Some(true));
    assert_eq!(v2.inspect_db_size, Some(5));
    assert_eq!(v2.web_allow_hosts, Some(vec!["a".into(), "1".into()]));
    assert_eq!(json!(*v2.extra), json!({"colour": "red"}));

    let v3 = read("version: 3\nauthtoken: top\nagent:\n  authtoken: 12345\n  web_addr: 4041\n  region: [eu]\n").settings();
    assert_eq!(v3.authtoken, Some(Secret::from("12345")));
    assert_eq!(v3.web_addr, Some(WebAddr::Address("4041".into())));
    assert_eq!(v3.region, None);
    assert_eq!(json!(*v3.extra), json!({"region": ["eu"]}));
    assert_eq!(read("version: 3\nauthtoken: top\n").authtoken(), None);
    assert_eq!(read("version: 3\nagent:\n").authtoken(), None);
    assert_eq!(read("authtoken: ''\n").authtoken(), None);
}

#[test]
fn definitions_come_in_the_order_of_the_file_with_everything_in_them() {
    let text = "version: 3\ntunnels:\n  zeta: {proto: http, addr: 80, odd: [1, {a: ~}]}\n  both: {addr: 1}\n  alpha: {proto: tcp, addr: 22}\n\
                endpoints:\n  - name: one\n    upstream: {url: 80}\n  - upstream: {url: 81}\n  - name: both\n    url: a\n  - name: both\n    url: b\n";
    let config = read(text);
    assert_eq!(config.tunnel_names(), ["zeta", "both", "alpha"]);
    assert_eq!(config.endpoint_names(), ["one", "both", "both"]);
    assert_eq!(
        config.definition_names(),
        ["one", "both", "both", "zeta", "alpha"]
    );
    assert_eq!(
        config.tunnel("zeta").unwrap(),
        &json!({"proto": "http", "addr": 80, "odd": [1, {"a": null}]})
    );
    assert_eq!(config.endpoint("both").unwrap()["url"], "a");
    assert_eq!(config.endpoint("none"), None);
    assert_eq!(config.tunnel("none"), None);
    assert_eq!(
        read(&text.replace("version: 3", "version: 2")).definition_names(),
        ["zeta", "both", "alpha"]
    );
    assert!(
        read("tunnels: 5\nendpoints: x\n")
            .definition_names()
            .is_empty()
    );
}

#[test]
fn aliases_merge_keys_and_types_are_resolved() {
    let config = read(
        "base: &base\n  proto: http\n  inspect: false\ntunnels:\n  web:\n    <<: *base\n    addr: 80\n    inspect: true\n\
         \x20 api:\n    <<: [{addr: 1}, *base]\n    metadata: !!str 5\n",
    );
    assert_eq!(
        config.tunnel("web").unwrap(),
        &json!({"proto": "http", "inspect": true, "addr": 80})
    );
    assert_eq!(
        config.tunnel("api").unwrap(),
        &json!({"addr": 1, "proto": "http", "inspect": false, "metadata": "5"})
    );
    let odd = parse_yaml(
        "a: 0x10\nb: .inf\nc: 1e3\nd: ~\n5: !mine x\nt: 2026-11-21\nbig: 18446744073709551616\n",
    )
    .unwrap();
    assert_eq!(
        odd,
        json!({"a": 16, "b": ".inf", "c": 1000.0, "d": null, "5": "x", "t": "2026-11-21", "big": 18446744073709551616.0})
    );
    assert_eq!(parse_yaml("").unwrap(), json!(null));
    assert_eq!(parse_yaml("[1]\n--- \n2\n").unwrap(), json!([1]));
}

#[test]
fn a_file_without_keys_is_the_default_config() {
    for text in ["", "# nothing\n", "---\n", "{}\n", "\u{feff}"] {
        let home = Home::with(text);
        assert_eq!(
            AgentConfig::load(&home.path).unwrap(),
            AgentConfig::default(),
            "{text:?}"
        );
        let config = get_ngrok_config(&home.path, ConfigVersion::V3).unwrap();
        assert_eq!(config.value(), &get_default_config(ConfigVersion::V3));
    }
    let home = Home::with("region: eu\n");
    assert_eq!(
        get_ngrok_config(&home.path, ConfigVersion::V3)
            .unwrap()
            .value(),
        &json!({"region": "eu"})
    );
    std::fs::write(&home.path, "region: us\n").unwrap();
    let again = get_ngrok_config(&home.path, ConfigVersion::V3).unwrap();
    assert_eq!(
        again.value(),
        &json!({"region": "us"}),
        "nothing is remembered between two calls"
    );
}

#[test]
fn the_rules_of_the_reference_hold_where_the_agent_reads_the_key() {
    let bad = [
        (json!({"web_addr": false}), "\"web_addr\" cannot be false"),
        (json!({"web_addr": "false"}), "\"web_addr\" cannot be false"),
        (
            json!({"log_format": "json"}),
            "\"log_format\" must be \"term\"",
        ),
        (
            json!({"log_level": "warn"}),
            "\"log_level\" must be \"info\"",
        ),
    ];
    for (keys, message) in bad {
        let nested = json!({"version": 3, "agent": keys});
        for config in [&keys, &nested] {
            let error = validate_config(config).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
            assert!(error.to_string().starts_with(message), "{error}");
        }
        // Where the agent does not look, they say nothing.
        validate_config(&json!({"version": 2, "agent": keys})).unwrap();
        let mut top_of_v3 = keys.clone();
        top_of_v3["version"] = json!("3");
        validate_config(&top_of_v3).unwrap();
    }
    for fine in [
        json!({}),
        json!(null),
        json!({"web_addr": "localhost:0", "log_format": "term", "log_level": "debug"}),
    ] {
        validate_config(&fine).unwrap();
    }
}

#[test]
fn no_debug_text_shows_a_value() {
    for text in [
        format!(
            "version: 3\nagent:\n  authtoken: {PLANTED}\n  api_key: [{PLANTED}]\n  proxy_url: http://u:{PLANTED}@h\n"
        ),
        // Nothing of this is where this version has it.
        format!("version: 2\nagent:\n  authtoken: {PLANTED}\nsocks5_proxy: u:{PLANTED}@h\n"),
    ] {
        let config = read(&text);
        for text in [
            format!("{config:?}"),
            format!("{:?}", config.settings()),
            format!("{:?}", config.authtoken()),
        ] {
            assert!(!text.contains(PLANTED), "{text}");
        }
    }
    let settings = read("socks5_proxy: x\n").settings();
    assert_eq!(settings.extra["socks5_proxy"], "x");
    assert!(format!("{settings:?}").contains("socks5_proxy"));
}
