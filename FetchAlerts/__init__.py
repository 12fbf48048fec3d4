"""Every 15 s: send again what waits, then pull new Defender alerts and queue each one for enrichment."""

import typing

import azure.functions as func

from shared import wiring
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.ports import Outbox


# The platform refuses `list[str]` here: only `typing.List[str]` loads.
def main(
    timer: func.TimerRequest,
    alerts: func.Out[typing.List[str]],  # noqa: UP006  (see above)
    wakeups: func.Out[typing.List[str]],  # noqa: UP006
) -> None:
    with wiring.answered():
        app = wiring.admitted(anew=True)
        if app.fetches:
            outbox = app.fetches.run()
        else:
            outbox = Outbox() if app.tenancy.is_paused else fetch_alerts(app.ports, app.policy)
        alerts.set(list(outbox.pointers))
        wakeups.set(list(outbox.wake_ups))
