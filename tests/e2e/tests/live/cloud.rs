//! The cloud API beside the agent: its key is a second secret, so these run only if there is one.

use ngrok_facade::cloud::Patch;
use ngrok_facade::cloud::types::{EndpointCreate, IpPolicyCreate, IpPolicyUpdate};
use ngrok_facade::localapi::{Action, Rule, TrafficPolicy};
use ngrok_facade::{ConfigVersion, ConnectOptions, Ngrok};

use crate::account::{Account, account, echo};

/// A handle with an API key, if the environment has one.
fn with_key(account: &Account) -> Option<Ngrok> {
    let key = std::env::var("NGROK_API_KEY").ok()?;
    let config = account.config(ConfigVersion::V3).api_key(key);
    Some(Ngrok::new(config.build().unwrap()))
}

#[test]
fn the_agents_endpoint_is_seen_in_the_cloud() {
    let Some(account) = account() else { return };
    let Some(ngrok) = with_key(&account) else {
        return println!("no NGROK_API_KEY");
    };
    let endpoint = ngrok.connect(account.upstream.port()).unwrap();
    let cloud = ngrok.cloud().unwrap();
    let seen = cloud
        .endpoints()
        .list()
        .map(Result::unwrap)
        .any(|it| it.url == endpoint.public_url());
    assert!(seen);
}

/// Settles what ngrok does not document: whether null clears a text, as `""` does, or leaves it as it is.
#[test]
fn null_in_an_update_leaves_a_text_as_it_is_and_an_empty_text_clears_it() {
    let Some(account) = account() else { return };
    let Some(ngrok) = with_key(&account) else {
        return println!("no NGROK_API_KEY");
    };
    let cloud = ngrok.cloud().unwrap();
    let create = IpPolicyCreate::new().description("null?").metadata("kept");
    let made = cloud.ip_policies().create(&create).unwrap();
    let update = |update: IpPolicyUpdate| cloud.ip_policies().update(&made.id, &update);
    let with_null = update(IpPolicyUpdate::new().description(Patch::Null).metadata("m"));
    let emptied = update(IpPolicyUpdate::new().description(""));
    made.delete(&cloud).unwrap();
    assert_eq!(emptied.unwrap().description, "", "an empty text clears");
    let kept = with_null.unwrap().description;
    assert_eq!(
        kept, "null?",
        "null clears too: say so in the docs of Patch"
    );
}

#[test]
fn a_cloud_endpoint_forwards_to_an_internal_one() {
    let Some(account) = account() else { return };
    let Some(ngrok) = with_key(&account) else {
        return println!("no NGROK_API_KEY");
    };
    let internal = format!("https://e2e-{}.internal", std::process::id());
    let options = ConnectOptions::http(account.upstream.port());
    ngrok
        .connect(options.url(&*internal).binding("internal"))
        .unwrap();
    let Ok(public) = std::env::var("NGROK_LIVE_DOMAIN") else {
        return println!("NGROK_LIVE_DOMAIN names a domain of the account for this one");
    };
    let cloud = ngrok.cloud().unwrap();
    let forward = Rule::new().action(Action::forward_internal(&internal));
    let policy = TrafficPolicy::new().on_http_request(forward);
    let create = EndpointCreate::new(format!("https://{public}"), policy.to_string());
    let made = cloud.endpoints().create(&create).unwrap();
    let answer = echo(&format!("https://{public}"), "/through");
    cloud.endpoints().delete(&made.id).unwrap();
    assert_eq!(answer["path"], "/through");
}
