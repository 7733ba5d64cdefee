//! `check` and `show`: what the command line prints.

use ngrok_installer::config::{Severity, check, check_text, show};
use ngrok_installer::{Error, ErrorKind};

use super::{Home, PLANTED};

fn problems(text: &str) -> Vec<String> {
    check_text(text).iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_file_of_either_version_has_no_problems() {
    let v2 = "version: 2\nauthtoken: t\ntunnels:\n  web:\n    proto: http\n    addr: 80\n    basic_auth: ['a:bbbbbbbb']\n    schemes: [https]\n  edge:\n    labels: [edge=x]\n    addr: 80\n";
    let v3 = "version: 3\nagent:\n  authtoken: t\n  connect_url: a:443\nendpoints:\n  - name: a\n    url: https://a.ngrok.app\n    bindings: [internal]\n    upstream:\n      url: 80\n      protocol: http2\n      proxy_protocol: 2\n";
    assert_eq!(problems(v2), [""; 0]);
    assert_eq!(problems(v3), [""; 0]);
}

#[test]
fn every_problem_has_its_place_and_a_remedy() {
    let text = "version: 3\nserver_addr: a:1\nagent:\n  root_cas: /x\n  Log-Level: info\n  web_addr: false\ntunnels:\n  old:\n    labels: [a=b]\n    addr: 1\n\
                endpoints:\n  - name: a\n    upstream:\n      url: 80\n      protocol: h2\n    bindings: [public, internal]\n  - name: a\n  - 5\n  - upstream: {}\n    descripton: x\n";
    assert_eq!(
        problems(text),
        [
            "2:1: error: `server_addr` is at the top, where version 3 does not read it; move it under `agent` and call it `connect_url`",
            "4:3: error: `root_cas` is a key of version 2, and agents refuse it in version 3; call it `connect_cas`",
            "5:3: error: unknown key `Log-Level`; call it `log_level`",
            "6:3: error: `web_addr` is false, and the agent's API is needed to open tunnels; write an address such as `127.0.0.1:4040`",
            "9:5: error: `labels` of tunnel `old`, which version 3 does not have; use an endpoint whose URL ends in .internal, and a cloud endpoint that forwards to it",
            "15:7: error: `upstream.protocol` of endpoint `a` has a wrong value; make it one of http1, http2",
            "16:5: error: `bindings` of endpoint `a` has more than one item; keep one, and write a second endpoint for the other",
            "17:5: error: no `upstream` of endpoint `a`; add it: where to forward to, and how",
            "17:5: error: endpoint `a` is defined twice; rename one of them",
            "18:5: error: endpoint number 3 has no keys; give it `name` and `upstream`",
            "19:5: error: no `url` in `upstream` of endpoint number 4; add it: where to forward to: a port, `host:port`, a URL, or `file://` and a directory",
            "19:5: error: no `name` of endpoint number 4; add it: name of the endpoint, once in a file",
            "20:5: error: unknown key `descripton` of endpoint number 4; did you mean `description`?",
        ]
    );
}

#[test]
fn problems_inside_aliases_point_at_the_nearest_text() {
    let text = "version: 2\nbase: &b {proto: udp, addr: 1}\ntunnels:\n  web: *b\n";
    let found = check_text(text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((found[0].line(), found[0].column()), (2, 1));
    assert_eq!(found[0].severity(), Severity::Error);
    assert_eq!(found[0].remedy(), "indent it under `tunnels:`");
    assert_eq!(
        (found[1].line(), found[1].column(), found[1].severity()),
        (4, 3, Severity::Error)
    );
    assert!(found[1].message().contains("`proto`") && found[1].remedy().contains("tcp"));
}

#[test]
fn a_file_full_of_problems_is_reported_in_part_and_soon() {
    let keys: String = (0..3_000)
        .map(|number| format!("unknown{number}: 1\n"))
        .collect();
    let start = std::time::Instant::now();
    let found = check_text(&format!("version: 2\n{keys}"));
    assert_eq!(found.len(), 100);
    // Looking for the place of each would take thirty times the few seconds.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn no_problem_quotes_a_value_or_a_token_in_the_place_of_a_key() {
    let long = format!("{PLANTED}{PLANTED}");
    let text = format!(
        "version: 3\n{long}: x\nagent:\n  region: {PLANTED}\n  log_level: {PLANTED}\n  {long}: x\n  authtoken: [{PLANTED}]\n\
         tunnels:\n  {long}: {PLANTED}\nendpoints:\n  - name: {long}\n    bindings: [{PLANTED}]\n"
    );
    let home = Home::with(text);
    let found = check(&home.path).unwrap();
    assert!(found.len() >= 8, "{found:?}");
    assert!(!format!("{found:?}").contains(PLANTED), "{found:#?}");
}

#[test]
fn show_keeps_the_file_and_masks_every_secret() {
    let text = "\u{feff}# authtoken: TOKEN (old)\r\nversion: 3 # note: fine\r\nagent:\r\n  authtoken: &t 'TOKEN' # mine\r\n  api_key: \"TOKEN\"\r\n  metadata: *t\r\n  proxy_url: http://u:p@h:1\r\n\
                endpoints:\r\n  - name: a\r\n    upstream: {url: 'http://u:TOKEN@localhost:80/x'}\r\n    traffic_policy:\r\n      on_http_request:\r\n        - actions:\r\n            - type: basic-auth\r\n              config:\r\n                credentials:\r\n                  - u:TOKEN\r\n                  - short\r\n\
                \x20   metadata: |\r\n      authtoken: TOKEN\r\n\
                tunnels:\r\n  web:\r\n    basic_auth: [\"u:TOKEN\"]\r\n    request_header:\r\n      add: [\"authorization: Bearer TOKEN\", \"x: y\"]\r\n    # auth=TOKEN\r\n    addr: 80"
        .replace("TOKEN", PLANTED);
    let masked = "\u{feff}# authtoken: ***\r\nversion: 3 # note: fine\r\nagent:\r\n  authtoken: &t *** # mine\r\n  api_key: ***\r\n  metadata: *t\r\n  proxy_url: ***\r\n\
                  endpoints:\r\n  - name: a\r\n    upstream: {url: ***}\r\n    traffic_policy:\r\n      on_http_request:\r\n        - actions:\r\n            - type: basic-auth\r\n              config:\r\n                credentials:\r\n                  - ***\r\n                  - ***\r\n\
                  \x20   metadata: ***\r\n\
                  tunnels:\r\n  web:\r\n    basic_auth: [***]\r\n    request_header:\r\n      add: [***, \"x: y\"]\r\n    # auth: ***\r\n    addr: 80";
    let home = Home::with(&text);
    let shown = show(&home.path).unwrap();
    assert_eq!(shown, masked);
    assert_eq!(home.text(), text);

    let json = text
        .parse::<ngrok_installer::config::AgentConfig>()
        .unwrap()
        .masked_value();
    assert!(!json.to_string().contains(PLANTED), "{json}");
    assert_eq!(json["tunnels"]["web"]["addr"], 80);
    assert_eq!(json["agent"]["authtoken"], "***");
    assert_eq!(json["tunnels"]["web"]["request_header"]["add"][1], "x: y");
}

#[test]
fn show_masks_what_the_agent_does_not_read_too() {
    let hidden = [
        "region: eu\n---\nauthtoken: TOKEN\n",
        "---\n---\nauthtoken: TOKEN\n",
        "---\n...\n---\n- authtoken: TOKEN\n",
        "region: eu\n--- !!map\napi_key: |\n  TOKEN\n",
        "region: eu\n--- \"authtoken: TOKEN\"\n",
        "# basic_auth:\n#   - u:TOKEN\n#   - TOKEN\n# region: eu\nregion: eu\n",
        "x:\n  # authtoken:\n  #   TOKEN\n  y: 1\n",
        "tunnels: {web: {auth: !mine TOKEN, addr: 80}}\n",
        "agent: !t {authtoken: TOKEN}\n",
        "a: &a TOKEN\nagent: {authtoken: *a}\nproxy_url: *a\n",
        "base: &b {authtoken: TOKEN}\n<<: *b\n",
        "? authtoken\n: TOKEN\n",
        "{\"authtoken\": \"TOKEN\"}",
        "authtoken:\n  TOKEN\n",
        "authtoken: [TOKEN, {x: TOKEN}]\n",
        "metadata: '{\"token\": \"TOKEN\"}'\n",
        "extra: https://user:TOKEN@host/path\n",
    ];
    for text in hidden {
        let text = text.replace("TOKEN", PLANTED);
        match show(Home::with(&text).path) {
            Ok(shown) => assert!(
                !shown.contains(PLANTED) && shown.contains("***"),
                "{text:?} -> {shown:?}"
            ),
            Err(error) => panic!("{text:?}: {error}"),
        }
    }
    let shown =
        show(Home::with("# basic_auth:\n#   - u:p\n# region: eu\nregion: eu\n").path).unwrap();
    assert_eq!(
        shown,
        "# basic_auth: ***\n# ***\n# region: eu\nregion: eu\n"
    );
}

#[test]
fn show_of_an_odd_file_shows_it_or_nothing() {
    for text in [
        "",
        "# only a comment\n",
        "---\n",
        "{}",
        "authtoken:\napi_key: # none yet\nregion: eu\n",
    ] {
        assert_eq!(show(Home::with(text).path).unwrap(), text);
    }
    assert_eq!(
        show(Home::with("# token = abc\n").path).unwrap(),
        "# token : ***\n"
    );
    let error: Error = show(Home::with(format!("authtoken: [{PLANTED}\n")).path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigSyntax);
}
