//! Makes an IP policy that lets two networks in, shows it and removes it: `NGROK_API_KEY=… cargo run --example ip_policy`.

use std::io::{self, Write};

use ngrok_cloudapi::Client;
use ngrok_cloudapi::filter::field;
use ngrok_cloudapi::types::{IpPolicyCreate, IpPolicyRuleCreate, IpPolicyUpdate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    run(&Client::from_env()?, &mut io::stdout())
}

/// Leaves nothing behind, whatever happens in between.
pub(crate) fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let policy = client
        .ip_policies()
        .create(&IpPolicyCreate::new().description("office and VPN"))?;
    let shown = fill_and_show(client, &policy.id, out);
    policy.delete(client)?;
    shown
}

fn fill_and_show(
    client: &Client,
    policy: &str,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    let rules = client.ip_policy_rules();
    for cidr in ["24.0.0.0/8", "12.0.0.0/8"] {
        rules.create(&IpPolicyRuleCreate::new(cidr, policy, "allow"))?;
    }
    let change = IpPolicyUpdate::new().metadata(r#"{"owner":"net"}"#);
    let policy = client.ip_policies().update(policy, &change)?;
    writeln!(out, "{} {}", policy.id, policy.description)?;
    for rule in rules.list().matching(field("ip_policy").eq(&policy.id)) {
        let rule = rule?;
        writeln!(out, "  {} {}", rule.action, rule.cidr)?;
    }
    Ok(())
}
