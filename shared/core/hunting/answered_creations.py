"""Process creations that an answer settles although they were not asked for by their own keys."""

from shared.core.correlate import HuntPolicy, Observation, ProcessKey, read
from shared.core.hunting.case import Answer
from shared.core.hunting.chain_query import reach_above
from shared.core.hunting.wants import ProcessCreation


def answered_creations(answer: Answer, policy: HuntPolicy) -> list[ProcessCreation]:
    """The creations of parents and grandparents of the processes asked for, as far back as the query looked.

    They are settled also where no row of them came: then hunting has none.
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
