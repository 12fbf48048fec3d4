"""For each queued alert: look up the entities around it, then ring for the hunt."""

import typing

import azure.functions as func

from shared import wiring
from shared.pipeline.enrich import enrich_alert


# The platform refuses `list[str]` here: only `typing.List[str]` loads.
def main(alert: func.QueueMessage, rings: func.Out[typing.List[str]]) -> None:  # noqa: UP006  (see above)
    app = wiring.app()
    outbox = enrich_alert(app.ports, app.policy, wiring.text_of(alert.get_body()), alert.dequeue_count or 1)
    rings.set(list(outbox.rings))
