//! One row of the table: a key, and all that is known about it.

use super::kind::Kind;
use super::protocol::Protocols;
use crate::AgentVersion;

/// A key of the config file, of a request or of an answer, with all that is known about it.
///
/// Rows are written with [`Key::new`] and the methods that add to it, one row a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) doc: &'static str,
    kind_before_3: Option<Kind>,
    protocols: Protocols,
    protocols_before_3: Protocols,
    versions: Versions,
    since: Option<AgentVersion>,
    until: Option<AgentVersion>,
    deprecated: bool,
    renamed_to: Option<&'static str>,
    secrecy: Secrecy,
    guard: Guard,
    required: bool,
    reported_only: bool,
    body_only: bool,
    becomes: Becomes,
    flag: Option<&'static str>,
    conflicts: &'static [&'static str],
    needs: &'static [&'static str],
}

/// Whether the value of a key is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Secrecy {
    /// It is not.
    No,
    /// It can hold one: a URL with a password, a header with a credential.
    May,
    /// It always is.
    Yes,
}

/// Whether a key keeps people out: without it the endpoint is open to more of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// It does not.
    No,
    /// It depends on its content, as with a traffic policy.
    May,
    /// It always does.
    Yes,
}

/// Which layouts of the config file have a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Versions {
    /// Both.
    Both,
    /// Version 2 alone.
    V2,
    /// Version 3 alone.
    V3,
    /// Neither: only agents before 3.0, which know no versions, have it.
    Neither,
}

/// What a key of a tunnel becomes in an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Becomes {
    /// The key of the same name.
    Same,
    /// The endpoint's `url`, or a part of it.
    Url,
    /// This key, `upstream.proxy_protocol` for one, with the same value.
    Key(&'static str),
    /// `traffic_policy`, whose older phases get new names.
    Policy,
    /// The agent's own TLS settings or a traffic-policy action, depending on `terminate_at`.
    Termination,
    /// A traffic-policy action, which is never made up: who has to write it is told how.
    Action {
        /// The type of the action; several are separated by a comma.
        action: &'static str,
        /// The phase that it belongs to, for http. For tcp and tls it is `on_tcp_connect`.
        phase: &'static str,
        /// How the value goes into the action's `config`.
        how: &'static str,
    },
    /// Nothing: an endpoint cannot do it. The text says what to do instead.
    Nothing(&'static str),
}

impl Key {
    /// Makes a row: a name, what its value may be, and one line of documentation that begins in lower case.
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            doc,
            kind_before_3: None,
            protocols: Protocols::ALL,
            protocols_before_3: Protocols::NONE,
            versions: Versions::Both,
            since: None,
            until: None,
            deprecated: false,
            renamed_to: None,
            secrecy: Secrecy::No,
            guard: Guard::No,
            required: false,
            reported_only: false,
            body_only: false,
            becomes: Becomes::Same,
            flag: None,
            conflicts: &[],
            needs: &[],
        }
    }

    /// Limits it to tunnels of these protocols.
    pub const fn on(self, protocols: Protocols) -> Self {
        Self { protocols, ..self }
    }

    /// Says that agents before 3.0 know it, too, for these protocols.
    pub const fn before_3(self, protocols_before_3: Protocols) -> Self {
        Self {
            protocols_before_3,
            ..self
        }
    }

    /// Says that agents before 3.0 take other values.
    pub const fn kind_before_3(self, kind: Kind) -> Self {
        Self {
            kind_before_3: Some(kind),
            ..self
        }
    }

    /// Limits it to some layouts of the config file.
    pub const fn versions(self, versions: Versions) -> Self {
        Self { versions, ..self }
    }

    /// Says which agent knew it first.
    pub const fn since(self, major: u16, minor: u16, patch: u16) -> Self {
        Self {
            since: Some(AgentVersion::new(major, minor, patch)),
            ..self
        }
    }

    /// Says which agent was the first not to know it any more.
    pub const fn until(self, major: u16, minor: u16, patch: u16) -> Self {
        Self {
            until: Some(AgentVersion::new(major, minor, patch)),
            ..self
        }
    }

    /// Says that ngrok advises against it.
    pub const fn deprecated(self) -> Self {
        Self {
            deprecated: true,
            ..self
        }
    }

    /// Says that it has another name now.
    pub const fn renamed_to(self, name: &'static str) -> Self {
        Self {
            renamed_to: Some(name),
            ..self
        }
    }

    /// Says that its value is a secret.
    pub const fn secret(self) -> Self {
        Self {
            secrecy: Secrecy::Yes,
            ..self
        }
    }

    /// Says that its value can hold a secret.
    pub const fn may_be_secret(self) -> Self {
        Self {
            secrecy: Secrecy::May,
            ..self
        }
    }

    /// Says that it keeps people out.
    pub const fn guards(self) -> Self {
        Self {
            guard: Guard::Yes,
            ..self
        }
    }

    /// Says that it can keep people out.
    pub const fn may_guard(self) -> Self {
        Self {
            guard: Guard::May,
            ..self
        }
    }

    /// Says that a definition is not complete without it.
    pub const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// Says that agents report it and do not take it.
    pub const fn reported_only(self) -> Self {
        Self {
            reported_only: true,
            ..self
        }
    }

    /// Says that only a request has it: in the file it is the key of the definition itself.
    pub const fn body_only(self) -> Self {
        Self {
            body_only: true,
            ..self
        }
    }

    /// Says what it becomes in an endpoint.
    pub const fn becomes(self, becomes: Becomes) -> Self {
        Self { becomes, ..self }
    }

    /// Says which flag of the agent's command line sets it.
    pub const fn flag(self, flag: &'static str) -> Self {
        Self {
            flag: Some(flag),
            ..self
        }
    }

    /// Says which keys cannot be beside it.
    pub const fn conflicts(self, names: &'static [&'static str]) -> Self {
        Self {
            conflicts: names,
            ..self
        }
    }

    /// Says which keys must be beside it.
    pub const fn needs(self, names: &'static [&'static str]) -> Self {
        Self {
            needs: names,
            ..self
        }
    }
}

/// What the row says.
impl Key {
    /// Returns its name, as the config file and requests have it.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what its value may be, for this agent.
    pub fn kind(&self, agent: AgentVersion) -> Kind {
        match self.kind_before_3 {
            Some(kind) if agent.is_before_3() => kind,
            _ => self.kind,
        }
    }

    /// Returns one line about it, which begins in lower case and has no full stop.
    pub const fn doc(&self) -> &'static str {
        self.doc
    }

    /// Returns the keys within its value, if it is a mapping with keys of its own.
    pub const fn fields(&self) -> &'static [Key] {
        match self.kind {
            Kind::Mapping(fields) => fields,
            _ => &[],
        }
    }

    /// Returns the protocols whose tunnels have it, for agents from 3.0 on.
    pub const fn protocols(&self) -> Protocols {
        self.protocols
    }

    /// Returns the protocols whose tunnels have it, for this agent.
    pub const fn protocols_of(&self, agent: AgentVersion) -> Protocols {
        if agent.is_before_3() {
            self.protocols_before_3
        } else {
            self.protocols
        }
    }

    /// Returns which layouts of the config file have it.
    pub const fn config_versions(&self) -> Versions {
        self.versions
    }

    /// Returns whether this agent knows it, for at least one protocol and layout.
    pub fn is_known_to(&self, agent: AgentVersion) -> bool {
        if agent.is_before_3() {
            return self.protocols_before_3 != Protocols::NONE;
        }
        self.since.is_none_or(|since| since <= agent)
            && self.until.is_none_or(|until| agent < until)
            && self.versions != Versions::Neither
    }

    /// Returns whether agents before 3.0 ignore it. What guards access is no guard there: the tunnel opens without it.
    pub fn is_unknown_before_3(&self) -> bool {
        self.protocols_before_3 == Protocols::NONE
    }

    /// Returns the first agent that knows it; `None` if agents from 3.0 on always have.
    pub const fn known_since(&self) -> Option<AgentVersion> {
        self.since
    }

    /// Returns the first agent that does not know it any more.
    pub const fn known_until(&self) -> Option<AgentVersion> {
        self.until
    }

    /// Returns whether ngrok advises against it.
    pub const fn is_deprecated(&self) -> bool {
        self.deprecated
    }

    /// Returns the name that it has now, if that is another one.
    pub const fn new_name(&self) -> Option<&'static str> {
        self.renamed_to
    }

    /// Returns whether its value is a secret.
    pub const fn secrecy(&self) -> Secrecy {
        self.secrecy
    }

    /// Returns whether it keeps people out.
    pub const fn guard(&self) -> Guard {
        self.guard
    }

    /// Returns whether a definition is not complete without it.
    pub const fn is_required(&self) -> bool {
        self.required
    }

    /// Returns whether agents report it and do not take it.
    pub const fn is_reported_only(&self) -> bool {
        self.reported_only
    }

    /// Returns whether only a request has it, and no config file.
    pub const fn is_body_only(&self) -> bool {
        self.body_only
    }

    /// Returns what it becomes in an endpoint.
    pub const fn in_endpoint(&self) -> Becomes {
        self.becomes
    }

    /// Returns the flag of the agent's command line that sets it, such as `--basic-auth`.
    pub const fn cli_flag(&self) -> Option<&'static str> {
        self.flag
    }

    /// Returns the keys that cannot be beside it.
    pub const fn conflicting(&self) -> &'static [&'static str] {
        self.conflicts
    }

    /// Returns the keys that must be beside it.
    pub const fn needed(&self) -> &'static [&'static str] {
        self.needs
    }
}
