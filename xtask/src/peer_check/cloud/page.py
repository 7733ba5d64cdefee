"""Compares each Python call on the page `docs/from-ngrok-api.md` with the official client: it exists, and takes these arguments."""

import ast
import inspect
import sys

import ngrok


def resolve(client, node):
    """The attribute that a chain such as `client.edges.https.get` names."""
    if isinstance(node, ast.Name):
        if node.id != "client":
            raise AttributeError(f"{node.id} is not the client")
        return client
    return getattr(resolve(client, node.value), node.attr)


def check(client, call):
    node = ast.parse(call, mode="eval").body
    if not isinstance(node, ast.Call):
        raise TypeError("it is not a call")
    method = resolve(client, node.func)
    args = [object() for _ in node.args]
    keywords = {keyword.arg: object() for keyword in node.keywords}
    inspect.signature(method).bind(*args, **keywords)


client = ngrok.Client("key")
checked, problems = 0, []
with open(sys.argv[1], encoding="utf-8") as page:
    for number, line in enumerate(page, 1):
        _, mark, call = line.rstrip().partition("; // client.")
        if not mark:
            continue
        checked += 1
        try:
            check(client, "client." + call)
        except Exception as error:
            problems.append(f"line {number}: client.{call}: {type(error).__name__}: {error}")
for problem in problems:
    print(problem, file=sys.stderr)
if problems or checked < 200:
    sys.exit(f"{len(problems)} of {checked} calls on the page are not Python's")
print(f"from-ngrok-api.md: {checked} calls are those of ngrok-api for Python")
