//! IP policies, keys, vaults, users, ingresses and operators.

use super::*;

#[test]
fn ip_policies_rules_and_restrictions() {
    let mut cloud = Bench::new();
    let policy = cloud.make("/ip_policies", json!({}));
    refused(
        &mut cloud,
        "/ip_policies",
        &[
            (json!({"action": "allow"}), "1423"),
            (json!({"description": "d".repeat(256)}), "215"),
        ],
    );
    let good = json!({"ip_policy_id": policy, "cidr": "10.0.0.0/8", "action": "allow"});
    let cidr = |cidr: &str| with(&good, json!({"cidr": cidr}));
    refused(
        &mut cloud,
        "/ip_policy_rules",
        &[
            (with(&good, json!({"cidr": null})), "1405"),
            (with(&good, json!({"action": null})), "1405"),
            (with(&good, json!({"action": "maybe"})), "1422"),
            (cidr("10.0.0.0/33"), "1406"),
            (cidr("ten"), "1406"),
            (cidr("10.0.0.1"), "1413"),
            (cidr("10.0.0.1/8"), "1409"),
            (cidr("2001:DB8::1/32"), "1409"),
            (with(&good, json!({"ip_policy_id": "rd_2b8"})), "1414"),
            (with(&good, json!({"ip_policy_id": "ipp_2b8"})), "1414"),
            (with(&good, json!({"description": "d".repeat(256)})), "1421"),
        ],
    );
    let rule = cloud.make("/ip_policy_rules", good.clone());
    refused(&mut cloud, "/ip_policy_rules", &[(good.clone(), "1408")]);
    let (_, six) = cloud.call("POST", "/ip_policy_rules", cidr("2001:DB8::/32"));
    assert_eq!(
        (&six["cidr"], &six["ip_policy"]["id"]),
        (&json!("2001:db8::/32"), &json!(policy))
    );
    refused(
        &mut cloud,
        "/ip_policy_rules",
        &[(cidr("2001:db8::/32"), "1408")],
    );
    let path = format!("/ip_policy_rules/{rule}");
    not_changed(
        &mut cloud,
        &path,
        &[
            (json!({}), "1401"),
            (json!({"cidr": "2001:db8::/32"}), "1408"),
            (json!({"cidr": "x"}), "1406"),
        ],
    );
    assert_eq!(
        cloud.call("PATCH", &path, json!({"cidr": "10.0.0.0/8"})).0,
        200
    );
    not_changed(
        &mut cloud,
        &format!("/ip_policies/{policy}"),
        &[(json!({}), "1400")],
    );
    let good = json!({"type": "dashboard", "ip_policy_ids": [policy]});
    refused(
        &mut cloud,
        "/ip_restrictions",
        &[
            (with(&good, json!({"type": "moon"})), "1803"),
            (with(&good, json!({"ip_policy_ids": []})), "1804"),
            (with(&good, json!({"ip_policy_ids": null})), "1804"),
            (with(&good, json!({"ip_policy_ids": ["rd_2b8"]})), "229"),
            (with(&good, json!({"ip_policy_ids": ["ipp_2b8"]})), "1801"),
        ],
    );
    let (_, made) = cloud.call("POST", "/ip_restrictions", good.clone());
    assert_eq!(
        (&made["enforced"], &made["ip_policies"][0]["id"]),
        (&json!(false), &json!(policy))
    );
    refused(&mut cloud, "/ip_restrictions", &[(good, "1802")]);
    let restriction = format!("/ip_restrictions/{}", made["id"].as_str().expect("an id"));
    let (_, kept) = cloud.call("PATCH", &restriction, json!({"ip_policy_ids": []}));
    assert_eq!(kept["ip_policies"][0]["id"], policy);
    assert_eq!(
        cloud.code("DELETE", &format!("/ip_policies/{policy}"), Value::Null),
        "400 1420"
    );
    let six = format!("/ip_policy_rules/{}", six["id"].as_str().expect("an id"));
    assert_eq!(cloud.code("DELETE", &six, Value::Null), "204 ");
    assert_eq!(cloud.code("DELETE", &path, Value::Null), "400 1419");
    let mut cloud = Bench::with(&[CloudVariant::MissingReferences404]);
    refused(
        &mut cloud,
        "/ip_restrictions",
        &[(
            json!({"type": "api", "ip_policy_ids": ["ipp_2b8"]}),
            "404 1801",
        )],
    );
}

#[test]
fn keys() {
    let mut cloud = Bench::new();
    let acl = |rule: &str| json!({"acl": [rule]});
    refused(
        &mut cloud,
        "/credentials",
        &[
            (acl("example.com"), "600"),
            (acl("bind:"), "600"),
            (acl("bind:not a domain"), "600"),
            (
                json!({"owner_id": "usr_2b8", "owner_email": "me@example.com"}),
                "631",
            ),
            (json!({"owner_id": "ipp_2b8"}), "243"),
            (json!({"description": "d".repeat(256)}), "604"),
            (json!({"metadata": "m".repeat(4097)}), "605"),
        ],
    );
    for rule in [
        "*",
        "bind:*.example.com",
        "bind:1.tcp.ngrok.io:20000",
        "bind:app=web",
        "bind:app=*",
    ] {
        cloud.make("/credentials", acl(rule));
    }
    let (_, made) = cloud.call("POST", "/credentials", json!({}));
    assert_eq!(made["acl"], json!([]));
    assert!(
        made["owner_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("usr_"))
    );
    for path in ["/credentials", "/api_keys"] {
        let id = cloud.make(path, json!({}));
        not_changed(&mut cloud, &format!("{path}/{id}"), &[(json!({}), "606")]);
    }
    refused(
        &mut cloud,
        "/ssh_credentials",
        &[
            (json!({}), "611"),
            (json!({"public_key": ""}), "611"),
            (json!({"public_key": "ssh-ed25519 nonsense"}), "612"),
            (
                json!({"public_key": ED25519.replace("ssh-ed25519", "ssh-rsa")}),
                "612",
            ),
        ],
    );
    cloud.make("/ssh_credentials", json!({"public_key": ED25519}));
    let same = ED25519.replace("me@example.com", "other");
    refused(
        &mut cloud,
        "/ssh_credentials",
        &[(json!({"public_key": same}), "609")],
    );
    refused(
        &mut cloud,
        "/access_tokens",
        &[
            (json!({"expires_at": "tomorrow"}), "241"),
            (json!({"description": "d".repeat(256)}), "215"),
        ],
    );
    let (_, given) = cloud.call("POST", "/credentials", json!({"precomputed_token": "mine"}));
    assert_eq!(given["token"], "mine");
}

#[test]
fn vaults_and_secrets() {
    let mut cloud = Bench::new();
    let name = |name: &str| json!({"name": name});
    refused(
        &mut cloud,
        "/vaults",
        &[
            (json!({}), "23001"),
            (name(""), "23001"),
            (name("a b"), "23000"),
            (name(&"a".repeat(256)), "23002"),
        ],
    );
    let vault = cloud.make("/vaults", name("prod-1"));
    refused(&mut cloud, "/vaults", &[(name("prod-1"), "23004")]);
    let good = json!({"name": "db-password", "value": "hunter2", "vault_id": vault});
    refused(
        &mut cloud,
        "/vault_secrets",
        &[
            (with(&good, json!({"name": null})), "24001"),
            (with(&good, json!({"name": "a b"})), "24000"),
            (with(&good, json!({"value": ""})), "24003"),
            (with(&good, json!({"value": "v".repeat(100_000)})), "24004"),
            (with(&good, json!({"vault_id": null})), "24008"),
            (with(&good, json!({"vault_id": "ipp_2b8"})), "227"),
            (with(&good, json!({"vault_id": "vault_2b8"})), "404 24006"),
            (
                with(&good, json!({"vault_id": null, "vault_name": "none"})),
                "404 24009",
            ),
        ],
    );
    let (_, made) = cloud.call("POST", "/vault_secrets", good.clone());
    assert!(
        !made.to_string().contains("hunter2"),
        "a value is never shown"
    );
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        made["uri"],
        format!("http://127.0.0.1:1/vault_secrets/{id}")
    );
    assert_eq!(
        (&made["vault_name"], &made["created_by"]["uri"]),
        (&json!("prod-1"), &json!(""))
    );
    assert!(cloud.get(&format!("/vaults/{vault}"))["created_by"].is_string());
    refused(&mut cloud, "/vault_secrets", &[(good.clone(), "24005")]);
    let by_name = with(
        &good,
        json!({"vault_id": null, "vault_name": "prod-1", "name": "two"}),
    );
    cloud.make("/vault_secrets", by_name);
    let other = cloud.make("/vaults", name("other"));
    cloud.make("/vault_secrets", with(&good, json!({"vault_id": other})));
    let inside = cloud.get(&format!("/vaults/{vault}/secrets"));
    assert_eq!(inside["secrets"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        cloud.code("GET", "/vaults/vault_2b8/secrets", Value::Null),
        "404 "
    );
    assert_eq!(
        cloud.code("DELETE", &format!("/vaults/{vault}"), Value::Null),
        "400 23003"
    );
    not_changed(
        &mut cloud,
        &format!("/vault_secrets/{id}"),
        &[(name("two"), "24005"), (json!({"value": ""}), "24003")],
    );
    let mut cloud = Bench::with(&[CloudVariant::NoHyphensInNames]);
    refused(&mut cloud, "/vaults", &[(name("prod-1"), "23000")]);
}

#[test]
fn users_ingresses_operators_and_reports() {
    let mut cloud = Bench::new();
    refused(
        &mut cloud,
        "/service_users",
        &[
            (json!({}), "4109"),
            (json!({"name": ""}), "4109"),
            (json!({"name": "n".repeat(256)}), "4110"),
        ],
    );
    let domain = |domain: &str| json!({"domain": domain});
    refused(
        &mut cloud,
        "/agent_ingresses",
        &[
            (json!({}), "6704"),
            (domain("a b"), "6704"),
            (domain("x.ngrok.io"), "6705"),
            (
                json!({"domain": "a.example.com", "certificate_management_policy": {"authority": "mine"}}),
                "1908",
            ),
            (
                json!({"domain": "a.example.com", "certificate_management_policy": {"private_key_type": "dsa"}}),
                "1909",
            ),
            (
                json!({"domain": "a.example.com", "description": "d".repeat(256)}),
                "6700",
            ),
        ],
    );
    let body = json!({"domain": "In.example.com", "certificate_management_policy": {}});
    let (_, made) = cloud.call("POST", "/agent_ingresses", body);
    assert_eq!(
        made["uri"],
        format!("/agent_ingresses/{}", made["id"].as_str().expect("an id"))
    );
    assert_eq!(made["ns_targets"].as_array().map(Vec::len), Some(4));
    assert_eq!(made["region_domains"][0], "tunnel.us.in.example.com");
    assert_eq!(
        made["certificate_management_policy"]["private_key_type"],
        "rsa"
    );
    refused(
        &mut cloud,
        "/agent_ingresses",
        &[(domain("in.example.com"), "6706")],
    );
    let operator = |binding: Value| json!({"enabled_features": ["Ingress"], "binding": binding});
    refused(
        &mut cloud,
        "/kubernetes_operators",
        &[
            (json!({"enabled_features": ["moon"]}), "19002"),
            (operator(json!({"csr": "nonsense"})), "19001"),
            (operator(json!({"endpoint_selectors": ["(true"]})), "19003"),
        ],
    );
    let (_, made) = cloud.call(
        "POST",
        "/kubernetes_operators",
        json!({"enabled_features": ["Ingress"]}),
    );
    assert_eq!(
        (&made["enabled_features"], &made["region"]),
        (&json!(["ingress"]), &json!("global"))
    );
    assert_eq!(
        made["binding"]["cert"]["not_before"],
        "0001-01-01T00:00:00Z"
    );
    assert_eq!(made["binding"]["endpoint_selectors"], Value::Null);
    assert_eq!(made["principal"]["uri"], "");
    cloud.seed(
        "endpoints",
        json!({"url": "http://svc.ns", "bindings": ["kubernetes"]}),
    );
    cloud.seed("endpoints", json!({"url": "https://pub.ngrok.app"}));
    let bound = format!(
        "/kubernetes_operators/{}/bound_endpoints",
        made["id"].as_str().expect("an id")
    );
    assert_eq!(
        cloud.get(&bound)["endpoints"].as_array().map(Vec::len),
        Some(1)
    );
    refused(&mut cloud, "/abuse_reports", &[(json!({}), "1405")]);
    let (_, report) = cloud.call(
        "POST",
        "/abuse_reports",
        json!({"urls": ["https://bad.ngrok.app/x"]}),
    );
    assert_eq!(
        report["hostnames"],
        json!([{"hostname": "bad.ngrok.app", "status": "PENDING"}])
    );
    let gateway = cloud.seed("endpoints", json!({"url": "https://ai.internal", "traffic_policy": POLICY.replace("deny", "ai-gateway")}));
    let plain = cloud.seed(
        "endpoints",
        json!({"url": "https://b.internal", "traffic_policy": POLICY}),
    );
    refused(
        &mut cloud,
        "/ai_gateway_api_keys",
        &[
            (json!({}), "422 27006"),
            (json!({"endpoint_id": "ep_2b8"}), "404 27002"),
            (json!({"endpoint_id": plain}), "422 27003"),
            (
                json!({"endpoint_id": gateway, "description": "d".repeat(256)}),
                "422 27004",
            ),
            (
                json!({"endpoint_id": gateway, "provider_keys": [{"provider_id": "openai", "value": ""}]}),
                "422 27507",
            ),
        ],
    );
    let body = json!({"endpoint_id": gateway, "provider_keys": [{"provider_id": "openai", "value": "sk-1234567890"}]});
    let (_, made) = cloud.call("POST", "/ai_gateway_api_keys", body);
    assert!(
        made["token"]
            .as_str()
            .is_some_and(|token| token.starts_with("ng_")),
        "{made}"
    );
    assert_eq!(made["provider_keys"][0]["display_name"], "sk-123...7890");
}
