#![doc = include_str!("../README.md")]
//!
//! # Faults
//!
//! The program reads them from its environment as `LOOPBACK_AGENT_` and the name in upper case (`LOOPBACK_AGENT_SILENT=1`).
//! A running agent takes them as `POST /testkit/faults` with a JSON object, `{"reply_delay_ms": 200}`; an empty value takes a fault back.
//! In the test's own process there are [`LoopbackAgentBuilder::fault`] and [`LoopbackAgent::fault`]. A name that is not in the table is an error.
//!
//! | name | value | what happens | when |
//! |---|---|---|---|
//! | `start_delay_ms` | ms | nothing is read, printed or opened so long | start, program |
//! | `silent` | 1 | nothing is ever printed or opened; signals work | start, program |
//! | `half_line` | 1 | the log stops in the middle of the web service's line | start, program |
//! | `ignore_stop` | 1 | SIGTERM, SIGINT, Ctrl-C and Ctrl-Break have no effect | start, program |
//! | `exit_stdout`, `exit_stderr` | text | is printed at the start | start, program |
//! | `exit_code` | 0–255 | the program ends at once with it, after those texts | start, program |
//! | `version` | `3.28.0` | the version to be; before 3.30 there is no `/api/endpoints`, before 3.29 a name may be used twice | any time |
//! | `refuse_session` | `108`, or a text | the session is refused so, and the agent ends | start |
//! | `require_token` | 1 | no authtoken is ERR_NGROK_4018 instead of welcome | start |
//! | `session_delay_ms` | ms | the session comes up late; until then tunnels are refused with 503 | start |
//! | `no_session` | text | the session never comes up: an error line with the text each 250 ms, until the fault is taken back | start |
//! | `lose_session_after_ms` | ms | the session is lost so long after it came up | start |
//! | `session_back_after_ms` | ms | and is back so long after that | start |
//! | `web_delay_ms` | ms | the local API's port is open, but answers so much later | start |
//! | `log_flood` | lines | so many lines are logged at once | start, or at the control call |
//! | `refuse_tunnels` | `334`, or a text | opening fails so with 502 and code 103 | any time |
//! | `reply_delay_ms` | ms | every answer of the local API is late | any time |
//! | `reply_status`, `reply_body` | status, text | is answered instead | any time |
//! | `reply_cut` | 1 | the connection ends in the middle of the answer | any time |
//! | `crash_on_request` | n | the agent dies at the n-th call of its API, as in a panic: exit status 2 | any time |
//!
//! `POST /testkit/session` with `{"up": false}` loses the session, with `{"up": true}` it is back.
//!
//! A token that begins with `refused-` is refused with ERR_NGROK_107, one with `refused-108-` with ERR_NGROK_108, and so on; one with white space in it with ERR_NGROK_105.
//! The messages echo the token, as ngrok's do: a test can see whether a program hides it. All others are welcome.
//!
//! # Where it differs from ngrok on purpose
//!
//! - Public URLs are `http://127.0.0.1:PORT`, `tcp://127.0.0.1:PORT`, `tls://127.0.0.1:PORT`, whatever was asked for, so that they can be called. HTTP is without TLS, so `proto` is `http` where ngrok says `https`.
//! - `web_addr` with port 0 takes a free port, and the log tells which one.
//! - A requested URL is remembered only to refuse it a second time (ERR_NGROK_334) unless both are pooled. What `subdomain` asks for lies below `ngrok.io`.
//! - Guards are carried out: `basic_auth`, `ip_restriction`, `user_agent_filter`, `verify_webhook` of github, gitlab, shopify, slack and stripe, and of a traffic policy the actions `add-headers`, `basic-auth`, `close-connection`, `custom-response`, `deny`, `rate-limit`, `redirect`, `remove-headers`, `restrict-ips` and `verify-webhook`. `oauth` and `openid-connect` send every visitor to log in, and no one can. Whatever is not carried out (compression, circuit breakers, HTTP/2, mutual TLS of http tunnels, the other actions, names that the stand-in does not know in an expression) is refused when it is opened.
//! - Upstreams are spoken to in HTTP/1.1. `https://` upstreams are believed unless `upstream_tls_verify` or `upstream_tls_verify_cas` is set; without a file of authorities, none is trusted.
//! - TLS ends at `tls` tunnels with the certificate and key that are given, wherever it should end; there is no certificate of ngrok's.
//! - A half-closed connection is closed both ways, as the real agent does: what the upstream would still have sent is lost.
//! - `NGROK_AUTHTOKEN` counts when neither a flag nor a file has a token; which comes first is not documented.
//! - There is no web interface for people, and no account behind `ngrok api`: lists are empty, and what is created has the fields of its flags.
//! - `ngrok service` installs nothing. `config upgrade` keeps the original as `ngrok.yml.bak`; ngrok does not document the name.
//! - Where 3.39 is undocumented, the observed behaviour of 2.3.41 is followed.

mod agent;
pub mod archive;
mod binaries;
mod clock;
mod cloud;
mod download_host;
mod eventually;
mod fault_proxy;
mod hangup;
mod range;
mod server;
mod tcp_echo;
mod upstream;
mod websocket;

pub use agent::{LoopbackAgent, LoopbackAgentBuilder, agent_main};
pub use binaries::{AGENT_BIN_VAR, agent_bin, workspace_bin};
pub use cloud::{
    CloudFault, CloudPlan, CloudRequest, CloudVariant, LoopbackCloud, LoopbackCloudBuilder,
    cloud_main,
};
pub use download_host::{DownloadFault, DownloadHost};
pub use eventually::eventually;
pub use fault_proxy::{ConnectionFault, FaultProxy};
pub use hangup::ignores_hangup;
pub use tcp_echo::TcpEcho;
pub use upstream::{Received, Upstream};
