"""Does the telemetry bear the alert out? One ladder:

1. Not tied to telemetry: NoTelemetry, with the reason why not.
2. Stopped, and nothing else that the alert is about is active, unremediated or only detected: Confirmed by
   the behaviours of processes that were not what was stopped, as in 3; Confirmed if what was stopped acted
   later all the same; Contained if it had run before; else Blocked.
3. Not stopped: Confirmed by one strong behaviour, or by two weak ones of different techniques; Likely by one
   weak one; else Unproven, with what was looked at.

That something is still running, or went on, is a fact in the reason and no ground: benign processes do too.
"""

from collections.abc import Sequence

from shared.core.conclude.behaviour import WEAK_TIES, Behaviour, Behaviours
from shared.core.conclude.conclusion import Validation
from shared.core.conclude.context import AlertContext, moment
from shared.core.conclude.stops import Item, Stop, items_of, said_of, stop_of
from shared.core.correlate import Reason, Status, TiedEvent
from shared.core.tables import TABLES

_ACTS = {table.name: table.counted for table in TABLES if table.counted}
_GRACE = 1.0  # seconds within which an event still belongs to the moment of the block

_REASONS = {
    Reason.NOT_IN_YET: "no matching telemetry has come in yet",
    Reason.NOT_SEEN: "no telemetry matches",
    Reason.TOO_OLD: "the alert is older than the 30 days that hunting keeps",
    Reason.DEVICE_UNKNOWN: "hunting does not know the device",
    Reason.NO_EVIDENCE: "the alert names nothing that could be hunted",
    Reason.THROTTLED: "the hunting quota is spent",
    Reason.ROLE_MISSING: "the app lacks the role for hunting",
    Reason.TOKEN_REFUSED: "hunting does not take the app's token, or there is none",
    Reason.LICENCE_MISSING: "hunting refuses the app although it has the role: see the licence",
    Reason.QUERY_REJECTED: "hunting refused the query",
    Reason.UNAVAILABLE: "hunting did not answer",
    Reason.GAVE_UP: "handling the alert failed each time",
    Reason.WAITING: "it was not hunted yet",
}


def validate(context: AlertContext, behaviours: Behaviours) -> tuple[Validation, str]:
    """The validation and its reason in one sentence's words."""
    finding = context.finding
    if finding.status is not Status.CORRELATED:
        return Validation.NO_TELEMETRY, _REASONS.get(finding.reason, "it could not be tied to telemetry")
    items = items_of(context)
    stop = stop_of(context, items)
    validation, words = _judged(context, behaviours, stop)
    facts = [] if stop is not None else [*said_of(items)] if _differ(items) else []
    return validation, "; ".join([words, *facts, *_facts(context, behaviours, validation)])


def _judged(context: AlertContext, behaviours: Behaviours, stop: Stop | None) -> tuple[Validation, str]:
    gravest = behaviours.gravest_first()
    if stop is not None:
        free = [one for one in gravest if one.owner is not None and one.owner not in stop.culprits]
        if ground := _ground(free):
            return Validation.CONFIRMED, f"{ground}; this was not stopped, though {stop.beside}"
        return _stopped(context, behaviours, stop)
    if ground := _ground(gravest):
        return Validation.CONFIRMED, ground
    weak = [one for one in gravest if one.is_weak]
    if weak:
        return Validation.LIKELY, f"{_told(weak)}; one such sign alone is worth a look, no proof"
    return Validation.UNPROVEN, _nothing(context, behaviours)


def _ground(gravest: Sequence[Behaviour]) -> str:
    """What confirms, in words; "" where nothing does."""
    strong = [one for one in gravest if one.is_strong]
    weak = [one for one in gravest if one.is_weak]
    if strong:
        return _told([*strong, *weak])
    pair = _pair(weak)
    return _told([*pair, *(one for one in weak if one not in pair)], first=2) if pair else ""


def _stopped(context: AlertContext, behaviours: Behaviours, stop: Stop) -> tuple[Validation, str]:
    acts = [tied for tied in context.events if _is_act(tied, stop)]
    later = [
        tied for tied in acts if moment(tied).seconds_since(stop.at) > _GRACE and not tied.event.is_report
    ]
    seen = f"; seen before: {gravest[0].title}" if (gravest := behaviours.gravest_first()) else ""
    if later:
        return Validation.CONFIRMED, f"{stop.by}, yet {_count(later)} followed{seen}"
    ran = [tied for tied in acts if moment(tied) < stop.at]
    if ran:
        return Validation.CONTAINED, f"it ran ({_count(ran)}), then {stop.by}; nothing followed{seen}"
    return Validation.BLOCKED, f"{stop.by}, and nothing followed{seen}"


def _is_act(tied: TiedEvent, stop: Stop) -> bool:
    """True for what the stopped things did: not what their ancestors did or the antivirus reported."""
    return tied.event.table in _ACTS and tied.owner in stop.culprits


def _pair(weak: Sequence[Behaviour]) -> list[Behaviour]:
    """Two weak behaviours by different rules that show different techniques; empty where there are none.

    A technique and its own sub-technique are one; a behaviour that shows none pairs with nothing. Nor do two
    that only look around: an administrator asks several such questions in a row.
    """
    for place, one in enumerate(weak):
        for other in weak[place + 1 :]:
            if one.rule == other.rule or one.tactic == other.tactic == "discovery":
                continue
            if _bases(one) and _bases(other) and not _bases(one) & _bases(other):
                return [one, other]
    return []


def _bases(one: Behaviour) -> set[str]:
    return {technique.partition(".")[0] for technique in one.techniques}


def _told(gravest: Sequence[Behaviour], first: int = 1) -> str:
    named = "; ".join(one.text for one in gravest[:first])
    others = len({one.rule for one in gravest} - {one.rule for one in gravest[:first]})
    return f"{named}{f', and {others} more' if others else ''}"


def _nothing(context: AlertContext, behaviours: Behaviours) -> str:
    tables = len({tied.event.table for tied in context.events})
    amounts = ((behaviours.rows, "row"), (tables, "table"), (behaviours.rules, "rule"))
    rows, of_tables, by_rules = (f"{count} {word}{'' if count == 1 else 's'}" for count, word in amounts)
    looked = f"{rows} of {of_tables} by {by_rules}"
    if context.finding.method in WEAK_TIES:
        return f"the tie is weak, and nothing of the thing itself shows harm ({looked})"
    return f"tied to telemetry, but nothing in it shows harm ({looked})"


def _facts(context: AlertContext, behaviours: Behaviours, validation: Validation) -> list[str]:
    """What a reader must know beside the ground: what went on, and what could not be looked at whole."""
    facts = []
    if validation in (Validation.LIKELY, Validation.UNPROVEN):
        after = [tied for tied in context.own_events() if moment(tied) > context.alert.created]
        if acted := _count(after):
            facts.append(f"it went on after the alert ({acted})")
    if context.finding.truncated:
        shown, count = len(context.finding.events), context.finding.event_count
        facts.append(f"judged on {shown} of {count} events")
    if behaviours.capped:
        facts.append(f"not looked at whole: {', '.join(behaviours.capped[:3])}")
    return facts


def _differ(items: Sequence[Item]) -> bool:
    return len({item.word for item in items if item.word}) > 1


def _count(events: Sequence[TiedEvent]) -> str:
    counts = {table: sum(tied.event.table == table for tied in events) for table in _ACTS}
    return ", ".join(
        f"{count} {_ACTS[table][0] if count == 1 else _ACTS[table][1]}"
        for table, count in counts.items()
        if count
    )
