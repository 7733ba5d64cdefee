//! Finding an object or making it, lists that give one item, and objects that may be gone.

use ngrok_cloudapi::filter::field;
use ngrok_cloudapi::types::*;
use ngrok_cloudapi::{Client, Ensured, ErrorKind};
use ngrok_testkit::LoopbackCloud;
use serde_json::{Value, json};

use crate::client;
use crate::recorder::{Answer, Recorder};

fn account() -> (LoopbackCloud, Client) {
    let cloud = LoopbackCloud::start().unwrap();
    let client = Client::builder(cloud.api_key()).base_url(cloud.url());
    let client = client.build().unwrap();
    (cloud, client)
}

#[test]
fn an_object_is_made_once_and_found_from_then_on() {
    let (_cloud, client) = account();
    let wanted = ReservedDomainCreate::new("app.ngrok.app");
    let made = client.reserved_domains().ensure(&wanted).unwrap();
    assert!(made.is_created());
    let spelled = ReservedDomainCreate::new(" App.ngrok.app. ");
    let found = client.reserved_domains().ensure(&spelled).unwrap();
    assert_eq!(found, Ensured::Found(made.clone().into_inner()));

    let wanted = IpPolicyCreate::new().description("office \"x\"");
    let made = client.ip_policies().ensure(&wanted).unwrap();
    let found = client.ip_policies().ensure(&wanted).unwrap();
    assert!(made.is_created() && !found.is_created() && made.id == found.id);

    let wanted = CredentialCreate::new().description("ci");
    let made = client.credentials().ensure(&wanted).unwrap();
    assert!(made.token.is_some());
    let found = client.credentials().ensure(&wanted).unwrap();
    assert!(found.token.is_none() && found.id == made.id);

    for nameless in [
        client
            .ip_policies()
            .ensure(&IpPolicyCreate::new())
            .map(drop),
        client
            .credentials()
            .ensure(&CredentialCreate::new())
            .map(drop),
    ] {
        assert_eq!(nameless.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn an_endpoint_that_differs_is_changed() {
    let (_cloud, client) = account();
    client
        .reserved_domains()
        .ensure(&ReservedDomainCreate::new("app.ngrok.app"))
        .unwrap();
    let deny = json!({"on_http_request": [{"actions": [{"type": "deny"}]}]});
    let wanted = EndpointCreate::new("https://app.ngrok.app", &deny).description("one");
    let made = client.endpoints().ensure(&wanted).unwrap();
    assert!(matches!(made, Ensured::Created(_)), "{made:?}");
    assert!(matches!(
        client.endpoints().ensure(&wanted).unwrap(),
        Ensured::Found(_)
    ));
    let changed = client
        .endpoints()
        .ensure(&wanted.clone().description("two"))
        .unwrap();
    assert!(matches!(changed, Ensured::Changed(_)), "{changed:?}");
    assert_eq!(
        (changed.description.as_str(), &changed.id),
        ("two", &made.id)
    );
    assert_eq!(client.endpoints().list().count(), 1);
}

#[test]
fn another_program_that_was_faster_is_no_error() {
    let server = Recorder::start(|request, before| match (request.method.as_str(), before) {
        ("POST", _) => Answer::new(400, r#"{"error_code": "ERR_NGROK_413", "msg": "taken"}"#),
        (_, 0) => Answer::new(200, r#"{"reserved_domains": []}"#),
        _ => Answer::new(
            200,
            r#"{"reserved_domains": [{"id": "rd_1", "domain": "a.example"}]}"#,
        ),
    });
    let found = client(&server)
        .reserved_domains()
        .ensure(&ReservedDomainCreate::new("a.example"));
    assert_eq!(found.unwrap().id, "rd_1");
    // One that this account does not have stays a conflict.
    let server = Recorder::start(|request, _| match request.method.as_str() {
        "POST" => Answer::new(400, r#"{"error_code": "ERR_NGROK_414", "msg": "taken"}"#),
        _ => Answer::new(200, r#"{"reserved_domains": []}"#),
    });
    let taken = client(&server)
        .reserved_domains()
        .ensure(&ReservedDomainCreate::new("a.example"));
    assert!(taken.unwrap_err().is_conflict());
}

#[test]
fn the_first_item_and_none() {
    let (cloud, client) = account();
    assert_eq!(client.vaults().list().first().unwrap(), None);
    for name in ["one", "two"] {
        cloud.seed("vaults", json!({"name": name}));
    }
    let two = client.vaults().list().matching(field("name").eq("two"));
    let two = two.first().unwrap().unwrap();
    assert_eq!(two.name, "two");
    let last = cloud.requests().pop().unwrap();
    assert!(format!("{last:?}").contains("limit=1"), "{last:?}");
    // A closure goes to the iterator.
    let count = client
        .vaults()
        .list()
        .filter(|v| v.as_ref().is_ok_and(|v| v.name == "one"));
    assert_eq!(count.count(), 1);
    assert_eq!(
        client.vaults().get_or_none(&two.id).unwrap().unwrap().id,
        two.id
    );
    assert_eq!(client.vaults().get_or_none("vault_gone").unwrap(), None);
    // A wrong base URL is not an absence.
    let server = Recorder::start(|_, _| {
        Answer::new(
            404,
            r#"{"status_code":404,"msg":"Not Found","details":{"path":"/vaults/x"}}"#,
        )
    });
    let error = crate::client(&server)
        .vaults()
        .get_or_none("x")
        .unwrap_err();
    assert!(error.is_not_found());
}

#[test]
fn none_leaves_a_field_as_it_is_and_values_become_text() {
    let server = Recorder::start(|_, _| Answer::new(200, "{}"));
    let client = client(&server);
    let description: Option<String> = None;
    let update = EndpointUpdate::new()
        .description(description)
        .metadata(None::<&str>)
        .traffic_policy(json!({"on_tcp_connect": []}))
        .pooling_enabled(Some(true));
    client.endpoints().update("ep_1", &update).unwrap();
    let sent = server.last().json();
    assert_eq!(
        sent,
        json!({"traffic_policy": "{\"on_tcp_connect\":[]}", "pooling_enabled": true})
    );
    let policy = ngrok_core::TrafficPolicy::from_json(&json!({"on_tcp_connect": []})).unwrap();
    let create = EndpointCreate::new("https://a.example", policy).metadata(Value::from("plain"));
    client.endpoints().create(&create).unwrap();
    let sent = server.last().json();
    assert_eq!(
        (&sent["traffic_policy"], &sent["metadata"]),
        (&json!("{\"on_tcp_connect\":[]}"), &json!("plain"))
    );
    let cleared = EndpointUpdate::new()
        .metadata(ngrok_cloudapi::Patch::Null)
        .description("");
    client.endpoints().update("ep_1", &cleared).unwrap();
    assert_eq!(
        server.last().json(),
        json!({"metadata": null, "description": ""})
    );
}
