//! Event destinations and subscriptions.

use super::*;

const ARN: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/events";

fn kinesis(fields: Value) -> Value {
    let role = json!({"role": {"role_arn": "arn:aws:iam::123456789012:role/ngrok"}});
    let target = with(&json!({"stream_arn": ARN, "auth": role}), fields);
    json!({"format": "json", "target": {"kinesis": target}})
}

#[test]
fn destinations() {
    let mut cloud = Bench::new();
    let target = |target: Value| json!({"format": "json", "target": target});
    let datadog =
        |fields: Value| target(json!({"datadog": with(&json!({"api_key": "k"}), fields)}));
    let azure = |fields: Value| {
        let good = json!({
            "tenant_id": "t", "client_id": "c", "client_secret": "s",
            "logs_ingestion_uri": "https://x.ingest.monitor.azure.com",
            "data_collection_rule_id": "dcr-1", "data_collection_stream_name": "Custom-x",
        });
        target(json!({"azure_logs_ingestion": with(&good, fields)}))
    };
    let arn = |arn: &str| kinesis(json!({"stream_arn": arn}));
    let creds = json!({"aws_access_key_id": "a", "aws_secret_access_key": "s"});
    let both = json!({"role": {"role_arn": "arn:aws:iam::123456789012:role/x"}, "creds": creds});
    refused(
        &mut cloud,
        "/event_destinations",
        &[
            (json!({"target": {}}), "235"),
            (json!({"format": "xml", "target": {}}), "235"),
            (json!({"format": "json"}), "5100"),
            (target(json!({})), "5100"),
            (target(json!({"moon": {}})), "236"),
            (
                target(json!({"datadog": {"api_key": "k"}, "kinesis": {}})),
                "5115",
            ),
            (kinesis(json!({"auth": null})), "5106"),
            (kinesis(json!({"auth": {}})), "5107"),
            (kinesis(json!({"auth": both})), "5116"),
            (
                kinesis(json!({"auth": {"role": {"role_arn": "x"}}})),
                "5104",
            ),
            (arn("x"), "5120"),
            (arn(&ARN.replace("aws", "moon")), "5118"),
            (arn(&ARN.replace("kinesis", "")), "5119"),
            (arn(&ARN.replace("kinesis", "firehose")), "5129"),
            (arn(&ARN.replace("stream/", "thing/")), "5130"),
            (datadog(json!({"api_key": ""})), "5133"),
            (datadog(json!({"ddsite": "moon.example.com"})), "5134"),
            (azure(json!({"tenant_id": null})), "5139"),
            (azure(json!({"data_collection_rule_id": "x"})), "5136"),
            (azure(json!({"data_collection_stream_name": ""})), "5137"),
            (azure(json!({"logs_ingestion_uri": "http://x"})), "5138"),
        ],
    );
    let (_, made) = cloud.call(
        "POST",
        "/event_destinations",
        with(&datadog(json!({})), json!({"format": "JSON"})),
    );
    assert_eq!(made["format"], "json");
    assert_eq!(
        (
            &made["target"]["kinesis"],
            &made["target"]["datadog"]["api_key"]
        ),
        (&Value::Null, &Value::Null)
    );
    let path = format!(
        "/event_destinations/{}",
        made["id"].as_str().expect("an id")
    );
    let other = kinesis(json!({}));
    not_changed(
        &mut cloud,
        &path,
        &[(json!({"target": other["target"]}), "5108")],
    );
    cloud.make("/event_destinations", other);
    cloud.make(
        "/event_destinations",
        kinesis(json!({"auth": {"creds": creds}})),
    );
    cloud.make("/event_destinations", azure(json!({})));
    let body = json!({"sources": [], "destination_ids": [made["id"]]});
    cloud.make("/event_subscriptions", body);
    assert_eq!(cloud.code("DELETE", &path, Value::Null), "400 5112");
}

#[test]
fn subscriptions_and_sources() {
    let mut cloud = Bench::new();
    let subscription = |sources: Value| json!({"sources": sources, "destination_ids": []});
    let http = |fields: Value| {
        with(
            &json!({"type": "http_request_complete.v0", "fields": ["conn.client_ip"]}),
            fields,
        )
    };
    let one = |source: Value| subscription(json!([source]));
    let created = json!({"type": "domain_created.v0"});
    refused(
        &mut cloud,
        "/event_subscriptions",
        &[
            (one(json!({})), "238"),
            (one(json!({"type": "moon.v0"})), "238"),
            (subscription(json!([created, created])), "5127"),
            (one(http(json!({"fields": null}))), "5400"),
            (one(http(json!({"fields": ["moon"]}))), "239"),
            (one(http(json!({"fields": ["conn.bytes_in"]}))), "5403"),
            (one(http(json!({"filter": "(ev.conn.client_ip"}))), "5404"),
            (
                one(http(json!({"filter": "ev.http.request.method == 'get'"}))),
                "5406",
            ),
            (one(with(&created, json!({"fields": ["x"]}))), "5401"),
            (one(with(&created, json!({"filter": "ev.x"}))), "5402"),
            (
                json!({"sources": [], "destination_ids": ["ipp_2b8"]}),
                "227",
            ),
            (
                json!({"sources": [], "destination_ids": ["ed_2b8"]}),
                "404 5103",
            ),
            (
                with(
                    &subscription(json!([])),
                    json!({"description": "d".repeat(256)}),
                ),
                "215",
            ),
        ],
    );
    // Characters count here, not bytes.
    let long = with(
        &subscription(json!([])),
        json!({"description": "ü".repeat(255)}),
    );
    cloud.make("/event_subscriptions", long);
    let filtered = http(json!({"filter": "ev.conn.server_port == 443"}));
    let (_, made) = cloud.call(
        "POST",
        "/event_subscriptions",
        subscription(json!([filtered, created])),
    );
    assert_eq!(made["sources"][0]["fields"], json!(["conn.client_ip"]));
    assert!(made["sources"][1].get("fields").is_none());
    let sources = format!(
        "/event_subscriptions/{}/sources",
        made["id"].as_str().expect("an id")
    );
    refused(
        &mut cloud,
        &sources,
        &[(created, "5127"), (json!({}), "238")],
    );
    let http = format!("{sources}/http_request_complete.v0");
    not_changed(&mut cloud, &http, &[(json!({"fields": ["moon"]}), "239")]);
    // Clients send an empty list for one that is not set.
    let (_, kept) = cloud.call("PATCH", &http, json!({"fields": []}));
    assert_eq!(kept["fields"], json!(["conn.client_ip"]));
}
