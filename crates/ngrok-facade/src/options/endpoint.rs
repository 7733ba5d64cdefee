//! Options that only endpoints (config version 3) know.

use ngrok_localapi::{AgentTls, Upstream};

use super::ConnectOptions;

impl ConnectOptions {
    /// Sets the upstream with all that an endpoint can say of it, instead of an address. Version 3 only.
    pub fn upstream(self, upstream: impl Into<Upstream>) -> Self {
        self.endpoint(|it| it.upstream(upstream))
    }

    /// Sets where the endpoint can be reached from: `public`, `internal` or `kubernetes`. Version 3 only.
    pub fn binding(self, binding: impl Into<String>) -> Self {
        self.endpoint(|it| it.binding(binding))
    }

    /// Sets what the endpoint is for, up to 255 bytes, which the dashboard shows. Version 3 only.
    pub fn description(self, description: impl Into<String>) -> Self {
        self.endpoint(|it| it.description(description))
    }

    /// Ends TLS in the agent. Version 3 only.
    pub fn agent_tls_termination(self, tls: AgentTls) -> Self {
        self.endpoint(|it| it.agent_tls_termination(tls))
    }
}
