//! The life of resources, modules, secrets and lists, call by call.

use super::*;

fn call(store: &mut Store, method: &str, path: &str, body: Value) -> (u16, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let call = Call {
        method: method.to_owned(),
        path: path.split('/').skip(1).map(str::to_owned).collect(),
        query: query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: match body {
            Value::Null => Vec::new(),
            body => body.to_string().into_bytes(),
        },
    };
    let answer = answer(store, &call);
    (answer.status, answer.body.unwrap_or_default())
}

fn store() -> Store {
    Store::new("http://127.0.0.1:1".to_owned())
}

#[test]
fn a_resource_lives_from_create_to_delete() {
    let store = &mut store();
    let (status, made) = call(store, "POST", "/ip_policies", json!({"description": "d"}));
    assert_eq!((status, &made["description"]), (201, &json!("d")));
    let path = format!("/ip_policies/{}", made["id"].as_str().expect("an id"));
    assert_eq!(made["uri"], format!("http://127.0.0.1:1{path}"));
    assert_eq!(call(store, "GET", &path, Value::Null), (200, made));
    let (status, changed) = call(
        store,
        "PATCH",
        &path,
        json!({"metadata": "m", "description": null}),
    );
    assert_eq!(
        (status, &changed["metadata"], &changed["description"]),
        (200, &json!("m"), &json!(""))
    );
    assert_eq!(
        call(store, "DELETE", &path, Value::Null),
        (204, Value::Null)
    );
    assert_eq!(call(store, "GET", &path, Value::Null).0, 404);
    assert_eq!(call(store, "DELETE", &path, Value::Null).0, 404);
}

#[test]
fn a_module_is_a_field_of_its_edge_and_a_route_is_shown_by_it() {
    let store = &mut store();
    let (_, policy) = call(store, "POST", "/ip_policies", json!({}));
    let (_, edge) = call(store, "POST", "/edges/https", json!({}));
    let edge = format!("/edges/https/{}", edge["id"].as_str().expect("an id"));
    let module = format!("{edge}/mutual_tls");
    assert_eq!(call(store, "GET", &module, Value::Null).0, 404);
    let (status, set) = call(
        store,
        "PUT",
        &module,
        json!({"enabled": true, "certificate_authority_ids": ["ca_1"]}),
    );
    assert_eq!(
        (status, &set["certificate_authorities"][0]["id"]),
        (200, &json!("ca_1"))
    );
    let (_, route) = call(
        store,
        "POST",
        &format!("{edge}/routes"),
        json!({"match_type": "path_prefix", "match": "/"}),
    );
    let route = format!("{edge}/routes/{}", route["id"].as_str().expect("an id"));
    let body = json!({"enabled": true, "ip_policy_ids": [policy["id"]]});
    let (_, set) = call(store, "PUT", &format!("{route}/ip_restriction"), body);
    assert_eq!(set["ip_policies"][0]["uri"], policy["uri"]);
    let (_, shown) = call(store, "GET", &edge, Value::Null);
    assert_eq!(shown["mutual_tls"]["enabled"], true);
    assert_eq!(shown["routes"][0]["ip_restriction"]["enabled"], true);
    assert_eq!(call(store, "DELETE", &module, Value::Null).0, 204);
    assert_eq!(
        call(store, "GET", &edge, Value::Null).1["mutual_tls"],
        Value::Null
    );
}

#[test]
fn a_token_is_shown_once() {
    let store = &mut store();
    let (_, key) = call(store, "POST", "/api_keys", json!({}));
    assert!(
        key["token"]
            .as_str()
            .is_some_and(|token| token.contains("loopback-secret"))
    );
    let path = format!("/api_keys/{}", key["id"].as_str().expect("an id"));
    assert_eq!(
        call(store, "GET", &path, Value::Null).1["token"],
        Value::Null
    );
}

#[test]
fn lists_are_paged_newest_first_and_filtered() {
    let store = &mut store();
    for n in 0..5 {
        call(
            store,
            "POST",
            "/vaults",
            json!({"name": format!("v{n}"), "metadata": "m"}),
        );
    }
    let (status, page) = call(store, "GET", "/vaults?limit=2", Value::Null);
    let names = |page: &Value| -> Vec<String> {
        let items = page["vaults"].as_array().expect("a list");
        items
            .iter()
            .map(|v| v["name"].as_str().unwrap_or("").to_owned())
            .collect()
    };
    assert_eq!(
        (status, names(&page)),
        (200, vec!["v4".to_owned(), "v3".to_owned()])
    );
    let next = page["next_page_uri"].as_str().expect("a next page");
    let next = next
        .strip_prefix("http://127.0.0.1:1")
        .expect("our base")
        .to_owned();
    let (_, page) = call(store, "GET", &next, Value::Null);
    assert_eq!(names(&page), ["v2", "v1"]);
    let (_, all) = call(store, "GET", "/vaults", Value::Null);
    assert_eq!(
        (names(&all).len(), &all["next_page_uri"]),
        (5, &Value::Null)
    );
    let (_, one) = call(
        store,
        "GET",
        r#"/vaults?filter=obj.name == "v3""#,
        Value::Null,
    );
    assert_eq!(names(&one), ["v3"]);
    assert_eq!(call(store, "GET", "/vaults?limit=101", Value::Null).0, 400);
    assert_eq!(
        call(store, "GET", "/vaults?nope=1", Value::Null).1["error_code"],
        "ERR_NGROK_214"
    );
}

#[test]
fn secrets_of_a_vault_are_found_by_it() {
    let store = &mut store();
    let (_, vault) = call(store, "POST", "/vaults", json!({"name": "v"}));
    call(
        store,
        "POST",
        "/vault_secrets",
        json!({"name": "s", "value": "x", "vault_id": vault["id"]}),
    );
    call(
        store,
        "POST",
        "/vault_secrets",
        json!({"name": "other", "value": "x"}),
    );
    let path = format!("/vaults/{}/secrets", vault["id"].as_str().expect("an id"));
    let (_, found) = call(store, "GET", &path, Value::Null);
    assert_eq!(found["secrets"].as_array().map(Vec::len), Some(1));
    assert!(
        found["secrets"][0].get("value").is_none(),
        "a value is never shown"
    );
}

#[test]
fn the_sources_of_a_subscription_are_addressed_by_type() {
    let store = &mut store();
    let body = json!({"sources": [{"type": "a.v0"}], "destination_ids": []});
    let (status, made) = call(store, "POST", "/event_subscriptions", body);
    assert_eq!((status, &made["sources"][0]["type"]), (201, &json!("a.v0")));
    let path = format!(
        "/event_subscriptions/{}",
        made["id"].as_str().expect("an id")
    );
    let sources = format!("{path}/sources");
    assert_eq!(
        call(store, "POST", &sources, json!({"type": "b.v0"})).0,
        201
    );
    let (status, one) = call(store, "GET", &format!("{sources}/a.v0"), Value::Null);
    assert_eq!((status, &one["type"]), (200, &json!("a.v0")));
    let (_, all) = call(store, "GET", &sources, Value::Null);
    assert_eq!(all["sources"].as_array().map(Vec::len), Some(2));
    call(store, "PATCH", &path, json!({"sources": []}));
    assert_eq!(
        call(store, "GET", &path, Value::Null).1["sources"],
        json!([])
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let store = &mut store();
    assert_eq!(call(store, "GET", "/nothing", Value::Null).0, 404);
    assert_eq!(call(store, "DELETE", "/vaults", Value::Null).0, 405);
    assert_eq!(call(store, "POST", "/vaults", json!({"nope": 1})).0, 400);
    assert_eq!(call(store, "GET", "/vaults", json!({})).0, 400);
    let no_edge = format!("/edges/https/edghts_{}/routes", "0".repeat(27));
    let route = json!({"match_type": "path_prefix", "match": "/"});
    assert_eq!(call(store, "POST", &no_edge, route).0, 404);
}
