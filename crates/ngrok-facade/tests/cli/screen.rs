//! The screen on a real terminal, and when there is none.

use ngrok_testkit::Upstream;

use crate::machine::{Machine, visit};
use crate::terminal::Terminal;

/// The URL that a screen shows.
fn url(seen: &str) -> String {
    let at = seen.find("http://127.0.0.1:").expect("a URL");
    let end = seen[at..].find([' ', '\u{1b}']).unwrap();
    seen[at..at + end].to_owned()
}

#[test]
fn the_screen_shows_requests_and_gives_the_terminal_back() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let port = upstream.port().to_string();
    let mut terminal = Terminal::start(80, 24, &mut machine.command(&["http", &port]));
    terminal.wait_for("\u{1b}[?1049h");
    terminal.wait_for("q quit");
    let url = url(&terminal.seen());
    assert_eq!(visit(&format!("{url}/status/418")), Some(418));
    terminal.wait_for("/status/418");
    terminal.wait_for("418");
    // Enter shows the request that is selected, the newest one.
    terminal.send("\r");
    terminal.wait_for("Esc back");
    terminal.send("\u{1b}");
    terminal.wait_for("q quit");
    terminal.resize(100, 30);
    terminal.send("q");
    terminal.wait_for("\u{1b}[?1049l");
    assert_eq!(terminal.end(), 0);
    assert_eq!(visit(&url), None);
    // The summary stays, where the screen was.
    let seen = terminal.seen();
    let before = seen.split("\u{1b}[?1049h").next().unwrap();
    assert!(before.contains(&url), "{before}");
}

#[test]
fn plain_lines_fit_where_there_is_no_screen() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let port = upstream.port().to_string();
    for (columns, term, flag) in [
        (80, "dumb", None),
        (50, "xterm", None),
        (70, "xterm", Some("--plain")),
    ] {
        let args: Vec<&str> = ["http", &port].into_iter().chain(flag).collect();
        let mut command = machine.command(&args);
        let mut terminal = Terminal::start(columns, 24, command.env("TERM", term));
        terminal.wait_for("Ctrl-C ends it");
        let url = url(&crate::terminal::stripped(&terminal.seen()));
        visit(&format!(
            "{url}/a/path/that/is/much/longer/than/the/terminal/has/columns/of/text"
        ));
        terminal.wait_for("200 OK");
        terminal.wait_for("\n");
        let seen = crate::terminal::stripped(&terminal.seen());
        assert!(!terminal.seen().contains("\u{1b}[?1049h"));
        let line = seen.lines().find(|line| line.contains("/a/path")).unwrap();
        let wide = line.trim_end().chars().count();
        assert!(wide <= usize::from(columns).max(60), "{columns}: {line}");
        terminal.send("\u{3}");
        assert_eq!(terminal.end(), 0);
    }
}

#[test]
fn a_command_and_its_output_are_on_the_screen_too() {
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    let port = upstream.port().to_string();
    let script =
        "echo \"started at $NGROK_URL\"; trap 'exit 9' TERM; while true; do sleep 0.05; done";
    let mut command = machine.command(&["run", &port, "--", "sh", "-c", script]);
    let mut terminal = Terminal::start(100, 30, &mut command);
    terminal.wait_for("Command");
    terminal.wait_for("Output");
    terminal.wait_for("started");
    terminal.send("\u{3}");
    terminal.wait_for("\u{1b}[?1049l");
    assert_eq!(terminal.end(), 9);
}
