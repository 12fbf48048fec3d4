"""At a ring: hunt the alerts that are due, most severe first, and write their rows."""

import typing

import azure.functions as func

from shared import wiring
from shared.pipeline.hunt import hunt_correlate


# The platform refuses `list[str]` here: only `typing.List[str]` loads.
def main(ring: func.QueueMessage, rings: func.Out[typing.List[str]]) -> None:  # noqa: UP006  (see above)
    app = wiring.app()
    outbox = hunt_correlate(app.ports, app.policy, wiring.text_of(ring.get_body()), wiring.new_holder())
    rings.set(list(outbox.rings))
