"""For each queued alert: look up the entities around it, then wake HuntCorrelate."""

import typing

import azure.functions as func

from shared import wiring
from shared.pipeline.enrich.enrich_alert import enrich_alert


# The platform refuses `list[str]` here: only `typing.List[str]` loads.
def main(alert: func.QueueMessage, wakeups: func.Out[typing.List[str]]) -> None:  # noqa: UP006  (see above)
    with wiring.answered():
        text = wiring.text_of(alert.get_body())
        with wiring.at_work(text) as app:
            outbox = enrich_alert(app.ports, app.policy, text, alert.dequeue_count or 1)
        wakeups.set(list(outbox.wake_ups))
