//! The table as a value: ngrok's, or one with further rows.

use std::borrow::Cow;

use super::key::Key;
use super::policy_actions::{self, Phase, PolicyAction};
use super::{agent_keys, endpoint_keys, flags, tunnel_keys};

/// Where a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Place {
    /// At the top of the file: `version`, `agent`, `endpoints`, `tunnels`.
    Top,
    /// Among the keys of the agent: at the top in version 2, under `agent` in version 3.
    Agent,
    /// In a tunnel.
    Tunnel,
    /// In an endpoint.
    Endpoint,
    /// On the agent's command line, without dashes in front: the flags that set no key.
    Flag,
}

/// All keys, phases and actions, as a value.
///
/// [`Vocabulary::ngrok`] is ngrok's. One with further rows is made by [`Vocabulary::with`], so that a test can show that
/// what it tests has no list of its own:
///
/// ```
/// use ngrok_core::definition::{Key, Kind, Place, Vocabulary};
///
/// let with_moon = Vocabulary::ngrok().clone().with(Place::Tunnel, Key::new("moon", Kind::Flag, "follow the moon"));
/// assert!(with_moon.key(Place::Tunnel, "moon").is_some());
/// assert!(Vocabulary::ngrok().key(Place::Tunnel, "moon").is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Vocabulary {
    top: Cow<'static, [Key]>,
    agent: Cow<'static, [Key]>,
    tunnel: Cow<'static, [Key]>,
    endpoint: Cow<'static, [Key]>,
    flags: Cow<'static, [Key]>,
    pub(super) phases: Cow<'static, [Phase]>,
    pub(super) actions: Cow<'static, [PolicyAction]>,
}

static NGROK: Vocabulary = Vocabulary {
    top: Cow::Borrowed(agent_keys::TOP),
    agent: Cow::Borrowed(agent_keys::ROWS),
    tunnel: Cow::Borrowed(tunnel_keys::ROWS),
    endpoint: Cow::Borrowed(endpoint_keys::ROWS),
    flags: Cow::Borrowed(flags::ROWS),
    phases: Cow::Borrowed(policy_actions::PHASES),
    actions: Cow::Borrowed(policy_actions::ACTIONS),
};

/// What a name is, among the keys of one place.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Found<'a> {
    /// The name of this key.
    Key(&'a Key),
    /// This key, but for dashes, underscores and case. Agents do not know it by that name.
    Misspelled(&'a Key),
    /// No key; this one is close.
    Near(&'a Key),
    /// No key, and none is close.
    Nothing,
}

impl<'a> Found<'a> {
    /// Returns the key that is meant, however it is written. A name that is merely close is not meant.
    pub fn key(self) -> Option<&'a Key> {
        match self {
            Self::Key(key) | Self::Misspelled(key) => Some(key),
            Self::Near(_) | Self::Nothing => None,
        }
    }
}

impl Vocabulary {
    /// Returns ngrok's own.
    pub fn ngrok() -> &'static Self {
        &NGROK
    }

    /// Adds a row, or puts it in the place of the one of the same name.
    pub fn with(mut self, place: Place, key: Key) -> Self {
        let rows = match place {
            Place::Top => &mut self.top,
            Place::Agent => &mut self.agent,
            Place::Tunnel => &mut self.tunnel,
            Place::Endpoint => &mut self.endpoint,
            Place::Flag => &mut self.flags,
        }
        .to_mut();
        rows.retain(|row| row.name() != key.name());
        rows.push(key);
        self
    }

    /// Returns all keys of a place.
    pub fn keys(&self, place: Place) -> &[Key] {
        match place {
            Place::Top => &self.top,
            Place::Agent => &self.agent,
            Place::Tunnel => &self.tunnel,
            Place::Endpoint => &self.endpoint,
            Place::Flag => &self.flags,
        }
    }

    /// Returns the key of exactly this name.
    pub fn key(&self, place: Place, name: &str) -> Option<&Key> {
        self.keys(place).iter().find(|key| key.name() == name)
    }

    /// Returns what `name` is among the keys of `place`.
    ///
    /// ```
    /// use ngrok_core::definition::{Found, Place, Vocabulary};
    ///
    /// let found = |name| Vocabulary::ngrok().find(Place::Tunnel, name);
    /// assert!(matches!(found("basic_auth"), Found::Key(_)));
    /// assert!(matches!(found("Basic-Auth"), Found::Misspelled(key) if key.name() == "basic_auth"));
    /// assert!(matches!(found("basic_aut"), Found::Near(key) if key.name() == "basic_auth"));
    /// assert!(matches!(found("moon"), Found::Nothing));
    /// ```
    pub fn find(&self, place: Place, name: &str) -> Found<'_> {
        find(self.keys(place), name)
    }

    /// Returns the key at a dotted path, such as `ip_restriction.allow_cidrs`.
    pub fn key_at(&self, place: Place, path: &str) -> Option<&Key> {
        let mut names = path.split('.');
        let first = self.key(place, names.next()?)?;
        names.try_fold(first, |key, name| {
            key.fields().iter().find(|field| field.name() == name)
        })
    }

    /// Returns the key of a definition that a flag of the agent's command line sets, with its dotted path, such as
    /// `oauth.provider` for `--oauth`. Endpoints come first.
    pub fn flag(&self, flag: &str) -> Option<(Place, String, &Key)> {
        [Place::Endpoint, Place::Tunnel, Place::Agent]
            .into_iter()
            .find_map(|place| {
                self.keys(place).iter().find_map(|key| {
                    if key.cli_flag() == Some(flag) {
                        return Some((place, key.name().to_owned(), key));
                    }
                    let field = key
                        .fields()
                        .iter()
                        .find(|field| field.cli_flag() == Some(flag))?;
                    Some((place, format!("{}.{}", key.name(), field.name()), field))
                })
            })
    }

    /// Returns the key that agents before 3.0, or files of version 2, have under another name for `key`.
    pub fn old_name(&self, place: Place, key: &Key) -> Option<&Key> {
        self.keys(place)
            .iter()
            .find(|row| row.new_name() == Some(key.name()))
    }

    /// Returns the phases of a traffic policy.
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// Returns the actions of a traffic policy.
    pub fn actions(&self) -> &[PolicyAction] {
        &self.actions
    }

    /// Returns the action of this `type`.
    pub fn action(&self, name: &str) -> Option<&PolicyAction> {
        self.actions.iter().find(|action| action.name == name)
    }
}

pub(super) fn find<'a>(keys: &'a [Key], name: &str) -> Found<'a> {
    if let Some(key) = keys.iter().find(|key| key.name() == name) {
        return Found::Key(key);
    }
    let plain = plain(name);
    let alike = |key: &&Key| self::plain(key.name()) == plain;
    if let Some(key) = keys.iter().find(alike) {
        return Found::Misspelled(key);
    }
    // A key that agents know rather than one that they only report.
    let near =
        |key: &&Key| !key.is_reported_only() && one_edit_apart(&self::plain(key.name()), &plain);
    // `allow` for `allow_cidrs`.
    let longer = |key: &&Key| {
        let rest = key.name().strip_prefix(name);
        name.len() > 3 && rest.is_some_and(|rest| rest.starts_with('_'))
    };
    let found = keys.iter().find(near).or(keys.iter().find(longer));
    found.map_or(Found::Nothing, Found::Near)
}

/// A name without what people mix up.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '_'], "")
}

fn one_edit_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // Of two short words a letter more makes another word: `uri`, `url`.
    if a.len().min(b.len()) < 4 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let longest = a.len().max(b.len());
    let shortest = a.len().min(b.len());
    let ends = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take(shortest - same)
        .take_while(|(x, y)| x == y)
        .count();
    longest - same - ends <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_place_has_a_name_twice_or_one_that_only_differs_in_dashes() {
        let vocabulary = Vocabulary::ngrok();
        for place in [Place::Top, Place::Agent, Place::Tunnel, Place::Flag] {
            let mut names: Vec<String> = vocabulary
                .keys(place)
                .iter()
                // The one old name that differs from the new one in nothing else.
                .filter(|key| key.name() != "auth_token")
                .map(|key| plain(key.name()))
                .collect();
            names.sort();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{place:?}");
        }
    }

    #[test]
    fn every_line_of_documentation_is_one_clause() {
        let vocabulary = Vocabulary::ngrok();
        for place in [
            Place::Top,
            Place::Agent,
            Place::Tunnel,
            Place::Endpoint,
            Place::Flag,
        ] {
            let keys = vocabulary.keys(place);
            for key in keys.iter().chain(keys.iter().flat_map(|key| key.fields())) {
                let doc = key.doc();
                assert!(
                    !doc.is_empty() && !doc.ends_with('.') && !doc.contains('\n'),
                    "{}",
                    key.name()
                );
                assert_eq!(doc.matches('`').count() % 2, 0, "{}", key.name());
            }
        }
    }

    #[test]
    fn names_that_rows_refer_to_exist() {
        let vocabulary = Vocabulary::ngrok();
        for place in [Place::Agent, Place::Tunnel, Place::Endpoint] {
            for key in vocabulary.keys(place) {
                let others = key.conflicting().iter().chain(key.needed());
                for name in others.chain(key.new_name().as_ref()) {
                    assert!(
                        vocabulary.key(place, name).is_some(),
                        "{} names {name}",
                        key.name()
                    );
                }
            }
        }
    }

    #[test]
    fn flags_lead_to_their_keys() {
        let vocabulary = Vocabulary::ngrok();
        for (flag, place, path) in [
            ("--basic-auth", Place::Tunnel, "basic_auth"),
            ("--oauth", Place::Tunnel, "oauth.provider"),
            ("--cidr-deny", Place::Tunnel, "ip_restriction.deny_cidrs"),
            ("--url", Place::Endpoint, "url"),
            ("--upstream-protocol", Place::Endpoint, "upstream.protocol"),
            ("--log-level", Place::Agent, "log_level"),
        ] {
            let (at, found, key) = vocabulary.flag(flag).unwrap();
            assert_eq!((at, found.as_str()), (place, path));
            assert_eq!(vocabulary.key_at(place, path).unwrap().name(), key.name());
        }
        assert!(vocabulary.flag("--moon").is_none());
    }
}
