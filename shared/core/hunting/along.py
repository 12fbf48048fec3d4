"""What an answer brings that was not asked for by its own key."""

from shared.core.correlate import HuntPolicy, ProcessKey, Sighting, read
from shared.core.hunting.case import Answer
from shared.core.hunting.chain_query import reach_above
from shared.core.hunting.wants import Birth


def came_along(answer: Answer, policy: HuntPolicy) -> list[Birth]:
    """Births that are answered as well: of those who started the processes asked for, as far as it reached.

    They count as asked for though no row of them came: then there is none.
    """
    reach = reach_above((want for want in answer.query.wants if isinstance(want, Birth)), policy)
    if reach is None or answer.failure is not None:
        return []
    first, last = reach
    found = read(row for row in answer.rows if row.get("Generation") == 0)
    refs = (ref for one in found if isinstance(one, Sighting) for ref in (one.actor, one.starter))
    return [
        Birth(ProcessKey(ref.device_id, ref.pid, ref.created))
        for ref in refs
        if ref is not None and first <= ref.created <= last
    ]
