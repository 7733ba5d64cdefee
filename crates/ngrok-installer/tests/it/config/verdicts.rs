//! Every config file that agent 2.3.41 was seen with, what it did with it, and what we say of it for that agent.
//!
//! `fixtures/agent-verdicts.json` holds the files and the agent's verdicts: `accepted`; `refused`, with what it said; or
//! `ignored`, when it started as if the file, or its `agent` block, was not there.

use ngrok_installer::config::{AgentConfig, AgentVersion, Check};

use self::Ours::{Fine, Wrong};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ours {
    /// No problem.
    Fine,
    /// The beginning of the first problem.
    Wrong(&'static str),
}

/// `loads`: whether it can be read at all, so that definitions and the token can be taken from it.
struct Judged(&'static str, Ours, bool, &'static str);

#[rustfmt::skip]
const JUDGED: &[Judged] = &[
    Judged("authtoken-again", Fine, true, "a token alone"),
    Judged("authtoken-broken-file", Wrong("2:1: error: not valid YAML: did not find expected ',' or ']'"), false, "the agent's `authtoken` command refuses to edit it, as we do"),
    Judged("authtoken-file-with-version-2", Fine, true, "the agent's edit loses `version`; ours does not"),
    Judged("authtoken-keeps-other-keys", Fine, true, "the agent's edit breaks the tunnel in it; ours does not"),
    Judged("config-agent-block-only", Wrong("1:1: warning: `agent`, which the agent reads in version 3"), true, "without `version: 3` no agent reads the block"),
    Judged("config-console-ui-false", Fine, true, "a known flag"),
    Judged("config-duplicate-key", Wrong("5:1: warning: this key is twice"), true, "the agent takes the later one, and so do we; an edit cannot know which one is meant"),
    Judged("config-empty", Fine, true, "an empty file is the default config"),
    Judged("config-endpoints", Wrong("5:1: warning: `endpoints`, which the agent reads in version 3"), true, "accepted and not read, which is worth a word"),
    Judged("config-inspect-db-size", Fine, true, "a known number"),
    Judged("config-invalid-yaml", Wrong("2:1: error: not valid YAML: did not find expected ',' or ']'"), false, "the agent starts as if there were no file, without a word; we say where it breaks"),
    Judged("config-log-keys", Fine, true, "our own flags win over these keys"),
    Judged("config-metadata", Fine, true, "free text"),
    Judged("config-no-authtoken", Fine, true, "the token may come from the environment"),
    Judged("config-only-comment", Fine, true, "the default config"),
    Judged("config-region-in-file", Wrong("5:1: error: `region` beside `server_addr`"), true, "they exclude each other"),
    Judged("config-root-cas-missing", Fine, true, "looser: whether a file that it names exists is not looked at"),
    Judged("config-server-addr-no-port", Wrong("3:1: error: `server_addr` has a wrong value"), true, "an address needs a port"),
    Judged("config-tab-indent", Wrong("2:1: error: not valid YAML: found character that cannot start any token"), false, "YAML does not indent by tabs"),
    Judged("config-tunnel-bad-proto", Wrong("7:5: error: `proto` of tunnel `web` has a wrong value"), true, "three protocols are known"),
    Judged("config-tunnel-labels", Wrong("7:5: error: agent 2.3.41 ignores `labels` of tunnel `web`"), true, "labelled tunnels came with 3.0"),
    Judged("config-tunnel-no-addr", Wrong("6:3: error: no `addr` of tunnel `web`"), true, "required"),
    Judged("config-tunnel-no-proto", Wrong("6:3: error: no `proto` of tunnel `web`"), true, "required"),
    Judged("config-tunnel-schemes", Wrong("9:5: error: agent 2.3.41 ignores `schemes` of tunnel `web`; update the agent, or use `bind_tls`"), true, "stricter: this agent ignores it and opens http, too, which is not what was asked for"),
    Judged("config-unknown-key", Wrong("5:1: warning: unknown key `colour`"), true, "ignored by this agent, refused by later ones"),
    Judged("config-unknown-tunnel-key", Wrong("9:5: warning: unknown key `colour` of tunnel `web`"), true, "ignored by this agent, refused by later ones"),
    Judged("config-update-true", Fine, true, "a flag of 2.x agents"),
    Judged("config-version-1", Fine, true, "this agent does not look at `version`"),
    Judged("config-version-2-int", Fine, true, "number or text"),
    Judged("config-version-2-string", Fine, true, "number or text"),
    Judged("config-version-3-top", Wrong("1:1: error: `version: 3`, of which agent 2.3.41 reads nothing"), true, "stricter: this agent ignores the version and reads the top; an agent that knows version 3 reads `agent`"),
    Judged("config-version-3", Wrong("1:1: error: `version: 3`, of which agent 2.3.41 reads nothing"), true, "valid version 3, of which this agent reads nothing"),
    Judged("config-wrong-type-bool", Wrong("5:1: error: `update` has a wrong type"), true, "a flag that is none"),
    Judged("config-wrong-type", Wrong("5:1: error: `tunnels` has a wrong type"), true, "not a mapping"),
    Judged("yaml-anchor-missing", Wrong("5:11: error: not valid YAML: unknown anchor"), false, "ignored as a whole"),
    Judged("yaml-at-sign", Wrong("5:11: error: not valid YAML: found character"), false, "ignored as a whole"),
    Judged("yaml-authtoken-list", Wrong("1:1: error: `authtoken` has a wrong type"), true, "not a text"),
    Judged("yaml-authtoken-map", Wrong("1:1: error: `authtoken` has a wrong type"), true, "not a text"),
    Judged("yaml-authtoken-number", Fine, true, "a scalar of any type is read as text"),
    Judged("yaml-bad-indent", Wrong("9:2: error: not valid YAML: did not find expected key"), false, "ignored as a whole"),
    Judged("yaml-binary", Wrong("1:1: error: a control character"), false, "ignored as a whole"),
    Judged("yaml-bind-tls-bool", Fine, true, "one of three values"),
    Judged("yaml-bind-tls-both", Fine, true, "one of three values"),
    Judged("yaml-bind-tls-junk", Wrong("9:5: error: `bind_tls` of tunnel `web` has a wrong value"), true, "one of three values"),
    Judged("yaml-colon-colon", Wrong("5:12: error: not valid YAML: mapping values are not allowed"), false, "ignored as a whole"),
    Judged("yaml-flow-map-open", Wrong("6:1: error: not valid YAML: did not find expected ',' or '}'"), false, "ignored as a whole"),
    Judged("yaml-flow-open-after-keys", Wrong("6:1: error: not valid YAML: did not find expected ',' or ']'"), false, "ignored as a whole"),
    Judged("yaml-json-file", Fine, true, "JSON is YAML"),
    Judged("yaml-list-top", Wrong("1:1: error: the file holds no keys"), false, "ignored as a whole"),
    Judged("yaml-log-format-bad", Wrong("5:1: error: `log_format` has a wrong value"), true, "three formats are known"),
    Judged("yaml-log-level-bad", Wrong("5:1: error: `log_level` has a wrong value"), true, "five levels are known"),
    Judged("yaml-metadata-long", Fine, true, "its length is ngrok's to judge"),
    Judged("yaml-number-top", Wrong("1:1: error: the file holds no keys"), false, "ignored as a whole"),
    Judged("yaml-percent", Wrong("5:11: error: not valid YAML: found character"), false, "ignored as a whole"),
    Judged("yaml-region-bad", Wrong("4:1: error: `region` has a wrong value"), true, "no such region"),
    Judged("yaml-region-sa", Fine, true, "a region that the agent's own list leaves out, yet takes"),
    Judged("yaml-region-us-cal-1", Wrong("4:1: error: `region` has a wrong value"), true, "a region that came with 3.x"),
    Judged("yaml-scalar-top", Wrong("1:1: error: the file holds no keys"), false, "ignored as a whole"),
    Judged("yaml-tab-in-comment", Wrong("5:4: error: a tab character"), true, "valid YAML, which we read and edit, but agents refuse any tab"),
    Judged("yaml-tab-in-value", Wrong("5:13: error: a tab character"), true, "valid YAML, which we read and edit, but agents refuse any tab"),
    Judged("yaml-tunnel-null", Wrong("6:3: error: tunnel `web` has no keys"), true, "an empty definition"),
    Judged("yaml-tunnels-null", Fine, true, "null is absent"),
    Judged("yaml-two-documents", Wrong("5:1: warning: a second YAML document"), true, "accepted and not read, which is worth a word"),
    Judged("yaml-unterminated-quote", Wrong("6:1: error: not valid YAML: found unexpected end of stream"), false, "ignored as a whole"),
    Judged("yaml-web-addr-number", Fine, true, "a port alone"),
];

#[test]
fn every_file_that_an_agent_was_seen_with_is_judged_and_explained() {
    let seen = include_str!("../../fixtures/agent-verdicts.json");
    let seen: Vec<serde_json::Value> = serde_json::from_str(seen).unwrap();
    assert_eq!(seen.len(), JUDGED.len());
    for (file, Judged(name, ours, loads, why)) in seen.iter().zip(JUDGED) {
        assert_eq!(file["name"], *name);
        let text = file["config"].as_str().unwrap();
        let problems = Check::new().agent(AgentVersion::new(2, 3, 41)).text(text);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        match ours {
            Fine => assert!(problems.is_empty(), "{name}: {problems:?}"),
            Wrong(start) => assert!(problems[0].starts_with(start), "{name}: {problems:?}"),
        }
        let loaded = text.parse::<AgentConfig>();
        assert_eq!(loaded.is_ok(), *loads, "{name}: {loaded:?}");

        let agent_takes_it = file["agent"] == "accepted";
        let we_take_it = !problems.iter().any(|problem| problem.contains(": error: "));
        match (agent_takes_it, we_take_it) {
            (true, false) => assert!(why.starts_with("stricter"), "{name}"),
            (false, true) if file["agent"] == "refused" => {
                assert!(why.starts_with("looser"), "{name}")
            }
            (false, true) => assert!(*ours != Fine || why.starts_with("looser"), "{name}"),
            _ => {}
        }
    }
}
