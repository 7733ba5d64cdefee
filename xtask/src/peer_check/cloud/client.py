# Drives the loopback cloud with ngrok's own client for Python. Each check prints one line; a wrong one ends the run.
import os

import ngrok
from ngrok.datatypes import EventSourceReplace
from ngrok.error import Error

URL, KEY = os.environ["NGROK_API_URL"], os.environ["NGROK_API_KEY"]
client = ngrok.Client(KEY, URL)
POLICY = '{"on_http_request": [{"actions": [{"type": "deny"}]}]}'
done = []


def check(what, passes, seen=None):
    assert passes, f"{what}: {seen!r}"
    done.append(what)


def refused(what, code, status, call):
    try:
        seen = call()
    except Error as error:
        check(what, (error.error_code, error.http_status_code) == (code, status), vars(error))
        check(what + ", operation", (error.details or {}).get("operation_id", "op_").startswith("op_"), error.details)
        return
    raise AssertionError(f"{what}: not refused, {seen!r}")


# Policies and rules: every operation, an update with the id in its body, a filter, a conflict.
policy = client.ip_policies.create()
check("ip_policies.create", policy.id.startswith("ipp_"), policy)
client.ip_policies.update(id=policy.id, description="office")
check("ip_policies.get", client.ip_policies.get(policy.id).description == "office")
client.ip_policies.update(id=policy.id, metadata="m")
check("an update keeps the rest", client.ip_policies.get(policy.id).description == "office")
refused("an update of nothing", "ERR_NGROK_1400", 400, lambda: client.ip_policies.update(id=policy.id))
rule = client.ip_policy_rules.create(cidr="10.0.0.0/8", ip_policy_id=policy.id, action="allow")
check("ip_policy_rules.create", rule.ip_policy.id == policy.id, rule)
found = list(client.ip_policy_rules.list(filter=f'obj.ip_policy == "{policy.id}" && obj.action in ["allow"]'))
check("ip_policy_rules.list", [r.id for r in found] == [rule.id], found)
refused("a rule twice", "ERR_NGROK_1408", 400, lambda: client.ip_policy_rules.create(cidr="10.0.0.0/8", ip_policy_id=policy.id, action="deny"))
refused("host bits", "ERR_NGROK_1409", 400, lambda: client.ip_policy_rules.create(cidr="10.0.0.1/8", ip_policy_id=policy.id, action="deny"))
restriction = client.ip_restrictions.create(type="dashboard", ip_policy_ids=[policy.id])
# This client sends an empty list of policies with every update.
client.ip_restrictions.update(id=restriction.id, description="d")
check("ip_restrictions.update", len(client.ip_restrictions.get(restriction.id).ip_policies) == 1)
refused("a policy in use", "ERR_NGROK_1420", 400, lambda: client.ip_policies.delete(policy.id))
client.ip_restrictions.delete(restriction.id)
client.ip_policies.delete(policy.id)
refused("what is gone", None, 404, lambda: client.ip_policies.get(policy.id))

# Pages, with what was listed deleted on the way.
for n in range(7):
    client.vaults.create(name=f"v{n}")
names = []
for vault in client.vaults.list(limit="2"):
    names.append(vault.name)
    client.vaults.delete(vault.id)
check("deleting while listing", names == [f"v{n}" for n in reversed(range(7))], names)
refused("a limit", "ERR_NGROK_233", 400, lambda: client.vaults.list(limit="101"))

# Domains, addresses and endpoints.
domain = client.reserved_domains.create(domain="api.example.com", certificate_management_policy=None)
check("reserved_domains.create", domain.cname_target.endswith(".ngrok-cname.com"), domain)
refused("a domain twice", "ERR_NGROK_413", 400, lambda: client.reserved_domains.create(domain="api.example.com"))
client.reserved_domains.update(id=domain.id, description="d")
addr = client.reserved_addrs.create()
check("reserved_addrs.create", ".tcp.ngrok.io:" in addr.addr and addr.region == "us", addr)
endpoint = client.endpoints.create(url="https://api.example.com", type="cloud", traffic_policy=POLICY)
check("endpoints.create", endpoint.public_url == "https://api.example.com" and endpoint.bindings == ["public"], endpoint)
tcp = client.endpoints.create(url="tcp://" + addr.addr, type="cloud", traffic_policy=POLICY)
check("endpoints.create, tcp", tcp.tcp_addr.id == addr.id, tcp)
internal = client.endpoints.create(url="https://a.internal", type="cloud", traffic_policy=POLICY, bindings=["internal"])
client.endpoints.update(id=internal.id, traffic_policy=POLICY, pooling_enabled=True)
found = list(client.endpoints.list(url=["https://api.example.com"]))
check("endpoints.list by url", [e.id for e in found] == [endpoint.id], found)
found = list(client.endpoints.list(filter='"internal" in obj.bindings'))
check("endpoints.list by binding", [e.id for e in found] == [internal.id], found)
refused("a filter", "invalid_cel_expression", 400, lambda: client.endpoints.list(filter="obj.nope == 1"))
refused("an endpoint twice", "ERR_NGROK_18017", 400, lambda: client.endpoints.create(url="https://api.example.com", type="cloud", traffic_policy=POLICY))
refused("a domain in use", "ERR_NGROK_446", 400, lambda: client.reserved_domains.delete(domain.id))
for made in (endpoint, tcp, internal):
    client.endpoints.delete(made.id)
client.reserved_domains.delete(domain.id)
client.reserved_addrs.delete(addr.id)

# Secrets, keys and users.
vault = client.vaults.create(name="prod")
secret = client.secrets.create(name="db-password", value="x", vault_id=vault.id)
check("secrets.create", secret.vault.id == vault.id and secret.vault_name == "prod", secret)
client.secrets.update(id=secret.id, description="d")
check("vaults.get_secrets_by_vault", [s.id for s in client.vaults.get_secrets_by_vault(id=vault.id)] == [secret.id])
key = client.api_keys.create(description="ci")
check("api_keys.create", ngrok.Client(key.token, URL).api_keys.get(key.id).token is None)
client.api_keys.delete(key.id)
refused("a deleted key", "ERR_NGROK_203", 403, lambda: ngrok.Client(key.token, URL).vaults.list())
credential = client.credentials.create(acl=["bind:*.example.com"])
refused("an authtoken", "ERR_NGROK_206", 400, lambda: ngrok.Client(credential.token, URL).vaults.list())
refused("no key at all", "ERR_NGROK_202", 403, lambda: ngrok.Client("notarealtoken", URL).vaults.list())
user = client.service_users.create(name="ci")
client.service_users.update(id=user.id, active=False)
check("bot_users.list", [b.name for b in client.bot_users.list()] == ["ci"])

# SSH, events, sessions.
ca = client.ssh_certificate_authorities.create(private_key_type="ed25519")
check("ssh_certificate_authorities.create", ca.public_key.startswith("ssh-ed25519 "), ca)
subscription = client.event_subscriptions.create(sources=[EventSourceReplace(client, {"type": "ip_policy_created.v0"})])
source = client.event_sources.create(subscription_id=subscription.id, type="domain_created.v0")
check("event_sources.create", source.uri.endswith("/sources/domain_created.v0"), source)
client.event_sources.update(subscription_id=subscription.id, type="domain_created.v0")
check("event_sources.list", len(client.event_sources.list(subscription_id=subscription.id).sources) == 2)
session = next(iter(client.tunnel_sessions.list()))
check("tunnel_sessions.list", session.region == "eu" and session.credential.id.startswith("cr_"), session)
try:
    # This client sends no body here, and expects one in the answer, which ngrok documents as a 204.
    client.tunnel_sessions.restart(id=session.id)
except RuntimeError as error:
    check("tunnel_sessions.restart", "204" in str(error), error)

print(f"ngrok-api for Python: {len(done)} checks passed")
