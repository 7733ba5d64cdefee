//! The session with ngrok's service, played: come up, be refused, get lost, come back.

use std::sync::Arc;
use std::time::Duration;

use super::engine::{Engine, Session, Stop};
use super::refusal;

/// Between two tries to reconnect. The agent begins with less and goes up to a minute.
const RETRY: Duration = Duration::from_millis(250);

/// Brings the session up, or ends the agent with the refusal that its token earns.
pub(crate) async fn establish(engine: &Arc<Engine>, token: Option<&str>) -> Result<(), Stop> {
    let faults = engine.faults().clone();
    tokio::time::sleep(faults.session_delay).await;
    // Asked anew each time: a control call may take the fault back.
    let no_session = || engine.faults().no_session.clone();
    while let Some(reason) = no_session() {
        failed_try(engine, &reason);
        tokio::time::sleep(RETRY).await;
    }
    let ordered = faults.refuse_session.as_deref();
    let refused = ordered
        .map(|code| refusal::of_code(code, token.unwrap_or_default()))
        .or_else(|| refusal::of_token(token, faults.require_token));
    if let Some(reason) = refused {
        refuse(engine, &reason);
        return Err(Stop::Failed(reason));
    }
    // First the session, then the word of it: whoever has read the log may rely on it.
    engine.session.send_replace(Session::Up);
    established(engine);
    Ok(())
}

fn established(engine: &Engine) {
    engine.log.info(
        "client session established",
        &[
            ("obj", "tunnels.session".into()),
            ("obj", "csess".into()),
            ("id", engine.session_id.clone().into()),
        ],
    );
    engine.log.info(
        "tunnel session started",
        &[("obj", "tunnels.session".into())],
    );
}

fn failed_try(engine: &Engine, reason: &str) {
    engine.log.error(
        "failed to reconnect session",
        &[
            ("obj", "tunnels.session".into()),
            ("obj", "csess".into()),
            ("id", engine.session_id.clone().into()),
            ("err", reason.into()),
        ],
    );
}

/// The lines of a first session that was refused, up to the end of the agent.
fn refuse(engine: &Engine, reason: &str) {
    let log = &engine.log;
    let err = || ("err", reason.into());
    log.error(
        "failed to auth",
        &[("obj", "tunnels.session".into()), err()],
    );
    failed_try(engine, reason);
    log.error(
        "session closing",
        &[("obj", "tunnels.session".into()), err()],
    );
    log.info(
        "received stop request",
        &[
            ("obj", "app".into()),
            ("stopReq", "{err:0xc00016c500 restart:false}".into()),
        ],
    );
    log.error("terminating with error", &[("obj", "app".into()), err()]);
    log.crit("command failed", &[err()]);
}

/// Loses a session that is up: tunnels stay in the lists, and their addresses stop working.
pub(crate) fn lose(engine: &Arc<Engine>) {
    let lost = engine.session.send_if_modified(|session| {
        let up = *session == Session::Up;
        if up {
            *session = Session::Lost;
        }
        up
    });
    if !lost {
        return;
    }
    engine.log.error(
        "session closed, starting reconnect loop",
        &[
            ("obj", "csess".into()),
            ("id", engine.session_id.clone().into()),
            ("err", "read EOF from remote peer".into()),
        ],
    );
    let engine = Arc::clone(engine);
    tokio::spawn(async move {
        let mut session = engine.session.subscribe();
        while *session.borrow() == Session::Lost {
            failed_try(
                &engine,
                "dial tcp 127.0.0.1:4443: connect: connection refused",
            );
            let back = session.wait_for(|session| *session != Session::Lost);
            let _ = tokio::time::timeout(RETRY, back).await;
        }
    });
}

/// Brings a lost session back; the tunnels have their old addresses again, without new "started tunnel" lines.
pub(crate) fn restore(engine: &Engine) {
    engine.session.send_if_modified(|session| {
        let lost = *session == Session::Lost;
        if lost {
            established(engine);
            *session = Session::Up;
        }
        lost
    });
}
