"""What is looked for on behalf of one alert: its processes, the things it names, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shared.core.alert import Alert, Evidence
from shared.core.correlate.finding import Method
from shared.core.correlate.indicators import Indicator, indicators_of
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Ref, alike
from shared.core.correlate.span import Span
from shared.core.values import Instant

_AHEAD_S = 3_600.0  # by which a device's clock may be ahead of ours


@dataclass(frozen=True, slots=True)
class Subject:
    """One alert as correlation sees it. `near` is the moment from which nearness is measured."""

    alert_id: str
    device_id: str  # "" where the alert names none
    near: Instant
    span: Span  # for what the alert's processes did
    mention_span: Span  # for rows that only name its evidence
    reach: Span  # of all telemetry: nothing that is older or newer is asked for
    is_settled: bool  # old enough that all its telemetry must be in
    is_too_old: bool
    moments: tuple[Instant, ...] = ()  # of its first and its last event, as far as the alert tells them
    parent_pids: frozenset[int] = frozenset()  # of processes that it names without a time
    processes: tuple[Ref, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    left_out: tuple[str, ...] = ()
    indicators_left_out: int = 0

    def activity_span(self, created: Instant, tolerance_s: float) -> Span:
        """In which time it is asked what a process did that was created then; may be empty."""
        first = max(self.span.first, self.reach.first, created.plus(-tolerance_s))
        return Span(first, min(self.span.last, self.reach.last))

    @property
    def asked_mentions(self) -> Span:
        """In which time it is asked for rows that name the alert's evidence."""
        return self.mention_span.within(self.reach)

    @property
    def may_come_by_process(self) -> bool:
        """True while the rows of the alert's processes may still come in: no weaker tie may stand in their
        way."""
        return bool(self.processes) and not self.is_settled

    @property
    def has_only_a_device(self) -> bool:
        """True where nothing but the device, or who worked on it, can lead to telemetry."""
        return not self.processes and all(indicator.method is Method.ACCOUNT for indicator in self.indicators)

    @property
    def is_hopeless(self) -> bool:
        """True where there is nothing to look for."""
        return not (self.processes or self.indicators or self.device_id)


def subject_of(
    alert: Alert,
    more: tuple[Evidence, ...],
    now: Instant,
    policy: HuntPolicy,
    merged: Mapping[str, str] | None = None,
) -> Subject:
    """The alert, with `more` evidence that hunting's own AlertEvidence names. Devices that were `merged` into
    others are looked for by the id they have now."""
    evidence = (*alert.evidence, *more)
    followed: dict[str, str] = {}
    if merged:
        alert, evidence, followed = _followed(alert, evidence, merged)
    first = alert.first_event or alert.created
    last = max(first, alert.last_event or alert.created)
    device = alert.device_id or next((item.device_id for item in evidence if item.device_id), None) or ""
    processes = _processes(evidence, device.lower())
    indicators = indicators_of(alert, evidence)
    left_out = [
        f"what hunting may have under {old}: that device is {into} now" for old, into in followed.items()
    ]
    indicators_left_out = 0
    if len(processes) > policy.max_processes:
        left_out.append(f"{len(processes) - policy.max_processes} processes of the evidence")
    if len(indicators) > policy.max_indicators:
        indicators_left_out = len(indicators) - policy.max_indicators
    return Subject(
        alert_id=alert.id,
        device_id=device.lower(),
        near=first,
        span=Span(first.plus(-policy.lookback_s), last.plus(policy.lookahead_s)),
        mention_span=Span(first.plus(-policy.mention_window_s), last.plus(policy.mention_window_s)),
        reach=Span(now.plus(-policy.retention_s), now.plus(_AHEAD_S)),
        is_settled=now.seconds_since(alert.created) >= policy.settled_after_s,
        is_too_old=now.seconds_since(last) > policy.retention_s,
        moments=tuple(dict.fromkeys(at for at in (alert.first_event, alert.last_event) if at is not None)),
        parent_pids=frozenset(
            item.parent_process_id
            for item in evidence
            if item.parent_process_id is not None and item.process_created is None
        ),
        processes=processes[: policy.max_processes],
        indicators=tuple(indicators[: policy.max_indicators]),
        left_out=tuple(left_out),
        indicators_left_out=indicators_left_out,
    )


def _followed(
    alert: Alert, evidence: tuple[Evidence, ...], merged: Mapping[str, str]
) -> tuple[Alert, tuple[Evidence, ...], dict[str, str]]:
    """The same of the devices as they are called now; and the ids that this changed."""
    named = {(one or "").lower() for one in (alert.device_id, *(item.device_id for item in evidence))}
    followed = {old: into for old in sorted(named) if (into := _latest(old, merged)) != old}

    def now(device: str | None) -> str | None:
        return followed.get((device or "").lower(), device)

    items = tuple(replace(item, device_id=now(item.device_id)) for item in evidence)
    return replace(alert, device_id=now(alert.device_id)), items, followed


def _latest(device: str, merged: Mapping[str, str]) -> str:
    seen = {device}
    while (into := merged.get(device)) is not None and into not in seen:
        device = into
        seen.add(into)
    return device


def _processes(evidence: tuple[Evidence, ...], device: str) -> tuple[Ref, ...]:
    found: dict[Ref, None] = {}
    for item in evidence:
        where = (item.device_id or device).lower()
        if where and item.process_id is not None and item.process_created is not None:
            image = alike(item.sha1 or "", item.command_line or "")
            name = (item.file_name or "").lower()
            found[Ref(where, item.process_id, item.process_created, name, image)] = None
    return tuple(found)
