//! Differences are found, and the definitions are what the facts say.

use super::*;

/// Where we know better than the facts, or promise more; each line as `diff` writes it, up to its colon.
const DELIBERATE: [&str; 7] = [
    // Their siblings are marked, and a secret is a secret.
    "~ EndpointOAuthAmazon.client_secret",
    "~ EndpointOAuthGitLab.client_secret",
    "~ EndpointOAuthLinkedIn.client_secret",
    "~ EndpointOAuthTwitch.client_secret",
    // One type for both, and agents' endpoints are called `agent` in ngrok's newer documentation.
    "~ Endpoint.type",
    "~ EndpointCreate.type",
    // The service wants a domain, whatever its clients let through.
    "~ ReservedDomainCreate.domain",
];

/// Set `NGROK_API_FACTS` to a table of facts to compare with it; without it there is nothing to compare.
#[test]
fn the_definitions_are_what_the_facts_say() {
    let Some(path) = std::env::var_os("NGROK_API_FACTS") else {
        eprintln!("skipped: NGROK_API_FACTS is not set");
        return;
    };
    let differences = diff(&ours().unwrap(), &read(Path::new(&path)).unwrap());
    let known = |line: &&String| {
        !DELIBERATE
            .iter()
            .any(|d| line.starts_with(&format!("{d}:")))
    };
    let news: Vec<&String> = differences.iter().filter(known).collect();
    assert!(news.is_empty(), "{news:#?}");
    assert_eq!(differences.len(), DELIBERATE.len(), "{differences:#?}");
}

fn facts(text: &str) -> Surface {
    facts::surface(serde_yaml::from_str(text).unwrap()).unwrap()
}

const BASE: &str = r#"{"services": [{"name": "things", "operations": [
    {"name": "get", "method": "GET", "path": "/things/{id}", "success_status": 200, "response": "Thing"},
    {"name": "stop", "method": "POST", "path": "/things/{id}/stop", "success_status": 204}]}],
    "types": {"Thing": {"fields": [{"name": "id", "type": "string"}, {"name": "age", "type": "int32"}]}}}"#;

#[test]
fn what_is_new_gone_or_changed_is_listed() {
    assert!(diff(&facts(BASE), &facts(BASE)).is_empty());
    let changed = BASE
        .replace("/stop", "/halt")
        .replace("200", "201")
        .replace("\"int32\"", "\"int64\", \"nullable\": true")
        .replace(
            r#"{"name": "id", "type": "string"}"#,
            r#"{"name": "uid", "type": "string"}"#,
        );
    assert_eq!(
        diff(&facts(BASE), &facts(&changed)),
        [
            "~ GET /things/{}: status 200 here, 201 there",
            "+ POST /things/{}/halt (things.stop)",
            "- POST /things/{}/stop (things.stop)",
            "~ Thing.age: int32 here, int64, nullable there",
            "- Thing.id: string",
            "+ Thing.uid: string",
        ]
    );
}

#[test]
fn an_openapi_file_is_compared_by_names() {
    let file = r##"
openapi: 3.0.0
paths:
  /things/{thing_id}:
    get:
      operationId: ThingsGet
      responses: { "200": { content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } } }
    delete: { operationId: ThingsDelete, responses: { 204: {} } }
components:
  schemas:
    Thing: { properties: { id: { type: string }, parts: { type: array, items: { $ref: "#/components/schemas/Part" } } } }
    Part: { properties: { id: { type: string } } }
"##;
    let theirs = openapi::surface(&serde_yaml::from_str(file).unwrap()).unwrap();
    assert_eq!(
        diff(&facts(BASE), &theirs),
        [
            "+ DELETE /things/{} (ThingsDelete)",
            "- POST /things/{}/stop (things.stop)",
            "+ type Part",
            "- Thing.age: int32",
            "+ Thing.parts: a field",
        ]
    );
}
