//! What keeps people out, and which agents would ignore it.

use serde_json::{Map, Value};

use super::check_definition::given;
use super::key::{Guard, Key};
use super::protocol::Protocol;
use super::vocabulary::{Place, Vocabulary};
use crate::AgentVersion;

impl Vocabulary {
    /// Returns what keeps people out in a definition, with the names as they are written. Dashes and case do not matter:
    /// `basic-auth` was meant to guard, too.
    pub fn guards<'a>(
        &'a self,
        place: Place,
        fields: &'a Map<String, Value>,
    ) -> impl Iterator<Item = (&'a str, &'a Key)> {
        let names = fields.keys().filter(|name| given(fields, name));
        names.filter_map(move |name| {
            let key = self.find(place, name).key()?;
            (key.guard() != Guard::No).then_some((name.as_str(), key))
        })
    }

    /// Returns the first guard of a tunnel that this agent would ignore, so that the tunnel would be open to everyone: it
    /// does not know the key, not for this protocol, or not by the name that is written.
    ///
    /// Agents from 3.0 on ignore nothing: they refuse what they do not know.
    ///
    /// ```
    /// use ngrok_core::AgentVersion;
    /// use ngrok_core::definition::{Protocol, Vocabulary};
    ///
    /// let ignored = |fields: serde_json::Value, agent| {
    ///     let fields = fields.as_object().cloned().unwrap_or_default();
    ///     let guard = Vocabulary::ngrok().ignored_guard(&fields, Protocol::Http, agent);
    ///     guard.map(|(name, _)| name.to_owned())
    /// };
    /// let policy = serde_json::json!({"traffic_policy": {"on_http_request": []}});
    /// assert_eq!(ignored(policy.clone(), AgentVersion::LAST_2).as_deref(), Some("traffic_policy"));
    /// assert_eq!(ignored(policy, AgentVersion::NEWEST), None);
    /// assert_eq!(ignored(serde_json::json!({"auth": "a:b"}), AgentVersion::LAST_2), None);
    /// ```
    pub fn ignored_guard<'a>(
        &'a self,
        fields: &'a Map<String, Value>,
        protocol: Protocol,
        agent: AgentVersion,
    ) -> Option<(&'a str, &'a Key)> {
        if !agent.is_before_3() {
            return None;
        }
        self.guards(Place::Tunnel, fields)
            .find(|(name, key)| *name != key.name() || !key.protocols_of(agent).contains(protocol))
    }

    /// Returns what can be sent back to the agent of an endpoint that it reported: all fields but those that it only
    /// reports, and those that are null. Fields that this table does not have stay.
    ///
    /// ```
    /// use ngrok_core::definition::Vocabulary;
    ///
    /// let reported = serde_json::json!({"name": "web", "uri": "/api/endpoints/web", "metrics": {}, "new_key": 1, "url": null});
    /// let settable = Vocabulary::ngrok().settable(reported.as_object().unwrap());
    /// assert_eq!(settable.keys().collect::<Vec<_>>(), ["name", "new_key"]);
    /// ```
    pub fn settable(&self, reported: &Map<String, Value>) -> Map<String, Value> {
        let is_settable = |name: &str, value: &Value| {
            let key = self.key(Place::Endpoint, name);
            !value.is_null() && !key.is_some_and(Key::is_reported_only)
        };
        let settable = reported
            .iter()
            .filter(|(name, value)| is_settable(name, value));
        settable
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ignored(fields: Value, protocol: Protocol, agent: AgentVersion) -> Option<String> {
        let fields = fields.as_object().cloned().unwrap_or_default();
        let guard = Vocabulary::ngrok().ignored_guard(&fields, protocol, agent);
        guard.map(|(name, _)| name.to_owned())
    }

    /// What agent 2.3.41 was seen to ignore while it opened the tunnel.
    #[test]
    fn every_guard_that_agents_before_3_ignore_is_known_as_such() {
        for name in [
            "basic_auth",
            "oauth",
            "oidc",
            "ip_restriction",
            "mutual_tls_cas",
            "verify_webhook",
            "user_agent_filter",
            "traffic_policy",
            "traffic_policy_file",
            "policy",
        ] {
            for written in [name.to_owned(), name.replace('_', "-"), name.to_uppercase()] {
                let mut fields = Map::new();
                fields.insert(written.clone(), json!({"a": 1}));
                let found = ignored(fields.clone().into(), Protocol::Http, AgentVersion::LAST_2);
                assert_eq!(found, Some(written));
                let found = ignored(fields.into(), Protocol::Http, AgentVersion::NEWEST);
                assert_eq!(found, None);
            }
        }
    }

    #[test]
    fn a_guard_of_another_protocol_is_ignored_too() {
        let agent = AgentVersion::LAST_2;
        assert_eq!(ignored(json!({"auth": "a:b"}), Protocol::Http, agent), None);
        assert!(ignored(json!({"auth": "a:b"}), Protocol::Tcp, agent).is_some());
        assert!(ignored(json!({"client_cas": "c"}), Protocol::Http, agent).is_some());
        assert_eq!(
            ignored(json!({"client_cas": "c"}), Protocol::Tls, agent),
            None
        );
        assert_eq!(
            ignored(json!({"ip_policy": "i"}), Protocol::Tcp, agent),
            None
        );
        assert_eq!(
            ignored(
                json!({"basic_auth": null, "host_header": "x"}),
                Protocol::Http,
                agent
            ),
            None
        );
    }

    #[test]
    fn a_made_up_guard_is_found_without_a_second_list() {
        let vocabulary = Vocabulary::ngrok().clone().with(
            Place::Tunnel,
            Key::new("moat", super::super::Kind::Text, "water around it").guards(),
        );
        let fields = json!({"moat": "deep"})
            .as_object()
            .cloned()
            .unwrap_or_default();
        let found = vocabulary.ignored_guard(&fields, Protocol::Http, AgentVersion::LAST_2);
        assert_eq!(found.map(|(name, _)| name), Some("moat"));
    }
}
