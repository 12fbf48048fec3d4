"""The open question of an alert, in words and as a query."""

from collections import Counter

from shared.core.conclude.context import cell
from shared.core.conclude.next_steps.facts import device, registry_set
from shared.core.conclude.next_steps.movement import domain_of, target_of
from shared.core.conclude.next_steps.play import Ask
from shared.core.conclude.next_steps.situation import Situation
from shared.core.conclude.next_steps.wording import listed, named
from shared.core.correlate import Method, spelling
from shared.core.hunting import questions
from shared.core.lookups import value_in

WEEK, MONTH, HOUR = 7 * 86_400.0, 30 * 86_400.0, 3_600.0
_MOST_ACCOUNTS = 5
_HASHES = (32, 40, 64)


type Asked = tuple[str, questions.Question | None]
"""(the question in words, as a query; None where nothing is known that could be asked for)."""


def ask(what: Ask, situation: Situation) -> Asked:
    """The question; where what it needs is not known, the nearest one that can be asked."""
    makers = {
        Ask.ENDING: _ending,
        Ask.COMMAND: _command,
        Ask.THINGS: _things,
        Ask.ACCOUNTS: _accounts,
        Ask.CAME_IN: _came_in,
        Ask.VALUE: _value,
        Ask.CAME: _came,
    }
    if what in makers:
        return makers[what](situation)
    return _around(situation, what)


def usual(situation: Situation, play: Ask) -> Asked:
    """Whether this is usual here: what an alert leaves open that nothing bears out, or one sign alone."""
    method = situation.context.finding.method
    if (play is Ask.VALUE or method is Method.REGISTRY) and (registry := _registry_value(situation)):
        return registry
    by_file = method in (Method.FILE_HASH, Method.FILE_NAME) and situation.files
    if by_file or any(_is_known(one.hash) for one in situation.files):
        return _things(situation)
    return _command(situation)


def _is_known(digest: str) -> bool:
    return len(digest) in _HASHES and digest.isalnum()


def _ending(situation: Situation) -> Asked:
    endings: Counter[str] = Counter()
    for tied in situation.context.of_table("DeviceFileEvents"):
        now, before = cell(tied, "FileName"), cell(tied, "PreviousFileName")
        if tied.event.kind == "FileRenamed" and "." in now and before:
            endings["." + now.rpartition(".")[2]] += 1
    if not endings:
        return _command(situation)
    ending = endings.most_common(1)[0][0]
    words = f"which devices, programs and shares have files that end in {named(ending, 20)}?"
    return words, questions.NewEnding(situation.time.plus(-WEEK), ending)


def _command(situation: Situation) -> Asked:
    lead, parent = situation.lead, situation.parent()
    if lead is None or not lead.file_name:
        return _things(situation)
    starter = parent.file_name if parent and parent.file_name else ""
    by = f"{named(starter, 40)} start " if starter else "anything start "
    words = (
        f"where, how often and since when does {by}{named(lead.file_name, 40)}, and with this very command?"
    )
    return words, questions.Usual(
        situation.time.plus(-MONTH), lead.file_name, lead.command_line or "", starter
    )


def _things(situation: Situation) -> Asked:
    hashes = tuple(dict.fromkeys(one.hash.lower() for one in situation.files if _is_known(one.hash)))
    names = tuple(dict.fromkeys(one.name for one in situation.files if not _is_known(one.hash)))
    if not (hashes or names or situation.addresses or situation.hosts):
        return (
            _command(situation)
            if situation.lead and situation.lead.file_name
            else _around(situation, Ask.DEVICE)
        )
    files = listed(named(one.name, 40) for one in situation.files)
    where = listed(map(named, (*situation.addresses, *situation.hosts)), last="or")
    words = " or ".join([*([f"have {files}"] if files else []), *([f"talk to {where}"] if where else [])])
    question = questions.Elsewhere(
        situation.time.plus(-WEEK), hashes, names, situation.addresses, situation.hosts
    )
    return f"which devices {words}, and since when?", question


def _accounts(situation: Situation) -> Asked:
    people = [*([situation.user] if situation.user else []), *(who for who, _ in situation.logged_on)]
    names = tuple(dict.fromkeys(who.name for who in people if who.name))[:_MOST_ACCOUNTS]
    host = situation.device_name.partition(".")[0]
    known = value_in(situation.context.enrichment.devices, situation.device_id)
    own = known.last_ip if known is not None else None
    if not names and not host:
        return _things(situation)
    dvc = device(situation)
    who = f"where did {listed(map(named, names))} log on, and " if names else ""
    return (
        f"{who}what logged on from {dvc}, since {situation.time.text()[11:16]} UTC?",
        questions.LogOns(
            situation.time, names, host, (address,) if (address := spelling.address(own or "")) else ()
        ),
    )


def _came_in(situation: Situation) -> Asked:
    if target_of(situation):
        return _accounts(situation)
    if domain_of(situation):
        return _command(situation)
    if not situation.device_id:
        return _things(situation)
    dvc = device(situation)
    question = questions.LogOnsTo(situation.device_id, situation.time.plus(-HOUR), situation.time.plus(60))
    return f"who logged on to {dvc} from another device in the hour before?", question


def _value(situation: Situation) -> Asked:
    return _registry_value(situation) or _command(situation)


def _registry_value(situation: Situation) -> Asked | None:
    """On which devices the same registry value stands."""
    found = registry_set(situation)
    if found is None:
        return None
    key, name = found
    shown = (
        f"the registry value {named(name)}" if name else f"the registry key {named(key.rpartition('\\')[2])}"
    )
    question = questions.SameValue(situation.time.plus(-MONTH), key, name)
    return f"which devices have {shown}, what does it hold, and which program set it?", question


def _came(situation: Situation) -> Asked:
    if not situation.files:
        return _things(situation)
    first = situation.files[0]
    question = (
        questions.Came(situation.time.plus(-WEEK), hash=first.hash.lower())
        if _is_known(first.hash)
        else questions.Came(situation.time.plus(-WEEK), name=first.name)
    )
    return f"which program wrote {named(first.name)}, from which address, and on which devices?", question


def _around(situation: Situation, what: Ask) -> Asked:
    """The device in an hour, by its id; by its name where hunting does not know the id."""
    dvc = device(situation)
    if not situation.device_id:
        if not situation.device_name:
            return "", None
        return f"does hunting know {dvc} by another id?", questions.Named(
            situation.time.plus(-MONTH), situation.device_name.partition(".")[0]
        )
    at = situation.time
    words, first, last = {
        Ask.AFTER: ("in the hour after", at, at.plus(HOUR)),
        Ask.BEFORE: ("in the hour before", at.plus(-HOUR), at),
    }.get(what, ("in the hours around it", at.plus(-HOUR), at.plus(HOUR)))
    return (
        f"what ran on {dvc} {words} out of open folders, connected outside, logged on or was set to start?",
        questions.Around(situation.device_id, first, last),
    )


def by_name(situation: Situation) -> Asked:
    """Under which id hunting knows the device."""
    if not situation.device_name:
        return _things(situation)
    words = f"under which id, and until when, does hunting know {device(situation)}?"
    return words, questions.Named(situation.time.plus(-MONTH), situation.device_name.partition(".")[0])
