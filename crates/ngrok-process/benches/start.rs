//! How long a start takes, and how late a start that fails at its deadline is: at most 200 ms are asked for.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench that cannot go on fails"
)]

fn main() {
    #[cfg(unix)]
    divan::main();
}

#[cfg(unix)]
mod scripts {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    use ngrok_process::{Agent, AgentOptions};

    const DEADLINE: Duration = Duration::from_millis(100);

    /// Answers each request with an empty list of tunnels. Returns its address.
    fn api() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
                while head
                    .next()
                    .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
                {}
                let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 14\r\n\r\n{\"tunnels\":[]}",
            );
            }
        });
        addr
    }

    /// A script that prints these lines and waits.
    fn agent(dir: &tempfile::TempDir, lines: &str) -> PathBuf {
        let path = dir.path().join("ngrok");
        std::fs::write(&path, format!("#!/bin/sh\n{lines}\nexec sleep 100\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[divan::bench(sample_count = 20)]
    fn start_and_stop(bencher: divan::Bencher<'_, '_>) {
        let dir = tempfile::tempdir().unwrap();
        let addr = api();
        let path = agent(
            &dir,
            &format!(
                "echo 'lvl=info msg=\"starting web service\" addr={addr}'
             echo 'lvl=info msg=\"client session established\"'
             echo 'lvl=info msg=\"tunnel session started\"'"
            ),
        );
        bencher.bench_local(|| Agent::start(AgentOptions::builder(&path).build()).unwrap());
    }

    #[divan::bench(sample_count = 20)]
    fn fail_at_the_deadline_of_100_ms(bencher: divan::Bencher<'_, '_>) {
        let dir = tempfile::tempdir().unwrap();
        let path = agent(&dir, "printf 'lvl=info msg=\"half a'");
        bencher.bench_local(|| {
            let options = AgentOptions::builder(&path).startup_timeout(DEADLINE);
            let begin = Instant::now();
            Agent::start(options.build()).unwrap_err();
            let late = begin.elapsed().checked_sub(DEADLINE);
            assert!(
                late.is_some_and(|late| late < Duration::from_millis(200)),
                "{late:?}"
            );
        });
    }
}
