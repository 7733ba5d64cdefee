//! Downloads: what is asked, what is believed, and when it is tried again.

use std::fs;
use std::time::{Duration, Instant};

use ngrok_installer::{ErrorKind, InstallerBuilder, Outcome, Receipt, Result, Source};

use crate::support::archives::{program, sha256, tgz, zip};
use crate::support::host::{Answer, Host};
use crate::support::{Place, whole_text};

const MINUTE: Duration = Duration::from_secs(60);

fn from(place: &Place, host: &Host) -> InstallerBuilder {
    place.builder().source(Source::url(host.url("/ngrok.tgz")))
}

fn install(builder: InstallerBuilder) -> Result<Receipt> {
    builder.build()?.install()
}

#[test]
fn every_form_is_downloaded_whole_and_with_chunks() {
    let content = program(1, 200_000);
    for (archive, chunked) in [
        (tgz(&content), false),
        (tgz(&content), true),
        (zip(&content), false),
        (zip(&content), true),
        (content.clone(), false),
    ] {
        let served = archive.clone();
        let host = Host::start(move |_| Answer {
            chunked,
            ..Answer::ok(&served)
        });
        let place = Place::new();
        let receipt = install(from(&place, &host)).unwrap();
        assert_eq!(receipt.source, Some(host.url("/ngrok.tgz")));
        assert_eq!(receipt.archive_sha256, Some(sha256(&archive)));
        assert_eq!(fs::read(place.binary()).unwrap(), content);
        let seen = host.seen();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].path, "/ngrok.tgz");
        assert!(seen[0].headers["user-agent"].starts_with("ngrok-installer/"));
    }
}

/// Nothing is asked when the wanted binary is there: the host would count it.
#[test]
fn what_is_there_already_opens_no_socket() {
    let archive = tgz(&program(1, 2000));
    let digest = sha256(&archive);
    let host = Host::serving(archive);
    let place = Place::new();
    install(from(&place, &host)).unwrap();
    assert_eq!(host.count(), 1);
    let mirror = place.builder().source(Source::mirror(host.url("/m")));
    for builder in [
        from(&place, &host),
        from(&place, &host)
            .sha256(&digest)
            .binary_sha256(sha256(&program(1, 2000))),
        place.builder(),
        mirror,
    ] {
        assert_eq!(install(builder).unwrap().outcome, Outcome::AlreadyPresent);
    }
    assert_eq!(host.count(), 1);
    // Another file of that host is another binary; and force is force.
    let other = place.builder().source(Source::url(host.url("/other.tgz")));
    assert_eq!(install(other).unwrap().outcome, Outcome::Replaced);
    assert_eq!(
        install(from(&place, &host).force(true)).unwrap().outcome,
        Outcome::Replaced
    );
    assert_eq!(host.count(), 3);
}

#[test]
fn a_mirror_is_asked_for_the_channels_name() {
    let host = Host::serving(tgz(&program(1, 2000)));
    let place = Place::new();
    install(place.builder().source(Source::mirror(host.url("/agents/")))).unwrap();
    assert_eq!(
        host.seen()[0].path,
        "/agents/ngrok-v3-stable-linux-amd64.tgz"
    );
}

#[test]
fn only_https_is_asked_except_of_this_machine() {
    let place = Place::new();
    for (url, kind) in [
        ("http://example.com/ngrok.tgz", ErrorKind::Insecure),
        ("ftp://example.com/ngrok.tgz", ErrorKind::Insecure),
        ("example.com/ngrok.tgz", ErrorKind::InvalidOption),
        (
            "https://me:hunter2@example.com/ngrok.tgz",
            ErrorKind::InvalidOption,
        ),
    ] {
        for proxied in [false, true] {
            let mut builder = place.builder().source(Source::url(url));
            if proxied {
                builder = builder.proxy("http://127.0.0.1:1");
            }
            let error = install(builder).unwrap_err();
            assert_eq!(error.kind(), kind, "{url}");
            assert!(error.to_string().contains("https"), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }
    assert!(place.names().is_empty());
}

#[test]
fn redirects_are_followed_five_times_and_never_away_from_safety() {
    let archive = tgz(&program(1, 2000));
    let host = Host::start(move |request| {
        let left: usize = request.path[1..].parse().unwrap_or(0);
        match left {
            0 => Answer::ok(&archive),
            1 => Answer::redirect("ngrok.tgz"),
            left => Answer::redirect(format!("/{}", left - 1)),
        }
    });
    let place = Place::new();
    let at = |path: &str| {
        let source = Source::url(host.url(path));
        install(place.builder().source(source).force(true))
    };
    assert_eq!(at("/5").unwrap().outcome, Outcome::Fresh);
    assert_eq!(host.count(), 6);
    let error = at("/6").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(
        whole_text(&error).contains("redirect"),
        "{}",
        whole_text(&error)
    );
    for (location, kind) in [
        ("http://example.com/x?sig=hunter2", ErrorKind::Insecure),
        ("ftp://127.0.0.1/x", ErrorKind::Insecure),
        ("file:///etc/passwd", ErrorKind::Transport),
        ("https://me:hunter2@example.com/x", ErrorKind::Transport),
        ("", ErrorKind::Http),
    ] {
        let host = Host::start(move |_| Answer::redirect(location));
        let error = install(from(&place, &host).force(true)).unwrap_err();
        assert_eq!(error.kind(), kind, "{location}: {error}");
        assert!(!whole_text(&error).contains("hunter2"), "{error}");
        assert_eq!(host.count(), 1);
    }
}

/// An address is often signed in its query, which then is as good as a password.
#[test]
fn the_query_of_an_address_is_asked_and_never_shown() {
    let archive = tgz(&program(1, 2000));
    let host = Host::start(move |request| match request.path.as_str() {
        "/gone?sig=hunter2" => Answer::status(404),
        "/ngrok.tgz?sig=hunter2" => Answer::ok(&archive),
        other => panic!("{other}"),
    });
    let place = Place::new();
    for (path, kind) in [
        ("/gone?sig=hunter2", ErrorKind::Http),
        ("/ngrok.tgz?sig=hunter2", ErrorKind::DigestMismatch),
    ] {
        let builder = place.builder().source(Source::url(host.url(path)));
        let builder = builder.sha256("0".repeat(64));
        let seen = format!("{builder:?}");
        let installer = builder.build().unwrap();
        let error = installer.install().unwrap_err();
        assert_eq!(error.kind(), kind);
        let seen = format!("{seen} {installer:?} {error:?} {}", whole_text(&error));
        assert!(!seen.contains("hunter2"), "{seen}");
    }
}

#[test]
fn what_does_not_exist_is_asked_for_once_and_named() {
    for status in [400, 401, 403, 404, 410] {
        let host = Host::start(move |_| Answer::status(status));
        let place = Place::new();
        let error = install(from(&place, &host)).unwrap_err();
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Http, Some(status))
        );
        assert_eq!(error.url(), Some(host.url("/ngrok.tgz").as_str()));
        assert_eq!(error.is_not_found(), status == 404);
        assert!(!error.is_retryable());
        assert_eq!(host.count(), 1);
        assert_eq!(place.names(), ["ngrok.lock"]);
    }
}

#[test]
fn passing_statuses_are_tried_again_as_often_as_asked() {
    for status in [429, 500, 502, 503, 504] {
        let archive = tgz(&program(1, 2000));
        let host = Host::start(move |request| match request.number {
            0 | 1 => Answer::status(status).with("retry-after", "0"),
            _ => Answer::ok(&archive),
        });
        install(from(&Place::new(), &host).retries(2)).unwrap();
        assert_eq!(host.count(), 3);
    }
    let host = Host::start(|_| Answer::status(503));
    let error = install(from(&Place::new(), &host).retries(1)).unwrap_err();
    assert_eq!(error.status(), Some(503));
    assert!(error.is_retryable());
    assert_eq!(host.count(), 2);
}

#[test]
fn a_wait_longer_than_the_deadline_or_a_minute_is_not_begun() {
    for (wait, timeout) in [("30", MINUTE / 4), ("3600", MINUTE * 600)] {
        let host = Host::start(move |_| Answer::status(429).with("retry-after", wait));
        let start = Instant::now();
        let error = install(from(&Place::new(), &host).timeout(timeout)).unwrap_err();
        assert_eq!(error.status(), Some(429));
        assert!(start.elapsed() < MINUTE / 4);
        assert_eq!(host.count(), 1);
    }
}

#[test]
fn a_download_that_breaks_goes_on_where_it_broke() {
    let content = program(1, 300_000);
    for (archive, chunked) in [
        (tgz(&content), false),
        (zip(&content), false),
        (tgz(&content), true),
    ] {
        let served = archive.clone();
        let host = Host::start(move |request| {
            let mut answer = Answer::ranged(request, &served, "\"v1\"");
            answer.chunked = chunked;
            match request.number {
                0 => answer.cut_at(100_000),
                1 => answer.cut_at(100_001),
                _ => answer,
            }
        });
        let place = Place::new();
        let receipt = install(from(&place, &host)).unwrap();
        assert_eq!(receipt.archive_sha256, Some(sha256(&archive)));
        assert_eq!(fs::read(place.binary()).unwrap(), content);
        let ranges: Vec<_> = host
            .seen()
            .iter()
            .map(|r| r.headers.get("range").cloned())
            .collect();
        let expected = [
            None,
            Some("bytes=100000-".to_owned()),
            Some("bytes=200001-".to_owned()),
        ];
        assert_eq!(ranges, expected);
        assert_eq!(host.seen()[1].headers["if-range"], "\"v1\"");
    }
}

/// Without a validator, with another version, or with a part that does not fit, the whole is read again.
#[test]
fn a_download_that_cannot_go_on_begins_again() {
    let old = tgz(&program(1, 300_000));
    let new = tgz(&program(2, 300_000));
    type Second = fn(&Answer) -> Answer;
    let no_range: Second = |whole| whole.clone();
    let wrong_part: Second = |whole| Answer {
        status: 206,
        ..whole.clone().with("content-range", "bytes 7-8/9")
    };
    let refused: Second = |_| Answer::status(503);
    let nothing_there: Second = |_| Answer::status(416);
    for (etag, second, requests) in [
        (None, no_range, 2),
        (Some("W/\"weak\""), no_range, 2),
        (Some("\"v1\""), no_range, 2),
        (Some("\"v1\""), wrong_part, 3),
        (Some("\"v1\""), refused, 3),
        (Some("\"v1\""), nothing_there, 3),
    ] {
        let (first, then) = (old.clone(), new.clone());
        let host = Host::start(move |request| match request.number {
            0 => {
                let answer = Answer::ok(&first).cut_at(100_000);
                match etag {
                    Some(etag) => answer.with("etag", etag),
                    None => answer,
                }
            }
            1 => second(&Answer::ok(&then)),
            _ => Answer::ok(&then),
        });
        let place = Place::new();
        let receipt = install(from(&place, &host)).unwrap();
        assert_eq!(receipt.archive_sha256, Some(sha256(&new)), "{etag:?}");
        assert_eq!(fs::read(place.binary()).unwrap(), program(2, 300_000));
        assert_eq!(host.count(), requests, "{etag:?}");
        let names = ["ngrok", "ngrok.lock", "ngrok.receipt.json"];
        assert_eq!(place.names(), names);
    }
}

#[test]
fn a_connection_that_keeps_breaking_fails_after_the_retries() {
    let archive = tgz(&program(1, 300_000));
    let host = Host::start(move |_| Answer::ok(&archive).cut_at(1000));
    let place = Place::new();
    let error = install(from(&place, &host).retries(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{}", whole_text(&error));
    assert!(error.is_retryable() && std::error::Error::source(&error).is_some());
    assert_eq!(host.count(), 2);
    // Nobody listens: the port was free a moment ago and is again.
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/x", listener.local_addr().unwrap())
    };
    let builder = place.builder().source(Source::url(gone)).retries(1);
    let error = install(builder).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(
        whole_text(&error).contains("refused"),
        "{}",
        whole_text(&error)
    );
}

#[test]
fn an_announced_size_over_the_cap_is_not_even_begun() {
    let host = Host::start(|_| Answer {
        stall_at: Some(0),
        ..Answer::ok(&[0; 5000])
    });
    let error = install(from(&Place::new(), &host).max_archive_size(4999)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
}

#[test]
fn a_page_instead_of_an_archive_and_a_wrong_digest_change_nothing() {
    let place = Place::new();
    let archive = tgz(&program(1, 2000));
    let host = Host::start(move |request| match request.path.as_str() {
        "/ngrok.tgz" => Answer::ok(&archive),
        _ => Answer::ok(b"<html>Sign in to the network").with("content-type", "text/html"),
    });
    install(from(&place, &host)).unwrap();
    let before = fs::read(place.binary()).unwrap();
    let page = place.builder().source(Source::url(host.url("/page")));
    assert_eq!(install(page).unwrap_err().kind(), ErrorKind::NotAnArchive);
    let wrong = from(&place, &host).sha256(sha256(b"other"));
    assert_eq!(
        install(wrong).unwrap_err().kind(),
        ErrorKind::DigestMismatch
    );
    assert_eq!(fs::read(place.binary()).unwrap(), before);
    ngrok_installer::verify_installed(place.binary()).unwrap();
}
