//! The codes of the real service, and that no token shows in them.

use ngrok_facade::localapi::ErrorKind as ApiErrorKind;
use ngrok_facade::process::ErrorKind as AgentErrorKind;
use ngrok_facade::{ConfigVersion, ConnectOptions, Error, Ngrok};

use crate::account::account;

#[test]
fn a_wrong_token_is_an_auth_error_without_the_token() {
    let Some(account) = account() else { return };
    // Malformed, and well-formed but nobody's.
    for (token, code) in [
        ("nonsense", 105),
        ("2abcdefghijklmnopqrstuvwxyz_0123456789ABCDEFGHIJKL", 107),
    ] {
        let config = account.config(ConfigVersion::V3).auth_token(token);
        let refused = Ngrok::new(config.build().unwrap()).connect(80).unwrap_err();
        let Error::Agent(error) = &refused else {
            panic!("{refused}")
        };
        assert_eq!(error.kind(), AgentErrorKind::Auth, "{refused}");
        assert_eq!(
            refused.error_code().unwrap().number(),
            Some(code),
            "{refused}"
        );
        let shown = format!("{refused} {refused:?} {}", error.output());
        assert!(!shown.contains(token), "{shown}");
    }
}

#[test]
fn a_name_that_is_taken_is_refused() {
    let Some(account) = account() else { return };
    let ngrok = account.ngrok(ConfigVersion::V3);
    let options = || ConnectOptions::http(account.upstream.port()).name("twice");
    ngrok.connect(options()).unwrap();
    let Err(Error::Api(refused)) = ngrok.connect(options()) else {
        panic!()
    };
    assert_eq!(refused.kind(), ApiErrorKind::AlreadyExists, "{refused}");
}

#[test]
fn a_url_that_is_online_is_a_conflict() {
    let Some(account) = account() else { return };
    let ngrok = account.ngrok(ConfigVersion::V3);
    let first = ngrok
        .connect(ConnectOptions::http(account.upstream.port()).name("one"))
        .unwrap();
    let again = ConnectOptions::http(account.upstream.port())
        .name("two")
        .url(first.public_url());
    let refused = ngrok.connect(again).unwrap_err();
    assert_eq!(
        refused.error_code().unwrap().number(),
        Some(334),
        "{refused}"
    );
}

#[test]
fn a_domain_of_somebody_elses_is_refused() {
    let Some(account) = account() else { return };
    let ngrok = account.ngrok(ConfigVersion::V3);
    let theirs = ConnectOptions::http(80).url("https://www.ngrok.com");
    let refused = ngrok.connect(theirs).unwrap_err();
    let code = refused.error_code().unwrap();
    assert!(
        code.hint().is_some(),
        "{refused} should be in the table of codes"
    );
}

#[test]
fn an_unknown_field_is_refused() {
    let Some(account) = account() else { return };
    let ngrok = account.ngrok(ConfigVersion::V3);
    let options = ConnectOptions::http(80).option("no_such_field", 1);
    let Err(Error::Api(refused)) = ngrok.connect(options) else {
        panic!()
    };
    assert_eq!(refused.kind(), ApiErrorKind::BadConfig, "{refused}");
}
