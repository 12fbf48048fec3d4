"""At a wake-up: hunt the alerts that are due, most severe first, and write their rows."""

import typing

import azure.functions as func

from shared import wiring
from shared.pipeline.hunt.hunt_correlate import hunt_correlate


# The platform refuses `list[str]` here: only `typing.List[str]` loads.
def main(wakeup: func.QueueMessage, wakeups: func.Out[typing.List[str]]) -> None:  # noqa: UP006  (see above)
    with wiring.answered():
        text = wiring.text_of(wakeup.get_body())
        holder = wiring.holder_of(wakeup.id, wakeup.dequeue_count)
        with wiring.at_work(text) as app:
            outbox = hunt_correlate(app.ports, app.policy, text, holder)
        wakeups.set(list(outbox.wake_ups))
