"""What an answer brings that was not asked for by its own key."""

from shared.core.correlate import HuntPolicy, Observation, ProcessKey, read
from shared.core.hunting.case import Answer
from shared.core.hunting.chain_query import reach_above
from shared.core.hunting.wants import ProcessCreation


def answered_creations(answer: Answer, policy: HuntPolicy) -> list[ProcessCreation]:
    """Creations that are answered as well: of those who started the processes asked for, within its reach.

    They count as asked for though no row of them came: then there is none.
    """
    reach = reach_above((want for want in answer.query.wants if isinstance(want, ProcessCreation)), policy)
    if reach is None or answer.failure is not None:
        return []
    first, last = reach
    found = read(row for row in answer.rows if row.get("Generation") == 0)
    refs = (ref for one in found if isinstance(one, Observation) for ref in (one.actor, one.starter))
    return [
        ProcessCreation(ProcessKey(ref.device_id, ref.pid, ref.created))
        for ref in refs
        if ref is not None and first <= ref.created <= last
    ]
