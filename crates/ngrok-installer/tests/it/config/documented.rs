//! Every shape of a config file that ngrok's documentation shows, with our verdict.

use ngrok_installer::config::{Severity, check_text};

/// A section of `fixtures/documented.txt`.
struct Section<'a> {
    title: &'a str,
    text: String,
    verdict: &'a str,
}

fn sections(fixture: &str) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    for part in fixture.split("\n### ").skip(1) {
        let (title, text) = part.split_once('\n').unwrap();
        let (title, verdict) = title.split_once(" => ").unwrap();
        let (verdict, text) = match verdict.strip_prefix("fragment ") {
            Some(verdict) if text.contains("agent:") || text.contains("endpoints:") => {
                (verdict, format!("version: 3\n{text}"))
            }
            Some(verdict) => (verdict, format!("version: 2\n{text}")),
            None => (verdict, text.to_owned()),
        };
        sections.push(Section {
            title,
            text,
            verdict,
        });
    }
    sections
}

#[test]
fn every_documented_shape_gets_its_verdict() {
    let sections = sections(include_str!("../../fixtures/documented.txt"));
    assert!(sections.len() > 60, "{}", sections.len());
    for Section {
        title,
        text,
        verdict,
    } in sections
    {
        let problems = check_text(&text);
        let (severity, part) = verdict.split_once(' ').unwrap_or((verdict, ""));
        let worst = problems.iter().map(|problem| problem.severity()).max();
        let expected = match severity {
            "fine" => None,
            "warning" => Some(Severity::Warning),
            "error" => Some(Severity::Error),
            other => panic!("{title}: {other}"),
        };
        assert_eq!(worst, expected, "{title}: {problems:#?}");
        let found = problems
            .iter()
            .any(|problem| problem.to_string().contains(part));
        assert!(found || part.is_empty(), "{title}: {problems:#?}");
    }
}

#[test]
fn a_fragment_lacks_nothing_but_its_version() {
    for text in [
        "agent:\n  log: stdout\n",
        "endpoints:\n  - {name: a, upstream: {url: 80}}\n",
    ] {
        let problems = check_text(text);
        assert!(problems[0].message().contains("no `version`"));
        assert_eq!(problems[0].remedy(), "write `version: 3`");
    }
}
