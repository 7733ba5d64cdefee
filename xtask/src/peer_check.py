"""Drives the loopback agent through pyngrok, in both config versions. Prints what worked; raises at what did not."""

import http.server
import os
import sys
import tempfile
import threading
import time
import urllib.request

from pyngrok import agent, conf, exception, ngrok, process

AGENT = sys.argv[1]


class Upstream(http.server.BaseHTTPRequestHandler):
    paths = []

    def do_GET(self):
        Upstream.paths.append(self.path)
        body = b"hello from the upstream\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def until(condition):
    end = time.time() + 10
    while not condition():
        assert time.time() < end, "timed out"
        time.sleep(0.02)


def config_text(version, port):
    if version == "2":
        return (
            "version: 2\nweb_addr: 127.0.0.1:0\ntunnels:\n"
            f"  web: {{proto: http, addr: {port}}}\n  raw: {{proto: tcp, addr: {port}}}\n"
        )
    return (
        "version: 3\nagent: {web_addr: '127.0.0.1:0'}\nendpoints:\n"
        f"  - {{name: web, upstream: {{url: 'http://localhost:{port}'}}}}\n"
        f"  - {{name: raw, url: 'tcp://', upstream: {{url: 'localhost:{port}'}}}}\n"
    )


def drive(version, folder, port):
    done = []
    path = os.path.join(folder, f"v{version}.yml")
    with open(path, "w") as file:
        file.write(config_text(version, port))
    logs = []
    config = conf.PyngrokConfig(
        ngrok_path=AGENT,
        config_path=path,
        config_version=version,
        log_event_callback=logs.append,
        startup_timeout=10,
        api_key="KEY",
    )

    ngrok.set_auth_token("TESTTOKEN00000000000_EXAMPLEONLYNOTAREA", config)
    ngrok.set_api_key("KEY", config)
    text = open(path).read()
    assert "TESTTOKEN00000000000_EXAMPLEONLYNOTAREA" in text and "KEY" in text
    done += ["set_auth_token", "set_api_key"]

    assert ngrok.get_version(config)[0].startswith("3.39.")
    assert ngrok.api("endpoints", "list", pyngrok_config=config).data["endpoints"] == []
    assert "latest" in ngrok.update(config)
    running = ngrok.get_ngrok_process(config)
    assert running.healthy() and process.is_process_running(AGENT)
    done += ["version", "api", "update", "get_ngrok_process"]

    tunnel = ngrok.connect(str(port), pyngrok_config=config)
    assert fetch(tunnel.public_url + "/one") == b"hello from the upstream\n"
    tunnel.refresh_metrics()
    assert tunnel.metrics["http"]["count"] == 1, tunnel.metrics
    done += ["connect", "refresh_metrics"]

    tcp = ngrok.connect(str(port), "tcp", pyngrok_config=config)
    assert tcp.public_url.startswith("tcp://")
    assert b"hello" in fetch(tcp.public_url.replace("tcp", "http") + "/by-tcp")
    opened = ngrok.connect_all(config)
    assert sorted(t.name for t in opened) == ["raw-api", "web-api"], opened
    assert len(ngrok.get_tunnels(config)) == 4
    done += ["connect tcp", "connect_all", "get_tunnels"]

    requests = agent.get_requests(pyngrok_config=config)
    assert [r.request["uri"] for r in requests] == ["/one"], requests
    again = agent.get_request(requests[0].id, config)
    assert again.response["status_code"] == 200
    before = len(Upstream.paths)
    agent.replay_request(requests[0].id, pyngrok_config=config)
    assert Upstream.paths[before:] == ["/one"]
    agent.delete_requests(config)
    assert agent.get_requests(pyngrok_config=config) == []
    assert agent.get_agent_status(config).status == "online"
    done += ["get_requests", "get_request", "replay_request", "delete_requests", "get_agent_status"]

    for tunnel in ngrok.get_tunnels(config):
        ngrok.disconnect(tunnel.public_url, config)
    assert ngrok.get_tunnels(config) == []
    until(lambda: any(log.msg == "started tunnel" for log in logs))
    ngrok.kill(config)
    assert not process.is_process_running(AGENT)
    done += ["disconnect", "log_event_callback", "kill"]

    config.auth_token = "refused-abc"
    try:
        ngrok.connect(str(port), pyngrok_config=config)
        raise AssertionError("a refused token was let in")
    except exception.PyngrokNgrokError as error:
        assert error.ngrok_error_code == "ERR_NGROK_107", (error, error.ngrok_error_code)
    done.append("a refused token is ERR_NGROK_107")
    print(f"peer-check: config version {version}: " + ", ".join(done))


def main():
    server = http.server.ThreadingHTTPServer(("localhost", 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        for version in ["2", "3"]:
            drive(version, folder, server.server_address[1])
    print("peer-check: pyngrok 9.1.0 works with the stand-in")


main()
