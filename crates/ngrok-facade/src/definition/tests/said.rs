//! Addresses, protocols, names, spellings and files of policies.

use super::*;

#[test]
fn protocols_are_read_without_case_and_others_are_refused() {
    for (word, expected) in [("TCP", "tcp"), ("Http", "http"), ("tLs", "tls")] {
        let body = body(&json!({}), ConnectOptions::new().addr(22).proto(word), V2);
        assert_eq!(body["proto"], expected);
    }
    let config = json!({"tunnels": {"ssh": {"proto": "TCP", "addr": 22}}});
    assert_eq!(
        body(&config, ConnectOptions::named("ssh"), V3)["proto"],
        "tcp"
    );
    for (options, way_out) in [
        (ConnectOptions::new().proto("https"), "https anyway"),
        (ConnectOptions::new().proto("udp"), "http, tcp or tls"),
        (ConnectOptions::new().proto(""), "http, tcp or tls"),
        ("ssh://host:22".into(), "http, https, tcp, tls or file"),
        (ConnectOptions::new().url("udp://x"), "http, tcp or tls"),
        (
            ConnectOptions::new().addr("tcp://22").proto("http"),
            "make them the same",
        ),
        (
            ConnectOptions::new().addr("http://db").proto("tcp"),
            "make them the same",
        ),
        (
            ConnectOptions::new().addr("file:///srv").proto("tls"),
            "make them the same",
        ),
        (
            ConnectOptions::tcp(22).url("https://x"),
            "make them the same",
        ),
        (
            ConnectOptions::new().addr("tcp://22").url("https://x"),
            "make them the same",
        ),
        (
            ConnectOptions::new().option("addr", json!([80])),
            "a port, `host:port` or a URL",
        ),
        (
            ConnectOptions::new().option("addr", true),
            "a port, `host:port` or a URL",
        ),
        (
            ConnectOptions::new().option("addr", 80.5),
            "a port, `host:port` or a URL",
        ),
        (
            ConnectOptions::new().option("proto", json!({})),
            "`http`, `tcp` or `tls`",
        ),
        (
            ConnectOptions::new().option("name", json!(null)),
            "a string",
        ),
    ] {
        for version in [V2, V3] {
            let error = error(options.clone(), version);
            assert!(error.is_wrong_use(), "{error}");
            assert!(error.to_string().contains(way_out), "{error}");
        }
    }
    for definition in [
        json!({"addr": [80]}),
        json!({"addr": false, "proto": "http"}),
        json!({"addr": 80, "proto": ["http"]}),
        json!({"addr": 80, "proto": "https"}),
    ] {
        let config = json!({"tunnels": {"web": definition}});
        for version in [V2, V3] {
            let error = plan(&config, &ConnectOptions::named("web"), version).unwrap_err();
            assert!(error.is_wrong_use(), "{error}");
        }
    }
}

#[test]
fn a_policy_file_is_read_and_sent() {
    let read = |path: &Path| match path.to_str() {
        Some("/etc/ngrok/admin.yml" | "here.yml") => Ok(POLICY.to_owned()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    let policy = json!({"on_http_request": [{"actions": [{"type": "deny"}]}]});
    let config = json!({
        "tunnels": {"old": {"proto": "http", "addr": 1, "traffic_policy_file": "admin.yml"}},
        "endpoints": [
            {"name": "web", "upstream": {"url": "1"}, "traffic_policy_file": "/etc/ngrok/admin.yml"},
            {"name": "lost", "upstream": {"url": "1"}, "traffic_policy_file": "missing.yml"},
        ],
    });
    let context = Context {
        folder: Some(Path::new("/etc/ngrok")),
        read: &read,
        ..context(&config, V3)
    };
    for options in [
        ConnectOptions::named("old"),
        ConnectOptions::named("web"),
        // Relative to the current directory.
        ConnectOptions::http(80).option("traffic_policy_file", "here.yml"),
        ConnectOptions::http(80).option("traffic-policy-file", "here.yml"),
    ] {
        let body = sent(super::super::plan(&context, &options).unwrap());
        assert_eq!(body["traffic_policy"], policy);
        assert!(body.get("traffic_policy_file").is_none());
    }
    let error = super::super::plan(&context, &ConnectOptions::named("lost")).unwrap_err();
    assert!(
        error.to_string().contains("/etc/ngrok/missing.yml") && error.is_wrong_use(),
        "{error}"
    );
    let both = ConnectOptions::http(80)
        .option("traffic_policy", POLICY)
        .option("traffic_policy_file", "here.yml");
    assert!(
        super::super::plan(&context, &both)
            .unwrap_err()
            .to_string()
            .contains("keep one")
    );
}

#[test]
fn a_name_that_nothing_has_is_reported_unless_an_address_is_given() {
    let config = json!({"tunnels": {"web": {"addr": 1}}, "endpoints": [{"name": "api", "upstream": {"url": "1"}}]});
    let odd = |options| plan(&config, &options, V3).unwrap().odd;
    let found = odd(ConnectOptions::named("wbe")).unwrap().to_string();
    assert!(
        found.contains("`wbe`") && found.contains("`api`, `web`"),
        "{found}"
    );
    for options in [
        ConnectOptions::named("web"),
        ConnectOptions::named("x").addr(80),
        ConnectOptions::named("x").upstream("80"),
        ConnectOptions::new(),
    ] {
        assert_eq!(odd(options), None);
    }
}

#[test]
fn a_made_up_key_is_known_without_a_second_list() {
    let vocabulary = Vocabulary::ngrok()
        .clone()
        .with(
            Place::Tunnel,
            Key::new("moat", Kind::Text, "water around it").guards(),
        )
        .with(
            Place::Endpoint,
            Key::new("moon", Kind::Text, "follow the moon"),
        );
    let nothing = json!({});
    let context = Context {
        vocabulary: &vocabulary,
        ..context(&nothing, V2)
    };
    let moon = ConnectOptions::new().option("moon", "full");
    assert!(matches!(
        super::super::plan(&context, &moon).unwrap_err(),
        Error::WrongConfigVersion { option, .. } if option == "moon"
    ));
    let start =
        super::super::plan(&context, &ConnectOptions::new().option("Moat", "deep")).unwrap();
    let Request::Tunnel(config, protocol) = start.request else {
        panic!()
    };
    assert_eq!(config.as_json()["moat"], "deep");
    assert!(depends_on_agent(&vocabulary, &config, protocol));
    let ignored = for_agent(&vocabulary, config, protocol, AgentVersion::LAST_2).unwrap_err();
    assert!(ignored.is_guard && ignored.option == "moat");
}

#[test]
fn a_traffic_policy_given_as_text_goes_out_as_an_object() {
    let options = ConnectOptions::new().option(
        "traffic_policy",
        "on_http_request:\n- actions:\n  - type: deny\n",
    );
    for version in [V2, V3] {
        let body = body(&json!({}), options.clone(), version);
        assert_eq!(
            body["traffic_policy"],
            json!({"on_http_request": [{"actions": [{"type": "deny"}]}]})
        );
    }
    assert!(error(ConnectOptions::new().option("traffic_policy", "- x"), V2).is_wrong_use());
}

#[test]
fn a_name_that_the_agent_could_not_delete_is_refused() {
    for name in ["", "a/b", "a?b", "a#b", "100%", ".", ".."] {
        let error = error(ConnectOptions::named(name), V2);
        assert!(
            error.is_wrong_use() && error.to_string().contains(&format!("{name:?}")),
            "{name}"
        );
    }
    for name in ["web (http)", "ü", "a:b", "..."] {
        assert_eq!(
            body(&json!({}), ConnectOptions::named(name), V2)["name"],
            name
        );
    }
}

#[test]
fn odd_config_files_do_not_stop_a_start() {
    let plain = json!({"name": "n", "proto": "http", "addr": "80"});
    for config in [
        json!(null),
        json!([]),
        json!({"tunnels": null, "endpoints": null}),
        json!({"tunnels": [], "endpoints": {}}),
        json!({"tunnels": {"n": null}, "endpoints": [null, 1, {"name": 5}]}),
    ] {
        assert_eq!(body(&config, ConnectOptions::named("n"), V2), plain);
    }
}
