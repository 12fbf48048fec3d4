"""A stand-in for the Azure CLI with just the commands that our scripts use, over a directory in a file.

Strict: an argument it does not know ends it with 2, as the real one does. `--query` is JMESPath, by the
library that the real one uses. The directory is a JSON file; each call is added to it.

It answers in the process of the tests: a script calls it a dozen times, and a Python that starts for each
call would cost more than all that is tested.
"""

from __future__ import annotations

import json
import re
import shutil
import socketserver
import threading
import uuid
from functools import cache
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

import jmespath

_COMMANDS = {
    ("account", "show"): set(),
    ("cloud", "show"): set(),
    ("identity", "show"): {"--name", "--resource-group"},
    ("rest",): {"--method", "--url", "--resource", "--headers", "--body"},
}


_PROGRAM = """#!{bash}
exec 3<>/dev/tcp/127.0.0.1/{port} || exit 99
printf '%s\\0' "$#" '{state}' "$@" >&3
IFS= read -r -d '' code <&3 || exit 99
IFS= read -r -d '' said <&3
IFS= read -r -d '' error <&3
printf '%s' "$error" >&2
printf '%s' "$said"
exit "$code"
"""


class _Ended(Exception):
    """The call ends with an error."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def install(folder: Path, state: Path) -> None:
    """Puts an `az` into the folder that works on the directory in that file."""
    az = folder / "az"
    bash = shutil.which("bash") or "/bin/bash"
    az.write_text(_PROGRAM.format(bash=bash, port=_port(), state=state), "utf-8")
    az.chmod(0o755)


@cache
def _port() -> int:
    """Where calls are answered, one after the other, as long as this process lives."""
    server = socketserver.TCPServer(("127.0.0.1", 0), _Calls)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])


class _Calls(socketserver.StreamRequestHandler):
    """One call: each text ends with NUL, which no argument can hold."""

    def handle(self) -> None:
        count = int(self._text())
        state, *arguments = [self._text() for _ in range(count + 1)]
        for text in _ran(arguments, Path(state)):
            self.wfile.write(text.encode() + b"\0")

    def _text(self) -> str:
        return b"".join(iter(lambda: self.rfile.read(1).strip(b"\0"), b"")).decode()


def _ran(arguments: list[str], file: Path) -> tuple[str, str, str]:
    """(exit code, output, errors)."""
    try:
        return "0", _said(arguments, file), ""
    except _Ended as end:
        return str(end.code), "", f"ERROR: {end}\n"
    except Exception as error:  # what the stand-in cannot do fails the test, as a program's crash would
        return "98", "", f"{error!r}\n"


def _fail(message: str, code: int) -> NoReturn:
    raise _Ended(message, code)


def _read(arguments: list[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """(command, options); ends the program where the real one would not understand."""
    for command, own in _COMMANDS.items():
        if tuple(arguments[: len(command)]) == command:
            rest = arguments[len(command) :]
            options = dict(zip(rest[::2], rest[1::2], strict=False))
            if len(rest) % 2 or not options.keys() <= own | {"--query", "--output"}:
                _fail(f"unrecognized arguments: {rest}", 2)
            return command, options
    _fail(f"{arguments} is no command", 2)


def _answer(command: tuple[str, ...], options: dict[str, str], state: dict[str, Any]) -> Any:
    if not state["signed_in"] and command != ("cloud", "show"):
        _fail("Please run 'az login' to setup account.", 1)
    if command == ("account", "show"):
        return {"user": {"name": "somebody"}, "tenantId": state["tenant"]}
    if command == ("cloud", "show"):
        graph = state.get("cloud_graph", state["graph"])
        return {"endpoints": {"microsoftGraphResourceId": f"{graph}/", "activeDirectory": state["login"]}}
    if command == ("identity", "show"):
        key = f"{options['--resource-group']}/{options['--name']}"
        return state["identities"].get(key) or _fail(f"(ResourceNotFound) {key}", 3)
    return _rest(options, state)


def _rest(options: dict[str, str], state: dict[str, Any]) -> Any:
    url = urlsplit(options["--url"])
    version, collection, *rest = url.path.strip("/").split("/")
    if f"{url.scheme}://{url.netloc}" != state["graph"] or version != "v1.0":
        _fail(f"no such host or version: {options['--url']}", 1)
    if options.get("--resource") != state["graph"]:
        _fail("Unauthorized: the token is for another audience", 1)
    if app := re.fullmatch(r"servicePrincipals\(appId='([0-9a-f-]+)'\)", collection):
        return state["apps"].get(app[1]) or _fail(f"Resource '{app[1]}' does not exist.", 1)
    filtered = parse_qs(url.query).get("$filter", [""])[0]
    if collection == "applications":
        return _applications(options, rest, filtered, state)
    if collection == "servicePrincipals" and not rest:
        return _principals(options, filtered, state)
    principal, what = rest
    if (collection, what) != ("servicePrincipals", "appRoleAssignments"):
        _fail("Not Found", 1)
    if principal not in state["grants"]:
        _fail(f"Resource '{principal}' does not exist.", 1)
    grants: list[dict[str, str]] = state["grants"][principal]
    if options["--method"] == "GET":
        return {"value": grants}
    return _grant(json.loads(options["--body"]), principal, grants, state)


def _grant(
    body: dict[str, str], principal: str, grants: list[dict[str, str]], state: dict[str, Any]
) -> dict[str, str]:
    """One more grant; refused from the start, or after as many as the state lets through."""
    if not state["may_grant"] or len(grants) >= state["breaks_after"]:
        _fail("Forbidden(Authorization_RequestDenied): Insufficient privileges.", 1)
    if body in grants:
        _fail("Bad Request: Permission being assigned already exists on the object", 1)
    if body.keys() != {"principalId", "resourceId", "appRoleId"} or body["principalId"] != principal:
        _fail("Bad Request", 1)
    grants.append(body)
    return body


def _principals(options: dict[str, str], filtered: str, state: dict[str, Any]) -> Any:
    """The service principals of apps of other tenants: found by the app's id, or made."""
    if options["--method"] == "GET":
        asked = re.fullmatch(r"appId eq '([0-9a-fA-F-]+)'", filtered) or _fail("Bad Request: $filter", 1)
        known = state["principals"].get(asked[1])
        return {"value": [{"id": known}] if known else []}
    app_id = json.loads(options["--body"])["appId"]
    if not state["may_grant"]:
        _fail("Forbidden(Authorization_RequestDenied): Insufficient privileges.", 1)
    if app_id not in state["elsewhere"]:
        _fail(
            f"Bad Request: The appId '{app_id}' of the service principal does not reference a valid app.", 1
        )
    made = str(uuid.uuid4())
    state["principals"][app_id] = made
    state["grants"][made] = []
    return {"id": made, "appId": app_id}


def _applications(options: dict[str, str], rest: list[str], filtered: str, state: dict[str, Any]) -> Any:
    """App registrations, and the credentials of one."""
    known: dict[str, Any] = state["applications"]
    method, body = options["--method"], json.loads(options.get("--body", "{}"))
    if method != "GET" and not state["may_register"]:
        _fail("Forbidden(Authorization_RequestDenied): Insufficient privileges.", 1)
    if not rest and method == "GET":
        asked = re.fullmatch(r"displayName eq '([^']+)'", filtered) or _fail("Bad Request: $filter", 1)
        return {"value": [each for each in known.values() if each["displayName"] == asked[1]]}
    if not rest:
        made = {"id": str(uuid.uuid4()), "appId": str(uuid.uuid4()), "credentials": [], **body}
        known[made["id"]] = made
        return made
    if rest[0] not in known:
        _fail(f"Resource '{rest[0]}' does not exist.", 1)
    app = known[rest[0]]
    if rest[1:] == ["federatedIdentityCredentials"] and method == "GET":
        return {"value": app["credentials"]}
    if rest[1:] == ["federatedIdentityCredentials"]:
        app["credentials"].append(body)
        return body
    if method == "PATCH":
        app.update(body)
        return None
    return app


def _said(arguments: list[str], file: Path) -> str:
    state = json.loads(file.read_text("utf-8"))
    command, options = _read(arguments)
    state["calls"].append(arguments)
    try:
        answer = _answer(command, options, state)
    finally:
        file.write_text(json.dumps(state), "utf-8")
    if "--query" in options:
        answer = jmespath.search(options["--query"], answer)
    if options.get("--output") == "tsv":
        rows = answer if isinstance(answer, list) else [answer]
        shown = ["None" if row is None else str(row) for row in rows if row is not None or rows == [None]]
        return "\n".join(shown) + "\n"
    return "" if options.get("--output") == "none" else f"{json.dumps(answer)}\n"
