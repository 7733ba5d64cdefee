//! Files before and after an edit, byte for byte.

use ngrok_installer::config::{ConfigVersion, install_default_config, set_api_key, set_authtoken};
use ngrok_installer::{ErrorKind, Result};
use serde_json::json;

use super::Home;

#[derive(Clone, Copy)]
enum Edit {
    Token,
    Key,
    /// The data to install, as JSON.
    Install(&'static str),
}

use Edit::{Install, Key, Token};

impl Edit {
    fn run(self, home: &Home) -> Result<()> {
        match self {
            Token => set_authtoken(&home.path, &"NEW".into()),
            Key => set_api_key(&home.path, &"NEW".into()),
            Install(data) => {
                let data = serde_json::from_str(data).unwrap();
                install_default_config(&home.path, &data, ConfigVersion::V2)
            }
        }
    }
}

/// What the file is called in a failure, the edit, the file before and after.
#[rustfmt::skip]
const KEPT: &[(&str, Edit, &str, &str)] = &[
    // Comments in every position.
    ("comment above", Token, "# mine\nauthtoken: old\n", "# mine\nauthtoken: NEW\n"),
    ("comment behind the value", Token, "authtoken: old # mine\nregion: eu\n", "authtoken: NEW # mine\nregion: eu\n"),
    ("comment behind a quoted value", Token, "authtoken: \"old\"   # a # b\n", "authtoken: \"NEW\"   # a # b\n"),
    ("comment behind the colon", Token, "authtoken: # mine\nregion: eu\n", "authtoken: NEW # mine\nregion: eu\n"),
    ("comment between keys", Token, "region: eu\n# a\n\n# b\nauthtoken: old\n", "region: eu\n# a\n\n# b\nauthtoken: NEW\n"),
    ("comment at the end", Token, "region: eu\n\n# end\n", "region: eu\n\n# end\nauthtoken: NEW\n"),
    ("comment at the end of the file without newline", Token, "region: eu # end", "region: eu # end\nauthtoken: NEW"),
    ("comment that looks like the key", Token, "# authtoken: x\nregion: eu\n", "# authtoken: x\nregion: eu\nauthtoken: NEW\n"),
    ("comments in the agent block", Token, "version: 3\nagent: # settings\n  # web\n  web_addr: 4040 # local\n  # last\nendpoints: []\n", "version: 3\nagent: # settings\n  # web\n  web_addr: 4040 # local\n  authtoken: NEW\n  # last\nendpoints: []\n"),
    ("comment between the agent block and the next key", Token, "version: 3\nagent:\n  region: eu\n\n# endpoints\nendpoints:\n  - name: a\n", "version: 3\nagent:\n  region: eu\n  authtoken: NEW\n\n# endpoints\nendpoints:\n  - name: a\n"),
    ("comment without a space", Token, "#a\nauthtoken: old #b\n#c\n", "#a\nauthtoken: NEW #b\n#c\n"),
    ("hash inside a value", Token, "metadata: a#b\nauthtoken: old\n", "metadata: a#b\nauthtoken: NEW\n"),
    ("comment in a list", Token, "web_allow_hosts:\n  # first\n  - a # one\n  - b\nauthtoken: old\n", "web_allow_hosts:\n  # first\n  - a # one\n  - b\nauthtoken: NEW\n"),
    // Line ends.
    ("CRLF, replaced", Token, "region: eu\r\nauthtoken: old # c\r\n", "region: eu\r\nauthtoken: NEW # c\r\n"),
    ("CRLF, added", Token, "region: eu\r\n", "region: eu\r\nauthtoken: NEW\r\n"),
    ("CRLF, added to the agent block", Token, "version: 3\r\nagent:\r\n  region: eu\r\n", "version: 3\r\nagent:\r\n  region: eu\r\n  authtoken: NEW\r\n"),
    ("CRLF, agent block added", Token, "version: 3\r\n", "version: 3\r\nagent:\r\n  authtoken: NEW\r\n"),
    ("CRLF, comments alone", Token, "# a\r\n\r\n# b\r\n", "# a\r\n\r\n# b\r\nversion: \"2\"\r\nauthtoken: NEW\r\n"),
    ("mixed line ends", Token, "a: 1\r\nb: 2\nauthtoken: old\r\nc: 3\n", "a: 1\r\nb: 2\nauthtoken: NEW\r\nc: 3\n"),
    ("no final newline, replaced", Token, "region: eu\nauthtoken: old", "region: eu\nauthtoken: NEW"),
    ("no final newline, added", Token, "region: eu", "region: eu\nauthtoken: NEW"),
    ("no final newline, nested", Token, "version: 3\nagent:\n  region: eu", "version: 3\nagent:\n  region: eu\n  authtoken: NEW"),
    ("blank lines everywhere", Token, "\n\nregion: eu\n\n\nauthtoken: old\n\n\n", "\n\nregion: eu\n\n\nauthtoken: NEW\n\n\n"),
    ("trailing spaces", Token, "region: eu   \nauthtoken: old   \n", "region: eu   \nauthtoken: NEW   \n"),
    // Files with nothing in them.
    ("empty file", Token, "", "version: \"2\"\nauthtoken: NEW\n"),
    ("empty file, API key", Key, "", "version: \"2\"\napi_key: NEW\n"),
    ("blank lines alone", Token, "\n\n", "\n\nversion: \"2\"\nauthtoken: NEW\n"),
    ("comments alone", Token, "# nothing\n", "# nothing\nversion: \"2\"\nauthtoken: NEW\n"),
    ("comments alone, no final newline", Token, "# nothing", "# nothing\nversion: \"2\"\nauthtoken: NEW\n"),
    ("document start alone", Token, "---\n", "---\nversion: \"2\"\nauthtoken: NEW\n"),
    ("byte-order mark alone", Token, "\u{feff}", "\u{feff}version: \"2\"\nauthtoken: NEW\n"),
    ("empty mapping", Token, "{}\n", "{authtoken: NEW, version: \"2\"}\n"),
    // The byte-order mark.
    ("byte-order mark, replaced", Token, "\u{feff}authtoken: old\nregion: eu\n", "\u{feff}authtoken: NEW\nregion: eu\n"),
    ("byte-order mark, added", Token, "\u{feff}region: eu\n", "\u{feff}region: eu\nauthtoken: NEW\n"),
    ("byte-order mark, comment first", Token, "\u{feff}# a\r\nregion: eu\r\n", "\u{feff}# a\r\nregion: eu\r\nauthtoken: NEW\r\n"),
    // The agent block of version 3.
    ("agent with nothing under it", Token, "version: 3\nagent:\n", "version: 3\nagent:\n  authtoken: NEW\n"),
    ("agent with nothing, then more", Token, "version: 3\nagent: # c\nendpoints: []\n", "version: 3\nagent: # c\n  authtoken: NEW\nendpoints: []\n"),
    ("agent with a comment under it", Token, "version: 3\nagent:\n  # region: eu\nendpoints: []\n", "version: 3\nagent:\n  authtoken: NEW\n  # region: eu\nendpoints: []\n"),
    ("agent with nothing, no final newline", Token, "version: 3\nagent:", "version: 3\nagent:\n  authtoken: NEW"),
    ("agent null", Token, "version: 3\nagent: ~\nendpoints: []\n", "version: 3\nagent:\n  authtoken: NEW\nendpoints: []\n"),
    ("agent null and a comment", Token, "version: 3\nagent: null # c\nendpoints: []\n", "version: 3\nagent: # c\n  authtoken: NEW\nendpoints: []\n"),
    ("agent an empty flow mapping", Token, "version: 3\nagent: {}\n", "version: 3\nagent: {authtoken: NEW}\n"),
    ("no agent block", Token, "version: \"3\"\nendpoints: []\n", "version: \"3\"\nendpoints: []\nagent:\n  authtoken: NEW\n"),
    ("token at the top of version 3", Token, "version: 3\nauthtoken: old\n", "version: 3\nauthtoken: old\nagent:\n  authtoken: NEW\n"),
    ("API key beside the token", Key, "version: 3\nagent:\n  authtoken: old # t\n", "version: 3\nagent:\n  authtoken: old # t\n  api_key: NEW\n"),
    ("API key in version 2", Key, "version: 2\nauthtoken: old\n", "version: 2\nauthtoken: old\napi_key: NEW\n"),
    // Indents.
    ("4-space indent", Token, "version: 3\nagent:\n    region: eu\n", "version: 3\nagent:\n    region: eu\n    authtoken: NEW\n"),
    ("1-space indent", Token, "version: 3\nagent:\n region: eu\n", "version: 3\nagent:\n region: eu\n authtoken: NEW\n"),
    ("list at the indent of its key", Token, "endpoints:\n- name: a\n  url: b\nregion: eu\n", "endpoints:\n- name: a\n  url: b\nregion: eu\nauthtoken: NEW\n"),
    ("list at the indent of its key, last", Token, "endpoints:\n- name: a\n  url: b\n", "endpoints:\n- name: a\n  url: b\nauthtoken: NEW\n"),
    ("list indented, last", Token, "web_allow_hosts:\n    - a\n    - b\n", "web_allow_hosts:\n    - a\n    - b\nauthtoken: NEW\n"),
    ("list under agent", Token, "version: 3\nagent:\n  web_allow_hosts:\n  - a\n  - b\n", "version: 3\nagent:\n  web_allow_hosts:\n  - a\n  - b\n  authtoken: NEW\n"),
    ("whole file indented", Token, "  region: eu\n  authtoken: old\n", "  region: eu\n  authtoken: NEW\n"),
    ("wide gap behind the colon", Token, "authtoken:      old\nregion:    eu\n", "authtoken:      NEW\nregion:    eu\n"),
    ("space before the colon", Token, "authtoken : old\n", "authtoken : NEW\n"),
    // Scalars of every style.
    ("single quotes", Token, "authtoken: 'old'\nmetadata: 'it''s'\n", "authtoken: 'NEW'\nmetadata: 'it''s'\n"),
    ("double quotes", Token, "authtoken: \"o\\tld\"\nmetadata: \"a\\u00e4\"\n", "authtoken: \"NEW\"\nmetadata: \"a\\u00e4\"\n"),
    ("quoted keys", Token, "\"authtoken\": old\n'region': eu\n", "\"authtoken\": NEW\n'region': eu\n"),
    ("value on the next line", Token, "authtoken:\n  old\nregion: eu\n", "authtoken:\n  NEW\nregion: eu\n"),
    ("literal block as value", Token, "authtoken: |-\n  old\nregion: eu\n", "authtoken: NEW\nregion: eu\n"),
    ("null value", Token, "authtoken: ~\nregion: eu\n", "authtoken: NEW\nregion: eu\n"),
    ("list as value", Token, "authtoken: [a, b]\nregion: eu\n", "authtoken: NEW\nregion: eu\n"),
    ("literal block before the end", Token, "tunnels:\n  web:\n    policy: |+\n      a: b\n\n\nregion: eu\n", "tunnels:\n  web:\n    policy: |+\n      a: b\n\n\nregion: eu\nauthtoken: NEW\n"),
    ("kept newlines of a literal block at the end", Token, "tunnels:\n  web:\n    policy: |+\n      a: b\n\n\n", "tunnels:\n  web:\n    policy: |+\n      a: b\n\n\nauthtoken: NEW\n"),
    ("literal block that ends the file without newline", Token, "version: 2\nmetadata: |\n  one", "version: 2\nauthtoken: NEW\nmetadata: |\n  one"),
    ("folded block", Token, "metadata: >-\n  one\n  two\n\n  three\nauthtoken: old\n", "metadata: >-\n  one\n  two\n\n  three\nauthtoken: NEW\n"),
    ("block that looks like the key", Token, "metadata: |\n  authtoken: x\nauthtoken: old\n", "metadata: |\n  authtoken: x\nauthtoken: NEW\n"),
    ("non-ASCII", Token, "metadata: \"Zoë 日本語 🚇\" # größer\nauthtoken: alt\n", "metadata: \"Zoë 日本語 🚇\" # größer\nauthtoken: NEW\n"),
    ("explicit key", Token, "? authtoken\n: old\nregion: eu\n", "? authtoken\n: NEW\nregion: eu\n"),
    ("explicit tag", Token, "authtoken: !!str old\nregion: eu\n", "authtoken: NEW\nregion: eu\n"),
    ("tab in a comment and in a value", Token, "# a\tb\nmetadata: \"a\tb\"\nauthtoken: old\t# c\n", "# a\tb\nmetadata: \"a\tb\"\nauthtoken: NEW\t# c\n"),
    // Documents.
    ("document start", Token, "---\nauthtoken: old\n", "---\nauthtoken: NEW\n"),
    ("document end", Token, "region: eu\n...\n", "region: eu\nauthtoken: NEW\n...\n"),
    ("directive", Token, "%YAML 1.1\n---\nregion: eu\n", "%YAML 1.1\n---\nregion: eu\nauthtoken: NEW\n"),
    ("two documents, replaced", Token, "authtoken: old\n---\nauthtoken: second\n", "authtoken: NEW\n---\nauthtoken: second\n"),
    ("two documents, added", Token, "region: eu\n---\nregion: us # b\n", "region: eu\nauthtoken: NEW\n---\nregion: us # b\n"),
    // Anchors, aliases, flow collections that can be kept.
    ("alias elsewhere", Token, "a: &x 1\nb: *x\nauthtoken: old\n", "a: &x 1\nb: *x\nauthtoken: NEW\n"),
    ("the value is an alias", Token, "a: &x old\nauthtoken: *x\n", "a: &x old\nauthtoken: NEW\n"),
    ("the value is an anchor nobody uses", Token, "authtoken: &x old\nregion: eu\n", "authtoken: &x NEW\nregion: eu\n"),
    ("merge key in the agent block", Token, "version: 3\nbase: &b\n  region: eu\nagent:\n  <<: *b\n", "version: 3\nbase: &b\n  region: eu\nagent:\n  <<: *b\n  authtoken: NEW\n"),
    ("merged token overridden", Token, "version: 3\nbase: &b {authtoken: old}\nagent:\n  <<: *b\n  region: eu\n", "version: 3\nbase: &b {authtoken: old}\nagent:\n  <<: *b\n  region: eu\n  authtoken: NEW\n"),
    ("flow mapping on one line", Token, "{version: 2, authtoken: old}\n", "{version: 2, authtoken: NEW}\n"),
    ("JSON", Token, "{\"version\": \"2\", \"authtoken\": \"old\", \"region\": \"eu\"}\n", "{\"version\": \"2\", \"authtoken\": \"NEW\", \"region\": \"eu\"}\n"),
    ("JSON, added", Token, "{\"version\": \"2\"}", "{\"version\": \"2\", \"authtoken\": \"NEW\"}"),
    ("flow mapping as agent block", Token, "version: 3\nagent: {region: eu} # c\n", "version: 3\nagent: {region: eu, authtoken: NEW} # c\n"),
    // Files as people and the agent write them.
    ("the agent's own", Token, "version: \"2\"\nauthtoken: old\nregion: eu\n", "version: \"2\"\nauthtoken: NEW\nregion: eu\n"),
    ("the agent's own of version 3", Token, "version: \"3\"\nagent:\n    authtoken: old\n", "version: \"3\"\nagent:\n    authtoken: NEW\n"),
    ("the file that the agent's command breaks", Token, "# my file\nregion: eu   # near\nauthtoken: OLD\ntunnels:\n  web:\n    proto: http\n    addr: 80\n", "# my file\nregion: eu   # near\nauthtoken: NEW\ntunnels:\n  web:\n    proto: http\n    addr: 80\n"),
    // Data of any shape.
    ("install, deep merge", Install(r#"{"tunnels": {"web": {"addr": 81}, "ssh": {"proto": "tcp", "addr": 22}}}"#), "version: 2\ntunnels:\n  web: # mine\n    proto: http\n    addr: 80 # port\n", "version: 2\ntunnels:\n  web: # mine\n    proto: http\n    addr: 81 # port\n  ssh:\n    addr: 22\n    proto: tcp\n"),
    ("install, types", Install( r#"{"a": true, "b": 1.5, "c": null, "d": "yes", "e": "12", "f": ["x", "y: z"], "g": "", "h": "a # b"}"#, ), "version: 2\n", "version: 2\na: true\nb: 1.5\nc: null\nd: \"yes\"\ne: \"12\"\nf:\n- x\n- 'y: z'\ng: \"\"\nh: 'a # b'\n"),
    ("install, a token that begins like a number", Install(r#"{"authtoken": "2Qz_1", "api_key": "20261121"}"#), "version: 2\n", "version: 2\napi_key: \"20261121\"\nauthtoken: 2Qz_1\n"),
    ("install, nothing changes", Install(r#"{"region": "eu"}"#), "region:  'eu'\nversion: 2", "region:  'eu'\nversion: 2"),
    ("install, version added", Install("null"), "region: eu\n", "region: eu\nversion: \"2\"\n"),
    ("install, version kept", Install("null"), "version: 3\n", "version: 3\n"),
    ("install, into an empty file", Install(r#"{"region": "eu"}"#), "", "version: \"2\"\nregion: eu\n"),
    ("install, a list replaced", Install(r#"{"web_allow_hosts": ["c"]}"#), "version: 2\nweb_allow_hosts:\n  - a\n  - b\nregion: eu # c\n", "version: 2\nweb_allow_hosts:\n  - c\nregion: eu # c\n"),
    ("install, many lines of text", Install(r#"{"metadata": "one\ntwo\n"}"#), "version: 2\n", "version: 2\nmetadata: |\n  one\n  two\n"),
];

#[test]
fn an_edit_changes_its_key_and_no_other_byte() {
    assert!(KEPT.len() >= 60);
    let wrong: Vec<String> = KEPT
        .iter()
        .filter_map(|(name, edit, before, after)| {
            let home = Home::with(before);
            let outcome = edit.run(&home);
            let text = home.text();
            (outcome.is_err() || text != *after).then(|| {
                format!("{name}: {outcome:?}\n  before   {before:?}\n  expected {after:?}\n  found    {text:?}")
            })
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        KEPT.len(),
        wrong.join("\n")
    );
}

/// What cannot be kept is refused, with a reason, and the file is as it was.
#[rustfmt::skip]
const REFUSED: &[(&str, Edit, &str, ErrorKind, &str)] = &[
    ("anchor that an alias uses", Token, "authtoken: &x old\nmetadata: *x\n", ErrorKind::ConfigEdit, "anchor"),
    ("agent block that an alias uses", Token, "version: 3\nagent: &b\n  region: eu\nother: *b\n", ErrorKind::ConfigEdit, "anchor"),
    ("agent block that is an alias", Token, "version: 3\nbase: &b\n  region: eu\nagent: *b\n", ErrorKind::ConfigEdit, "alias"),
    ("comment that the edit would lose", Install(r#"{"web_allow_hosts": ["x"]}"#), "version: 2\nweb_allow_hosts: [a,\n  b] # c\n", ErrorKind::ConfigEdit, "flow collection"),
    ("agent that is no mapping", Token, "version: 3\nagent: 5\n", ErrorKind::ConfigEdit, "`agent` is no mapping"),
    ("agent without a version", Token, "agent:\n  authtoken: old\n", ErrorKind::ConfigEdit, "add `version: 3`"),
    ("first document empty", Token, "---\n---\nregion: eu\n", ErrorKind::ConfigEdit, "first document is empty"),
    ("unknown version", Token, "region: eu\nversion: 4\n", ErrorKind::ConfigInvalid, ":2:1: `version`"),
    ("a list", Token, "- a\n", ErrorKind::ConfigInvalid, "expected keys"),
    ("a scalar", Token, "hello\n", ErrorKind::ConfigInvalid, "expected keys"),
    ("not YAML", Token, "region: eu\nauthtoken: [x\n", ErrorKind::ConfigSyntax, "not valid YAML"),
    ("a key twice", Token, "authtoken: a\nregion: eu\nauthtoken: b\n", ErrorKind::ConfigSyntax, ":3:1: this key is twice"),
    ("rule of the installed data", Install(r#"{"web_addr": false}"#), "version: 2\n", ErrorKind::ConfigInvalid, "\"web_addr\" cannot be false"),
    ("rule of what is there", Install(r#"{"region": "eu"}"#), "version: 3\nagent:\n  log_level: crit\n", ErrorKind::ConfigInvalid, "\"log_level\" must be"),
    ("data that is no mapping", Install("[1]"), "version: 2\n", ErrorKind::ConfigInvalid, "no mapping"),
];

#[test]
fn what_cannot_be_kept_is_refused_and_nothing_is_written() {
    for (name, edit, before, kind, reason) in REFUSED {
        let home = Home::with(before);
        let error = edit.run(&home).expect_err(name);
        assert_eq!(error.kind(), *kind, "{name}: {error}");
        assert!(error.to_string().contains(reason), "{name}: {error}");
        assert_eq!(
            error.path(),
            Some(home.path.as_path()).filter(|_| *name != "data that is no mapping"),
            "{name}"
        );
        assert_eq!(home.text(), *before, "{name}");
    }
}

#[test]
fn a_secret_that_is_none_is_refused_before_the_file_is_touched() {
    for bad in ["", " ", "two words", "line\nend", "nul\0"] {
        let home = Home::empty();
        let outcomes = [
            set_authtoken(&home.path, &bad.into()),
            set_api_key(&home.path, &bad.into()),
        ];
        for outcome in outcomes {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
            assert!(
                bad.trim().len() < 3 || !super::told(&error).contains(bad),
                "{error}"
            );
        }
        assert!(!home.path.exists());
    }
}

#[test]
fn a_file_that_is_not_there_is_made_with_its_directories() {
    let home = Home::empty();
    let deep = home.path.with_file_name("a").join("b").join("ngrok.yml");
    install_default_config(
        &deep,
        &json!({"agent": {"region": "eu"}}),
        ConfigVersion::V3,
    )
    .unwrap();
    assert_eq!(
        std::fs::read_to_string(&deep).unwrap(),
        "version: \"3\"\nagent:\n  region: eu\n"
    );
}
