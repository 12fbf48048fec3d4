"""Steps for an alert that could not be checked against telemetry: by the reason why not."""

from collections.abc import Iterator

from shared.core.conclude.conclusion import NextStep
from shared.core.conclude.next_steps import asking
from shared.core.conclude.next_steps.asking import Asked
from shared.core.conclude.next_steps.facts import Facts
from shared.core.conclude.next_steps.play import Ask, Play
from shared.core.conclude.next_steps.situation import Situation
from shared.core.conclude.next_steps.wording import listed, named
from shared.core.conclude.stops import items_of
from shared.core.correlate import REFUSED, Reason
from shared.core.lookups import value_in

_AGAIN = frozenset({Reason.NOT_IN_YET, Reason.WAITING, Reason.THROTTLED, Reason.UNAVAILABLE})
_WHY = {
    Reason.NOT_IN_YET: "its telemetry is not in yet; it is hunted again by itself",
    Reason.WAITING: "it was not hunted yet; that comes by itself",
    Reason.THROTTLED: "the hunting quota is spent; it is hunted again by itself",
    Reason.UNAVAILABLE: "hunting did not answer; it is asked again by itself",
    Reason.NOT_SEEN: "hunting holds no row that fits, although all of them must be in by now",
    Reason.QUERY_REJECTED: "hunting refused the query",
    Reason.GAVE_UP: "its correlation never came to an end",
    Reason.ROLE_MISSING: "the app lacks the role for hunting: whoever runs it must grant it",
    Reason.TOKEN_REFUSED: "hunting refuses the app's token: whoever runs it must look",
    Reason.LICENCE_MISSING: "hunting refuses the app: whoever runs it must look at the licence",
}
_WHERE = {
    Reason.TOO_OLD: "It is older than the 30 days that hunting keeps; the device's timeline in the portal "
    "keeps 180.",
    Reason.DEVICE_UNKNOWN: "Hunting does not know the device by this id: it may have been set up anew, or "
    "never reported.",
    Reason.NO_EVIDENCE: "Hunting could be asked for nothing: read title, description and the portal's page "
    "of the alert.",
}
_UNTIL = {
    **dict.fromkeys(_AGAIN, "the row says more than NoTelemetry, or you have run the hunt yourself"),
    **dict.fromkeys(REFUSED, "hunting is open to the app again, or you have run the hunt yourself"),
    Reason.TOO_OLD: "the timeline of {dvc} was read for that hour",
    Reason.DEVICE_UNKNOWN: "{dvc} was found in the device list, or is known to be gone",
    Reason.NO_EVIDENCE: "the portal's page says what was seen",
}
_UNTIL_READ = "the timeline of {dvc} shows what the alert means"


def untied(situation: Situation, facts: Facts, play: Play) -> Iterator[NextStep]:
    """The steps, in the order of doing."""
    reason = situation.context.finding.reason
    yield NextStep(f"Look: {_what(situation, facts)}. {_where_to_look(reason)}")
    words, question = _question(situation, reason)
    if question is not None:
        yield NextStep(f"Hunt: {words}", question)
    if reason is Reason.NOT_SEEN and situation.device_id:
        yield NextStep(
            f"Collect: the investigation package of {facts['dvc']}: its sensor may have been silent "
            f"({_sensor(situation)})."
        )
    innocent, until = play.innocent.format_map(facts), _UNTIL.get(reason, _UNTIL_READ).format_map(facts)
    yield NextStep(f"Close: not before {until}; benign only if it is {innocent}.")


def _what(situation: Situation, facts: Facts) -> str:
    """What is known without telemetry: what the alert names, and what Defender did about it."""
    items = items_of(situation.context)
    about = listed(
        (named(item.name) for item in items if item.evidence and item.name != item.evidence.kind), 3
    )
    device = (
        facts["dvc"] if situation.device_id or situation.device_name else "a device that it does not name"
    )
    known = f"the alert is about {about} on {device}" if about else f"the alert names nothing but {device}"
    if not about and not (situation.device_id or situation.device_name):
        known = "the alert names neither a thing that it is about nor a device"
    states = {item.state for item in items}
    if states == {"stopped"}:
        return f"{known}, and Defender says it was stopped"
    if "active" in states:
        return f"{known}, and Defender says it is still active: isolate {device} if it is not known to you"
    return f"{known}, and nothing says whether it still runs"


def _where_to_look(reason: Reason) -> str:
    why = _WHY.get(reason, "it could not be tied")
    return _WHERE.get(reason, f"It could not be checked: {why}.")


def _question(situation: Situation, reason: Reason) -> Asked:
    has_things = bool(situation.files or situation.addresses or situation.hosts)
    if reason is Reason.TOO_OLD and not has_things:
        return "", None
    if reason is Reason.DEVICE_UNKNOWN:
        return asking.by_name(situation)
    return asking.ask(Ask.THINGS if has_things else Ask.DEVICE, situation)


def _sensor(situation: Situation) -> str:
    device = value_in(situation.context.enrichment.devices, situation.device_id)
    if device is None:
        return "the look-up says nothing of it"
    seen = f", last seen {device.last_seen.text()[:16].replace('T', ' ')} UTC" if device.last_seen else ""
    return f"{named(device.health) or 'health not known'}{seen}"
