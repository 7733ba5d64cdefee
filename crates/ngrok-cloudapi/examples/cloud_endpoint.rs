//! Reserves a domain and puts a cloud endpoint on it: `NGROK_API_KEY=… cargo run --example cloud_endpoint -- name.ngrok.app`.

use std::io::{self, Write};

use ngrok_cloudapi::Client;
use ngrok_cloudapi::filter::field;
use ngrok_cloudapi::types::{EndpointCreate, ReservedDomain, ReservedDomainCreate};

/// Answers by itself, with no agent.
const POLICY: &str = r#"{"on_http_request": [{"actions": [
    {"type": "custom-response", "config": {"status_code": 200, "body": "Hello from the cloud."}}]}]}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let domain = std::env::args()
        .nth(1)
        .ok_or("usage: cloud_endpoint DOMAIN")?;
    run(&Client::from_env()?, &domain, &mut io::stdout())
}

/// The domain and the endpoint stay: run it twice and the second time finds the domain.
pub(crate) fn run(
    client: &Client,
    domain: &str,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    let domain = find_or_reserve(client, domain)?;
    if let Some(target) = &domain.cname_target {
        writeln!(out, "set this CNAME record: {} -> {target}", domain.domain)?;
    }
    let url = format!("https://{}", domain.domain);
    let endpoint = client.endpoints().create(
        &EndpointCreate::new(url, POLICY)
            .description("says hello")
            .bindings(["public"]),
    )?;
    writeln!(out, "{} answers at {}", endpoint.id, endpoint.url)?;
    Ok(())
}

fn find_or_reserve(client: &Client, name: &str) -> ngrok_cloudapi::Result<ReservedDomain> {
    let domains = client.reserved_domains();
    match domains
        .list()
        .matching(field("domain").eq(name))
        .limit(1)
        .next()
    {
        Some(found) => found,
        None => domains.create(&ReservedDomainCreate::new(name).description("made by an example")),
    }
}
