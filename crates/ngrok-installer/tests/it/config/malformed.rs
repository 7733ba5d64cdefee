//! Files that are no config: a clear error with the place, and no line of the file in it.

use ngrok_installer::config::{
    AgentConfig, AgentVersion, Check, Problem, Severity, check, parse_yaml, set_authtoken, show,
};
use ngrok_installer::{Error, ErrorKind};

use super::{Home, PLANTED, told};

/// Content with `TOKEN` where the planted token goes; line and column; a part of what is said.
const BROKEN: &[(&str, usize, usize, &str)] = &[
    (
        "authtoken: [TOKEN\n",
        2,
        1,
        "did not find expected ',' or ']'",
    ),
    (
        "authtoken TOKEN\nregion: eu\n",
        2,
        7,
        "mapping values are not allowed",
    ),
    (
        "authtoken: \"TOKEN\nregion: eu\n",
        3,
        1,
        "unexpected end of stream",
    ),
    (
        "authtoken: TOKEN: x\n",
        1,
        41,
        "mapping values are not allowed",
    ),
    (
        "authtoken: TOKEN\n\tregion: eu\n",
        2,
        1,
        "tab character that violates indentation",
    ),
    (
        "agent:\n\tauthtoken: TOKEN\n",
        2,
        1,
        "cannot start any token",
    ),
    (
        "agent:\n  authtoken: TOKEN\n region: eu\n",
        3,
        2,
        "did not find expected key",
    ),
    (
        "authtoken: TOKEN\nregion: *nowhere\n",
        2,
        9,
        "unknown anchor",
    ),
    ("? [TOKEN]\n: x\n", 1, 3, "a list cannot be a key"),
    (
        "agent:\n  authtoken: TOKEN\n  <<: TOKEN\n",
        2,
        3,
        "`<<` can only merge mappings",
    ),
    (
        "authtoken: TOKEN\nmetadata: \u{7}\n",
        2,
        11,
        "control character",
    ),
    ("a: &a [*a]\nauthtoken: TOKEN\n", 1, 0, "cannot be read"),
    (
        "a: &x 1\nb: &x 2\nc: &y 3\nauthtoken: *x\n",
        2,
        4,
        "two anchors of one name",
    ),
    ("authtoken: !!int TOKEN\n", 1, 12, "cannot be read"),
];

/// Two equal keys in one mapping: agents before 3.0 take the later one, so reading does, too; an edit cannot know which is
/// meant.
#[test]
fn a_key_that_is_twice_is_read_and_shown_but_not_edited() {
    for (content, line, column) in [
        ("authtoken: TOKEN\nauthtoken: TOKEN2\n", 2, 1),
        (
            "authtoken: TOKEN\ntunnels:\n  web: {addr: 1, addr: 2}\n",
            3,
            18,
        ),
        ("1: a\n'1': TOKEN\nauthtoken: TOKEN\n", 2, 1),
    ] {
        let content = content.replace("TOKEN", PLANTED);
        let home = Home::with(&content);
        assert!(AgentConfig::load(&home.path).unwrap().authtoken().is_some());
        assert!(!show(&home.path).unwrap().contains("TOKEN2"));
        let error = set_authtoken(&home.path, &"2new".into()).unwrap_err();
        assert_eq!((error.line(), error.column()), (Some(line), Some(column)));
        assert!(error.to_string().contains("twice"), "{error}");
        assert_eq!(home.text(), content);
        let check = Check::new();
        let of = |agent| check.agent(agent).text(&content);
        let twice = |problems: Vec<Problem>| {
            let problem = problems
                .into_iter()
                .find(|one| one.message().contains("twice"))
                .unwrap();
            (problem.line(), problem.column(), problem.severity())
        };
        assert_eq!(
            twice(of(AgentVersion::LAST_2)),
            (line, column, Severity::Warning)
        );
        assert_eq!(
            twice(of(AgentVersion::NEWEST)),
            (line, column, Severity::Error)
        );
    }
    let config: AgentConfig = "region: eu\nregion: us\n".parse().unwrap();
    assert_eq!(config.settings().region.as_deref(), Some("us"));
}

#[test]
fn malformed_yaml_is_located_and_not_quoted() {
    for (content, line, column, said) in BROKEN {
        let content = content.replace("TOKEN", PLANTED);
        let home = Home::with(&content);
        let errors: Vec<Error> = vec![
            AgentConfig::load(&home.path).unwrap_err(),
            set_authtoken(&home.path, &PLANTED.into()).unwrap_err(),
            show(&home.path).unwrap_err(),
        ];
        for error in &errors {
            assert_eq!(
                error.kind(),
                ErrorKind::ConfigSyntax,
                "{content:?}: {error}"
            );
            assert_eq!(error.line(), Some(*line), "{content:?}: {}", told(error));
            assert!(
                *column == 0 || error.column() == Some(*column),
                "{content:?}: {}",
                told(error)
            );
            assert!(told(error).contains(said), "{content:?}: {}", told(error));
            assert!(!told(error).contains(PLANTED), "{}", told(error));
            assert_eq!(error.path(), Some(home.path.as_path()));
        }
        let problems = check(&home.path).unwrap();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].line(), *line);
        assert!(
            !problems[0].to_string().contains(PLANTED),
            "{}",
            problems[0]
        );
        assert_eq!(home.text(), content);
    }
}

/// Small texts that stand for a lot, or keep a careless reader busy.
#[test]
fn bombs_are_refused_quickly() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let wide = format!(
        "a: &a [{}]\nb: [{}]\n",
        "x, ".repeat(50_000),
        "*a, ".repeat(50_000)
    );
    let long = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(500_000),
        "*a, ".repeat(100_000)
    );
    let keys = format!(
        "a: &a {{{}}}\nb: [{}]\n",
        (0..1000).map(|n| format!("k{n}: 1, ")).collect::<String>(),
        "*a, ".repeat(5000)
    );
    let merges = format!(
        "a: &a {{x: {}}}\nb: [{}]\n",
        "y".repeat(100_000),
        "{<<: *a}, ".repeat(5000)
    );
    let texts = [
        laughs,
        wide,
        long,
        keys,
        merges,
        "[".repeat(1_000_000),
        "{a: ".repeat(250_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        (0..300).map(|depth| " ".repeat(depth) + "a:\n").collect(),
    ];
    for text in texts {
        let start = std::time::Instant::now();
        let error = parse_yaml(&text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConfigSyntax);
        assert!(
            error.line().is_some() && error.column().is_some(),
            "{}",
            told(&error)
        );
        assert!(told(&error).len() < 1000);
        // A loaded machine included; without the guards these take minutes or all memory.
        assert!(
            start.elapsed().as_secs() < 20,
            "{:?} for {:?}",
            start.elapsed(),
            &text[..20]
        );
    }
}

#[test]
fn what_is_no_file_of_a_config_is_refused_by_name() {
    let home = Home::empty();
    assert!(AgentConfig::load(&home.path).unwrap_err().is_not_found());
    assert!(check(&home.path).unwrap_err().is_not_found());

    std::fs::create_dir(&home.path).unwrap();
    for error in [
        AgentConfig::load(&home.path).unwrap_err(),
        set_authtoken(&home.path, &PLANTED.into()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
        assert!(error.to_string().contains("directory"), "{error}");
        assert_eq!(error.path(), Some(home.path.as_path()));
    }

    let huge = Home::with(vec![b'#'; 50 << 20]);
    let start = std::time::Instant::now();
    let error = set_authtoken(&huge.path, &PLANTED.into()).unwrap_err();
    assert!(
        error.to_string().contains("larger than 1024 KiB"),
        "{error}"
    );
    assert!(start.elapsed().as_secs() < 5);
}

#[test]
fn a_file_in_another_encoding_is_refused_at_its_first_wrong_byte() {
    let latin1 = Home::with(b"region: eu\nmetadata: gr\xf6\xdfe\n");
    let error = AgentConfig::load(&latin1.path).unwrap_err();
    assert_eq!(
        (error.line(), error.column()),
        (Some(2), Some(13)),
        "{error}"
    );
    assert_eq!(error.kind(), ErrorKind::ConfigSyntax);

    let utf16: Vec<u8> = "\u{feff}region: eu\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let error = AgentConfig::load(&Home::with(utf16).path).unwrap_err();
    assert_eq!(
        (error.line(), error.column()),
        (Some(1), Some(1)),
        "{error}"
    );
    assert!(error.to_string().contains("UTF-8"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_the_file_does_not_block() {
    let home = Home::empty();
    let made = std::process::Command::new("mkfifo")
        .arg(&home.path)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let error = AgentConfig::load(&home.path).unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");
}
