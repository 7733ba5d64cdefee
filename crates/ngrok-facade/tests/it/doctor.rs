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
