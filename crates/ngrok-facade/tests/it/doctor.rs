//! What `doctor` finds in arranged surroundings.

use ngrok_facade::{FindingCode, Ngrok, Severity};
use ngrok_testkit::LoopbackAgent;

use crate::lab::Lab;

fn codes(ngrok: &Ngrok) -> Vec<(FindingCode, Severity)> {
    ngrok
        .doctor()
        .into_iter()
        .map(|finding| (finding.code, finding.severity))
        .collect()
}

#[test]
#[cfg(unix)]
fn all_is_well() {
    let lab = Lab::new();
    // One of the future: whether today's are supported depends on the day.
    let path = crate::lab::script(&lab, "echo ngrok version 99.0.0");
    lab.write("version: 2\nauthtoken: planted-token\nweb_addr: 127.0.0.1:1\n");
    let ngrok = Ngrok::new(lab.builder().ngrok_path(path).build().unwrap());
    let findings = codes(&ngrok);
    for code in [
        FindingCode::AgentOk,
        FindingCode::ConfigOk,
        FindingCode::AuthtokenOk,
    ] {
        assert!(
            findings.contains(&(code, Severity::Ok)),
            "{code}: {findings:?}"
        );
    }
    assert!(!format!("{:?}", ngrok.doctor()).contains("planted"));
    assert!(ngrok.running().is_none());
}

#[test]
fn each_fault_has_a_code_a_sentence_and_a_remedy() {
    let lab = Lab::new();
    let foreign = LoopbackAgent::builder().start().unwrap();
    let web_addr = foreign.api_url().replace("http://", "");
    lab.write(&format!(
        "version: 2\nweb_addr: {web_addr}\ntunnels:\n  web: {{proto: udp, addr: 1}}\n"
    ));
    let ngrok = Ngrok::new(
        lab.builder()
            .ngrok_path(lab.folder.path().join("none"))
            .build()
            .unwrap(),
    );
    let findings = ngrok.doctor();
    for (code, severity) in [
        (FindingCode::AgentMissing, Severity::Warning),
        (FindingCode::ConfigInvalid, Severity::Error),
        (FindingCode::OtherAgent, Severity::Warning),
    ] {
        let finding = findings
            .iter()
            .find(|it| it.code == code)
            .unwrap_or_else(|| panic!("{code}: {findings:?}"));
        assert_eq!(finding.severity, severity);
        assert!(
            !finding.message.is_empty() && !finding.remedy.is_empty(),
            "{finding:?}"
        );
    }
}

#[test]
#[cfg(unix)]
fn a_broken_and_an_old_agent_are_told() {
    let lab = Lab::new();
    for (body, expected) in [
        ("exit 3", (FindingCode::AgentBroken, Severity::Error)),
        (
            "echo ngrok version 2.3.41",
            (FindingCode::AgentOld, Severity::Error),
        ),
    ] {
        let path = crate::lab::script(&lab, body);
        let ngrok = Ngrok::new(lab.builder().ngrok_path(path).build().unwrap());
        assert!(
            codes(&ngrok).contains(&expected),
            "{body}: {:?}",
            ngrok.doctor()
        );
    }
}

#[test]
#[cfg(unix)]
fn the_file_is_judged_for_the_agent_that_is_installed() {
    let lab = Lab::new();
    let of_config = |version: &str, text: &str| {
        let path = crate::lab::script(&lab, &format!("echo ngrok version {version}"));
        lab.write(text);
        let ngrok = Ngrok::new(lab.builder().ngrok_path(path).build().unwrap());
        let findings = codes(&ngrok).into_iter();
        let mut found = findings
            .filter(|(code, _)| matches!(code, FindingCode::ConfigOk | FindingCode::ConfigInvalid));
        let first = found.next().unwrap();
        assert_eq!(found.next(), None, "{version} {text}");
        first.1
    };
    let old_names =
        "version: 2\nauthtoken: t\ntunnels:\n  web: {proto: http, addr: 80, bind_tls: true}\n";
    let new_guard = "version: 2\nauthtoken: t\ntunnels:\n  web: {proto: http, addr: 80, traffic_policy: {on_http_request: []}}\n";
    let version_3 = "version: 3\nagent: {authtoken: t}\n";
    let console = "version: 2\nauthtoken: t\nconsole_ui: true\n";
    for (version, text, severity) in [
        ("2.3.41", old_names, Severity::Ok),
        ("3.39.9", old_names, Severity::Error),
        ("2.3.41", new_guard, Severity::Error),
        ("3.39.9", new_guard, Severity::Ok),
        ("2.3.41", version_3, Severity::Error),
        ("3.9.0", version_3, Severity::Error),
        ("3.39.9", version_3, Severity::Ok),
        ("3.39.9", console, Severity::Warning),
    ] {
        assert_eq!(of_config(version, text), severity, "{version} {text}");
    }
}

#[test]
fn an_authtoken_is_not_called_missing_where_the_file_cannot_be_read() {
    let lab = Lab::new();
    for (text, code, severity) in [
        (
            "authtoken: [",
            FindingCode::AuthtokenUnknown,
            Severity::Warning,
        ),
        (
            "version: 2\n",
            FindingCode::AuthtokenMissing,
            Severity::Error,
        ),
        (
            "version: 2\nauthtoken: ${NGROK_AUTHTOKEN}\n",
            FindingCode::AuthtokenMissing,
            Severity::Error,
        ),
        (
            "version: 2\nauthtoken: 2abc\n",
            FindingCode::AuthtokenOk,
            Severity::Ok,
        ),
    ] {
        lab.write(text);
        let ngrok = Ngrok::new(lab.builder().build().unwrap());
        let findings = codes(&ngrok);
        assert!(findings.contains(&(code, severity)), "{text}: {findings:?}");
        let other = |code: &FindingCode| code.as_str().starts_with("authtoken");
        let count = findings.iter().filter(|(code, _)| other(code)).count();
        assert_eq!(count, 1, "{findings:?}");
        if code == FindingCode::AuthtokenUnknown {
            let unreadable = (FindingCode::ConfigInvalid, Severity::Error);
            assert!(findings.contains(&unreadable), "{findings:?}");
        }
    }
}
