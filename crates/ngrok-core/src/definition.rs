//! What a config file, a tunnel, an endpoint and a traffic policy may hold: one table, and the questions that it answers.
//!
//! Everything that knows ngrok's keys derives from here: the check of a config file and its remedies, the masking of
//! secrets, the rules of `connect`, the stand-in agent of the test kit, `--help`. A new key is one row.
//!
//! | to ask | call |
//! |---|---|
//! | which keys there are, with one line about each | [`Vocabulary::keys`], [`Key`] |
//! | what a name is, however it is spelled | [`Vocabulary::find`], [`Found`] |
//! | whether a value fits | [`Kind::mismatch`], [`is_placeholder`] |
//! | what is wrong with a tunnel, an endpoint, the agent's keys, a policy | [`Vocabulary::check_tunnel`], [`check_endpoint`](Vocabulary::check_endpoint), [`check_agent`](Vocabulary::check_agent), [`check_policy`](Vocabulary::check_policy) |
//! | who reads it: which agent, a file or a request | [`Reader`] |
//! | what keeps people out, and which agent would ignore it | [`Vocabulary::guards`], [`ignored_guard`](Vocabulary::ignored_guard) |
//! | what a key was called, or is called now | [`Key::new_name`], [`Vocabulary::old_name`] |
//! | what a tunnel is as an endpoint, or why it cannot be one | [`Vocabulary::to_endpoint`], [`Untranslatable`], [`oauth_expression`] |
//! | what may be sent back of an endpoint that the agent reported | [`Vocabulary::settable`] |
//! | what must not be shown | [`Vocabulary::secrecy`], [`is_secret_name`], [`is_private_key`] |
//! | which flag sets what | [`Vocabulary::flag`], [`Key::cli_flag`] |
//! | the phases and actions of a policy | [`Vocabulary::phases`], [`Vocabulary::actions`] |
//!
//! All of them are methods of a [`Vocabulary`]. [`Vocabulary::ngrok`] is the real one; a function that takes a
//! `&Vocabulary` can be tested with one that has a made-up key, which shows that the function has no list of its own.
//!
//! Agents before 3.0 ignore keys that they do not know, even those that keep people out; later ones refuse the whole file or
//! request. So every answer depends on the [agent's version](crate::AgentVersion). Facts about agents before 3.0 were
//! measured on 2.3.41; those about later ones are from ngrok's documentation and changelog.
//!
//! ```
//! use ngrok_core::AgentVersion;
//! use ngrok_core::definition::{Reader, Severity, Vocabulary};
//!
//! let tunnel = serde_json::json!({"proto": "tcp", "addr": 22, "basic_auth": ["me:hunter22"]});
//! let reader = Reader::request(AgentVersion::NEWEST);
//! let issues = Vocabulary::ngrok().check_tunnel(tunnel.as_object().unwrap(), "tunnel `ssh`", reader);
//! assert_eq!(issues[0].severity, Severity::Error);
//! println!("{}", issues[0]);
//! ```

mod agent_keys;
mod check;
mod check_definition;
mod endpoint_keys;
mod fit;
mod flags;
mod guards;
mod issue;
mod key;
mod kind;
mod placeholder;
mod policy;
mod policy_actions;
mod protocol;
mod remedy;
mod secrets;
#[cfg(test)]
mod tests;
mod translate;
mod tunnel_keys;
mod value;
mod vocabulary;

pub use crate::mask::is_secret_name;
pub use check::Reader;
pub use issue::{Issue, IssueKind, Severity, quoted};
pub use key::{Becomes, Guard, Key, Secrecy, Versions};
pub use kind::{Kind, Mismatch};
pub use placeholder::is_placeholder;
pub use policy_actions::{Phase, PolicyAction};
pub use protocol::{Protocol, Protocols};
pub use secrets::is_private_key;
pub use translate::{Untranslatable, oauth_expression};
pub use value::{as_flag, as_text};
pub use vocabulary::{Found, Place, Vocabulary};
