//! The demo with the stand-ins of the test kit: nothing leaves this machine, nothing stays on it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use ngrok_facade::installer::{Installer, Source, verify_installed};
use ngrok_facade::process::{AgentEvent, AgentOptions};
use ngrok_facade::{Agent, Config, ConfigVersion, ConnectOptions, Ngrok, Tunnel};
use ngrok_testkit::archive::{self, Entry};
use ngrok_testkit::{DownloadHost, TcpEcho, Upstream, agent_bin, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::transcript::{Transcript, chain};
use super::{Outcome, check};
use crate::http;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);
/// An authtoken that looks right and belongs to nobody.
const TOKEN: &str = "2demo0000000000000000000000_0000000000000000000000";

/// Runs it.
///
/// # Errors
///
/// The step that failed, and why.
pub fn run() -> Outcome<()> {
    let mut demo = Transcript::new("The whole life of a tunnel, on this machine alone");
    let folder = tempfile::tempdir()?;
    let binary = install(&mut demo, &folder)?;
    let upstream = Upstream::start()?;

    let config = Config::builder()
        .ngrok_path(&binary)
        .config_path(folder.path().join("ngrok.yml"))
        .auth_token(TOKEN)
        .config_version(ConfigVersion::V3)
        .build()?;
    let ngrok = Ngrok::new(config);
    let agent = demo.step("start", || {
        let agent = ngrok.process()?;
        check(agent.healthy(), "the agent is not healthy")?;
        let said = format!(
            "agent {}, local API at {}",
            agent.pid().unwrap_or_default(),
            ngrok.api_url()?
        );
        Ok((agent, said))
    })?;
    let mut web = connect(&mut demo, &ngrok, &upstream)?;
    captured(&mut demo, &ngrok, &upstream)?;
    let second = Upstream::start()?;
    live_change(&mut demo, &mut web, &second)?;
    let ssh = tcp(&mut demo, &ngrok)?;
    session_lost(&mut demo, &ngrok, &agent, &web)?;
    refused(&mut demo, &binary, folder.path())?;
    stop(&mut demo, &ngrok, &agent, &[web, ssh])?;
    demo.step("clean up", || {
        let path = folder.path().to_owned();
        folder.close()?;
        check(!path.exists(), "the temporary folder is still there")?;
        Ok((
            (),
            "nothing is left running, nothing is left on disk".to_owned(),
        ))
    })?;
    demo.end();
    Ok(())
}

fn install(demo: &mut Transcript, folder: &TempDir) -> Outcome<std::path::PathBuf> {
    let host = DownloadHost::start()?;
    let url = demo.step("pack", || {
        let program = std::fs::read(agent_bin())?;
        let archive = archive::tgz(&[Entry::executable("ngrok", program)])?;
        let said = format!(
            "the loopback agent as ngrok.tgz, {:.1} MB",
            archive.len() as f64 / 1e6
        );
        host.serve("/ngrok.tgz", archive);
        Ok((host.url("/ngrok.tgz"), said))
    })?;
    demo.step("install", || {
        let path = folder.path().join("ngrok");
        let receipt = Installer::builder()
            .path(&path)
            .source(Source::url(&url))
            .build()?
            .install()?;
        check(host.count("/ngrok.tgz") == 1, "it was not downloaded once")?;
        verify_installed(&path)?;
        Ok((
            path,
            format!(
                "from {url}, SHA-256 {}…",
                receipt.binary_sha256.get(..12).unwrap_or_default()
            ),
        ))
    })
}

fn connect(demo: &mut Transcript, ngrok: &Ngrok, upstream: &Upstream) -> Outcome<Tunnel> {
    let tunnel = demo.step("connect", || {
        let tunnel = ngrok.connect(ConnectOptions::http(upstream.port()).name("web"))?;
        let said = format!(
            "{} -> {}",
            tunnel.public_url(),
            tunnel.upstream_url().unwrap_or_default()
        );
        Ok((tunnel, said))
    })?;
    demo.step("request", || {
        let answer = http::send(
            "POST",
            &format!("{}/orders?id=7", tunnel.public_url()),
            "two of them",
        )?;
        let echo: Value = serde_json::from_slice(&answer.body)?;
        let expected = json!(["POST", "/orders?id=7", "two of them"]);
        check(
            answer.status == 200 && json!([echo["method"], echo["path"], echo["body"]]) == expected,
            answer.text(),
        )?;
        let large = http::send("GET", &format!("{}/bytes/1000000", tunnel.public_url()), "")?;
        check(
            large.body.len() == 1_000_000,
            "a megabyte did not come through whole",
        )?;
        Ok((
            (),
            "POST /orders?id=7 -> 200, echoed; a megabyte came through whole".to_owned(),
        ))
    })?;
    Ok(tunnel)
}

fn captured(demo: &mut Transcript, ngrok: &Ngrok, upstream: &Upstream) -> Outcome<()> {
    let order = demo.step("inspect", || {
        let mut requests = Vec::new();
        // The agent shows a request with its response a moment after the visitor has it.
        let all_answered = eventually(PATIENCE, || {
            requests = ngrok.requests(None).unwrap_or_default();
            requests.len() == 2 && requests.iter().all(|it| it.response.is_some())
        });
        check(
            all_answered,
            format!("{} requests were captured, not 2", requests.len()),
        )?;
        let lines: Vec<String> = requests
            .iter()
            .map(|it| {
                let status = it
                    .response
                    .as_ref()
                    .map_or("-", |response| response.status.as_str());
                format!("{} {} -> {status}", it.request.method, it.request.uri)
            })
            .collect();
        let order = requests
            .into_iter()
            .find(|it| it.request.method == "POST")
            .ok_or("the POST is not among them")?;
        check(
            order.request.body()?.text() == "two of them",
            "its body is another one",
        )?;
        Ok((order, lines.join("\n")))
    })?;
    demo.step("replay", || {
        let orders = || {
            upstream
                .received()
                .iter()
                .filter(|it| it.path == "/orders?id=7" && it.body == b"two of them")
                .count()
        };
        check(orders() == 1, "the upstream has not seen one order")?;
        ngrok.replay(&order.id, None)?;
        check(
            eventually(PATIENCE, || orders() == 2),
            "the upstream did not get the order again",
        )?;
        Ok(((), "the upstream got the order again".to_owned()))
    })
}

fn live_change(demo: &mut Transcript, web: &mut Tunnel, second: &Upstream) -> Outcome<()> {
    demo.step("change", || {
        let url = web.public_url().to_owned();
        web.update(second.port())?;
        check(web.public_url() == url, "the URL changed too")?;
        http::send("GET", &format!("{url}/moved"), "")?;
        check(
            second.received().len() == 1,
            "the second upstream was not asked",
        )?;
        Ok((
            (),
            format!(
                "{url} now goes to {}, without a gap",
                web.upstream_url().unwrap_or_default()
            ),
        ))
    })
}

fn tcp(demo: &mut Transcript, ngrok: &Ngrok) -> Outcome<Tunnel> {
    let echo = TcpEcho::start()?;
    demo.step("tcp", || {
        let tunnel = ngrok.connect(format!("tcp://{}", echo.addr()))?;
        let addr = tunnel
            .public_url()
            .strip_prefix("tcp://")
            .ok_or("it has no tcp URL")?;
        let mut stream = TcpStream::connect(addr)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"ping")?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer)?;
        check(&answer == b"ping", "it came back changed")?;
        let said = format!("{} echoes", tunnel.public_url());
        Ok((tunnel, said))
    })
}

fn session_lost(demo: &mut Transcript, ngrok: &Ngrok, agent: &Agent, web: &Tunnel) -> Outcome<()> {
    demo.step("session", || {
        let events = agent.events();
        let client = ngrok.local_api()?;
        let order =
            |up: bool| client.request("POST", "/testkit/session", &[], Some(&json!({ "up": up })));
        let since_then = |wanted: fn(&AgentEvent) -> bool| {
            eventually(PATIENCE, || {
                events
                    .recv_timeout(PATIENCE)
                    .and_then(|it| it.item())
                    .is_some_and(|event| wanted(&event))
            })
        };
        order(false)?;
        check(
            since_then(|it| matches!(it, AgentEvent::SessionLost { .. })),
            "the loss was not noticed",
        )?;
        order(true)?;
        check(
            since_then(|it| matches!(it, AgentEvent::SessionUp)),
            "the session did not come back",
        )?;
        let works = eventually(PATIENCE, || {
            http::send("GET", web.public_url(), "").is_ok_and(|answer| answer.status == 200)
        });
        check(works, "the tunnel did not come back")?;
        Ok((
            (),
            "lost, noticed, back; the same URL works again".to_owned(),
        ))
    })
}

fn refused(demo: &mut Transcript, binary: &Path, folder: &Path) -> Outcome<()> {
    demo.step("bad token", || {
        let refusal = "The authtoken you specified is properly formed, but it is invalid.\n\
                       Your authtoken: wrong-token-planted\n\nERR_NGROK_107\n";
        let options = AgentOptions::builder(binary)
            .config_path(folder.join("ngrok.yml"))
            .authtoken("wrong-token-planted")
            .env("LOOPBACK_AGENT_REFUSE_SESSION", refusal)
            .build();
        let error = match Agent::start(options) {
            Ok(_) => return Err("the agent took it".into()),
            Err(error) => error,
        };
        let code = error.error_code().ok_or("the error has no code")?;
        let text = chain(&error);
        check(code.number() == Some(107), format!("the code is {code}"))?;
        check(
            !text.contains("planted") && !format!("{error:?}").contains("planted"),
            "the error shows the token",
        )?;
        Ok(((), format!("refused, and told so:\n{text}")))
    })
}

fn stop(demo: &mut Transcript, ngrok: &Ngrok, agent: &Agent, tunnels: &[Tunnel]) -> Outcome<()> {
    demo.step("disconnect", || {
        for tunnel in tunnels {
            tunnel.disconnect()?;
        }
        check(ngrok.tunnels()?.is_empty(), "a tunnel is still open")?;
        let url = tunnels.first().map(Tunnel::public_url).unwrap_or_default();
        check(http::send("GET", url, "").is_err(), "the URL still answers")?;
        Ok(((), "both tunnels are closed".to_owned()))
    })?;
    demo.step("stop", || {
        let status = agent.stop(PATIENCE).ok_or("the agent did not end")?;
        check(ngrok.running().is_none(), "the agent still runs")?;
        Ok(((), format!("the agent ended ({status})")))
    })
}
