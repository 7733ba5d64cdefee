//! A planted secret must show in no argument, no output and no file that others can read.

use ngrok_testkit::Upstream;

use crate::machine::Machine;

#[test]
#[cfg(target_os = "linux")]
fn a_planted_token_shows_nowhere() {
    use std::os::unix::fs::PermissionsExt;
    let (machine, upstream) = (Machine::new(), Upstream::start().unwrap());
    machine.write_config("version: 2\nauthtoken: planted-of-file\n");
    let mut command = machine.command(&["connect", &upstream.port().to_string(), "-v"]);
    command
        .env("NGROK_AUTHTOKEN", "planted-of-environment")
        .env("NGROK_API_KEY", "planted-key");
    let mut running = crate::machine::Running::start(&mut command);
    running.line();
    let mut processes = vec![running.pid()];
    processes.extend(crate::machine::children(running.pid()));
    assert_eq!(processes.len(), 2);
    for pid in processes {
        let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
        let arguments = String::from_utf8_lossy(&arguments).replace('\0', " ");
        assert!(!arguments.contains("planted"), "{arguments}");
        // The token of the environment differs from the file's, so it goes by a file that nobody else can read.
        for file in arguments.split(' ').filter(|word| {
            word.ends_with(".yml") && *word != machine.config_file().to_str().unwrap()
        }) {
            let mode = std::fs::metadata(file).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{file}");
        }
    }
    running.signal("INT");
    let ended = running.end().ok();
    assert!(
        ended.stderr.contains("lvl=info"),
        "-v shows the agent's log: {ended:?}"
    );
    assert!(!format!("{ended:?}").contains("planted"), "{ended:?}");
}
