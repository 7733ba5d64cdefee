//! What holds of every edit, on files put together at random.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::{merge, put};
use crate::config::show::masked_text;
use crate::config::{AgentConfig, ConfigVersion, parse_yaml};
use crate::error::ErrorKind;
use ngrok_core::definition::Vocabulary;

const OLD: &str = "OLDtoken";
const NEW: &str = "NEWtoken_1";

/// Lines of a block mapping, at no indent; `I` stands for one step of indent.
const ENTRIES: &[&str] = &[
    "region: eu",
    "region: 'eu' # near",
    "metadata: \"a # b: c\"",
    "metadata: größer 日本 🚇",
    "metadata: |\nIone\n\nItwo # no comment",
    "metadata: >-\nIone\nItwo",
    "log_level:    debug   ",
    "web_allow_hosts: [a, 'b', \"c\"]",
    "web_allow_hosts: [a,\nIb] # c",
    "web_allow_hosts:\nI- a # first\nI- b",
    "web_allow_hosts:\n- a\n- b",
    "dns_resolver_ips: {}",
    "update_check:",
    "update_check: # nothing",
    "crl_url: &anchor x\ncrl_noverify: *anchor",
    "extra:\nIdeep:\nII- name: a\nII  url: b # c\nII-\nII  - nested",
    "? complex\n: value",
    "\"quoted key\": 1",
    "long: one two\nI three",
    "multi: \"one\nI two\"",
];

const BETWEEN: &[&str] = &[
    "",
    "# comment",
    "#",
    "# authtoken: in a comment",
    "# tab\there",
    "",
    "",
];

const TOKENS: &[&str] = &[
    "authtoken: OLDtoken",
    "authtoken: 'OLDtoken'",
    "authtoken: \"OLDtoken\" # mine",
    "authtoken:   OLDtoken   ",
    "authtoken: &a OLDtoken",
    "authtoken:\nI OLDtoken",
    "\"authtoken\": OLDtoken",
];

#[derive(Debug)]
struct File {
    text: String,
    version: ConfigVersion,
    has_token: bool,
}

prop_compose! {
    fn file()(
        v3 in any::<bool>(),
        entries in proptest::collection::btree_set(0..ENTRIES.len(), 0..6),
        between in proptest::collection::vec(select(BETWEEN), 8),
        token in proptest::option::of(select(TOKENS)),
        at in 0_usize..6,
        step in select(vec!["  ", "    ", " "]),
        newline in select(vec!["\n", "\r\n"]),
        final_newline in any::<bool>(),
        bom in any::<bool>(),
        tail in select(vec!["", "---\nauthtoken: second # doc", "...", "tunnels:\n  web: {addr: 80}"]),
    ) -> File {
        let mut keys: Vec<&str> = Vec::new();
        let mut seen = Vec::new();
        for entry in entries.iter().filter_map(|index| ENTRIES.get(*index)) {
            let key = entry.split(':').next();
            if !seen.contains(&key) {
                seen.push(key);
                keys.push(entry);
            }
        }
        if let Some(token) = token {
            keys.insert(at.min(keys.len()), token);
        }
        let mut body = String::new();
        for (entry, comment) in keys.iter().zip(&between) {
            body.push_str(&format!("{comment}\n{entry}\n"));
        }
        let body = body.replace('I', step).replace("\n\n\n", "\n\n");
        let mut text = if v3 {
            let indented: String = body
                .lines()
                .map(|line| if line.is_empty() { "\n".into() } else { format!("{step}{line}\n") })
                .collect();
            format!("version: 3\nagent:\n{indented}")
        } else {
            format!("version: 2\n{body}")
        };
        if !tail.is_empty() {
            text.push_str(tail);
            text.push('\n');
        }
        let mut text = text.replace('\n', newline);
        if !final_newline {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        if bom {
            text.insert(0, '\u{feff}');
        }
        let version = if v3 { ConfigVersion::V3 } else { ConfigVersion::V2 };
        File { text, version, has_token: token.is_some() }
    }
}

fn token_data(version: ConfigVersion) -> Map<String, Value> {
    let data = match version {
        ConfigVersion::V2 => json!({"authtoken": NEW}),
        ConfigVersion::V3 => json!({"agent": {"authtoken": NEW}}),
    };
    data.as_object().cloned().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Edit, then re-read: what was there and the new token, nothing else.
    #[test]
    fn an_edited_file_reads_back_as_intended(file in file()) {
        let edited = merge(&file.text, &token_data(file.version)).unwrap();
        let mut intended = parse_yaml(&file.text).unwrap();
        let path: &[&str] = match file.version {
            ConfigVersion::V2 => &["authtoken"],
            ConfigVersion::V3 => &["agent", "authtoken"],
        };
        if intended["agent"].is_null() && file.version == ConfigVersion::V3 {
            intended["agent"] = json!({});
        }
        let path: Vec<String> = path.iter().map(ToString::to_string).collect();
        put(&mut intended, &path, &NEW.into());
        prop_assert_eq!(parse_yaml(&edited).unwrap(), intended);
        let config: AgentConfig = edited.parse().unwrap();
        prop_assert_eq!(config.authtoken(), Some(NEW.into()));
        // Again: nothing left to do.
        prop_assert_eq!(merge(&edited, &token_data(file.version)).unwrap(), edited);
    }

    /// A token that was there is replaced in its place; one that was not is put in at one place. No other byte differs.
    #[test]
    fn bytes_outside_the_edit_are_untouched(file in file()) {
        let edited = merge(&file.text, &token_data(file.version)).unwrap();
        if file.has_token {
            prop_assert_eq!(edited, file.text.replace(OLD, NEW));
        } else {
            let common = file.text.bytes().zip(edited.bytes()).take_while(|(a, b)| a == b).count();
            let rest = file.text.as_bytes()[common..].to_vec();
            prop_assert!(edited.as_bytes()[common..].ends_with(&rest), "{:?} -> {:?}", file.text, edited);
            let added = &edited[common..edited.len() - rest.len()];
            prop_assert!(added.contains(NEW) && added.len() < 40, "{:?}", added);
        }
    }

    /// However the token is written, it is not shown, and nothing is lost but values.
    #[test]
    fn a_shown_file_holds_no_token(file in file()) {
        let shown = masked_text(Vocabulary::ngrok(), &file.text).unwrap();
        prop_assert!(!shown.contains(OLD) && !shown.contains("second"), "{:?}", shown);
        prop_assert_eq!(shown.contains("***"), file.has_token || file.text.contains("authtoken:"));
        prop_assert!(shown.contains("version: "));
    }

    /// Data of any shape, merged into any file.
    #[test]
    fn merged_data_reads_back(file in file(), data in data()) {
        let edited = match merge(&file.text, data.as_object().unwrap()) {
            Ok(edited) => edited,
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::ConfigEdit);
                // What cannot be kept: an anchor that another key uses, a comment behind a flow list of two lines.
                prop_assert!(file.text.contains("*anchor") || file.text.contains("b] # c"), "{} {:?} {}", error, file.text, data);
                return Ok(());
            }
        };
        let mut intended = parse_yaml(&file.text).unwrap();
        deep(&mut intended, &data);
        prop_assert_eq!(parse_yaml(&edited).unwrap(), intended);
        for line in file.text.lines().filter(|line| line.starts_with("# ")) {
            prop_assert!(edited.contains(line), "{:?}", edited);
        }
    }

    /// Whatever the text: no panic, and an edit that is made is the one that was meant.
    #[test]
    fn any_text_is_edited_as_intended_or_refused(pieces in proptest::collection::vec(select(PIECES), 0..24)) {
        let text = pieces.concat();
        let data = token_data(ConfigVersion::V3);
        if let Ok(edited) = merge(&text, &data) {
            let mut intended = parse_yaml(&text).unwrap();
            deep(&mut intended, &Value::Object(data));
            prop_assert_eq!(parse_yaml(&edited).unwrap(), intended, "{:?} -> {:?}", text, edited);
        }
        let _ = crate::config::check_text(&text);
    }
}

const PIECES: &[&str] = &[
    "agent",
    "authtoken",
    "version: 3\n",
    "a",
    "b: c\n",
    "agent:\n",
    "  authtoken: x\n",
    "  region: eu\n",
    ": ",
    ":",
    "- ",
    "\n",
    "\n",
    "  ",
    " ",
    "&x ",
    "*x",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "\"",
    "'",
    "|\n",
    ">-\n",
    " # c\n",
    "# c\n",
    "!!str ",
    "!t ",
    "---\n",
    "...\n",
    "? ",
    "<<: *x\n",
    "\t",
    "\r\n",
    "é",
    "~",
    "5",
    "\u{feff}",
    "%YAML 1.2\n",
    "\\",
    "`",
    "@",
    "null",
];

/// Mappings with a few of the keys that the files have, too.
fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e6..1e6_f64).prop_map(|number| json!((number * 8.0).round() / 8.0)),
        "[ -~äß🚇\n\t]{0,12}".prop_map(Value::from),
        select(vec![
            "yes",
            "no",
            "~",
            "null",
            "1:30",
            "0o7",
            "2026-11-21",
            "- a",
            "a: b",
            "# c",
            "|",
            "*x",
            "&x",
            "!t",
            "%",
            "@",
            "`",
            "{",
            "'",
            "\"",
            " a",
            "a ",
            "\n",
            ".inf"
        ])
        .prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map(key(), inner, 0..3).prop_map(|map| json!(map)),
        ]
    });
    proptest::collection::btree_map(key(), value, 0..4).prop_map(|map| json!(map))
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "agent",
            "tunnels",
            "region",
            "metadata",
            "extra",
            "web_allow_hosts",
            "update_check",
            "web"
        ])
        .prop_map(String::from),
        "[a-zA-Z0-9_ -]{1,6}",
    ]
}

fn deep(current: &mut Value, data: &Value) {
    let (Some(_), Some(map)) = (current.as_object(), data.as_object()) else {
        *current = data.clone();
        return;
    };
    for (key, value) in map {
        deep(&mut current[key.as_str()], value);
    }
}
