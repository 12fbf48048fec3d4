"""Each API tried once, reading only; and whether their clocks agree with this one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterator
from email.utils import parsedate_to_datetime

import requests

from local.doctor.check import Check, bad, good, note
from local.doctor.identity import DEFENDER, GRAPH, STORAGE, held_roles, way_out
from local.ops import reach
from local.ops.target import Target
from local.ops.words import span
from shared.adapters.clock import SystemClock
from shared.adapters.defender import DefenderDirectory
from shared.adapters.http import JsonApi
from shared.adapters.hunting import GraphHunter
from shared.core.lookups import Lookup, Outcome
from shared.core.progress import Window
from shared.core.values import Instant
from shared.errors import AccessDenied, AppError, Throttled

MOST_SKEW = 60.0  # seconds; tokens and storage take five and fifteen minutes, a fetch window takes none
_NOBODY = "0" * 40  # an id that no device or file has
_UNTRIED = "not tried: there is no token"
# https://learn.microsoft.com/defender-endpoint/api/exposed-apis-list (read 2026-11)
_ROLE_OF = {
    "devices": "Machine.Read.All",
    "users": "User.Read.All",
    "files": "File.Read.All",
    "addresses": "Ip.Read.All",
    "domains": "Url.Read.All",
}
_QUERY = "AlertInfo\n| take 1\n| project AlertId"


def look_at(target: Target, without: Container[str]) -> Iterator[Check]:
    """Every check of the services; an API in `without` is not tried: there is no token for it."""
    source = target.ports.source.name
    alerts = f"alerts ({source})"
    if (GRAPH if source == "graph" else DEFENDER) in without:
        yield note(alerts, _UNTRIED)
    else:
        role = "SecurityAlert.Read.All" if source == "graph" else "Alert.Read.All"
        yield _tried(alerts, target, role, lambda: _alerts(target))
    if GRAPH in without:
        yield note("hunting", _UNTRIED)
    else:
        yield _tried("hunting", target, "ThreatHunting.Read.All", lambda: _hunt(target))
        yield from _gaps(target)
    if DEFENDER in without:
        yield note("look-ups", _UNTRIED)
    else:
        yield from _look_ups(target)


def _alerts(target: Target) -> str:
    now = Instant.of(target.ports.clock.now())
    page = target.ports.source.created_in(Window(now.plus(-3_600), now))
    return f"answers: {len(page.items)} alerts created in the last hour"


def _gaps(target: Target) -> Iterator[Check]:
    """What earlier hunts were told is not there, where there is any."""
    if lacking := sorted(target.ports.hunter.gaps()):
        said = "; ".join(gap.words for gap in lacking)
        todo = "alerts are hunted without it, as their rows say (EventsLeftOut); it is tried again each day"
        yield note("hunting lacks", said, todo)


def _hunt(target: Target) -> str:
    """Past what earlier refusals told: they may be mended by now."""
    now, clock, settings = Instant.of(target.ports.clock.now()), SystemClock(), target.settings
    api = JsonApi(
        "graph", settings.endpoints.graph_url, settings.graph_token_scope, target.tokens, clock=clock
    )
    rows = GraphHunter(api, clock).run("doctor", _QUERY, f"{now.plus(-86_400).text()}/{now.text()}")
    return f"answers: {'alerts' if rows else 'no alert'} within a day"


def _tried(what: str, target: Target, role: str, attempt: Callable[[], str]) -> Check:
    try:
        return good(what, attempt())
    except AccessDenied as err:
        if not target.is_local:
            return note(what, f"not for your own sign-in: {err}")
        todo = way_out(role, list(err.roles))
        if err.status == 401:
            todo = "see the audience of the token above: 401 is a token for somebody else, or none"
        return bad(what, str(err), todo)
    except Throttled as err:
        return note(what, f"throttled for now: {err}", f"try again in {err.retry_after:.0f} s")
    except AppError as err:
        return bad(what, str(err), "see that this machine reaches the address, and the service's health page")


def _look_ups(target: Target) -> Iterator[Check]:
    """The entity APIs, past the cache: it must not remember what is asked here."""
    clouds = target.settings.endpoints
    clock = SystemClock()
    api = JsonApi("defender", clouds.defender_url, clouds.defender_scope, target.tokens, clock=clock)
    directory = DefenderDirectory(api, clock)
    try:
        asked: list[tuple[str, Lookup[object]]] = [
            ("devices", directory.devices([_NOBODY])[_NOBODY]),
            ("users", directory.users([_NOBODY])[_NOBODY]),
            ("files", directory.files([_NOBODY])[_NOBODY]),
            ("addresses", directory.addresses(["192.0.2.1"])["192.0.2.1"]),
            ("domains", directory.domains(["example.com"])["example.com"]),
        ]
    except AppError as err:  # no token at all, which is said above
        yield note("look-ups", f"not tried: {err}")
        return
    held = held_roles(target, DEFENDER) if target.is_local else []
    for kind, found in asked:
        what = f"look-up of {kind}"
        if found.outcome in (Outcome.FOUND, Outcome.NOT_FOUND):
            yield good(what, "answers")
        elif found.outcome is Outcome.THROTTLED:
            yield note(what, f"throttled for now: {found.detail}")
        elif found.outcome is Outcome.FORBIDDEN:
            yield note(what, found.detail, way_out(_ROLE_OF[kind], held) if target.is_local else "")
        else:
            yield (bad if target.is_local else note)(what, found.detail, "see that the address is reached")


def clocks(target: Target, now: Callable[[], dt.datetime], silent: set[str]) -> Iterator[Check]:
    """This machine's clock against the `Date` that each service answers with; who gives none is put into
    `silent`."""
    clouds = target.settings.endpoints
    places = {
        STORAGE.lower(): target.tables_url,
        "Defender": clouds.defender_url,
        "Graph": clouds.graph_url,
    }
    for name, url in places.items():
        what = f"clock of {name}"
        try:
            asked = now()
            with requests.get(url, timeout=10, allow_redirects=False, stream=True) as answer:
                theirs = parsedate_to_datetime(answer.headers["Date"])
        except (OSError, KeyError, ValueError) as err:
            silent.add(name)
            why = reach.words_of(err) if isinstance(err, OSError) else "its answer bears no date"
            todo = f"see that this machine reaches {url} (proxy, firewall); the app itself runs in Azure"
            yield note(what, f"{name} does not answer at {url}: {why}", todo)
            continue
        ours = asked + (now() - asked) / 2
        skew = (ours - theirs).total_seconds()
        if abs(skew) <= MOST_SKEW:
            yield good(what, f"within {max(1, round(abs(skew)))} s of this machine's")
        else:
            yield bad(
                what,
                f"this machine's clock is {span(abs(skew))} {'ahead of' if skew > 0 else 'behind'} it",
                "set this machine's clock (NTP); the app itself runs on the platform's",
            )
