"""`python3 dev.py report`: the published rows as one HTML page that needs nothing but itself."""

from __future__ import annotations

from local.ops.screen import Screen
from local.report.arguments import parse
from local.report.assemble import write_page
from local.report.content import of_alert
from local.report.sources import NothingToShow, read


def main(argv: list[str]) -> int:
    """0 once the page is written; 2 where there is nothing to make it from."""
    arguments = parse(argv)
    screen = Screen()
    try:
        rows = read(arguments)
        if arguments.alert is not None:
            rows = of_alert(rows, arguments.alert)
        size = write_page(rows, arguments.out, open_at=arguments.alert)
    except NothingToShow as err:
        screen.complain(f"report: {err}")
        return 2
    screen.say(f"{len(rows.alerts)} alerts from {rows.source}: {arguments.out} ({size / 1e6:.1f} MB)")
    screen.say(f"open it: {arguments.out.resolve().as_uri()}")
    return 0
