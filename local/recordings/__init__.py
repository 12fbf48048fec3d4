"""`python3 dev.py recordings`: recorded data with a known truth, made out of public recordings."""

from __future__ import annotations

from local.recordings.arguments import parse


def main(argv: list[str]) -> int:
    """0 if alerts were made; 1 or 2 where not, and why is said."""
    arguments = parse(argv)
    from local.recordings.run import run  # the readers take time to import, and help needs none of them

    return run(arguments)
