"""A stand-in for the Azure CLI with just the commands that grant-roles.sh uses, over a directory in a file.

Strict: an argument it does not know ends it with 2, as the real one does. `--query` is JMESPath, by the
library that the real one uses. The directory is the JSON file that FAKE_AZ_STATE names; each call is added
to it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

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
        return {"user": {"name": "somebody"}}
    if command == ("cloud", "show"):
        graph = state.get("cloud_graph", state["graph"])
        return {"endpoints": {"microsoftGraphResourceId": f"{graph}/"}}
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
