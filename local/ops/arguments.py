"""The arguments of `dev.py ops`."""

from __future__ import annotations

import argparse
import datetime as dt

from local.ops import benign, incidents, precision, tenant_list, tenants, unreadable, write_back
from local.ops.finding_alerts import MOST_DAYS
from local.ops.parser import Parser, add_where, whole

_EXIT_CODES = (
    "exit codes: 0 done; 1 not found, not done, or refused by a service; 2 wrong arguments or no target"
)


def parse(argv: list[str]) -> argparse.Namespace:
    """What was given; `command` names the command. Ends the program with one clear line and code 2 where
    arguments are wrong."""
    parser = Parser(
        prog="dev.py ops",
        description="Looks at a running app's ledger and poison messages, and brings alerts back into work.",
        epilog=f"example: python3 dev.py ops status\n{_EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    _status(commands)
    _show(commands)
    _hits(commands)
    _replay(commands)
    _backfill(commands)
    _purge(commands)
    incidents.add(_command, commands)
    unreadable.add(_command, commands)
    _poison(commands)
    tenants.add(_command, commands)
    tenant_list.add(_command, commands)
    benign.add(_command, commands)
    precision.add(_command, commands)
    write_back.add(_command, commands)
    given = parser.parse_args(argv)
    if given.command == "tenants":
        tenant_list.refuse_what_does_not_fit(given, parser)
    if given.command == "replay" and given.rejudge and (given.set_aside or given.for_roll_back):
        parser.error("replay: --rejudge judges what is done; what was set aside has to be replayed")
    if given.command == "replay" and not given.rejudge:
        if (given.alert is not None) + given.set_aside + given.for_roll_back != 1:
            parser.error("replay takes either an ALERT, or --set-aside, or --for-roll-back")
    if given.command == "backfill" and given.first >= given.last:
        parser.error("backfill: --from must lie before --to")
    return given


def _command(
    commands: argparse._SubParsersAction[Parser], name: str, does: str, example: str, more: str = ""
) -> Parser:
    parser = commands.add_parser(
        name,
        help=does,
        description=f"{does[:1].upper()}{does[1:]}. {more}".strip(),
        epilog=f"example: python3 dev.py ops {example}\n{_EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_where(parser)
    return parser


def _status(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "status",
        "how the work stands",
        "status --account alertsabc123",
        "Reads only: on an account you need Storage Table Data Reader and Storage Queue Data Reader.",
    )
    _add_days(parser, "count finished alerts", 30)


def _show(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "show",
        "everything known of one alert",
        "show da637551227677560813_-961444813",
        "Reads only.",
    )
    parser.add_argument("alert", metavar="ALERT", type=_alert, help="the alert's id")
    _add_days(parser)


def _hits(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "hits",
        "which alerts a detection or a technique was seen in",
        "hits 'Shadow copies deleted'",
        "With what telemetry says of each and what analysts said of it. Reads only: on an account you need\n"
        "Storage Table Data Reader.",
    )
    parser.add_argument(
        "term", metavar="RULE", type=_term, help="a rule's id, a part of its title, or a technique: T1059.001"
    )
    _add_days(parser, "alerts", 30)


def _replay(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "replay",
        "bring alerts back into work, from their look-ups on",
        "replay --set-aside",
        "Safe while the app runs: its next FetchAlerts run, within a minute, sends them on. What was\n"
        "published stays until the new hunt proves as much. On an account you need Storage Table Data\n"
        "Contributor.",
    )
    parser.add_argument("alert", metavar="ALERT", nargs="?", type=_alert, help="the alert's id")
    parser.add_argument("--set-aside", action="store_true", help="every alert that was set aside")
    parser.add_argument(
        "--for-roll-back",
        action="store_true",
        help="every open alert, and none names what was looked up and found any more (see UPGRADING.md)",
    )
    parser.add_argument(
        "--rejudge", action="store_true",
        help="only judge anew by today's detections, from the stored findings and without a hunt: the ALERT, "
        "or with no ALERT every finished one of so many days",
    )  # fmt: skip
    _add_days(parser)


def _backfill(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "backfill",
        "admit alerts that were created before the app was there, or that it missed",
        "backfill --from 2026-11-01 --to 2026-11-08",
        "Rows are published with NotifyState historic: nobody is told of them as new. What the ledger\n"
        "knows is skipped, so that it can be stopped and run again. The app must be running to work on\n"
        "them. On an account you need Storage Table Data Contributor, and a sign-in that may read alerts\n"
        "(Alert.Read.All).",
    )
    parser.add_argument(
        "--from", dest="first", metavar="T", type=moment, required=True, help="2026-11-01, 2026-11-01T08:00Z"
    )
    parser.add_argument(
        "--to", dest="last", metavar="T", type=moment, default=dt.datetime.now(dt.UTC), help="default: now"
    )
    parser.add_argument(
        "--calls-per-minute",
        metavar="N",
        type=whole(1, 90),
        default=20,
        help="of the alert API, whose 100 a minute and 1,500 an hour the app needs too (default: 20)",
    )
    parser.add_argument(
        "--at-once",
        metavar="N",
        type=whole(1, 10_000),
        default=500,
        help="how many admitted alerts may wait for their hunt (default: 500)",
    )


def _purge(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "purge",
        "delete what is older than some days: the ledger's history, documents, events, cache",
        "purge --older-than 180 --dry-run",
        "Rows of Alerts stay, and so does everything of open alerts. On an account you need Storage Table\n"
        "Data Contributor.",
    )
    parser.add_argument("--older-than", metavar="DAYS", type=whole(7, 3650), required=True)
    parser.add_argument("--dry-run", action="store_true", help="count, delete nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _poison(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "poison",
        "what the host gave up: look at the messages, put them back, or clear them",
        "poison --return",
        "Without an option it only reads: on an account you need Storage Table Data Reader and Storage\n"
        "Queue Data Reader; to put back or clear, Storage Queue Data Contributor. A message is sent first\n"
        "and then deleted. What may be all that is left of an alert is never cleared.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--return", dest="put_back", action="store_true", help="put the messages back into their queues"
    )
    what.add_argument("--clear", action="store_true", help="show them, ask, and delete them")
    parser.add_argument("--yes", action="store_true", help="with --clear: do not ask")


def _add_days(parser: argparse.ArgumentParser, what: str = "look for alerts", days: int = MOST_DAYS) -> None:
    parser.add_argument(
        "--days",
        metavar="N",
        type=whole(1, 3650),
        default=days,
        help=f"{what} created in the last N days (default: {days})",
    )


def _alert(text: str) -> str:
    if not 1 <= len(text) <= 300:
        raise argparse.ArgumentTypeError("an alert's id has 1 to 300 characters")
    return text


def _term(text: str) -> str:
    if not 3 <= len(text.strip()) <= 300:
        raise argparse.ArgumentTypeError("an id, a part of a title, or a technique has 3 to 300 characters")
    return text.strip()


def moment(text: str) -> dt.datetime:
    """A day or a time as a person writes it; UTC where no offset is given."""
    try:
        read = dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"a day or time such as 2026-11-01 or 2026-11-01T08:00Z, not {text!r}"
        ) from None
    return read.replace(tzinfo=dt.UTC) if read.tzinfo is None else read.astimezone(dt.UTC)
