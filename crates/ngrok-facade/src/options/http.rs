//! Options of tunnels (config version 2) that shape traffic.

use serde_json::Value;

use super::ConnectOptions;

impl ConnectOptions {
    /// A domain of your account. Version 2 only; an endpoint has [`url`](Self::url).
    pub fn domain(self, domain: impl Into<String>) -> Self {
        self.tunnel(|it| it.domain(domain))
    }

    /// The older name of [`domain`](Self::domain). Version 2 only.
    pub fn hostname(self, hostname: impl Into<String>) -> Self {
        self.tunnel(|it| it.hostname(hostname))
    }

    /// A subdomain of ngrok's domain. Version 2 only.
    pub fn subdomain(self, subdomain: impl Into<String>) -> Self {
        self.tunnel(|it| it.subdomain(subdomain))
    }

    /// Which of `http` and `https` to serve. Version 2 only.
    pub fn schemes<T: Into<String>>(self, schemes: impl IntoIterator<Item = T>) -> Self {
        self.tunnel(|it| it.schemes(schemes))
    }

    /// The older way to say [`schemes`](Self::schemes): https only, or http only. Version 2 only.
    pub fn bind_tls(self, https: bool) -> Self {
        self.option("bind_tls", https)
    }

    /// The `Host` header that the upstream sees: `rewrite`, `preserve` or a text. Version 2 only.
    pub fn host_header(self, host: impl Into<String>) -> Self {
        self.tunnel(|it| it.host_header(host))
    }

    /// Refuses requests once this part of them (0 to 1) has failed. Version 2 only.
    pub fn circuit_breaker(self, ratio: f64) -> Self {
        self.tunnel(|it| it.circuit_breaker(ratio))
    }

    /// Compresses responses with gzip. Version 2 only.
    pub fn compression(self, compression: bool) -> Self {
        self.tunnel(|it| it.compression(compression))
    }

    /// Sends the upstream a PROXY protocol header of this version, 1 or 2. Version 2 only.
    pub fn proxy_proto(self, version: u8) -> Self {
        self.tunnel(|it| it.proxy_proto(version))
    }

    /// Adds a header (`name: value`) to each request. Version 2 only.
    pub fn add_request_header(self, header: impl Into<String>) -> Self {
        self.tunnel(|it| it.add_request_header(header))
    }

    /// Removes a header from each request. Version 2 only.
    pub fn remove_request_header(self, name: impl Into<String>) -> Self {
        self.tunnel(|it| it.remove_request_header(name))
    }

    /// Adds a header (`name: value`) to each response. Version 2 only.
    pub fn add_response_header(self, header: impl Into<String>) -> Self {
        self.tunnel(|it| it.add_response_header(header))
    }

    /// Removes a header from each response. Version 2 only.
    pub fn remove_response_header(self, name: impl Into<String>) -> Self {
        self.tunnel(|it| it.remove_response_header(name))
    }

    /// Turns WebSocket connections into TCP for the upstream. Version 2 only.
    pub fn websocket_tcp_converter(self, convert: bool) -> Self {
        self.tunnel(|it| it.websocket_tcp_converter(convert))
    }

    /// The older name of [`traffic_policy`](Self::traffic_policy). Version 2 only.
    pub fn policy(self, policy: impl Into<Value>) -> Self {
        self.tunnel(|it| it.policy(policy))
    }

    /// A reserved TCP address (`1.tcp.ngrok.io:12345`). Version 2 only; an endpoint has [`url`](Self::url).
    pub fn remote_addr(self, addr: impl Into<String>) -> Self {
        self.tunnel(|it| it.remote_addr(addr))
    }

    /// The certificate of a TLS tunnel that the agent terminates, a PEM file. Version 2 only.
    pub fn crt(self, path: impl Into<String>) -> Self {
        self.tunnel(|it| it.crt(path))
    }

    /// The key of a TLS tunnel that the agent terminates, a PEM file. Version 2 only.
    pub fn key(self, path: impl Into<String>) -> Self {
        self.tunnel(|it| it.key(path))
    }

    /// Where TLS ends: `edge`, `agent` or `upstream`. Version 2 only.
    pub fn terminate_at(self, place: impl Into<String>) -> Self {
        self.tunnel(|it| it.terminate_at(place))
    }
}
