//! What is known about each error code, as data. Meanings are ours; the numbers are of <https://ngrok.com/docs/errors>.

use super::ErrorClass;
use ErrorClass::*;
use Retry::*;

/// Whether the same thing tried again can succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// With nothing changed, after a while.
    Later,
    /// Only once somebody has changed something outside the program.
    Never,
    /// Once the program itself has given something up, such as another endpoint.
    AfterChange,
}

pub(super) struct Row {
    pub(super) number: u32,
    pub(super) class: ErrorClass,
    pub(super) retry: Retry,
    pub(super) meaning: &'static str,
    pub(super) hint: &'static str,
}

const fn row(
    number: u32,
    class: ErrorClass,
    retry: Retry,
    meaning: &'static str,
    hint: &'static str,
) -> Row {
    Row {
        number,
        class,
        retry,
        meaning,
        hint,
    }
}

const PAY_ACCOUNT: &str =
    "settle it in the dashboard, https://dashboard.ngrok.com, or ask ngrok's support";
const OTHER_TOKEN: &str =
    "copy the authtoken again from https://dashboard.ngrok.com/get-started/your-authtoken";
const API_KEY: &str =
    "make an API key at https://dashboard.ngrok.com/api-keys; an authtoken is not one";
const UPGRADE: &str = "drop the option, or change the plan at https://dashboard.ngrok.com/billing";
const RESERVE: &str =
    "reserve it at https://dashboard.ngrok.com/domains, or leave the URL out to get a random one";
const UPDATE_AGENT: &str = "update the agent: `ngrok update`, or install the newest one";
const SLOW_DOWN: &str = "wait for the window to pass, then send less at a time";
const NEXT_MONTH: &str = "wait for the next month, or raise the limit in the plan";

/// Sorted by number.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row(102, Account, Never, "the account is suspended", PAY_ACCOUNT),
    row(103, Account, Never, "the account is suspended for breaking ngrok's terms", PAY_ACCOUNT),
    row(105, Auth, Never, "the text given is not an authtoken", "give the authtoken, not an API key, and all of it"),
    row(107, Auth, Never, "the authtoken is well formed but not valid: it was reset, revoked or belongs to nobody any more", OTHER_TOKEN),
    row(108, Limit, Later, "too many agents of this account run at the same time", "stop an agent, perhaps one that an earlier run left behind; one agent can hold several endpoints"),
    row(116, Auth, Never, "the credential's rules do not allow this address or name", "change the credential's access rules in the dashboard, or use another credential"),
    row(120, Version, Never, "this version of the agent is no longer supported", UPDATE_AGENT),
    row(121, Version, Never, "this version of the agent is too old for the account", UPDATE_AGENT),
    row(202, Auth, Never, "the API key is malformed", API_KEY),
    row(203, Auth, Never, "the API key is not valid", API_KEY),
    row(206, Auth, Never, "an authtoken was given where an API key is needed", API_KEY),
    row(207, Auth, Never, "the credential given is not an API key", API_KEY),
    row(214, Config, Never, "the request names a parameter that does not exist", "check the spelling of the field against ngrok's API reference"),
    row(218, Config, Never, "the request lacks the header Ngrok-Version", "send `Ngrok-Version: 2` with every call of the API"),
    row(225, Limit, Later, "too many requests of the API are under way at the same time", SLOW_DOWN),
    row(226, Limit, Later, "too many requests of the API in a minute", SLOW_DOWN),
    row(227, Config, Never, "the id belongs to another kind of resource", "check the prefix of the id, such as `ep_` or `rd_`"),
    row(302, Plan, Never, "TCP endpoints need a signed-up account", "sign up and give the agent the account's authtoken"),
    row(303, Plan, Never, "TCP addresses are not part of the plan", UPGRADE),
    row(312, Plan, Never, "TLS endpoints are not part of the plan", UPGRADE),
    row(313, Plan, Never, "custom subdomains are not part of the plan", UPGRADE),
    row(314, Plan, Never, "custom hostnames are not part of the plan", UPGRADE),
    row(318, Config, Never, "the domain is not yours to use: it is not reserved, or another account has it", RESERVE),
    row(319, Config, Never, "the domain is not reserved for this account", RESERVE),
    row(320, Config, Never, "the domain is reserved by another account", RESERVE),
    row(324, Limit, AfterChange, "too many endpoints on one agent session", "stop another endpoint first, or spread them over agents"),
    row(334, Conflict, Later, "the endpoint is online already", "an earlier agent may still hold it for some seconds; else turn pooling on, or leave the URL out to get a random one"),
    row(337, Account, Never, "the account is suspended until a payment is settled", PAY_ACCOUNT),
    row(350, Limit, AfterChange, "too many endpoints of this account are online", "stop another endpoint first"),
    row(413, Conflict, Never, "the domain is reserved by this account already", "use the reserved domain that exists"),
    row(446, Conflict, AfterChange, "the domain is still in use", "stop the endpoints on it before it is deleted"),
    row(702, Limit, Later, "too many connections in a minute", SLOW_DOWN),
    row(703, Limit, Later, "too many requests in a minute", SLOW_DOWN),
    row(717, Limit, Later, "the rate of connections is above the limit", SLOW_DOWN),
    row(725, Limit, Never, "the month's transfer is used up", NEXT_MONTH),
    row(727, Limit, Never, "the month's requests are used up", NEXT_MONTH),
    row(734, Limit, Later, "the rate of requests is above the limit", SLOW_DOWN),
    row(802, Server, Later, "ngrok's service met an internal error", "try again in a while, and look at https://status.ngrok.com if it lasts"),
    row(3004, Upstream, Later, "the upstream did not answer in HTTP", "give an address with `https://` if the upstream speaks TLS, or use a TCP endpoint if it does not speak HTTP"),
    row(3200, Offline, Later, "the endpoint is offline", "the agent, or the program that started it, has ended: start the endpoint again"),
    row(3208, Account, Never, "the account that owns the endpoint is banned", PAY_ACCOUNT),
    row(4018, Auth, Never, "the agent was started without an account", "set NGROK_AUTHTOKEN, or store an authtoken in the agent's configuration file"),
    row(6022, Account, Never, "HTML pages are served only for a signed-up account", "sign up and give the agent the account's authtoken"),
    row(6024, Plan, Never, "a browser is shown a warning page before this endpoint", "an API client skips it with any value in the header `ngrok-skip-browser-warning`"),
    row(7117, Config, Never, "the domain is not reserved", RESERVE),
    row(8012, Upstream, Later, "the agent could not reach the upstream", "start the local service, and check that it listens on the address and port that the endpoint forwards to"),
    row(8013, Plan, Never, "TCP endpoints on the free plan need a card on file", "add a card in the dashboard; it is not charged"),
    row(9009, Plan, Never, "an HTTP proxy for the agent is not part of the plan", "unset http_proxy and https_proxy in the agent's environment, or change the plan"),
    row(9018, Plan, Never, "rewriting the Host header needs a signed-up account", "sign up, or drop the option"),
    row(9026, Config, Never, "the traffic policy is not valid", "read the message: it names the line or node that is wrong"),
    row(9040, Network, Never, "connections from this address are not accepted", "use a network that is not blocked; there is nothing to retry"),
    row(15013, Account, Never, "the account has not claimed its development domain", "claim it once in the dashboard, or give a URL"),
    row(18016, Conflict, Later, "an endpoint at this URL is online with pooling off", "turn pooling on for all of them, or wait until the other one is gone"),
    row(18017, Conflict, Later, "an endpoint at this URL is online with another pooling setting", "use the same pooling setting for all of them, or wait until the other one is gone"),
    row(18021, Limit, AfterChange, "too many endpoints are online at the same time", "stop another endpoint first"),
];
