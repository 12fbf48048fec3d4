"""`python3 dev.py doctor`: what is missing for the app to work, and what to do next."""

from __future__ import annotations

import datetime as dt
import logging
from itertools import chain

from azure.core.exceptions import AzureError

from local.doctor import examine, machine, probe
from local.doctor.arguments import parse
from local.doctor.check import bad
from local.doctor.machine import Machine
from local.ops.parser import where_of
from local.ops.reach import StorageAway
from local.ops.screen import Screen
from local.ops.target import NoTarget, one_line, opened
from shared.errors import AppError, ConfigError


def main(argv: list[str]) -> int:
    """0 nothing to mend; 1 something to mend; 2 wrong arguments."""
    given = parse(argv)
    logging.getLogger("alerts").addHandler(
        logging.NullHandler()
    )  # a refusal is a check here, no line of a log
    where = where_of(given)
    screen = Screen()
    here = Machine()
    try:
        with opened(where) as target:
            if target.is_further:
                screen.complain(
                    f"doctor: {target.tenant} is a further tenant, which the app itself looks at: "
                    f"python3 dev.py ops tenants check {target.tenant}"
                )
                return 2
            if given.probe:
                return probe.run(target, screen, out=given.out, heavy=given.heavy)
            screen.say(f"{target.name}, tenant {target.tenant}, and this machine")
            checks = chain(
                machine.look_at(here),
                examine.of_target(target, here, _now, given.identity),
            )
            return examine.report(screen, checks, when_well="See the work: python3 dev.py ops status")
    except NoTarget as err:
        if given.probe:
            screen.say(str(err))
            return 2
        screen.say("this machine and this checkout alone: " + str(err))
        return examine.report(
            screen,
            machine.look_at(here),
            when_well="Deploy infra/main.bicep, run infra/grant-roles.sh, publish the app, then: "
            "python3 dev.py doctor --account NAME",
        )
    except ConfigError as err:
        todo = "mend that first, then run this command again"
        return examine.report(screen, [bad("settings", str(err), todo)], when_well="")
    except (AppError, AzureError, StorageAway) as err:
        todo = "see that this machine reaches the account, then run this command again"
        return examine.report(screen, [bad("stopped", one_line(err), todo)], when_well="")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
