//! Tables of what agents print, and the reason in it.

use super::*;

/// The reason as it would be shown, whether it was reported or was only the last thing printed.
fn reason(text: &str) -> String {
    let reason = Reason::of(text);
    reason
        .reported()
        .or_else(|| reason.last_words())
        .unwrap_or_default()
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(reason(text), *expected, "{text}");
    }
}

const USAGE_2: &str = "NAME:\n   start - start tunnels by name from the configuration file\n\nUSAGE:\n   ngrok start [command options] [arguments...]\n\nDESCRIPTION:\n   Starts tunnels by name from the configuration file. You may specify any\n   number of tunnel names.\n\nEXAMPLES:\n   ngrok start --all      # start all tunnels defined in the config file\n\nOPTIONS:\n   --all\t\tstart all tunnels in the configuration file\n   --none\t\tstart running no tunnels\n";

const USAGE_3: &str = "USAGE:\n  ngrok start [flags]\n\nCOMMANDS: \n  config          update or migrate ngrok's configuration file\n\nFLAGS:\n      --all             start all endpoints in the configuration file\n      --log string      path to log file, 'stdout', 'stderr' or 'false' (default \"false\")\n";

#[test]
fn usage_text_is_never_the_reason() {
    let error = "ERROR:  Your configuration file must define at least one tunnel when using --all.\nERROR:  To intentionally start no tunnels, use `ngrok start --none.`";
    let shown = "Your configuration file must define at least one tunnel when using --all. To intentionally start no tunnels, use `ngrok start --none.`";
    check(&[
        (&format!("{USAGE_2}\n{error}"), shown),
        (&format!("{error}\n\n{USAGE_2}"), shown),
        (&format!("{error}\n{USAGE_3}"), shown),
        (
            &format!("{USAGE_2}\nIncorrect Usage: flag provided but not defined: -nope\n\n"),
            "Incorrect Usage: flag provided but not defined: -nope",
        ),
        (
            &format!("ERROR:  unknown flag: --nope\n{USAGE_3}"),
            "unknown flag: --nope",
        ),
        (
            "Usage: ngrok start [flags]\n\nFlags:\n  -h, --help\nno tunnels given\n",
            "no tunnels given",
        ),
        (USAGE_2, ""),
        (USAGE_3, ""),
    ]);
}

#[test]
fn warnings_and_notes_of_the_system_are_never_the_reason() {
    let denied = "listen tcp 127.0.0.1:4049: listen: operation not permitted";
    let loader = "ERROR: ld.so: object '/usr/lib/arm-linux-gnueabihf/libarmmem-${PLATFORM}.so' from /etc/ld.so.preload cannot be preloaded (cannot open shared object file): ignored.";
    let refused = "ERROR:  authentication failed: The authtoken is not valid.\nERROR:  \nERROR:  ERR_NGROK_107\nERROR:  https://ngrok.com/docs/errors/err_ngrok_107\nERROR:  ";
    let refusal = "authentication failed: The authtoken is not valid.";
    for (noise, text, shown) in [
        (loader, denied, denied),
        (
            "ERROR: ld.so: object 'libgtk3-nocsd.so.0' from LD_PRELOAD cannot be preloaded (failed to map segment from shared object): ignored.",
            refused,
            refusal,
        ),
        (
            "WARNING: cgroup v2 is not fully supported yet, proceeding with partial confinement",
            refused,
            refusal,
        ),
        ("WARN[0000] no version given", denied, denied),
        (
            "Flag --region has been deprecated, it is now chosen automatically",
            denied,
            denied,
        ),
        (
            "warning: unable to look up the current user",
            denied,
            denied,
        ),
        (
            "Flag --hostname has been deprecated, use --url instead",
            refused,
            refusal,
        ),
    ] {
        check(&[
            (&format!("{noise}\n{text}\n"), shown),
            (&format!("{text}\n{noise}\n"), shown),
            (noise, ""),
        ]);
    }
}

#[test]
fn a_block_of_several_lines_is_one_sentence() {
    check(&[
        (
            "ERROR:  Error reading configuration file '/a.yml': YAML parsing error: yaml: unmarshal errors:\nERROR:    line 5: field first-app not found in type config.Agent\nERROR:    line 8: field second not found in type config.Agent\n",
            "Error reading configuration file '/a.yml': YAML parsing error: yaml: unmarshal errors: line 5: field first-app not found in type config.Agent; line 8: field second not found in type config.Agent",
        ),
        (
            "ERROR:  Error reading configuration file '/home/u/ngrok.yml': `version` property is required.\nERROR:  \nERROR:  If you're upgrading from an older version of ngrok, you can run:\nERROR:  \nERROR:      ngrok config upgrade\nERROR:  \nERROR:  to upgrade to the new format and add the version number.",
            "Error reading configuration file '/home/u/ngrok.yml': `version` property is required. If you're upgrading from an older version of ngrok, you can run: `ngrok config upgrade` to upgrade to the new format and add the version number.",
        ),
        (
            "ERROR:  2 configuration errors occurred:\nERROR:  \nERROR:  * Invalid region, must be one of ('us', 'eu')\nERROR:  * Invalid protocol name ''\n",
            "2 configuration errors occurred: Invalid region, must be one of ('us', 'eu'); Invalid protocol name ''",
        ),
        (
            "ERROR:  Tunnel 'nope' is not defined in the config files.\nERROR:  Tunnels available: both, ssh, web\nERROR:  Config files read: [/a.yml]\n",
            "Tunnel 'nope' is not defined in the config files. Tunnels available: both, ssh, web; Config files read: [/a.yml]",
        ),
        (
            "ERROR:  failed to start tunnel: The endpoint 'https://a.ngrok.app' is already online. Either\nERROR:  1. stop your existing endpoint first, or\nERROR:  2. start both endpoints with `--pooling-enabled`\nERROR:  \nERROR:  ERR_NGROK_334\n",
            "failed to start tunnel: The endpoint 'https://a.ngrok.app' is already online. Either 1. stop your existing endpoint first, or 2. start both endpoints with `--pooling-enabled`",
        ),
    ]);
}

#[test]
fn the_last_block_counts_and_a_crash_counts_most() {
    check(&[
        ("ERROR:  first\nsome text\nERROR:  second\n", "second"),
        ("ERROR:  first\nERROR:  \nERROR:  more\n", "first; more"),
        ("ERROR:  first\n\nmore text\n", "first"),
        (
            "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1]\n\ngoroutine 33 [running]:\npanic(0x523d20)\n\t/usr/local/go/src/runtime/panic.go:500 +0x1a1\n",
            "panic: runtime error: invalid memory address or nil pointer dereference",
        ),
        (
            "ERROR:  before\nfatal error: out of memory\n\nruntime stack:\nruntime.throw(0x1)\n",
            "fatal error: out of memory",
        ),
        (
            "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\n",
            "fatal error: all goroutines are asleep - deadlock!",
        ),
    ]);
}

#[test]
fn without_a_report_the_last_words_count() {
    check(&[
        (
            "starting\nlisten tcp 127.0.0.1:4040: bind: address already in use\n\n",
            "listen tcp 127.0.0.1:4040: bind: address already in use",
        ),
        (
            "hello\nit failed because of:\nthe moon",
            "it failed because of: the moon",
        ),
        (
            "The authtoken is invalid.\nYour authtoken: ***\nThis happens when you reset it\n\nERR_NGROK_107\n\n",
            "The authtoken is invalid. This happens when you reset it",
        ),
        ("\u{1b}[31mred\u{1b}[0m alert\r\n", "red alert"),
        ("", ""),
        ("\n\n", ""),
    ]);
}

#[test]
fn a_long_reason_is_cut_where_a_part_ends() {
    for (unit, end) in [
        ("This is a sentence of several words. ", "words."),
        ("field name not found; ", "found …"),
        ("word ", "word …"),
        ("x", "x…"),
    ] {
        let text = unit.repeat(800 / unit.len());
        let short = shorten(&text);
        assert!(short.chars().count() <= 403, "{short}");
        assert!(short.chars().count() >= 100, "{short}");
        assert!(short.ends_with(end), "{short}");
    }
    assert_eq!(shorten("short."), "short.");
}

#[test]
fn the_first_part_is_a_whole_sentence() {
    for (text, first) in [
        ("It is invalid. Go to the page.", "It is invalid."),
        ("It is invalid; you reset it", "It is invalid"),
        (
            "Only one at 127.0.0.1:4040 now",
            "Only one at 127.0.0.1:4040 now",
        ),
        ("e.g. this. More", "e.g. this."),
    ] {
        assert_eq!(first_part(text), first);
    }
}

#[test]
fn no_text_costs_unbounded_memory_or_time() {
    let begin = std::time::Instant::now();
    let mut reason = Reason::default();
    for line in ["ERROR:  x", "text", "\u{1b}[", "NAME:", "  indented"] {
        let long = format!("{line}{}", "y \u{1b}".repeat(300_000));
        for _ in 0..50 {
            reason.feed(&long);
        }
    }
    assert!(reason.reported().unwrap().len() < 100_000);
    assert!(begin.elapsed() < std::time::Duration::from_secs(10));
}

proptest::proptest! {
    #[test]
    fn any_text_has_a_readable_reason_or_none(text: String) {
        let found = reason(&text);
        proptest::prop_assert!(!found.chars().any(char::is_control));
        proptest::prop_assert!(shorten(&found).chars().count() <= 403);
        proptest::prop_assert!(found.contains(first_part(&found)));
    }
}
