"""NCRONTAB schedules: `{second} {minute} {hour} {day} {month} {day of week}`, in UTC.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions (read
2026-11-24). Unlike Unix cron, a time must match the day of the month *and* the day of the week.
"""

from __future__ import annotations

import datetime as dt
import re

from croniter import CroniterError, croniter

from local.host.records import why

# The library underneath knows more (L, #, random fields) than NCRONTAB does.
_FIELD = re.compile(r"(?:[0-9*,/-]|[A-Za-z]{3})+")
_FREQUENT = dt.timedelta(minutes=1)


class Schedule:
    """A parsed NCRONTAB expression; raises ValueError for any other text."""

    def __init__(self, text: str) -> None:
        fields = text.split()
        if len(fields) != 6 or not all(_FIELD.fullmatch(field) for field in fields):
            raise ValueError(f"{text!r} is not an NCRONTAB expression of six fields")
        self._text = text
        try:
            self.next_after(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        except CroniterError as error:
            raise ValueError(f"{text!r} is not an NCRONTAB expression: {why(error)}") from error

    def next_after(self, moment: dt.datetime) -> dt.datetime:
        """The first occurrence strictly after `moment` (aware, UTC)."""
        occurrences = croniter(self._text, moment, second_at_beginning=True, day_or=False)
        found: dt.datetime = occurrences.get_next(dt.datetime)
        return found

    def is_monitored(self, now: dt.datetime) -> bool:
        """Whether the host records its runs: not for one that comes more than once a minute."""
        first = self.next_after(now)
        return self.next_after(first) - first >= _FREQUENT
