"""Arguments as all operator commands read them: one clear line and exit code 2 where they are wrong."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from typing import NoReturn

from local.plain_text import clean

_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_ADDRESS = re.compile(r"https://[a-z0-9-]{3,60}\.table\.[a-z0-9.-]+/?")
_TENANT = re.compile(r"[A-Za-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which tables are meant. `account` and `table_url` both None: the running local stack; what else is None
    is as that stack has it, or the app's default."""

    account: str | None = None
    table_url: str | None = None
    cloud: str | None = None
    tenant: str | None = None
    source: str | None = None

    @property
    def is_local(self) -> bool:
        """True for the local stack."""
        return self.account is None and self.table_url is None


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, with the command that tells more."""

    def error(self, message: str) -> NoReturn:
        """Ends the program."""
        print(clean(f"{self.prog}: {message} (more: python3 {self.prog} --help)"), file=sys.stderr)
        raise SystemExit(2)


def add_where(parser: argparse.ArgumentParser) -> None:
    """The options that say whose tables are meant."""
    group = parser.add_argument_group("where (default: the running local stack, dev.py demo --keep)")
    account = group.add_mutually_exclusive_group()
    account.add_argument(
        "--account",
        metavar="NAME",
        type=_account,
        help="the app's storage account, with your own sign-in (az login)",
    )
    account.add_argument(
        "--table-url", metavar="URL", type=_address, help="or its table address, where that is another one"
    )
    group.add_argument(
        "--cloud", choices=("public", "usgov-gcc", "usgov-high", "usgov-dod"), help="default: public"
    )
    group.add_argument(
        "--tenant", metavar="NAME", type=_tenant, help="the app's setting TENANT (default: home)"
    )
    group.add_argument(
        "--source", choices=("defender", "graph"), help="the app's setting ALERT_SOURCE (default: defender)"
    )


def where_of(given: argparse.Namespace) -> Where:
    """What `add_where` read."""
    return Where(
        account=given.account,
        table_url=given.table_url,
        cloud=given.cloud,
        tenant=given.tenant,
        source=given.source,
    )


def whole(low: int, high: int) -> type[int]:
    """A reader of whole numbers from `low` to `high`."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"a whole number from {low} to {high}, not {text!r}")
        return int(text)

    return read  # type: ignore[return-value]  # argparse calls it like a type


def _account(text: str) -> str:
    if not _ACCOUNT.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"a storage account's name is 3 to 24 small letters and digits, not {text!r}"
        )
    return text


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"an address such as https://NAME.table.core.windows.net, not {text!r}"
        )
    return text.rstrip("/")


def _tenant(text: str) -> str:
    if not _TENANT.fullmatch(text):
        raise argparse.ArgumentTypeError(f"1 to 40 letters, digits and hyphens, not {text!r}")
    return text
