//! What is a secret, by its name and by its shape, and how it is hidden: the one rule of all ngrok crates.
//!
//! | what | how |
//! |---|---|
//! | a key, header, variable or query parameter | [`is_secret_name`] |
//! | a URL | [`mask_url`] |
//! | text that another program wrote | [`mask_text`] |
//! | the same, where some secrets are known by value | [`Redactor`] |
//! | JSON, for `Debug` | [`masked_fields`] |

mod json;
mod names;
mod redactor;
mod shapes;
#[cfg(test)]
mod tests;
mod text;

pub use json::{Masked, masked_fields};
pub use names::{is_proxy_name, is_secret_name};
pub use redactor::Redactor;
pub use text::{holds_secret, mask_text};

use crate::Secret;

/// What stands for a secret.
pub const MASK: &str = "***";

/// Returns the secrets in a URL: what is before its host, and the password in that, each as it is written.
///
/// For a [`Redactor`], so that a proxy's password is masked wherever a program repeats it.
pub fn secrets_of_url(url: &str) -> Vec<Secret> {
    let user = user_info(split_scheme(url).1).unwrap_or_default();
    let password = user.split_once(':').map_or("", |(_, password)| password);
    [user, password]
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(Secret::new)
        .collect()
}

/// Returns the URL as it may be shown: whatever may be a user and a password before the host is masked.
///
/// ```
/// use ngrok_core::mask_url;
///
/// assert_eq!(mask_url("http://me:hunter2@proxy:3128/x"), "http://***@proxy:3128/x");
/// assert_eq!(mask_url("me:hunter2@proxy:3128"), "***@proxy:3128");
/// assert_eq!(mask_url("https://example.com/?to=a@b"), "https://example.com/?to=a@b");
/// ```
pub fn mask_url(url: &str) -> String {
    let (scheme, rest) = split_scheme(url);
    match user_info(rest).and_then(|user| rest.get(user.len()..)) {
        Some(host) => format!("{scheme}{MASK}{host}"),
        None => url.to_owned(),
    }
}

fn split_scheme(url: &str) -> (&str, &str) {
    let start = url.find("://").map_or(0, |at| at + 3);
    url.split_at_checked(start).unwrap_or(("", url))
}

/// What may be a user and a password at the start of a URL without its scheme.
fn user_info(rest: &str) -> Option<&str> {
    // A password that should have been encoded may hold a slash, or a question mark.
    let authority = rest.split('/').next().unwrap_or_default();
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let end = authority.rfind('@').max(path.rfind('@'))?;
    rest.get(..end)
}
