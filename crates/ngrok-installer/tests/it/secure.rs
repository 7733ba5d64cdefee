//! Downloads over TLS: which roots are trusted, and which proxy is asked.

use std::fs;

use ngrok_installer::{Environment, ErrorKind, InstallerBuilder, Source};

use crate::support::archives::{program, tgz};
use crate::support::host::{Answer, Host};
use crate::support::tls::{Proxy, TlsHost};
use crate::support::{Place, whole_text};

const NAME: &str = "downloads.test";

fn host() -> TlsHost {
    let archive = tgz(&program(1, 300_000));
    TlsHost::start(&[NAME, "127.0.0.1"], move |request| {
        match request.path.as_str() {
            "/down" => Answer::redirect("http://127.0.0.1:1/ngrok.tgz"),
            _ => Answer::ranged(request, &archive, "\"v1\""),
        }
    })
}

fn from(place: &Place, host: &TlsHost, name: &str) -> InstallerBuilder {
    let source = Source::url(host.url(name, "/ngrok.tgz"));
    place
        .builder()
        .source(source)
        .root_certs(host.root.as_str())
}

#[test]
fn a_private_authority_is_trusted_when_given_and_not_otherwise() {
    let host = host();
    let place = Place::new();
    let untrusted = place
        .builder()
        .source(Source::url(host.url("127.0.0.1", "/x")));
    let error = untrusted.build().unwrap().install().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(!error.is_retryable(), "a certificate does not get better");
    assert!(
        whole_text(&error).to_lowercase().contains("certificate"),
        "{}",
        whole_text(&error)
    );
    from(&place, &host, "127.0.0.1")
        .build()
        .unwrap()
        .install()
        .unwrap();
    assert_eq!(fs::read(place.binary()).unwrap(), program(1, 300_000));
    assert_eq!(host.host.count(), 1, "the untrusted host was never asked");
    for bad in [
        "",
        "not a certificate",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
    ] {
        let error = place.builder().root_certs(bad).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOption, "{bad}");
    }
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let archive = tgz(&program(1, 2000));
    let host = TlsHost::start(&["other.test"], move |_| Answer::ok(&archive));
    let place = Place::new();
    let error = from(&place, &host, "127.0.0.1")
        .build()
        .unwrap()
        .install()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{}", whole_text(&error));
    assert_eq!(host.host.count(), 0);
}

#[test]
fn https_is_never_left_for_http() {
    let host = host();
    let place = Place::new();
    let source = Source::url(host.url("127.0.0.1", "/down"));
    let builder = place
        .builder()
        .source(source)
        .root_certs(host.root.as_str());
    let error = builder.build().unwrap().install().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Insecure);
    assert_eq!(error.url(), Some("http://127.0.0.1:1/ngrok.tgz"));
}

/// The name exists nowhere: only through the proxy can it be reached.
#[test]
fn the_proxy_of_the_environment_or_of_the_caller_is_asked() {
    let host = host();
    let proxy = Proxy::start(host.host.address());
    for explicit in [true, false] {
        let place = Place::new();
        let builder = from(&place, &host, NAME);
        let builder = if explicit {
            builder.proxy(proxy.url())
        } else {
            builder.environment(Environment::empty().with("HTTPS_PROXY", proxy.url()))
        };
        assert!(!format!("{builder:?}").contains("hunter2"));
        let installer = builder.build().unwrap();
        assert!(!format!("{installer:?}").contains("hunter2"));
        let receipt = installer.install().unwrap();
        assert!(!receipt.to_json().to_string().contains("hunter2"));
        assert_eq!(fs::read(place.binary()).unwrap(), program(1, 300_000));
    }
    let seen = proxy.seen();
    assert_eq!(seen.len(), 2);
    let port = host.host.address().port();
    for head in seen {
        assert!(
            head.starts_with(&format!("CONNECT {NAME}:{port} HTTP/1.1\r\n")),
            "{head}"
        );
        // "me:hunter2"
        assert!(
            head.contains("Proxy-Authorization: Basic bWU6aHVudGVyMg=="),
            "{head}"
        );
    }
}

#[test]
fn the_environments_proxy_is_left_out_for_exceptions_and_for_this_machine() {
    let host = host();
    let plain = Host::serving(tgz(&program(1, 2000)));
    let proxy = Proxy::start(host.host.address());
    let environment = Environment::empty()
        .with("HTTPS_PROXY", proxy.url())
        .with("http_proxy", proxy.url());
    let place = Place::new();
    let builder = from(&place, &host, "127.0.0.1").environment(environment.clone());
    builder.build().unwrap().install().unwrap();
    let source = Source::url(plain.url("/ngrok.tgz"));
    let builder = place
        .builder()
        .source(source)
        .environment(environment.clone());
    builder.build().unwrap().install().unwrap();
    let excepted = environment.with("NO_PROXY", ".test");
    let builder = from(&place, &host, NAME)
        .environment(excepted)
        .retries(0)
        .force(true);
    // Directly, the name leads nowhere.
    let error = builder.build().unwrap().install().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{}", whole_text(&error));
    assert!(proxy.seen().is_empty(), "{:?}", proxy.seen());
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let refusing = Host::start(|_| Answer::status(407));
    let place = Place::new();
    let proxy = format!("http://me:hunter2@{}", refusing.address());
    let source = Source::url("https://downloads.test/ngrok.tgz");
    let builder = place.builder().source(source).proxy(proxy);
    let error = builder.build().unwrap().install().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    let text = format!("{} {error:?}", whole_text(&error));
    assert!(text.contains("407") && !text.contains("hunter2"), "{text}");
    assert_eq!(refusing.count(), 1);
}

#[test]
fn a_resumed_download_works_behind_tls_too() {
    let archive = tgz(&program(1, 300_000));
    let host = TlsHost::start(&["127.0.0.1"], move |request| {
        let answer = Answer::ranged(request, &archive, "\"v1\"");
        if request.number == 0 {
            answer.cut_at(100_000)
        } else {
            answer
        }
    });
    let place = Place::new();
    from(&place, &host, "127.0.0.1")
        .build()
        .unwrap()
        .install()
        .unwrap();
    assert_eq!(fs::read(place.binary()).unwrap(), program(1, 300_000));
    assert_eq!(host.host.seen()[1].headers["range"], "bytes=100000-");
}

/// The system's roots are named by a variable of the process, so this needs one of its own.
#[cfg(all(feature = "native-roots", target_os = "linux"))]
mod native {
    use super::*;
    use std::process::Command;

    const TASK: &str = "NGROK_INSTALLER_TEST_NATIVE";

    /// Not a test by itself: what the other one's process does.
    #[test]
    fn child() {
        let Some((url, binary)) = std::env::var(TASK).ok().and_then(|task| {
            let (url, binary) = task.split_once(' ')?;
            Some((url.to_owned(), std::path::PathBuf::from(binary)))
        }) else {
            return;
        };
        let builder = || crate::support::builder(&binary).source(Source::url(&url));
        let both = builder().native_roots(true).root_certs(host().root);
        assert_eq!(both.build().unwrap_err().kind(), ErrorKind::InvalidOption);
        let error = builder().build().unwrap().install().unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Transport,
            "the built-in roots do not know it"
        );
        builder()
            .native_roots(true)
            .build()
            .unwrap()
            .install()
            .unwrap();
    }

    #[test]
    fn the_systems_roots_are_trusted_on_request_and_only_then() {
        let host = host();
        let place = Place::new();
        let root = place.file("root.pem", host.root.as_bytes());
        let url = host.url("127.0.0.1", "/ngrok.tgz");
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "secure::native::child"])
            .env(TASK, format!("{url} {}", place.binary().display()))
            .env("SSL_CERT_FILE", root)
            .env_remove("SSL_CERT_DIR")
            .output()
            .unwrap();
        assert!(child.status.success(), "{child:?}");
        assert_eq!(fs::read(place.binary()).unwrap(), program(1, 300_000));
    }
}
