"""`python3 dev.py score`: how right correlation and verdict are on a recording whose truth is known."""

from __future__ import annotations

from local.score.arguments import parse


def main(argv: list[str]) -> int:
    """0 if every alert of the truth has its row; 1, 2 or 130 where not, and why is said."""
    arguments = parse(argv)
    from local.score.run import run  # the engine and the app take time to import, and help needs neither

    return run(arguments)
