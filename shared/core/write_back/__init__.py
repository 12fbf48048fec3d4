"""Room 8: what goes back to the alert in Defender: whether, what, and where a write stands.

In: a published row, and the row of a write. Out: the comment in our own words, the next row of the write, and
what the published row says of it. No text of an alert or of telemetry is in a comment: attackers choose it.
"""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.core.write_back import queue, rules
    from shared.core.write_back.comment import comment_of
    from shared.core.write_back.mode import Mode
    from shared.core.write_back.queue import WriteRow
    from shared.core.write_back.rules import WriteRule
    from shared.core.write_back.wanting import State, noted, wanted
else:
    __getattr__ = on_demand.names(__name__)
