//! Copies all IP policies with their rules to another account, and says how many rules were new.
//! `FROM=… NGROK_API_KEY=… cargo run --example copy_ip_policies`

#![allow(clippy::print_stdout, reason = "a program may print")]

use ngrok_cloudapi::types::{IpPolicyCreate, IpPolicyRuleCreate};
use ngrok_cloudapi::{Client, filter::field};

pub(crate) fn copy(from: &Client, to: &Client) -> ngrok_cloudapi::Result<usize> {
    let mut copied = 0;
    let (theirs, ours) = (from.ip_policy_rules(), to.ip_policy_rules());
    for policy in from.ip_policies().list().collect_all()? {
        let wanted = IpPolicyCreate::new().description(policy.description);
        let copy = to.ip_policies().ensure(&wanted)?;
        let of_policy = field("ip_policy").eq(policy.id);
        for rule in theirs.list().matching(of_policy).collect_all()? {
            let same = field("ip_policy").eq(&copy.id) & field("cidr").eq(&rule.cidr);
            if ours.list().matching(same).first()?.is_none() {
                ours.create(&IpPolicyRuleCreate::new(rule.cidr, &copy.id, rule.action))?;
                copied += 1;
            }
        }
    }
    Ok(copied)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let from = Client::new(std::env::var("FROM")?)?;
    println!("{} rules", copy(&from, &Client::from_env()?)?);
    Ok(())
}
