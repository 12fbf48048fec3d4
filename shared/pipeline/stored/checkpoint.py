"""The checkpoint row, whose owner this is: how far the source was read, and how fetching goes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from shared import telemetry
from shared.core.alert import SOURCES
from shared.core.progress import Window, polling
from shared.core.values import Checkpoint, Instant
from shared.errors import AppError
from shared.pipeline.ports import Ports
from shared.pipeline.stored.change import change

_LATELY = 3_600.0  # seconds since this source was last read, after which another may have been read since


def installed(ports: Ports) -> Checkpoint:
    """The checkpoint; on the very first run it remembers when the installation began.

    Where another source was read until now, its checkpoint is taken on from: what was installed, how far
    alerts are known, and what was done each hour are one story, whichever API tells it.
    """
    now = ports.clock.now()
    row = _change(ports, lambda row: None)
    if row.last_success is not None and (now - row.last_success).total_seconds() < _LATELY:
        return row
    others = [ports.checkpoints.read(name) for name in SOURCES if name != ports.source.name]
    return _change(ports, lambda row: _taken_on(row, others, now), row)


def _taken_on(row: Checkpoint, others: Sequence[Checkpoint], now: datetime) -> Checkpoint | None:
    """The checkpoint with what those of other sources know better; None where that is nothing."""
    told = row
    for other in others:
        if other.installed_at is not None:
            first = min(other.installed_at, told.installed_at or other.installed_at)
            told = replace(told, installed_at=first)
        if other.position is not None and (told.position is None or told.position < other.position):
            told = replace(
                told, position=other.position, last_purge=other.last_purge, last_audit=other.last_audit
            )
    if told.position != row.position:
        telemetry.info("taken on from another source", position=told.position and told.position.text())
    told = replace(told, installed_at=told.installed_at or now)
    return None if told == row else told


def moved(ports: Ports, known: Checkpoint, window: Window, gap: Instant | None, *, whole: bool) -> Checkpoint:
    """The checkpoint moved to the window's end, or where another run has moved it further; `whole` where the
    whole overlap was read with it."""
    now = ports.clock.now()
    return _change(ports, lambda row: polling.moved(row, window, now, gap, whole=whole), known)


def purged(ports: Ports, now: datetime, progress: str) -> Checkpoint:
    """The checkpoint with the time of a purge, and where the next one goes on."""
    return _change(ports, lambda row: replace(row, last_purge=now, purge_progress=progress))


def repair_begun(ports: Ports, now: datetime) -> Checkpoint:
    """The checkpoint with the beginning of a repair of the due index."""
    return _change(
        ports, lambda row: replace(row, repair_begun=now, repaired_since=row.repaired_since or now)
    )


def repair_ended(ports: Ports) -> Checkpoint:
    """The checkpoint with its end."""
    now = ports.clock.now()
    return _change(ports, lambda row: replace(row, repair_ended=now))


def ended(ports: Ports) -> None:
    """Remembers that a run with pointers to send came to its end: they leave when it has returned."""
    now = ports.clock.now()
    _change(ports, lambda row: replace(row, run_ended=now))


def audited(
    ports: Ports, now: datetime, result: str, tries: tuple[str, ...], *, is_whole: bool
) -> Checkpoint:
    """The checkpoint with the result and the tries of an audit, which saw to the gaps if it `is_whole`."""

    def decide(row: Checkpoint) -> Checkpoint:
        return replace(
            row, last_audit=now, audit_result=result, audit_tries=tries, gaps=() if is_whole else row.gaps
        )

    return _change(ports, decide)


def others_counted(ports: Ports, said: str) -> Checkpoint:
    """The checkpoint with what was counted of other services' alerts."""
    return _change(ports, lambda row: replace(row, others=said))


def failed(ports: Ports, err: AppError) -> Checkpoint:
    """The checkpoint with the failure, which stays where it was."""
    said, now = f"{type(err).__name__}: {telemetry.redacted(str(err))}", ports.clock.now()
    return _change(ports, lambda row: replace(row, last_error=said, last_error_at=now))


def _change(
    ports: Ports, decide: Callable[[Checkpoint], Checkpoint | None], known: Checkpoint | None = None
) -> Checkpoint:
    source, store = ports.source.name, ports.checkpoints
    return change(
        lambda: store.read(source),
        lambda row: (decide(row), None),
        lambda row: store.write(source, row),
        known=known,
    )[0]
