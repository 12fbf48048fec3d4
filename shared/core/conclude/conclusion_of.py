"""What we say about one alert, from its finding: the order of behaviours, validation, story and tree."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from shared.core.alert import Alert
from shared.core.conclude.behaviour import Behaviour, Behaviours, Rules, detected
from shared.core.conclude.behaviours_json import behaviours_json
from shared.core.conclude.conclusion import Conclusion, EventKey
from shared.core.conclude.context import AlertContext, context_of
from shared.core.conclude.next_steps import next_steps
from shared.core.conclude.sequences import SEQUENCES, sequences_of
from shared.core.conclude.steps import steps_of
from shared.core.conclude.steps_json import steps_json
from shared.core.conclude.story import story_of, techniques_of
from shared.core.conclude.tree_json import process_ids, process_tree
from shared.core.conclude.validation import validate
from shared.core.correlate import Finding
from shared.core.lookups import Enrichment


def conclude(alert: Alert, enrichment: Enrichment | None, finding: Finding, rules: Rules) -> Conclusion:
    """What the telemetry says of the alert; the same input gives the same words."""
    context = context_of(alert, enrichment, finding)
    behaviours = behaviours_of(context, rules)
    validation, reason = validate(context, behaviours)
    gravest, ids = behaviours.gravest_first(), process_ids(context)
    steps, left_out = steps_of(context, behaviours.found)
    return Conclusion(
        validation,
        reason,
        story=story_of(context, steps, left_out, validation, reason),
        steps_json=steps_json(context, steps, left_out, ids),
        process_tree=process_tree(context, behaviours.found, ids),
        techniques=techniques_of(gravest),
        behaviours=tuple(gravest),
        behaviours_json=behaviours_json(gravest, ids),
        detections_version=behaviours.version,
        by_event=_by_event(gravest),
        next_steps=next_steps(context, tuple(gravest), validation),
    )


def behaviours_of(context: AlertContext, rules: Rules) -> Behaviours:
    """What rules over single rows and over sequences see, in time order."""
    seen = detected(context, rules)
    found = sorted((*seen.found, *sequences_of(context, rules.off)), key=lambda one: (one.time, one.rule))
    return replace(seen, found=tuple(found), rules=seen.rules + len(SEQUENCES))


def _by_event(gravest_first: Iterable[Behaviour]) -> dict[EventKey, tuple[str, ...]]:
    titles: dict[EventKey, dict[str, None]] = defaultdict(dict)
    for one in gravest_first:
        if one.event is not None:
            titles[one.event.key][one.title] = None
    return {key: tuple(named) for key, named in titles.items()}
