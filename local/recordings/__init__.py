"""`python3 dev.py recordings`: recorded data out of public recordings, or of one alert of an account."""

from __future__ import annotations

from local.recordings.arguments import AccountArguments, parse


def main(argv: list[str]) -> int:
    """0 if what was asked for was made; 1 or 2 where not, and why is said."""
    arguments = parse(argv)
    # The readers take time to import, and help needs none of them.
    if isinstance(arguments, AccountArguments):
        from local.recordings.run_account import run as run_account

        return run_account(arguments)
    from local.recordings.run import run

    return run(arguments)
