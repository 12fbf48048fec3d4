"""`python3 dev.py demo`: a recorded incident through the whole product on this machine."""

from __future__ import annotations

from local.demo.arguments import parse


def main(argv: list[str]) -> int:
    """0 only if every recorded alert has its row; 2 where the recording cannot be used."""
    arguments = parse(argv)
    from local.demo.run import run  # a second of imports, which nobody waits for to be told of a mistake

    return run(arguments)
