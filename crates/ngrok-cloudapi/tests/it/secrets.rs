//! Secrets never show: not in what prints a type, not in an error.

use std::collections::BTreeSet;

use ngrok_cloudapi::types::*;
use ngrok_cloudapi::{Client, Method, Secret};

use crate::catalog::{Catalog, Fill};
use crate::client;
use crate::recorder::{Answer, Recorder};

#[test]
fn no_type_prints_a_secret() {
    let catalog = Catalog::load();
    let holders: BTreeSet<&str> = catalog
        .types
        .iter()
        .filter(|(_, fields)| fields.iter().any(|f| f.secret))
        .map(|(name, _)| name.as_str())
        .collect();
    let mut checked = BTreeSet::new();
    macro_rules! check {
        ($($api:literal $rust:ident,)*) => { $(
            let mut object = catalog.object($api, Fill::Everything);
            for field in catalog.types[$api].iter().filter(|f| f.secret) {
                object[&field.name] = "planted".into();
            }
            let typed: $rust = serde_json::from_value(object.clone()).unwrap();
            let shown = format!("{typed:?} {typed:#?}");
            assert!(shown.contains("***") && !shown.contains("planted"), "{shown}");
            // Writing it is meant: that is how it travels.
            assert_eq!(serde_json::to_value(&typed).unwrap(), object);
            checked.insert($api);
        )* };
    }
    check! {
        "AIGatewayAPIKey" AiGatewayApiKey,
        "AIGatewayAPIKeyProviderKeyCreate" AiGatewayApiKeyProviderKeyCreate,
        "APIKey" ApiKey,
        "AWSCredentials" AwsCredentials,
        "AccessToken" AccessToken,
        "Credential" Credential,
        "CredentialCreate" CredentialCreate,
        "EndpointOAuthAmazon" EndpointOAuthAmazon,
        "EndpointOAuthFacebook" EndpointOAuthFacebook,
        "EndpointOAuthGitHub" EndpointOAuthGitHub,
        "EndpointOAuthGitLab" EndpointOAuthGitLab,
        "EndpointOAuthGoogle" EndpointOAuthGoogle,
        "EndpointOAuthLinkedIn" EndpointOAuthLinkedIn,
        "EndpointOAuthMicrosoft" EndpointOAuthMicrosoft,
        "EndpointOAuthTwitch" EndpointOAuthTwitch,
        "EndpointOIDC" EndpointOidc,
        "EndpointWebhookValidation" EndpointWebhookValidation,
        "EventTargetAzureLogsIngestion" EventTargetAzureLogsIngestion,
        "EventTargetDatadog" EventTargetDatadog,
        "SecretCreate" SecretCreate,
        "SecretUpdate" SecretUpdate,
        "TLSCertificateCreate" TlsCertificateCreate,
    }
    assert_eq!(checked, holders);
}

#[test]
fn a_new_token_is_read_by_name() {
    let server = Recorder::start(|_, _| Answer::new(201, r#"{"id":"cr_1","token":"planted"}"#));
    let credential = client(&server)
        .credentials()
        .create(&CredentialCreate::new())
        .unwrap();
    assert_eq!(
        credential.token.as_ref().map(Secret::expose),
        Some("planted")
    );
    assert!(!format!("{credential:?}").contains("planted"));
}

#[test]
fn the_key_shows_nowhere() {
    let key = "planted-key";
    let echo = r#"{"error_code":"ERR_NGROK_206","msg":"planted-key is an authtoken","details":{"given":["planted-key"]}}"#;
    let at_the_cut = format!("planted-key{}planted-key", " ".repeat(1024 - 19));
    for (status, body) in [
        (401, echo),
        (502, "<p>planted-key</p>"),
        (502, at_the_cut.as_str()),
    ] {
        let body = body.to_owned();
        let server = Recorder::start(move |_, _| Answer::new(status, body.clone()));
        let builder = Client::builder(key)
            .base_url(&server.url)
            .proxy("http://u:planted-pw@127.0.0.1:9");
        assert!(!format!("{builder:?}").contains("planted"));
        let client = Client::builder(key)
            .base_url(&server.url)
            .retry(ngrok_cloudapi::RetryPolicy::never())
            .build()
            .unwrap();
        let error = client.request(Method::Get, "/x", &[], None).unwrap_err();
        let shown = format!(
            "{client:?} {client:#?} {error} {error:?} {error:#?} {:?}",
            client.endpoints().list()
        );
        assert!(!shown.contains("planted"), "{shown}");
        assert!(shown.contains("***"), "{shown}");
    }
}

#[test]
fn a_password_in_a_base_url_is_refused_and_not_shown() {
    let builder = Client::builder("key").base_url("https://user:planted@api.example.com");
    assert!(!format!("{builder:?}").contains("planted"));
    let error = builder.build().unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("user name") && !shown.contains("planted"),
        "{shown}"
    );
}
