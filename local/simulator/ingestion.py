"""`ingestion_time()`, which the engine's translator does not know: from when on the row can be found."""

from __future__ import annotations

import re

from local.simulator.cells import CAME

_CALL = re.compile(r"\bingestion_time\(\)")


def spelled_out(kql: str) -> str:
    """The query with the time of ingestion as the column in which the engine keeps it."""
    return _CALL.sub(CAME, kql)
