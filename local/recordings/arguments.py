"""The arguments of `dev.py recordings`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from local.cli import given_path
from local.ops.parser import Where, add_where, where_of

VARIANTS = ("process", "ms", "file", "ip", "registry", "user", "device")
_WHAT = """\
Makes recorded data (docs/recordings.md) with a truth file out of public Sysmon recordings: JSON lines or
lists such as OTRF/Security-Datasets hands out, zipped or not, and Windows event logs (.evtx). One file or
archive is one dataset; each is put on devices of its own and moved to the same days. Read are Sysmon's events
1, 3, 5 to 8, 10 (LSASS alone, which is what Defender reports), 11 to 15, 17, 18, 22, 23 and 26; those of the
Security log 4624, 4625, 4688 (where the host has no Sysmon), 4697 and 4698; of the System log 7045. Rows have
Defender's columns and forms.
"""
_TRUTH = """\
What the truth can be: which rows were caused by a process and everything below it. That is Sysmon's own
ProcessGuid, never pid and time; only where a host has no Sysmon the Security log's pids have to serve, and
the truth says "by_pid". GUIDs stand in the truth alone.

What it cannot be: the recordings do not say which processes were the attack. --attack FILE says it, one a
line, a ProcessGuid or a whole command line, and after a tab the technique, if known:

    {1a2b3c4d-5e6f-6601-0000-00109c904700}\tT1003.001
    reg.exe save hklm\\sam sam.hiv

Then --benign N roots of trees a dataset are drawn by --seed, from those that have none of these processes in
or above them. "benign" means no more than that your list does not name them. Without --attack, every root of
a tree gets an alert of kind "unknown": its rows can be scored, its verdict cannot. A root is a process whose
creation was recorded, below one that begins a session or a service, or below one that began before the
recording. Titles, categories and techniques of the alerts say nothing.

example: python3 dev.py recordings from-sysmon datasets/ --attack attacks.txt --out recording
"""

_ACCOUNT = """\
Writes one alert of an account as recorded data (docs/recordings.md): the alert as its API sent it, the
answers of its look-ups, and the rows that its hunts were answered with. Reads only, with at most 40 hunting
calls, and writes nothing but the folder.

Every word that is neither the product's, nor a detection rule's, nor of Microsoft's schemas is replaced,
always by the same other word of its length and case: accounts, devices, hosts, folders and files of yours.
Addresses, SIDs, GUIDs, hashes of files that are not the system's, and long numbers become others of their
class, also in JSON within a text and in encoded commands. Kept are pids, times, sizes, and the marks and
order of a command line. The verdict on the folder is compared with the one on the true answers.
"""


@dataclass(frozen=True, slots=True)
class AccountArguments:
    """One alert of one account."""

    alert: str
    out: Path
    where: Where


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the person asked for."""

    paths: list[Path]
    out: Path
    attack: Path | None
    benign: int
    seed: int
    variants: tuple[str, ...]


def parse(argv: list[str]) -> Arguments | AccountArguments:
    """The arguments. Ends the program with one clear line and code 2 where they are wrong."""
    parser = argparse.ArgumentParser(
        prog="dev.py recordings", description="Recorded data out of others' data."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = commands.add_parser(
        "from-sysmon",
        help="recorded data with truth out of public Sysmon recordings",
        description=_WHAT,
        epilog=_TRUTH,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument
    add("paths", metavar="PATH", type=given_path, nargs="+", help="files, archives, or folders of them")
    add("--out", metavar="DIR", type=given_path, required=True, help="a new or empty folder")
    add("--attack", metavar="FILE", type=given_path, help="the attack processes, as below")
    add("--benign", metavar="N", type=_count, default=2, help="benign alerts a dataset (default: 2)")
    add("--seed", metavar="N", type=_count, default=1, help="what the benign ones are drawn by (default: 1)")
    add(
        "--variants",
        metavar="LIST",
        type=_variants,
        default=("process",),
        help="what alerts name of their process, each an alert of its own: " + ", ".join(VARIANTS),
    )
    from_account = commands.add_parser(
        "from-account",
        help="one alert of an account without anybody's names, to be attached to a bug",
        description=_ACCOUNT,
        epilog="example: python3 dev.py recordings from-account --alert ID --out bug --account alertsabc123",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = from_account.add_argument
    add("--alert", metavar="ID", required=True, help="its AlertId")
    add("--out", metavar="DIR", type=given_path, required=True, help="a new or empty folder")
    add_where(from_account)
    given = parser.parse_args(argv)
    made = made if given.command == "from-sysmon" else from_account
    if given.out.exists() and (not given.out.is_dir() or any(given.out.iterdir())):
        made.error(f"--out: {given.out} is there already and not an empty folder")
    if given.command == "from-account":
        return AccountArguments(given.alert, given.out, where_of(given))
    return Arguments(given.paths, given.out, given.attack, given.benign, given.seed, given.variants)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number up to 1,000,000")
    return int(text)


def _variants(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    for name in names:
        if name not in VARIANTS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(VARIANTS)}")
    return names
