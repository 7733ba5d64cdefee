//! The life of resources, modules, tokens and lists, call by call.

use serde_json::json;

use super::*;
use crate::cloud::testing::Bench;

#[test]
fn a_resource_lives_from_create_to_delete() {
    let mut cloud = Bench::new();
    let (status, made) = cloud.call("POST", "/ip_policies", json!({"description": "d"}));
    assert_eq!((status, &made["description"]), (201, &json!("d")));
    assert!(
        made.get("metadata").is_none(),
        "what is empty is left out: {made}"
    );
    let path = format!("/ip_policies/{}", made["id"].as_str().expect("an id"));
    assert_eq!(made["uri"], format!("http://127.0.0.1:1{path}"));
    assert_eq!(cloud.get(&path), made);
    // Null means that a field is left out; an empty text clears it.
    let body = json!({"id": made["id"], "metadata": "m", "description": null});
    let (status, changed) = cloud.call("PATCH", &path, body);
    assert_eq!(
        (status, &changed["metadata"], &changed["description"]),
        (200, &json!("m"), &json!("d"))
    );
    let (_, changed) = cloud.call("PATCH", &path, json!({"description": ""}));
    assert!(changed.get("description").is_none());
    assert_eq!(cloud.call("DELETE", &path, Value::Null), (204, Value::Null));
    let (status, gone) = cloud.call("GET", &path, Value::Null);
    assert_eq!((status, &gone["msg"]), (404, &json!("Resource not found")));
    assert!(gone.get("error_code").is_none());
    assert!(
        gone["details"]["operation_id"]
            .as_str()
            .is_some_and(|id| id.len() == 30)
    );
    assert_eq!(cloud.call("DELETE", &path, Value::Null).0, 404);
}

#[test]
fn null_clears_where_that_is_chosen() {
    let mut cloud = Bench::with(&[CloudVariant::NullClears]);
    let (_, made) = cloud.call("POST", "/ip_policies", json!({"description": "d"}));
    let path = format!("/ip_policies/{}", made["id"].as_str().expect("an id"));
    let (status, changed) = cloud.call("PATCH", &path, json!({"description": null}));
    assert_eq!(status, 200);
    assert!(changed.get("description").is_none());
}

#[test]
fn unknown_paths_and_methods_are_the_same_404() {
    let mut cloud = Bench::new();
    cloud.key = None;
    for (method, path) in [
        ("GET", "/nothing"),
        ("DELETE", "/vaults"),
        ("PUT", "/vaults/x"),
        ("GET", "/vaults/"),
        ("OPTIONS", "/vaults"),
    ] {
        let (status, body) = cloud.call(method, path, Value::Null);
        let expected = json!({"status_code": 404, "msg": "Not Found", "details": {"path": path}});
        assert_eq!((status, body), (404, expected), "{method} {path}");
    }
}

#[test]
fn the_checks_come_in_ngroks_order() {
    let mut cloud = Bench::new();
    let code = |cloud: &mut Bench, bytes: &[u8]| {
        let (status, body) = cloud.raw("POST", "/vaults?x=1", bytes);
        format!("{status} {}", body["error_code"].as_str().unwrap_or(""))
    };
    cloud.key = None;
    cloud.version = None;
    cloud.content_type = None;
    assert_eq!(code(&mut cloud, b"{"), "403 ERR_NGROK_200");
    cloud.key = Some(format!("Bearer {}", crate::cloud::builder::API_KEY));
    assert_eq!(code(&mut cloud, b"{"), "400 ERR_NGROK_218");
    cloud.version = Some("1");
    assert_eq!(code(&mut cloud, b"{"), "400 ERR_NGROK_217");
    cloud.version = Some("2");
    assert_eq!(code(&mut cloud, b"{"), "400 ERR_NGROK_231");
    let mut code = |bytes: &[u8], content_type: Option<&'static str>| {
        cloud.content_type = content_type;
        let (status, body) = cloud.raw("POST", "/vaults", bytes);
        format!("{status} {}", body["error_code"].as_str().unwrap_or(""))
    };
    assert_eq!(code(b"{", None), "400 ERR_NGROK_216");
    assert_eq!(code(b"", None), "400 ERR_NGROK_216");
    assert_eq!(code(b"{", Some("text/plain")), "400 ERR_NGROK_210");
    assert_eq!(code(b"{", Some("application/json")), "400 ERR_NGROK_213");
    assert_eq!(code(b"", Some("application/json")), "400 ERR_NGROK_213");
    assert_eq!(
        code(b"{\"nope\": 1}", Some("application/json")),
        "400 ERR_NGROK_214"
    );
    assert_eq!(
        code(b"{\"name\": 1}", Some("application/json")),
        "400 ERR_NGROK_215"
    );
    assert_eq!(code(b"{}", Some("application/json")), "400 ERR_NGROK_23001");
    let good = b"{\"name\": \"v\"}";
    assert_eq!(code(good, Some("application/json; charset=utf-8")), "201 ");
    let (status, body) = cloud.raw("GET", "/vaults", b"{}");
    assert_eq!(
        (status, &body["error_code"]),
        (400, &json!("ERR_NGROK_211"))
    );
}

#[test]
fn a_module_is_a_field_of_its_edge_and_a_route_is_shown_by_it() {
    let mut cloud = Bench::new();
    let policy = cloud.make("/ip_policies", json!({}));
    let edge = cloud.make("/edges/https", json!({}));
    let edge = format!("/edges/https/{edge}");
    let module = format!("{edge}/mutual_tls");
    assert_eq!(cloud.call("GET", &module, Value::Null).0, 404);
    let ca = cloud.seed("certificate_authorities", json!({}));
    let body = json!({"enabled": true, "certificate_authority_ids": [ca]});
    let (status, set) = cloud.call("PUT", &module, body);
    assert_eq!(
        (status, &set["certificate_authorities"][0]["id"]),
        (200, &json!(ca))
    );
    let body = json!({"edge_id": "ignored", "match_type": "path_prefix", "match": "/"});
    let route = cloud.make(&format!("{edge}/routes"), body);
    let route = format!("{edge}/routes/{route}");
    let body = json!({"enabled": true, "ip_policy_ids": [policy]});
    let (_, set) = cloud.call("PUT", &format!("{route}/ip_restriction"), body);
    assert_eq!(
        set["ip_policies"][0]["uri"],
        format!("http://127.0.0.1:1/ip_policies/{policy}")
    );
    let shown = cloud.get(&edge);
    assert_eq!(shown["mutual_tls"]["enabled"], true);
    assert_eq!(shown["routes"][0]["ip_restriction"]["enabled"], true);
    assert_eq!(cloud.call("DELETE", &module, Value::Null).0, 204);
    assert_eq!(cloud.get(&edge)["mutual_tls"], Value::Null);
    // Routes go with their edge.
    assert_eq!(cloud.call("DELETE", &edge, Value::Null).0, 204);
    assert_eq!(cloud.call("GET", &route, Value::Null).0, 404);
}

#[test]
fn tokens_are_shown_once_and_open_the_api_until_they_are_gone() {
    let mut cloud = Bench::new();
    let (_, key) = cloud.call("POST", "/api_keys", json!({}));
    let token = key["token"].as_str().expect("a token").to_owned();
    assert!(ids::looks_like_token(&token), "{token}");
    let path = format!("/api_keys/{}", key["id"].as_str().expect("an id"));
    assert_eq!(cloud.get(&path)["token"], Value::Null);
    let first = cloud.key.replace(format!("Bearer {token}"));
    assert_eq!(cloud.get("/self")["api_key"]["uri"], path);
    assert_eq!(cloud.call("DELETE", &path, Value::Null).0, 204);
    assert_eq!(cloud.code("GET", "/vaults", Value::Null), "403 203");
    cloud.key = first;
    let (_, authtoken) = cloud.call("POST", "/credentials", json!({}));
    let authtoken = authtoken["token"].as_str().expect("a token").to_owned();
    let wrong = |cloud: &mut Bench, key: &str| {
        cloud.key = Some(key.to_owned());
        let (_, body) = cloud.call("GET", "/vaults", Value::Null);
        let quoted = key.strip_prefix("Bearer ").unwrap_or(key);
        assert!(
            body["msg"].as_str().is_some_and(|msg| msg.contains(quoted)),
            "{body}"
        );
        cloud.code("GET", "/vaults", Value::Null)
    };
    assert_eq!(wrong(&mut cloud, &format!("Bearer {authtoken}")), "400 206");
    assert_eq!(wrong(&mut cloud, "Bearer notarealtoken"), "403 202");
    assert_eq!(wrong(&mut cloud, "Digest x"), "403 201");
    assert_eq!(wrong(&mut cloud, "Bearer ak_2b8"), "400 208");
    assert_eq!(wrong(&mut cloud, "Bearer cr_2b8"), "400 207");
    assert_eq!(
        wrong(&mut cloud, "Bearer 4nq9771bPxe8ctg7LKr_2ClH7Y15Zqe4bWLWF9p"),
        "400 207"
    );
    assert_eq!(
        wrong(
            &mut cloud,
            &format!("Bearer {}_1{}", ids::letters(27), ids::letters(20))
        ),
        "403 203"
    );
    // `user:` with the key as the user, as curl's -u sends it.
    use base64::Engine;
    let basic = format!("{}:", crate::cloud::builder::API_KEY);
    let basic = base64::engine::general_purpose::STANDARD.encode(basic);
    cloud.key = Some(format!("Basic {basic}"));
    assert_eq!(cloud.call("GET", "/vaults", Value::Null).0, 200);
}

#[test]
fn access_tokens_have_scopes_ends_and_can_be_revoked() {
    let mut cloud = Bench::new();
    let body = json!({"scopes": ["ip-policies:read"], "description": "d"});
    let (status, made) = cloud.call("POST", "/access_tokens", body);
    let token = made["token"].as_str().expect("a token").to_owned();
    assert!(status == 201 && token.starts_with("ngrok_pat_"), "{made}");
    assert!(made.get("expires_at").is_none() && made.get("revoked_at").is_none());
    let first = cloud.key.replace(format!("Bearer {token}"));
    assert_eq!(cloud.call("GET", "/ip_policies", Value::Null).0, 200);
    assert_eq!(cloud.code("POST", "/ip_policies", json!({})), "403 29001");
    assert!(cloud.get("/self").get("api_key").is_none());
    cloud.key = first;
    let path = format!("/access_tokens/{}", made["id"].as_str().expect("an id"));
    let (status, revoked) =
        cloud.call("POST", &format!("{path}/revoke"), json!({"id": made["id"]}));
    assert!(
        status == 200 && revoked["revoked_at"].is_string(),
        "{revoked}"
    );
    assert_eq!(
        cloud.get("/access_tokens")["tokens"][0]["revoked_at"],
        revoked["revoked_at"]
    );
    let expired = json!({"expires_at": "2020-01-01T00:00:00Z"});
    let (_, expired) = cloud.call("POST", "/access_tokens", expired);
    for token in [&token, expired["token"].as_str().expect("a token")] {
        cloud.key = Some(format!("Bearer {token}"));
        assert_eq!(cloud.code("GET", "/vaults", Value::Null), "403 203");
    }
    let mut cloud = Bench::with(&[CloudVariant::AccessTokensKey, CloudVariant::Revoke204]);
    let id = cloud.make("/access_tokens", json!({}));
    assert_eq!(cloud.get("/access_tokens")["access_tokens"][0]["id"], id);
    assert_eq!(
        cloud.call("POST", &format!("/access_tokens/{id}/revoke"), Value::Null),
        (204, Value::Null)
    );
}

#[test]
fn lists_are_paged_newest_first_and_filtered() {
    let mut cloud = Bench::new();
    for n in 0..5 {
        cloud.make("/vaults", json!({"name": format!("v{n}"), "metadata": "m"}));
    }
    let names = |page: &Value| -> Vec<String> {
        let items = page["vaults"].as_array().expect("a list");
        items
            .iter()
            .map(|v| v["name"].as_str().unwrap_or("").to_owned())
            .collect()
    };
    let filter = "filter=obj.metadata%20%3D%3D%20%22m%22";
    let page = cloud.get(&format!("/vaults?limit=2&{filter}"));
    assert_eq!(names(&page), ["v4", "v3"]);
    let next = page["next_page_uri"]
        .as_str()
        .expect("a next page")
        .to_owned();
    let next = next.strip_prefix("http://127.0.0.1:1").expect("our base");
    assert!(
        next.starts_with("/vaults?before_id=vault_") && next.ends_with("&limit=2"),
        "{next}"
    );
    // The last of the page is deleted before the next is asked for: nothing is lost.
    for vault in page["vaults"].as_array().expect("a list") {
        cloud.call(
            "DELETE",
            &format!("/vaults/{}", vault["id"].as_str().expect("an id")),
            Value::Null,
        );
    }
    let page = cloud.get(next);
    assert_eq!(
        (names(&page), page["next_page_uri"].is_string()),
        (vec!["v2".to_owned(), "v1".to_owned()], true)
    );
    let all = cloud.get("/vaults");
    assert_eq!(
        (names(&all).len(), &all["next_page_uri"]),
        (3, &Value::Null)
    );
    let exact = cloud.get("/vaults?limit=3");
    assert_eq!(exact["next_page_uri"], Value::Null);
    let one = cloud.get("/vaults?filter=obj.name+%3D%3D+%22v1%22");
    assert_eq!(names(&one), ["v1"]);
}

#[test]
fn what_a_list_does_not_know_is_refused() {
    let mut cloud = Bench::new();
    for (path, code) in [
        ("/vaults?limit=0", "400 233"),
        ("/vaults?limit=101", "400 233"),
        ("/vaults?limit=-1", "400 233"),
        ("/vaults?limit=ten", "400 244"),
        ("/vaults?nope=1", "400 231"),
        ("/vaults/vault_1?limit=1", "400 231"),
        ("/vaults?limit=1&limit=2", "400 232"),
        ("/vaults?limit=%zz", "400 230"),
        ("/vaults?before_id=nonsense", "400 223"),
        ("/vaults?before_id=ipp_2b8", "400 227"),
        ("/vaults?filter=obj.nope", "400 invalid_cel_expression"),
        ("/edges/https?filter=true", "400 231"),
        ("/ssh_user_certificates?filter=true", "400 231"),
        ("/kubernetes_operators?filter=true", "400 231"),
        ("/endpoints?id=ep_1&id=ep_2&url=x&url=y", "200 "),
        ("/vaults?before_id=vault_2b8", "200 "),
    ] {
        assert_eq!(cloud.code("GET", path, Value::Null), code, "{path}");
    }
    let subscription = cloud.make(
        "/event_subscriptions",
        json!({"sources": [], "destination_ids": []}),
    );
    let sources = format!("/event_subscriptions/{subscription}/sources");
    assert_eq!(
        cloud.code("GET", &format!("{sources}?limit=1"), Value::Null),
        "400 231"
    );
    assert!(cloud.get(&sources).get("next_page_uri").is_none());
    let mut cloud = Bench::with(&[CloudVariant::FilterCode250, CloudVariant::MalformedIds400]);
    assert_eq!(
        cloud.code("GET", "/vaults?filter=obj.nope", Value::Null),
        "400 250"
    );
    assert_eq!(
        cloud.code("GET", "/vaults/nonsense", Value::Null),
        "400 223"
    );
    assert_eq!(cloud.code("GET", "/vaults/ipp_2b8", Value::Null), "400 227");
    assert_eq!(cloud.code("GET", "/vaults/vault_2b8", Value::Null), "404 ");
}

#[test]
fn endpoints_are_found_by_id_url_and_scheme() {
    let mut cloud = Bench::new();
    let one = cloud.seed("endpoints", json!({"url": "https://one.example.com"}));
    cloud.seed("endpoints", json!({"url": "tcp://1.tcp.ngrok.io:20000"}));
    let count = |page: Value| page["endpoints"].as_array().map_or(0, Vec::len);
    assert_eq!(count(cloud.get("/endpoints")), 2);
    assert_eq!(count(cloud.get(&format!("/endpoints?id={one}&id=ep_x"))), 1);
    assert_eq!(
        count(cloud.get("/endpoints?url=https%3A%2F%2Fone.example.com")),
        1
    );
    let page = cloud.get("/endpoints?filter=obj.scheme%3D%3D%22tcp%22");
    assert_eq!(page["endpoints"][0]["type"], "ephemeral");
    assert!(
        page["endpoints"][0].get("scheme").is_none() && page["endpoints"][0].get("uri").is_none()
    );
}

#[test]
fn the_sources_of_a_subscription_are_addressed_by_type() {
    let mut cloud = Bench::new();
    let body = json!({"sources": [{"type": "ip_policy_created.v0"}], "destination_ids": []});
    let (status, made) = cloud.call("POST", "/event_subscriptions", body);
    assert_eq!(
        (status, &made["sources"][0]["type"]),
        (201, &json!("ip_policy_created.v0"))
    );
    let path = format!(
        "/event_subscriptions/{}",
        made["id"].as_str().expect("an id")
    );
    let sources = format!("{path}/sources");
    assert_eq!(
        cloud
            .call("POST", &sources, json!({"type": "api_key_created.v0"}))
            .0,
        201
    );
    let one = format!("{sources}/api_key_created.v0");
    assert_eq!(cloud.get(&one)["uri"], format!("http://127.0.0.1:1{one}"));
    assert_eq!(cloud.call("PATCH", &one, json!({})).0, 200);
    assert_eq!(cloud.call("PATCH", &one, Value::Null).0, 200);
    assert_eq!(
        cloud.get(&sources)["sources"].as_array().map(Vec::len),
        Some(2)
    );
    cloud.call("PATCH", &path, json!({"sources": []}));
    assert_eq!(cloud.get(&path)["sources"], json!([]));
}

#[test]
fn sessions_are_stopped_restarted_and_updated_with_or_without_a_body() {
    let mut cloud = Bench::new();
    for body in [Value::Null, json!({})] {
        let id = cloud.seed("tunnel_sessions", json!({"region": "eu"}));
        let path = format!("/tunnel_sessions/{id}");
        assert_eq!(
            cloud.get(&path)["credential"]["id"]
                .as_str()
                .map(|id| &id[..3]),
            Some("cr_")
        );
        assert_eq!(
            cloud.call("POST", &format!("{path}/update"), body.clone()),
            (204, Value::Null)
        );
        assert_eq!(
            cloud
                .call("POST", &format!("{path}/restart"), body.clone())
                .0,
            204
        );
        assert_eq!(cloud.call("GET", &path, Value::Null).0, 404);
        let back = cloud.get("/tunnel_sessions")["tunnel_sessions"][0]["id"].clone();
        let path = format!("/tunnel_sessions/{}", back.as_str().expect("an id"));
        assert_eq!(
            cloud
                .call("POST", &format!("{path}/stop"), json!({"id": back}))
                .0,
            204
        );
        assert_eq!(cloud.call("POST", &format!("{path}/stop"), body).0, 404);
    }
    let ssh = cloud.seed("tunnel_sessions", json!({"transport": "ssh"}));
    assert_eq!(
        cloud.code(
            "POST",
            &format!("/tunnel_sessions/{ssh}/restart"),
            json!({})
        ),
        "400 1122"
    );
    assert_eq!(
        cloud.code("POST", &format!("/tunnel_sessions/{ssh}/update"), json!({})),
        "400 1121"
    );
}

#[test]
fn bot_users_are_service_users_under_their_old_name() {
    let mut cloud = Bench::new();
    let (status, bot) = cloud.call("POST", "/bot_users", json!({"name": "ci"}));
    let id = bot["id"].as_str().expect("an id");
    assert!(
        status == 201 && id.starts_with("bot_") && bot["active"] == true,
        "{bot}"
    );
    assert_eq!(bot["uri"], format!("http://127.0.0.1:1/bot_users/{id}"));
    let user = id.replace("bot_", "service_");
    assert_eq!(cloud.get(&format!("/service_users/{user}"))["name"], "ci");
    assert_eq!(cloud.get(&format!("/bot_users/{id}")), bot);
    assert_eq!(cloud.get("/bot_users")["bot_users"][0], bot);
    assert_eq!(
        cloud.code("POST", "/service_users", json!({"name": "ci"})),
        "400 4112"
    );
}

#[test]
fn the_root_and_the_caller_are_described() {
    let mut cloud = Bench::new();
    let root = cloud.get("/");
    assert_eq!(
        root["subresource_uris"]["secrets"],
        "http://127.0.0.1:1/vault_secrets"
    );
    let me = cloud.get("/self");
    assert!(
        me["account"]["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("ac_"))
    );
    assert!(
        me["api_key"]["uri"]
            .as_str()
            .is_some_and(|uri| uri.starts_with("/api_keys/ak_"))
    );
    assert_eq!(me["api_key"]["token"], Value::Null);
}

#[test]
fn callers_outside_the_ip_restriction_are_refused() {
    let mut cloud = Bench::new();
    cloud.account.options.caller_ip = Some("203.0.113.7".parse().expect("an address"));
    let policy = cloud.make("/ip_policies", json!({}));
    let rule =
        |cidr: &str, action: &str| json!({"ip_policy_id": policy, "cidr": cidr, "action": action});
    cloud.make("/ip_policy_rules", rule("203.0.113.0/24", "allow"));
    let body = json!({"type": "api", "enforced": true, "ip_policy_ids": [policy]});
    cloud.make("/ip_restrictions", body);
    assert_eq!(cloud.call("GET", "/vaults", Value::Null).0, 200);
    cloud.make("/ip_policy_rules", rule("203.0.113.7/32", "deny"));
    assert_eq!(cloud.code("GET", "/vaults", Value::Null), "403 220");
}
