//! What agents of either generation are sent, and what agents before 3.0 would ignore.

use super::*;

/// What an agent of this version is sent, or what it would ignore: the option, and whether it is a guard.
fn for_version(
    options: &ConnectOptions,
    agent: AgentVersion,
) -> std::result::Result<Value, (String, bool)> {
    let start = plan(&json!({}), options, V2).unwrap();
    let Request::Tunnel(config, protocol) = start.request else {
        panic!("{options:?} is no tunnel")
    };
    for_agent(Vocabulary::ngrok(), config, protocol, agent)
        .map(|config| Value::Object(config.into_fields()))
        .map_err(|ignored| (ignored.option, ignored.is_guard))
}

#[test]
fn agents_before_3_get_what_they_know_by_the_names_they_know() {
    for (options, key) in [
        (ConnectOptions::http(80).bind_tls(true), "bind_tls"),
        (ConnectOptions::http(80).auth("u:p"), "auth"),
        (ConnectOptions::http(80).hostname("a.example"), "hostname"),
        (ConnectOptions::http(80).subdomain("a"), "subdomain"),
        (
            ConnectOptions::http(80).host_header("rewrite"),
            "host_header",
        ),
        (ConnectOptions::tcp(22).remote_addr("a:1"), "remote_addr"),
        (ConnectOptions::tls(443).crt("c").key("k"), "crt"),
        (
            ConnectOptions::tcp(22).option("ip_policy", "i"),
            "ip_policy",
        ),
        (ConnectOptions::http(80).inspect(false), "inspect"),
    ] {
        let sent = for_version(&options, AgentVersion::LAST_2).unwrap();
        assert_eq!(sent[key], options.fields[key], "{sent}");
        assert!(sent.get("schemes").is_none() && sent.get("basic_auth").is_none());
    }
}

#[test]
fn every_guard_that_agents_before_3_ignore_is_refused() {
    let policy = json!({"on_http_request": [{"actions": [{"type": "deny"}]}]});
    for options in [
        ConnectOptions::http(80).basic_auth("u", "planted-password"),
        ConnectOptions::http(80).oauth(OAuth::new("google")),
        ConnectOptions::http(80).oidc(Oidc::new("https://i", "c", "planted")),
        ConnectOptions::http(80).allow_cidrs(["10.0.0.0/8"]),
        ConnectOptions::http(80).deny_user_agents(["bot"]),
        ConnectOptions::http(80).mutual_tls_cas("/ca.pem"),
        ConnectOptions::http(80).verify_webhook("slack", "planted"),
        ConnectOptions::http(80).option("traffic_policy", policy.clone()),
        ConnectOptions::http(80).option("policy", policy.clone()),
        // A guard of another protocol.
        ConnectOptions::tcp(22).auth("u:planted-password"),
    ] {
        let (option, is_guard) = for_version(&options, AgentVersion::LAST_2).unwrap_err();
        assert!(options.fields.contains_key(&option) && is_guard, "{option}");
        // From the file alike.
        let config = json!({"tunnels": {"web": options.fields}});
        let named = ConnectOptions {
            fields: Map::new(),
            ..options.clone()
        }
        .name("web");
        let start = plan(&config, &named, V2).unwrap();
        let Request::Tunnel(config, protocol) = start.request else {
            panic!()
        };
        assert!(depends_on_agent(Vocabulary::ngrok(), &config, protocol));
        let refused = for_agent(Vocabulary::ngrok(), config, protocol, AgentVersion::LAST_2);
        assert!(refused.unwrap_err().is_guard, "{option}");
    }
}

#[test]
fn what_agents_before_3_would_ignore_is_refused_with_what_they_have() {
    for (options, option, instead) in [
        (
            ConnectOptions::http(80).domain("a.example"),
            "domain",
            Some("hostname"),
        ),
        (
            ConnectOptions::http(80).schemes(["https"]),
            "schemes",
            Some("bind_tls"),
        ),
        (ConnectOptions::http(80).url("https://a"), "url", None),
        (
            ConnectOptions::http(80).compression(true),
            "compression",
            None,
        ),
        (
            ConnectOptions::http(80).option("of_tomorrow", 1),
            "of_tomorrow",
            None,
        ),
        (ConnectOptions::tcp(22).subdomain("a"), "subdomain", None),
    ] {
        let start = plan(&json!({}), &options, V2).unwrap();
        let Request::Tunnel(config, protocol) = start.request else {
            panic!()
        };
        let refused = for_agent(Vocabulary::ngrok(), config, protocol, AgentVersion::LAST_2);
        let refused = refused.unwrap_err();
        assert_eq!(
            (refused.option.as_str(), refused.is_guard, refused.instead),
            (option, false, instead)
        );
        assert!(for_version(&options, AgentVersion::NEWEST).is_ok());
    }
    // What is off is off there too.
    assert!(
        for_version(
            &ConnectOptions::http(80).compression(false),
            AgentVersion::LAST_2
        )
        .is_ok()
    );
}

#[test]
fn an_agent_is_asked_for_its_version_only_where_that_matters() {
    for (options, matters) in [
        (ConnectOptions::http(80).inspect(false).metadata("m"), false),
        (ConnectOptions::tcp(22).remote_addr("a:1"), false),
        (ConnectOptions::http(80).hostname("a"), false),
        (ConnectOptions::http(80).bind_tls(true), true),
        (ConnectOptions::http(80).auth("u:p"), true),
        (ConnectOptions::http(80).domain("a"), true),
        (ConnectOptions::http(80).option("of_tomorrow", 1), true),
    ] {
        let start = plan(&json!({}), &options, V2).unwrap();
        let Request::Tunnel(config, protocol) = start.request else {
            panic!()
        };
        assert_eq!(
            depends_on_agent(Vocabulary::ngrok(), &config, protocol),
            matters,
            "{options:?}"
        );
        assert_eq!(
            protocol == Protocol::Tcp,
            options.proto.as_deref() == Some("tcp")
        );
    }
}
