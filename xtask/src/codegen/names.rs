//! Names of the API in Rust's case.

use super::definition::Definitions;

/// `HTTPSEdgeRoute` becomes `HttpsEdgeRoute`: a run of capitals is one word, its last one starts the next.
pub(crate) fn type_name(api: &str, definitions: &Definitions) -> String {
    if let Some(name) = definitions.names.get(api) {
        return name.clone();
    }
    let letters: Vec<char> = api.chars().collect();
    let mut name = String::new();
    for (i, &letter) in letters.iter().enumerate() {
        let is_upper = |at: Option<usize>| {
            at.and_then(|at| letters.get(at))
                .is_some_and(|c| c.is_uppercase())
        };
        let is_lower = |at: usize| letters.get(at).is_some_and(|c| c.is_lowercase());
        let inside_run = letter.is_uppercase() && is_upper(i.checked_sub(1)) && !is_lower(i + 1);
        name.push(if inside_run {
            letter.to_ascii_lowercase()
        } else {
            letter
        });
    }
    name
}

/// `reserved_domains` or `ngrok/v2` becomes `ReservedDomains`, `NgrokV2`.
pub(crate) fn camel(name: &str) -> String {
    let lower = name.chars().all(|c| !c.is_lowercase());
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let word = if lower {
                word.to_ascii_lowercase()
            } else {
                word.to_owned()
            };
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

/// `IPPolicyCreate` becomes `IPPOLICY_CREATE`: a name for a static, not for people.
pub(crate) fn constant(api: &str) -> String {
    let mut name = String::new();
    let mut before_lower = false;
    for letter in api.chars() {
        if letter.is_uppercase() && before_lower {
            name.push('_');
        }
        before_lower = letter.is_lowercase();
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// A field, an argument or a method; keywords are escaped, and the one that cannot be has another name.
pub(crate) fn ident(name: &str) -> String {
    match name {
        "self" => "whoami".to_owned(),
        "type" | "match" | "use" | "ref" | "in" | "where" | "move" | "static" => {
            format!("r#{name}")
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let definitions = Definitions {
            names: [(
                "TLSCertificateSANs".to_owned(),
                "TlsCertificateSans".to_owned(),
            )]
            .into(),
            ..Definitions::default()
        };
        for (api, rust) in [
            ("HTTPSEdgeRoute", "HttpsEdgeRoute"),
            ("IPPolicyRule", "IpPolicyRule"),
            ("AIGatewayAPIKey", "AiGatewayApiKey"),
            ("EndpointOAuthGitHub", "EndpointOAuthGitHub"),
            ("EndpointOIDC", "EndpointOidc"),
            (
                "EndpointWebsocketTCPConverter",
                "EndpointWebsocketTcpConverter",
            ),
            ("TLSCertificateSANs", "TlsCertificateSans"),
            ("Ref", "Ref"),
        ] {
            assert_eq!(type_name(api, &definitions), rust);
        }
        for (name, rust) in [
            ("edge_route_o_auth_module", "EdgeRouteOAuthModule"),
            ("PARTIALLY_PROCESSED", "PartiallyProcessed"),
            ("ngrok/v2", "NgrokV2"),
            ("JSON", "Json"),
        ] {
            assert_eq!(camel(name), rust);
        }
        assert_eq!(ident("type"), "r#type");
    }
}
