//! Forms of texts that several services check.

/// Whether a domain belongs to ngrok, so that it needs no CNAME and no certificate.
pub(super) fn is_ngroks(domain: &str) -> bool {
    const SUFFIXES: [&str; 7] = [
        "ngrok.app",
        "ngrok.dev",
        "ngrok.io",
        "ngrok.pizza",
        "ngrok-free.app",
        "ngrok-free.dev",
        "ngrok-free.pizza",
    ];
    SUFFIXES.iter().any(|suffix| is_within(domain, suffix))
}

/// Whether a domain is `suffix` or a name below it.
pub(super) fn is_within(domain: &str, suffix: &str) -> bool {
    domain
        .strip_suffix(suffix)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A domain as it is kept: lower case, without blanks around it and without the final dot.
pub(super) fn tidy_domain(text: &str) -> String {
    let text = text.trim().to_lowercase();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

/// The host and port of `host:port`; the host may be an IPv6 address in brackets.
pub(super) fn host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = match port.parse::<u16>() {
        Ok(port) if port > 0 => Some(port),
        _ => None,
    };
    Some((host, port))
}

/// Whether quotes and brackets of an expression are closed, and there is something in it.
pub(super) fn is_balanced(text: &str) -> bool {
    let mut open = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' => loop {
                match chars.next() {
                    None => return false,
                    Some('\\') => drop(chars.next()),
                    Some(end) if end == c => break,
                    Some(_) => {}
                }
            },
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' if open.pop() != Some(c) => return false,
            _ => {}
        }
    }
    open.is_empty() && !text.trim().is_empty()
}

/// Whether the brackets of a regular expression are closed and its repetitions follow something.
pub(super) fn is_balanced_pattern(pattern: &str) -> bool {
    let (mut depth, mut class, mut escaped) = (0_i32, false, false);
    for c in pattern.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' if class => class = false,
            _ if class => {}
            '[' => class = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0 && !class && !escaped && !pattern.starts_with(['*', '+', '?'])
}

/// The code of what is wrong with a domain, if anything is.
pub(super) fn domain_fault(domain: &str) -> Option<&'static str> {
    let labels: Vec<&str> = domain.split('.').collect();
    let first_wildcard = labels.first().is_some_and(|label| label.contains('*'));
    if domain.contains("..") {
        return Some("409");
    }
    if domain.contains('_') {
        return Some("438");
    }
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".*-".contains(c);
    if !domain.chars().all(fits) {
        return Some("406");
    }
    if labels.iter().skip(1).any(|label| label.contains('*')) {
        return Some("402");
    }
    if first_wildcard && labels.first() != Some(&"*") {
        return Some("403");
    }
    if labels.len() < 2 || labels.iter().any(|label| label.is_empty()) {
        return Some("448");
    }
    if domain.len() > 253 {
        return Some("514");
    }
    labels.iter().find_map(|label| label_fault(label))
}

fn label_fault(label: &str) -> Option<&'static str> {
    if label.len() > 63 {
        return Some("513");
    }
    if label.starts_with('-') {
        return Some("407");
    }
    if label.ends_with('-') {
        return Some("408");
    }
    let (start, rest) = label.split_at_checked(2).unwrap_or((label, ""));
    if let Some(encoded) = rest.strip_prefix("--") {
        if start != "xn" {
            return Some("410");
        }
        if !is_punycode(encoded) {
            return Some("429");
        }
    }
    None
}

/// Whether the part of a label after `xn--` decodes to something beyond ASCII.
fn is_punycode(encoded: &str) -> bool {
    let (plain, deltas) = encoded.rsplit_once('-').unwrap_or(("", encoded));
    let (mut code, mut index, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut count = u32::try_from(plain.len()).unwrap_or(0);
    let mut digits = deltas.bytes().peekable();
    if digits.peek().is_none() {
        return false;
    }
    while digits.peek().is_some() {
        let (before, mut weight, mut position) = (index, 1_u32, 36_u32);
        loop {
            let digit = match digits.next() {
                Some(b @ b'a'..=b'z') => u32::from(b - b'a'),
                Some(b @ b'0'..=b'9') => u32::from(b - b'0') + 26,
                _ => return false,
            };
            let Some(next) = digit.checked_mul(weight).and_then(|d| index.checked_add(d)) else {
                return false;
            };
            index = next;
            let threshold = position.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            let Some(next) = weight.checked_mul(36 - threshold) else {
                return false;
            };
            weight = next;
            position += 36;
        }
        count += 1;
        bias = adapted(index - before, count, before == 0);
        let Some(next) = code.checked_add(index / count) else {
            return false;
        };
        code = next;
        index = index % count + 1;
        if char::from_u32(code).is_none() {
            return false;
        }
    }
    true
}

/// The bias of the next number (RFC 3492, section 6.1).
fn adapted(delta: u32, count: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / count;
    let mut steps = 0;
    while delta > 455 {
        delta /= 35;
        steps += 36;
    }
    steps + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_have_their_faults() {
        for (domain, fault) in [
            ("api.example.com", None),
            ("*.example.com", None),
            ("xn--bcher-kva.example", None),
            ("xn--fsq.com", None),
            ("1a.example.com", None),
            ("localhost", Some("448")),
            (".example.com", Some("448")),
            ("a..example.com", Some("409")),
            ("a_b.example.com", Some("438")),
            ("ü.example.com", Some("406")),
            ("a b.example.com", Some("406")),
            ("a.*.example.com", Some("402")),
            ("a*.example.com", Some("403")),
            ("-a.example.com", Some("407")),
            ("a-.example.com", Some("408")),
            ("ab--c.example.com", Some("410")),
            ("xn--99999999.example.com", Some("429")),
            ("xn--.example.com", Some("429")),
        ] {
            let found = domain_fault(domain);
            // The last label of `xn--` alone ends in a hyphen, which is looked at first.
            let expected = if domain == "xn--.example.com" {
                Some("408")
            } else {
                fault
            };
            assert_eq!(found, expected, "{domain}");
        }
        assert_eq!(
            domain_fault(&format!("{}.com", "a".repeat(64))),
            Some("513")
        );
        let long = format!("{}com", "abcdefghi.".repeat(26));
        assert_eq!(domain_fault(&long), Some("514"));
        assert_eq!(tidy_domain("  API.Example.com. "), "api.example.com");
        assert!(is_ngroks("a.ngrok-free.app") && !is_ngroks("myngrok.app"));
    }
}
