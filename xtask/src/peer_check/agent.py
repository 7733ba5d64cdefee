"""Runs pyngrok's own tests, from its source package, against the loopback agent.

The arguments are the agent's binary and the folder of the source package. The tests download their agent, so the archives
that they ask for are served here, with a start script of the loopback agent in each. Exits with 1 if a test fails that is
not listed in EXPECTED, fails in another way, or passes although it is listed.
"""

import http.server
import io
import os
import re
import sys
import tarfile
import threading
import time
import types
import unittest
import urllib.request
import zipfile

AGENT, SOURCE = sys.argv[1:3]

LOOPBACK = "the public URL is a loopback address, so that tests reach it without DNS"
NOT_HERE = "the loopback agent refuses what it does not carry out"

# Differences from ngrok that are right: the test, what its failure says, and why.
EXPECTED = {
    "test_ngrok.TestNgrok.test_regional_tcp": (r"'\.au\.' not found in 'tcp://127\.0\.0\.1:\d+'", LOOPBACK),
    "test_ngrok.TestNgrok.test_regional_subdomain": (r"'\.au\.' not found in 'https://127\.0\.0\.1:\d+'", LOOPBACK),
    "test_ngrok.TestNgrok.test_ngrok_http_internal_endpoint_pooling": (r"'https://127\.0\.0\.1:\d+' != 'https://pyngrok\.internal'", LOOPBACK),
    "test_ngrok.TestNgrok.test_ngrok_tls_internal_endpoint_pooling": (r"'tls://127\.0\.0\.1:\d+' != 'tls://pyngrok\.internal'", LOOPBACK),
    "test_ngrok.TestNgrok.test_tunnel_definitions_pyngrok_default": (r"'https://127\.0\.0\.1:\d+' != 'https://pyngrok-temp-\w+\.ngrok\.io'", LOOPBACK),
    "test_ngrok.TestNgrok.test_tunnel_definitions_pyngrok_default_with_overrides": (r"'pyngrok-temp-\w+' not found in 'https://127\.0\.0\.1:\d+'", LOOPBACK),
    "test_ngrok.TestNgrok.test_tunnel_definitions": (r"does not carry out 'circuit_breaker'", NOT_HERE),
}


def served_archives():
    """Serves every archive that pyngrok knows, and points it there."""
    from pyngrok import installer

    installer._print_progress_enabled = False
    windows = os.name == "nt"
    if windows:
        with open(AGENT, "rb") as file:
            program = file.read()
    else:
        program = f'#!/bin/sh\nexec "{AGENT}" "$@"\n'.encode()

    def archive(name):
        data = io.BytesIO()
        if name.endswith(".zip"):
            with zipfile.ZipFile(data, "w") as packed:
                packed.writestr("ngrok.exe" if "windows" in name else "ngrok", program)
        else:
            with tarfile.open(fileobj=data, mode="w:gz") as packed:
                entry = tarfile.TarInfo("ngrok")
                entry.size, entry.mode = len(program), 0o755
                packed.addfile(entry, io.BytesIO(program))
        return data.getvalue()

    names = [url.rsplit("/", 1)[1] for url in installer.PLATFORMS.values()]
    archives = {f"/{name}": archive(name) for name in names}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = archives.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            if body and self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    prefix = f"http://127.0.0.1:{server.server_address[1]}/"
    for platform, url in installer.PLATFORMS.items():
        installer.PLATFORMS[platform] = prefix + url.rsplit("/", 1)[1]
    return len(archives)


def with_https():
    """Shows the tests https where ngrok has https: public URLs are plain here, and that is the same for every tunnel.

    A tunnel that was asked for with `schemes: [http]`, and the plain half of one with both, stay as they are.
    """
    from pyngrok import agent, ngrok

    original, plain = ngrok.api_request, set()

    def https(value):
        if isinstance(value, list):
            return [https(item) for item in value]
        if not isinstance(value, dict):
            return value
        value = {key: https(item) for key, item in value.items()}
        name = value.get("name", "")
        if name in plain or name.endswith(" (http)"):
            return value
        for key in ("public_url", "url"):
            text = value.get(key)
            if "uri" in value and isinstance(text, str) and text.startswith("http://127.0.0.1:"):
                value[key] = text.replace("http://", "https://")
        if value.get("proto") == "http" and "config" in value:
            value["proto"] = "https"
        return value

    def api_request(url, method="GET", data=None, *args, **kwargs):
        if data and data.get("schemes") == ["http"]:
            plain.add(data.get("name"))
        return https(original(url, method, data, *args, **kwargs))

    ngrok.api_request = agent.api_request = api_request

    def urlopen(url, *args, **kwargs):
        if isinstance(url, str):
            url = url.replace("https://127.0.0.1", "http://127.0.0.1")
        return urllib.request.urlopen(url, *args, **kwargs)

    return urlopen


def helpers_of_the_repository():
    """The tests import a module that is not in the source package. It makes a domain in ngrok's account: here is none."""
    module = types.ModuleType("scripts.create_test_resources")
    module.create_test_resources = lambda *args: None
    module.generate_name_for_subdomain = lambda prefix: f"{prefix}-{int(time.time() * 1000):x}"
    sys.modules["scripts"] = types.ModuleType("scripts")
    sys.modules["scripts.create_test_resources"] = module
    os.environ.update(
        NGROK_AUTHTOKEN="TESTTOKEN00000000000_EXAMPLEONLYNOTAREA",
        NGROK_API_KEY="TESTKEY",
        NGROK_HOSTNAME="test",
        NGROK_DOMAIN="pyngrok.example.com",
        NGROK_DOMAIN_ID="rd_test",
    )


class Result(unittest.TestResult):
    """Keeps what each test came to, and shows that something happens."""

    def __init__(self):
        super().__init__()
        self.failed = {}
        self.passed = []

    @staticmethod
    def name(test):
        return test.id().removeprefix("tests.")

    def startTest(self, test):
        super().startTest(test)
        # A reply within a tenth of a millisecond is possible on loopback, and this test is about one that is late.
        if "test_api_request_timeout" in test.id():
            os.environ["LOOPBACK_AGENT_REPLY_DELAY_MS"] = "50"

    def stopTest(self, test):
        super().stopTest(test)
        os.environ.pop("LOOPBACK_AGENT_REPLY_DELAY_MS", None)

    def addSuccess(self, test):
        self.passed.append(self.name(test))

    def addFailure(self, test, error):
        self.failed[self.name(test)] = self._exc_info_to_string(error, test)

    addError = addFailure

    def addSkip(self, test, reason):
        self.failed[self.name(test)] = f"skipped: {reason}"


def main():
    sys.path.insert(0, SOURCE)
    helpers_of_the_repository()
    archives = served_archives()
    urlopen = with_https()
    suite = unittest.TestSuite()
    for file in sorted(os.listdir(os.path.join(SOURCE, "tests"))):
        if file.startswith("test_") and file.endswith(".py"):
            name = "tests." + file.removesuffix(".py")
            module = __import__(name, fromlist=["*"])
            if hasattr(module, "urlopen"):
                module.urlopen = urlopen
            suite.addTests(unittest.defaultTestLoader.loadTestsFromModule(module))
    only = os.environ.get("PEER_CHECK_ONLY", "")
    if only:
        tests = [test for group in suite for test in group if only in test.id()]
        suite = unittest.TestSuite(tests)
    result = Result()
    suite.run(result)

    wrong = []
    for name, text in result.failed.items():
        pattern, why = EXPECTED.get(name, (None, None))
        if pattern and re.search(pattern, text):
            print(f"peer-check: {name} differs as expected: {why}")
        else:
            wrong.append(f"{name}\n{text}")
    for name in result.passed:
        if name in EXPECTED:
            wrong.append(f"{name} passes: take it off the list of expected differences")
    if not only:
        ran = {*result.failed, *result.passed}
        wrong += [f"{name} is expected to differ, and there is no such test" for name in EXPECTED if name not in ran]
    for text in wrong:
        print(f"peer-check: NOT EXPECTED: {text}")
    print(
        f"peer-check: {len(result.passed)} of {result.testsRun} tests of pyngrok pass against the loopback agent, "
        f"{len(result.failed)} differ, {len(wrong)} of them unexpectedly; {archives} archives were served"
    )
    sys.exit(1 if wrong else 0)


main()
