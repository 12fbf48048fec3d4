"""A function's first run in a new process, with its real adapters."""

import json
import os
import subprocess
import sys
from pathlib import Path

from local.stack import Stack

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


def first_run(stack: Stack, function: str, outs: int, body: bytes = b"") -> tuple[list[list[str]], set[str]]:
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
