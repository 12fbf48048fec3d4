"""`ops show`: everything that is known of one alert."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence

from local.detections.nearest import nearest
from local.ops import hits
from local.ops.finding_alerts import find
from local.ops.screen import Screen
from local.ops.target import Target
from local.ops.waits import waits_for
from local.ops.words import ago, clock
from shared.adapters.storage import between_keys
from shared.core.conclude import Rules
from shared.core.correlate import Finding
from shared.core.progress import LedgerRow, State
from shared.core.values import Column, table_keys
from shared.pipeline.ports import Ports
from shared.pipeline.stored import documents, published_rows

_OTHERS, _OTHERS_DAYS = 5, 30  # other alerts that the same rule hit: how many are named, of how many days
_AFTER = "}"  # sorts behind the `|` that ends an alert's part of a document's key
_PUBLISHED = (
    ("AlertName", "EventSeverity", "AlertStatus", "DvcHostname"),
    ("Priority", "PriorityReason"),
    ("Validation", "ValidationReason"),
    ("CorrelationStatus", "CorrelationMethod", "CorrelationConfidence", "CorrelationReason"),
    ("EventCount", "EventsTruncated", "EnrichmentStatus"),
    ("Generation", "Revision", "NotifyState", "ChangedFields"),
    ("FirstPublished", "LastPublished"),
)


def show(screen: Screen, target: Target, alert_id: str, *, days: int) -> bool:
    """Prints it; False where neither ledger nor `Alerts` knows the alert."""
    ports, now = target.ports, target.ports.clock.now()
    row = find(ports.ledger, alert_id, now.date(), days=days)
    if row is None:
        screen.complain(
            f"the ledger of {target.name}, tenant {target.tenant}, does not know {alert_id} (open, or "
            f"created in the last {days} days)"
        )
        return False
    _show_row(screen, row, now)
    _show_history(screen, ports, row)
    _show_documents(screen, target, row)
    _show_look_ups(screen, ports, row)
    _show_published(screen, target, row)
    return True


def _show_row(screen: Screen, row: LedgerRow, now: dt.datetime) -> None:
    screen.say(f"alert      {row.alert_id}")
    screen.say(
        f"           from {row.source}, created {row.created.text()}, updated {row.last_update.text()}"
    )
    words = f"open, {waits_for(row, now)}" if row.state is State.OPEN else row.state.value
    screen.say(f"ledger     {words}" + (f": {row.reason}" if row.reason else ""))
    screen.say(
        f"           generation {row.generation}, seen {ago(row.generation_seen, now)}; the alert first seen "
        f"{ago(row.first_seen, now)}" + ("; admitted by a backfill" if row.backfill else "")
    )
    for name, due in (("look-ups", row.enrich_due), ("hunt", row.hunt_due), ("row", row.publish_due)):
        if due is not None:
            screen.say(f"           {name} due {clock(due)} ({ago(due, now)})")
    screen.say(
        f"           sent {row.sends} times, begun {row.attempts} times without an end, refused "
        f"{row.failures} times in a row, {row.look_ups} rounds of look-ups, {row.late_hunts} later hunts"
    )


def _show_history(screen: Screen, ports: Ports, row: LedgerRow) -> None:
    if row.state is not State.OPEN:
        return
    before = ports.ledger.finished([(row.day, row.alert_id)]).get(row.alert_id)
    if before is not None:
        said = f": {before.reason}" if before.reason else ""
        screen.say(f"history    generation {before.generation} was {before.state}{said}")


def _show_documents(screen: Screen, target: Target, row: LedgerRow) -> None:
    """Documents that the row names and those of older generations, with their sizes."""
    named = {(key.kind, key.ref): key for key in documents.keys_of(row)}
    kept = target.ports.documents.get(named.values())
    for (kind, ref), key in named.items():
        body = kept.get(key)
        screen.say(f"document   {kind} {ref}: " + ("MISSING" if body is None else f"{len(body)} bytes"))
    partition, prefix = (
        table_keys.document_partition(target.tenant, row.day),
        table_keys.safe_id(row.alert_id),
    )
    rows = target.tables.query(
        "AlertWork", between_keys(partition, prefix + "|", prefix + _AFTER), select=("RowKey",)
    )
    for kind, ref in sorted({_kind_and_ref(str(found["RowKey"])) for found in rows} - named.keys()):
        screen.say(f"document   {kind} {ref}: of an older generation")


def _kind_and_ref(row_key: str) -> tuple[str, str]:
    _, kind, ref, _ = row_key.split("|")
    return kind, ref


def _show_look_ups(screen: Screen, ports: Ports, row: LedgerRow) -> None:
    [kept] = documents.load(ports.documents, [row])
    if kept.finding is not None:
        for line in almost_lines(kept.finding, ports.rules()):
            screen.say(line)
    for kind in kept.unreadable:
        screen.say(f"document   {kind} cannot be read: `ops replay` brings the alert back without it")
    for kind, name, outcome, detail in kept.enrichment.outcomes() if kept.enrichment else ():
        screen.say(f"look-up    {kind} {name}: {outcome}" + (f" ({detail})" if detail else ""))


def _show_published(screen: Screen, target: Target, row: LedgerRow) -> None:
    ports, key = target.ports, published_rows.key_of(target.policy, row.day, row.alert_id)
    row_key, stored = key[1], ports.alert_rows.read([key]).get(key)
    if stored is None:
        screen.say("published  no row in Alerts yet")
        return
    screen.say(f"published  Alerts, PartitionKey {row.day}, RowKey {row_key}")
    for names in _PUBLISHED:
        parts = [f"{name} {_word(stored.columns[name])}" for name in names if name in stored.columns]
        screen.say("           " + ", ".join(parts))
    for line in behaviour_lines(str(stored.columns.get("Behaviours", "")) or "[]"):
        screen.say(line)
    rules = hits.listed(str(stored.columns.get("DetectionIds", "")))
    for line in other_lines(hits.others(target, row.alert_id, rules, _OTHERS_DAYS)):
        screen.say(line)
    screen.say(f"events     {len(ports.event_rows.keys(row_key))} rows in AlertEvents")
    for name in ("NextSteps", "Story", "HuntingQuery", "HuntingUrl"):
        if text := str(stored.columns.get(name, "")):
            screen.say(name)
            screen.block(text)


def behaviour_lines(behaviours: str) -> Iterator[str]:
    """What the detections saw, gravest first: level, title, technique, process, and the rule's id."""
    for seen in json.loads(behaviours):
        if "left_out" in seen:
            yield f"           and {seen['left_out']} more"
            continue
        technique = f" ({', '.join(seen['techniques'])})" if seen["techniques"] else ""
        yield f"seen       {seen['level']}: {seen['text']}{technique}, rule {seen['rule']}"


def other_lines(others: Mapping[str, Sequence[hits.Seen]]) -> Iterator[str]:
    """In how many other alerts each rule was seen, which the newest are, and what became of them."""
    for rule, seen in others.items():
        if seen:
            newest = ", ".join(one.alert_id for one in reversed(seen[-_OTHERS:]))
            yield f"also       {rule} in {hits.summary(seen, _OTHERS_DAYS)}; newest: {newest}"


def almost_lines(finding: Finding, rules: Rules, *, most: int = 5) -> list[str]:
    """Rules that almost hit a row of the alert's own tree, nearest first, with the part that was not met."""
    own = (tied.event for tied in finding.events if tied.depth is not None and tied.depth >= 0)
    rows = ((event.table, event.action, event.row, None) for event in own)
    lines = [
        (near.nearness, f"almost     {near.rule.level}: {near.rule.title}; not met: {near.missing}")
        for near in nearest(rules.detections, rows)
    ]
    return [line for _, line in sorted(lines, reverse=True)[:most]]


def _word(value: Column) -> str:
    if isinstance(value, dt.datetime):
        return clock(value)
    return str(value) if value != "" else "-"
