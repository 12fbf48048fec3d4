"""A stand-in for the Azure CLI with just the commands that our scripts use, over a directory in a file.

Strict: an argument it does not know ends it with 2, as the real one does. `--query` is JMESPath, by the
library that the real one uses. The directory is the JSON file that FAKE_AZ_STATE names; each call is added
to it.
"""

from __future__ import annotations

import json
import os
import re
import sys
import uuid
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


def _fail(message: str, code: int) -> NoReturn:
    print(f"ERROR: {message}", file=sys.stderr)
    raise SystemExit(code)


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


def main() -> None:
    file = Path(os.environ["FAKE_AZ_STATE"])
    state = json.loads(file.read_text("utf-8"))
    command, options = _read(sys.argv[1:])
    state["calls"].append(sys.argv[1:])
    try:
        answer = _answer(command, options, state)
    finally:
        file.write_text(json.dumps(state), "utf-8")
    if "--query" in options:
        answer = jmespath.search(options["--query"], answer)
    if options.get("--output") == "tsv":
        rows = answer if isinstance(answer, list) else [answer]
        print(
            "\n".join(
                "None" if row is None else str(row) for row in rows if row is not None or rows == [None]
            )
        )
    elif options.get("--output") != "none":
        print(json.dumps(answer))


if __name__ == "__main__":
    main()
