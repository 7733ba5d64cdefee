//! What people write, after public bug reports: what is right is said, what is wrong is found, and the remedy is one that
//! keeps the endpoint as closed as it was.

use ngrok_installer::config::{AgentVersion, Check, show};

use super::Home;

const NEW: AgentVersion = AgentVersion::NEWEST;
const OLD: AgentVersion = AgentVersion::LAST_2;

/// A file, an agent, and parts of the problems, in any order. `!` in front of a part: no problem has it. No part: no problem.
struct Case(&'static str, AgentVersion, &'static [&'static str]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    // Guards that an agent before 3.0 ignores.
    Case("tunnels:\n  w: {proto: http, addr: 80, traffic_policy: {on_http_request: []}}\n", OLD, &["error: agent 2.3.42 ignores `traffic_policy` of tunnel `w`, so that the tunnel would be open to everyone; update the agent"]),
    Case("tunnels:\n  w: {proto: http, addr: 80, policy: {inbound: []}}\n", OLD, &["open to everyone"]),
    Case("tunnels:\n  w: {proto: http, addr: 80, basic_auth: ['a:bbbbbbbb']}\n", OLD, &["or use `auth`"]),
    Case("tunnels:\n  w: {proto: http, addr: 80, basic-auth: ['a:bbbbbbbb']}\n", OLD, &["error: unknown key `basic-auth`"]),
    Case("tunnels:\n  w: {proto: tcp, addr: 22, auth: 'a:b'}\n", OLD, &["error: `auth` of tunnel `w`, which agent 2.3.42 ignores for protocol tcp"]),
    Case("tunnels:\n  w: {proto: http, addr: 80, auth: 'a:b', bind_tls: true, hostname: a.example.com, ip_policy: p}\n", OLD, &[]),
    Case("tunnels:\n  w: {proto: tls, addr: 80, crt: c, key: k, client_cas: ca}\n", OLD, &[]),
    Case("tunnels:\n  w: {proto: tls, addr: 80, client_cas: ca}\n", OLD, &["`client_cas` without `crt`", "`client_cas` without `key`"]),
    // Names of older agents.
    Case("version: 2\ntunnels:\n  w: {proto: http, addr: 80, bind_tls: true, auth: 'a:b'}\n", NEW, &["error: `bind_tls`", "`schemes`: `[https]`", "error: `auth`", "`basic_auth`"]),
    Case("version: 2\ntunnels:\n  w: {proto: http, addr: 80, bind-tls: true}\n", NEW, &["call it `schemes`", "!`bind_tls`?"]),
    Case("version: 2\nupdate: true\nhttp_proxy: http://h:1\n", NEW, &["error: `update`", "call it `update_check`", "error: `http_proxy`", "call it `proxy_url`"]),
    Case("version: 2\nsocks5_proxy: socks5://h:1\n", NEW, &["call it `proxy_url`"]),
    Case("update: true\nhttp_proxy: http://h:1\n", OLD, &[]),
    Case("version: 2\ntunnels:\n  w: {proto: http, addr: 80, ip_policy: p}\n", NEW, &["use `ip_restriction`", "!remove"]),
    Case("version: 2\ntunnels:\n  w: {proto: tls, addr: 80, crt: c, key: k, client_cas: ca}\n", NEW, &["call it `mutual_tls_cas`", "!remove"]),
    Case("version: 2\nconnect_url: a.example.com:443\nconnect_cas: host\n", NEW, &["call it `server_addr`", "call it `root_cas`"]),
    Case("version: 3\nagent: {region: eu}\n", NEW, &["2:9: error: `region` is a key of version 2", "leave it out"]),
    Case("version: 2\ntrust_host_root_certs: true\nauth_token: x\n", NEW, &["call it `root_cas`", "call it `authtoken`"]),
    // Known and handled.
    Case("version: 2\nregion: auto\n", NEW, &[]),
    Case("version: 2\nregion: eu-lon-1\n", NEW, &[]),
    Case("region: auto\n", OLD, &["error: `region` has a wrong value"]),
    Case("region: EU\n", OLD, &["error: `region` has a wrong value"]),
    Case("version: 3\nagent: {log_format: json, log_level: warn}\n", NEW, &[]),
    Case("version: 2\nlog_level: crit\n", NEW, &[]),
    Case("version: 2\nconsole_ui: true\n", NEW, &["warning: `console_ui` is true"]),
    Case("version: 3\nendpoints: [{name: a, upstream: {url: 80}, traffic_policy_file: tp.yml}]\n", NEW, &[]),
    Case("version: 2\ntunnels:\n  w: {proto: http, addr: 80, description: d, app_protocol: http2, traffic_policy_file: tp.yml}\n", NEW, &[]),
    Case("version: 2\ntunnels:\n  w: {addr: 80, url: 'https://a.example.com'}\n", NEW, &["warning: no `proto`"]),
    Case("tunnels:\n  w: {addr: 80, url: 'https://a.example.com'}\n", OLD, &["error: no `proto`"]),
    Case("version: 3\nagent: {authtoken: x}\ntunnels:\n  w: {proto: http, addr: 80, domain: a.example.com}\n", NEW, &[]),
    Case("version: 2\ntunnels:\n  w: {proto: tcp, addr: 22, traffic_policy: {inbound: [{actions: [{type: deny}]}]}}\n", NEW, &[]),
    Case("version: 2\ntunnels:\n  w: {proto: http, addr: 80, traffic_policy: {inbound: []}}\n", NEW, &["call it `on_http_request`"]),
    Case("version: 3\nendpoints: [{name: a, upstream: {url: 80}, traffic_policy: {on_event_stream_message: [{actions: [{type: sse-find-replace, config: {replacements: [{from: a}]}}]}]}}]\n", NEW, &[]),
    // Tables are per protocol, and go into nested keys.
    Case("version: 2\ntunnels:\n  w: {proto: tcp, addr: 22, basic_auth: ['a:bbbbbbbb'], host_header: rewrite}\n", NEW, &["error: `basic_auth` of tunnel `w`, which agent 3.39.9 refuses for protocol tcp", "`ip_restriction`", "error: `host_header`", "!remove"]),
    Case("version: 2\ntunnels:\n  w: {proto: http, addr: 80, oauth: {provider: google, oauth_scopes: [a], nope: 1}, ip_restriction: {allow: [192.0.2.1/32]}}\n", NEW, &["call it `scopes`", "`oauth.nope`", "did you mean `allow_cidrs`?"]),
    Case("version: 3\nendpoints: [{name: a, url: 'tls://a.example.com', upstream: {url: 80}, agent_tls_termination: {server_certificate: c, nope: 1}}]\n", NEW, &["error: unknown key `agent_tls_termination.nope`"]),
    Case("version: 2\ntunnels:\n  w: {proto: tcp, addr: 22, inspect: true}\n", NEW, &["error: `inspect` of tunnel `w` is true"]),
    Case("version: 2\ntunnels:\n  w: {proto: tls, addr: 443, crt: c}\n", NEW, &["error: `crt` without `key`"]),
    Case("version: 2\ntunnels:\n  w: {proto: http, addr: 80, hostname: a, subdomain: b}\n", NEW, &["error: `hostname` beside `subdomain`"]),
    Case("version: 2\ntunnels:\n  w: {addr: 80, proto: http, labels: [a=b]}\n", NEW, &["error: `labels` beside `proto`"]),
    Case("version: 2\ntunnels:\n  w: {proto: http, addr: 80, schemes: [ftp], proxy_proto: 9}\n", NEW, &["one of http, https", "one of 1, 2"]),
    Case("version: 2\ntunnels:\n  w: {proto: HTTP, addr: 80}\n", NEW, &["one of http, tcp, tls"]),
    Case("version: 2\ntunnels:\n  w: {proto: http, addr: 80, name: y}\n", NEW, &["error: `name` of tunnel `w`, which only requests have"]),
    Case("version: 3\nendpoints: [{name: a, upstream: {url: 80}, uri: /x}]\n", NEW, &["which only answers of the agent have; leave it out"]),
    Case("version: 3\nagent: {console_ui: maybe, console_ui_color: pink, heartbeat_interval: soon, update_channel: nightly, dns_resolver_ips: [x], connect_cas: [7]}\n", NEW, &["`console_ui` has", "`console_ui_color` has", "`heartbeat_interval` has", "`update_channel` has", "`dns_resolver_ips` has", "`connect_cas` has"]),
    Case("version: 3\nagent: {update_channel: unstable}\n", NEW, &[]),
    Case("update_channel: unstable\n", OLD, &["stable, beta, testing"]),
    Case("version: 3\nagent: {web_addr: 'false'}\n", NEW, &["error: `web_addr` is false"]),
    Case("version: 3\nagent: {web_addr: false}\n", NEW, &["error: `web_addr` is false"]),
    Case("version: 3\nagent: {heartbeat_interval: 10}\n", NEW, &["warning: `heartbeat_interval`: a number alone counts nanoseconds"]),
    // What was missed.
    Case("version: 3\nfirst-app: {addr: 80, proto: http}\n", NEW, &["error: `first-app` is a definition at the top of the file; indent it under `tunnels:`", "!remove"]),
    Case("version: 2\nfirst-app: {addr: 80, proto: http}\n", NEW, &["indent it under `tunnels:`"]),
    Case("version: 3\nfirst-app: {upstream: {url: 80}}\n", NEW, &["make it an item of `endpoints:`"]),
    Case("version: 3\nendpoint: []\n", NEW, &["error: unknown key `endpoint`; did you mean `endpoints`?"]),
    Case("version: 2\nauthtoken: ${NGROK_AUTHTOKEN}\ntunnels:\n  w: {proto: tcp, addr: 'proxy:${PORT}', remote_addr: <ADDR>}\n", NEW, &["error: `authtoken` waits", "error: `addr` of tunnel `w` waits", "error: `remote_addr` of tunnel `w` waits"]),
    Case("version: 3\nagent: {authtoken: '{{ .Values.token }}'}\n", NEW, &["error: `authtoken` waits to be filled in"]),
    Case("version: 2\ntunnels:\n  w: {proto: http, addr: 69420}\n", NEW, &["error: `addr` of tunnel `w` has a wrong value; make it a port from 1 to 65535"]),
    Case("version: 2\ntunnels:\n  w: {proto: http, addr: 'localhost:'}\n", OLD, &["error: `addr`"]),
    Case("version: 3\nendpoints: [{name: a, upstream: {url: 80}, traffic_policy: {on_http_request: {actions: []}}}]\n", NEW, &["error: a phase has a wrong type, in `traffic_policy` of endpoint `a`"]),
    Case("version: 3\nendpoints:\n  - name: a\n    upstream: {url: 80}\n    traffic_policy: |\n      on_http_request:\n        - actions: [{typ: deny}]\n", NEW, &["5:5: error: unknown key `typ` of an action", "an action without a type"]),
    Case("version: 3\nendpoints:\n  - name: a\n    upstream: {url: 80}\n    traffic_policy: 'on_http_request: ['\n", NEW, &["is not YAML"]),
    Case("version: 3\nendpoints:\n  - name: a\n    upstream: {url: 80}\n    traffic_policy: policy.yml\n", NEW, &["holds no policy; write the policy itself, or use `traffic_policy_file`"]),
    Case("authtoken: x\nregion: eu\n", NEW, &["error: no `version`"]),
    Case("authtoken: x\nregion: eu\n", OLD, &[]),
    Case("version: 1\n", NEW, &["error: `version: 1`"]),
    Case("version: 1\n", OLD, &[]),
    Case("version: 4\n", NEW, &["error: `version` is neither 2 nor 3"]),
    Case("version: 3\n", OLD, &["error: `version: 3`, of which agent 2.3.42 reads nothing"]),
    Case("version: 3\n", AgentVersion::new(3, 15, 1), &["error: `version: 3` needs agent 3.16.0"]),
    Case("version: 3\nagent: {crl_noverify: true}\nendpoints: [{name: a, upstream: {url: 80}, bindings: [public]}]\n", AgentVersion::new(3, 16, 0), &["`bindings` of endpoint `a` needs agent 3.20.0"]),
    Case("version: 2\nendpoints: []\nagent: {}\n", NEW, &["error: `endpoints`, which the agent reads in version 3 alone", "error: `agent`"]),
    Case("version: 3\nagent: {moon: 1}\nbase: 1\n", NEW, &["error: unknown key `moon`", "error: unknown key `base`"]),
    Case("version: 3\nagent: {moon: 1}\nbase: 1\n", AgentVersion::new(4, 0, 0), &["warning: unknown key `moon`", "warning: unknown key `base`"]),
    Case("version: 2\nmoon: 1\n", OLD, &["warning: unknown key `moon`"]),
];

#[test]
fn every_case_is_judged_as_its_agent_judges_it() {
    for Case(text, agent, parts) in CASES {
        let problems = Check::new().agent(*agent).text(text);
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        for part in *parts {
            let (part, wanted) = match part.strip_prefix('!') {
                Some(part) => (part, false),
                None => (*part, true),
            };
            let found = shown.iter().any(|line| line.contains(part));
            assert_eq!(found, wanted, "{agent} {text}: {part:?} in {shown:#?}");
        }
        assert_eq!(
            parts.is_empty(),
            shown.is_empty(),
            "{agent} {text}: {shown:#?}"
        );
    }
}

#[test]
fn a_policy_file_is_read_beside_the_config_file() {
    let config = "version: 3\nendpoints:\n  - name: a\n    upstream: {url: 80}\n    traffic_policy_file: ./sub/policy.yml\n";
    let home = Home::with(config);
    let folder = home.path.parent().unwrap().join("sub");
    std::fs::create_dir(&folder).unwrap();
    let problems = |policy: Option<&str>| {
        let file = folder.join("policy.yml");
        match policy {
            Some(text) => std::fs::write(&file, text).unwrap(),
            None => drop(std::fs::remove_file(&file)),
        }
        let problems = Check::new().file(&home.path).unwrap();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        problems(Some("on_http_request:\n  - actions: [{type: deny}]\n")),
        [""; 0]
    );
    for (policy, part) in [
        (None, "cannot be used: cannot read"),
        (
            Some("on_http_requests: []\n"),
            "5:5: error: unknown phase `on_http_requests` in the file of `traffic_policy_file`",
        ),
        (Some("on_http_request: [\n"), "cannot be used"),
        (Some("- a\n"), "no traffic policy"),
        (Some(""), "no traffic policy"),
    ] {
        let found = problems(policy);
        assert!(
            found.len() == 1 && found[0].contains(part),
            "{policy:?}: {found:#?}"
        );
        assert!(found[0].contains("error"), "{found:#?}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_with_secrets_that_others_may_read_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    let found = |text: &str, mode: u32| {
        let home = Home::with(text);
        std::fs::set_permissions(&home.path, std::fs::Permissions::from_mode(mode)).unwrap();
        Check::new().file(&home.path).unwrap()
    };
    let token = "version: 2\nauthtoken: 2abc\n";
    for (text, mode, reported) in [
        (token, 0o600, false),
        (token, 0o640, true),
        (token, 0o604, true),
        ("version: 3\nagent: {api_key: x}\n", 0o644, true),
        (
            "version: 2\ntunnels:\n  w: {proto: http, addr: 80, basic_auth: ['a:bbbbbbbb']}\n",
            0o644,
            true,
        ),
        ("version: 2\nauthtoken: ''\n", 0o644, false),
        ("version: 2\nregion: eu\n", 0o644, false),
    ] {
        let problems = found(text, mode);
        let is_reported = problems
            .iter()
            .any(|problem| problem.message().contains("other users"));
        assert_eq!(is_reported, reported, "{text} {mode:o}: {problems:?}");
        assert!(
            problems
                .iter()
                .all(|problem| problem.severity() == ngrok_installer::config::Severity::Warning)
        );
    }
}

#[test]
fn secrets_are_masked_wherever_the_table_or_their_look_says_so() {
    let text = "version: 3\nendpoints:\n  - name: a\n    url: tls://a.example.com\n    upstream: {url: 'http://user:HIDE1@h:80'}\n\
                \x20   agent_tls_termination: {server_certificate: c.pem, server_key: 'HIDE2', server_private_key: HIDE3}\n\
                \x20   traffic_policy:\n      on_http_request:\n        - actions:\n            - {type: set-vars, config: {vars: [{db_pw: HIDE4}]}}\n\
                \x20           - {type: add-headers, config: {headers: {x-api-key: HIDE5, x-part: shown}}}\n\
                \x20           - {type: verify-webhook, config: {provider: slack, secret: HIDE6}}\n\
                \x20           - {type: http-request, config: {url: 'https://h/?token=HIDE7'}}\n\
                tunnels:\n  w: {proto: tls, addr: 80, crt: c.pem, key: '-----BEGIN PRIVATE KEY-----HIDE8'}\n\
                \x20 v: {proto: http, addr: 80, oauth: {provider: google, client_id: ID, client_secret: HIDE9}, request_header: {add: ['x-secret: HIDE0']}}\n";
    let home = Home::with(text);
    let shown = show(&home.path).unwrap();
    assert!(!shown.contains("HIDE"), "{shown}");
    for kept in [
        "c.pem",
        "x-part: shown",
        "provider: slack",
        "client_id: ID",
        "addr: 80",
    ] {
        assert!(shown.contains(kept), "{kept}: {shown}");
    }
    let json = text
        .parse::<ngrok_installer::config::AgentConfig>()
        .unwrap()
        .masked_value();
    assert!(!json.to_string().contains("HIDE"), "{json}");
}

/// No remedy takes a guard away: none says to remove or leave out a key that keeps people out.
#[test]
fn no_remedy_takes_a_guard_away() {
    let guards = [
        "basic_auth: ['a:bbbbbbbb']",
        "auth: 'a:b'",
        "oauth: {provider: google}",
        "oidc: {}",
        "ip_restriction: {allow: [x]}",
        "ip_policy: p",
        "mutual_tls_cas: [c]",
        "client_cas: c",
        "verify_webhook: {provider: x, y: z}",
        "user_agent_filter: {deny: x}",
        "traffic_policy: [1]",
        "policy: {nope: []}",
        "traffic_policy_file: [x]",
        "basic-auth: x",
        "Basic_Auth: x",
        "ip-restriction: {}",
        "bindings: [internal]",
        "agent_tls_termination: {mutual_tls_certificate_authorities: [c]}",
        "traffic_policy_url: x",
    ];
    for guard in guards {
        for agent in [
            OLD,
            AgentVersion::new(3, 0, 0),
            AgentVersion::new(3, 16, 0),
            NEW,
            AgentVersion::new(5, 0, 0),
        ] {
            for head in [
                "version: 2\ntunnels:\n  w: {addr: 80, proto: http, ",
                "version: 2\ntunnels:\n  w: {addr: 80, proto: tcp, ",
                "tunnels:\n  w: {addr: 80, proto: tls, ",
                "version: 3\nendpoints:\n - {name: a, upstream: {url: 80}, ",
                "version: 3\ntunnels:\n  w: {addr: 80, proto: http, ",
            ] {
                let text = format!("{head}{guard}}}\n");
                for problem in Check::new().agent(agent).text(&text) {
                    let remedy = problem.remedy();
                    assert!(
                        !remedy.contains("remove") || remedy.contains("remove-headers"),
                        "{text}: {problem}"
                    );
                    assert!(
                        !remedy.contains("leave it out")
                            || !problem.message().contains(guard.split(':').next().unwrap()),
                        "{text}: {problem}"
                    );
                }
            }
        }
    }
}
