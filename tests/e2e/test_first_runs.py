"""What the first run of a new process imports beyond its start: the functions with their real adapters."""

import json
import os
import subprocess
import sys
from pathlib import Path

from local.stack import Stack
from tests.e2e.conftest import Arena
from tests.test_on_demand import HUNTS, WORDS

ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = """
import json, logging, sys
sys.path.append({root!r})
logging.getLogger().addHandler(logging.NullHandler())
import {function}

class Out:
    def set(self, items): self.items = list(items)

class Message:
    id, dequeue_count = "m", 1
    def get_body(self): return {body!r}

outs = [Out() for _ in range({outs})]
{function}.main(Message(), *outs)
print(json.dumps([[one.items for one in outs], list(sys.modules)]))
"""


def _run(stack: Stack, function: str, outs: int, body: bytes = b"") -> tuple[list[list[str]], set[str]]:
    """(what a fresh process's first run of the function gave out, the modules that were imported by then)."""
    program = _PROGRAM.format(root=str(ROOT), function=function, outs=outs, body=body)
    ca = str(stack.certificates.ca)
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-P", "-s", "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, **stack.settings, "REQUESTS_CA_BUNDLE": ca, "SSL_CERT_FILE": ca},
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    given, modules = json.loads(ended.stdout.splitlines()[-1])
    return given, set(modules)


def test_fetching_and_looking_up_import_nothing_of_hunting(arena: Arena) -> None:
    (pointers, _), fetched = _run(arena.stack, "FetchAlerts", 2)
    assert len(pointers) == 3, "the alerts of the recording"
    assert {each for each in fetched if each.startswith(HUNTS)} == WORDS
    _, looked_up = _run(arena.stack, "EnrichAlert", 1, pointers[0].encode())
    # Many entities are looked up by hunting; what asks for them so is at hand.
    asking = {"shared.core.hunting.bulk_queries", "shared.core.hunting.kql"}
    assert {each for each in looked_up if each.startswith(HUNTS)} == WORDS | asking
    assert not any(each.startswith("azure.data") for each in fetched | looked_up)
