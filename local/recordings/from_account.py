"""`dev.py recordings from-account`: one alert of an account as recorded data without anybody's names."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.recordings.gathering import Gathered
from local.recordings.pseudonyms import Pseudonyms
from local.recordings.replacing import Replacer, is_enumerated
from local.recordings.vocabulary import plain
from local.score.hunting import Asked, findings
from local.score.publishing import Publisher
from local.score.recording import Recording, load
from local.simulator import ticks
from local.simulator.bodies import APIS
from local.simulator.directory import Directory
from shared.core.correlate import Finding
from shared.core.hunting import Case
from shared.core.values import Instant
from shared.pipeline.policy import Policy

_WITH_ITS_TIME = re.compile(r"([a-z]{2}\d{18}_-?)(\d+)", re.ASCII)
_COMPARED = ("Validation", "CorrelationStatus", "CorrelationMethod", "EventCount")

type Json = dict[str, Any]


class NamesLeft(RuntimeError):
    """A name would be in the folder; nothing was written."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """The same alert, answers and rows with other names; `counts` says how many things of each kind were
    replaced, `alert_id` is the alert's new one."""

    source: str
    alert_id: str
    raw: Json
    entities: Mapping[str, list[Json]]
    rows: Mapping[str, list[Json]]
    counts: Counter[str]

    def write(self, folder: Path) -> None:
        """As recorded data, in plain ASCII: what attackers wrote must reach no reader raw."""
        (folder / "hunting").mkdir(parents=True, exist_ok=True)
        bodies = {APIS[self.source].file: [{**self.raw, "_age_s": self._age()}]}
        bodies |= {f"{name}.json": items for name, items in self.entities.items() if items}
        for name, items in bodies.items():
            (folder / name).write_text(json.dumps({"value": items}, indent=1) + "\n", "utf-8")
        for table, rows in self.rows.items():
            lines = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
            (folder / "hunting" / f"{table}.ndjson").write_text(lines, "utf-8")

    def _age(self) -> int:
        """Seconds from the alert to its latest row, and a minute: so old it must be for all to be there."""
        api = APIS[self.source]
        times = [self.raw.get(name) for name in (api.created, api.updated)]
        newest = max((ticks.parse(str(one)) for one in times if ticks.is_time(one)), default=0)
        stamps = (row.get("Timestamp") for rows in self.rows.values() for row in rows)
        latest = max((ticks.parse(str(one)) for one in stamps if ticks.is_time(one)), default=0)
        return max(0, (latest - newest) // ticks.PER_SECOND) + 60


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the app concludes of the alert, as far as it is compared."""

    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.values.items())


def without_names(gathered: Gathered, key: bytes) -> Replaced:
    """What was gathered with every name replaced. Raises NamesLeft where one would still be in it."""
    replacer = Replacer(Pseudonyms(key))
    alert_id = str(gathered.raw.get("id"))
    replacer.learn(gathered.raw, gathered.entities, gathered.rows)
    replacer.ready({alert_id: _new_id(alert_id, replacer)})
    raw, entities, rows = (
        replacer.replaced(value) for value in (gathered.raw, gathered.entities, gathered.rows)
    )
    left = names_left([raw, entities, rows], replacer.names)
    if left:
        raise NamesLeft(
            f"{len(left)} names of accounts, devices or groups would be left; nothing was written"
        )
    return Replaced(gathered.source, str(raw["id"]), raw, entities, rows, replacer.pseudonyms.counts)


def names_left(value: object, names: set[str]) -> set[str]:
    """Those of the names that a text in the value still holds as words of their own; the words of the APIs,
    keys and enumerations, are nobody's."""
    found = "\n".join(plain(text) for text in _said(value))
    return {
        name
        for name in names
        if plain(name) in found and re.search(rf"(?<![^\W_]){re.escape(plain(name))}(?![^\W_])", found)
    }


def _said(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _said(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _said(one, key)
    elif isinstance(value, str) and not is_enumerated(key, value):
        yield value


def verdict_live(gathered: Gathered, now: Instant, policy: Policy) -> Verdict:
    """What follows from the services' answers as they were."""
    directory = _directory(gathered.entities)
    recording = Recording([gathered.alert], gathered.source, _unused(), directory)
    return _verdict(recording, gathered.finding, now, policy)


def verdict_of(folder: Path, now: Instant, policy: Policy) -> Verdict:
    """What follows from the folder, read and hunted like any recording."""
    recording = load(folder)
    try:
        [alert] = recording.alerts
        found = findings(recording.engine, [Case(alert)], now, policy.hunt, Asked())
        return _verdict(recording, found[alert.id], now, policy)
    finally:
        recording.engine.close()


def _verdict(recording: Recording, finding: Finding, now: Instant, policy: Policy) -> Verdict:
    [alert] = recording.alerts
    [published] = Publisher(recording, policy).published([Case(alert)], {alert.id: finding}, now)
    return Verdict({name: published.alert.get(name) for name in _COMPARED})


def _directory(entities: Mapping[str, list[Json]]) -> Directory:
    directory = Directory()
    for kind, items in entities.items():
        directory.put(kind, items)
    return directory


def _unused() -> Any:
    """An engine that nobody asks."""
    return None


def _new_id(alert_id: str, replacer: Replacer) -> str:
    """An id of the same form; the time in it stays, by which the app finds the alert's day."""
    match = _WITH_ITS_TIME.fullmatch(alert_id)
    if match is None:
        return replacer.text(alert_id)
    return match[1] + replacer.pseudonyms.number(match[2], "alert ids")
