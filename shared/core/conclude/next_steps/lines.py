"""The steps themselves: at most five lines, in the order of doing, by what the telemetry bore out."""

from collections.abc import Iterator

from shared.core.alert import mappings
from shared.core.conclude.behaviour import WEAK_TIES
from shared.core.conclude.conclusion import NextStep, Validation
from shared.core.conclude.next_steps.asking import Asked, ask, usual
from shared.core.conclude.next_steps.facts import Facts
from shared.core.conclude.next_steps.play import Ask, Play
from shared.core.conclude.next_steps.situation import Situation
from shared.core.conclude.next_steps.untied import untied
from shared.core.conclude.next_steps.wording import listed, named, path
from shared.core.conclude.stops import items_of
from shared.core.conclude.story import safe

MOST_STEPS = 5
_MOST_CHILDREN = 3
_CONTAIN = "Contain:"

type _Steps = Iterator[NextStep]


def steps_of(situation: Situation, play: Play) -> tuple[NextStep, ...]:
    """The steps for one alert."""
    facts = Facts(situation)
    match situation.validation:
        case Validation.CONFIRMED:
            steps = _confirmed(situation, facts, play)
        case Validation.LIKELY:
            steps = _likely(situation, facts, play)
        case Validation.CONTAINED:
            steps = _contained(situation, facts, play)
        case Validation.BLOCKED:
            steps = _blocked(situation, facts)
        case Validation.UNPROVEN:
            steps = _unproven(situation, facts, play)
        case Validation.NO_TELEMETRY:
            steps = untied(situation, facts, play)
    made = [step for step in steps if step.text]
    if situation.context.alert.status == "Resolved":
        made = [_resolved(situation), *(step for step in made if not step.text.startswith(_CONTAIN))]
    return tuple(made[:MOST_STEPS])


def _resolved(situation: Situation) -> NextStep:
    alert = situation.context.alert
    when = f" since {alert.resolved.day()}" if alert.resolved else ""
    verdict = named(alert.classification or "")
    said = f" as {verdict}" if verdict and verdict != "Unknown" else " without a verdict"
    return NextStep(f"Look: Defender holds it as resolved{when}{said}; the rest is for whoever doubts that.")


def _confirmed(situation: Situation, facts: Facts, play: Play) -> _Steps:
    stopped = f"Defender {_stopped(situation)}, yet it went on"
    why = stopped if situation.stop is not None else play.still.format_map(facts)
    yield NextStep(f"{_CONTAIN} {_contain(situation, facts, play)}; {why}.")
    yield _look(situation, facts, play)
    yield _hunt(ask(play.ask, situation))
    yield NextStep(f"Collect: {play.collect.format_map(facts)}.")
    yield NextStep(f"Close: {play.close.format_map(facts)}.")


def _likely(situation: Situation, facts: Facts, play: Play) -> _Steps:
    innocent, close = play.innocent.format_map(facts), play.close.format_map(facts)
    yield _look(situation, facts, play)
    yield _hunt(ask(play.ask, situation) if play.ask is Ask.CAME_IN else usual(situation, play.ask))
    yield NextStep(f"Collect: {play.collect.format_map(facts)}.")
    yield NextStep(f"{_CONTAIN} unless that explains it, {_contain(situation, facts, play)}.")
    yield NextStep(f"Close: benign if it is {innocent}; else {close}.")


def _contained(situation: Situation, facts: Facts, play: Play) -> _Steps:
    yield NextStep(
        f"{_CONTAIN} nothing of it runs any more (Defender {_stopped(situation)}); keep {facts['dvc']} off "
        "the network until what it did before is known and undone."
    )
    yield NextStep(
        f"Look: {facts['root']} ran from {facts['root_time']} until it was stopped: find out what it wrote "
        f"and set up in that time{facts['met']}, by its events in the story."
    )
    yield _hunt(ask(Ask.THINGS, situation))
    yield NextStep(
        f"Collect: {facts['files']} out of quarantine, what it wrote, and how it came: the mail, page or "
        "drive."
    )
    yield NextStep(
        f"Close: true positive when what it left on {facts['dvc']} is gone, a full scan is clean and the "
        "hunt shows no other device."
    )


def _blocked(situation: Situation, facts: Facts) -> _Steps:
    by = f", brought by {facts['chain']}" if situation.lead else ""
    yield NextStep(
        f"Look: nothing to contain, Defender {_stopped(situation)} before it did anything{by}. Find out how "
        f"it came to {facts['dvc']}: ask {facts['user']} for the mail, page or drive."
    )
    yield _hunt(ask(Ask.CAME, situation))
    yield NextStep(
        "Collect: that mail, page or archive, to block its sender or address for all; the file is in "
        "quarantine."
    )
    yield NextStep(
        "Close: true positive when the hunt shows no device on which it was written and not stopped; false "
        f"positive only if {listed((named(one.name) for one in situation.files), 2) or facts['where']} is a "
        "tool of yours, signed and known."
    )


def _unproven(situation: Situation, facts: Facts, play: Play) -> _Steps:
    if situation.context.finding.method in WEAK_TIES or situation.lead is None:
        yield from _weak(situation, facts, play)
        return
    if any(item.state == "stopped" for item in items_of(situation.context)):
        yield from _half_stopped(situation, facts)
        return
    yield NextStep(
        f"Look: {facts['proc']} at {facts['time']}, started by {_started_by(facts)} as {facts['run_as']} "
        f"with {facts['command']}{_did(situation, facts)}. Defender calls it {_claim(situation)}; no rule "
        "sees harm."
    )
    yield _hunt(usual(situation, play.ask))
    if situation.files:
        yield NextStep(f"Collect: a copy of {facts['files']}, unless the hunt shows it to be yours.")
    then = play.look.format_map(facts.but(command="see above"))
    yield NextStep(
        f"Close: benign if it is {play.innocent.format_map(facts)}, or {facts['user']} can say why; if "
        f"neither, isolate {facts['dvc']} and find out {then}."
    )


def _half_stopped(situation: Situation, facts: Facts) -> _Steps:
    """Some of what the alert names was stopped; what is left shows no harm."""
    left = [item for item in items_of(situation.context) if item.state != "stopped"]
    rest = listed((named(item.name) for item in left), 2)
    yield NextStep(
        f"Look: Defender {_stopped(situation)}; {rest} goes on ({facts['proc']}, started by "
        f"{_started_by(facts)} as {facts['run_as']}{_did(situation, facts)}), and no rule sees harm in that."
    )
    yield _hunt(ask(Ask.CAME, situation))
    yield NextStep("Collect: the mail, page or archive that it came from, to block it for all.")
    yield NextStep(
        "Close: true positive and stopped when the hunt shows no device on which it was written and left; "
        f"isolate {facts['dvc']} only if {rest} is not a program that {facts['user']} uses."
    )


def _weak(situation: Situation, facts: Facts, play: Play) -> _Steps:
    """An alert that is tied only by what much of the device shares."""
    things = listed(named(one) for one in (*situation.addresses, *situation.hosts))
    who = situation.user.name if situation.user is not None else ""
    about = things or (f"the account {named(who)}" if who else "")
    known = f"names {about} on {facts['dvc']}" if about else f"names no more than {facts['dvc']}"
    yield NextStep(
        f"Look: the alert {known} at {facts['time']}, so nothing tells it from ordinary work. Defender "
        f"calls it {_claim(situation)}: its title and description say what was meant."
    )
    yield _hunt(ask(Ask.THINGS if things else Ask.ACCOUNTS if about else Ask.DEVICE, situation))
    yield NextStep(
        f"Close: benign if all that the hunt shows is {play.innocent.format_map(facts)}; if it shows a "
        f"program out of an open folder, a foreign log-on or a new autostart, isolate {facts['dvc']} and "
        "start from there."
    )


def _contain(situation: Situation, facts: Facts, play: Play) -> str:
    owner = " (others depend on it: tell who runs it as you do)" if situation.is_server else ""
    programs = listed((path(one.path_and_name()) for one in situation.files if one.hash), 2)
    addresses = listed(map(named, situation.addresses))
    acts = [
        f"isolate {facts['dvc']}{owner}",
        programs and f"stop and quarantine {programs}",
        addresses and f"block {addresses}",
        play.contain.format_map(facts),
    ]
    return ", ".join(filter(None, acts))


def _look(situation: Situation, facts: Facts, play: Play) -> NextStep:
    gravest = situation.gravest[0] if situation.gravest else None
    what = f"{safe(gravest.title[:120])}, {facts['time']}" if gravest else facts["time"]
    by = f", by {facts['proc']} under {_started_by(facts)}" if situation.lead else ""
    return NextStep(f"Look: {what}{by}. Find out {play.look.format_map(facts)}.")


def _hunt(asked: Asked) -> NextStep:
    words, question = asked
    return NextStep(f"Hunt: {words}", question) if question is not None else NextStep("")


def _stopped(situation: Situation) -> str:
    """What became of it in Defender's words: "blocked a.exe and b.dll"."""
    items = [item for item in items_of(situation.context) if item.state == "stopped"]
    if not items:
        return "stopped it"
    return f"{named(items[0].word)} {listed((named(item.name) for item in items), 2)}"


def _started_by(facts: Facts) -> str:
    return facts["chain"].rpartition(" > ")[0] or "a parent that telemetry does not show"


def _did(situation: Situation, facts: Facts) -> str:
    """What the lead did, as far as it can be said in a few words."""
    children = listed((named(node.file_name, 40) for node in situation.children()), _MOST_CHILDREN)
    reached = facts["where"]
    return (f"; it started {children}" if children else "") + (f"; it reached {reached}" if reached else "")


def _claim(situation: Situation) -> str:
    """Defender's own word for it: its techniques, else its category."""
    alert = situation.context.alert
    labels = [safe(mappings.technique_label(one)[:80]) for one in alert.techniques]
    return listed(labels, 2) or named(alert.category or "") or "nothing more exact than its title"
