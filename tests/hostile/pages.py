"""A page of Defender's list as it must never come: broken alerts between good ones, and what is no alert."""

import hashlib
from dataclasses import dataclass, field, replace

from shared.core.progress.polling import Window
from shared.core.values.instant import Instant
from shared.core.values.records import AlertPage
from shared.errors import NotFound
from shared.pipeline.ports import Ports
from tests.core.hunting.builders import Row, started
from tests.core.samples import Json
from tests.pipeline.raw import DEVICE, ago, raw_alert
from tests.pipeline.world import World

GOOD = tuple(f"good-{n:02d}" for n in range(14))
PID = 3276
_NEWEST = 150  # minutes before the world's start; each good one is a minute older than the one before


def good(number: int) -> dict[str, object]:
    """An alert with a process that telemetry knows, some hours old."""
    return raw_alert(GOOD[number], minutes_ago=_NEWEST + number)


def broken() -> dict[str, tuple[Json, str]]:
    """By id as it will be known: the raw alert, and the name of its unreadable field, "" for none."""

    def odd(alert_id: str, named: str, **changes: object) -> tuple[str, tuple[Json, str]]:
        return alert_id, (raw_alert(alert_id, minutes_ago=160) | changes, named)

    process = {"entityType": "Process", "fileName": "x", "processId": 9}
    made = dict(
        [
            odd("no-severity", "severity", severity={"level": "High"}),
            odd("new-severity", "", severity="Apocalyptic"),
            odd("no-title", "title", title=None),
            odd("title-of-controls", "", title="a\x00\ud800\x1b[2J\u202e\r\nb"),
            odd("no-creation", "alertCreationTime", alertCreationTime=17),
            odd("no-update", "lastUpdateTime", lastUpdateTime="soon"),
            odd("evidence-is-text", "evidence", evidence="powershell.exe"),
            odd(
                "evidence-of-anything", "evidence[0]", evidence=[7, None, "x", ["y"], {}, {"entityType": {}}]
            ),
            odd("device-is-a-list", "machineId", machineId=[DEVICE]),
            odd("techniques-are-an-object", "mitreTechniques", mitreTechniques={"T1059": True}),
            odd("comments-are-numbers", "comments[0]", comments=[1, 2]),
            odd("long-verdict", "", classification="v" * 50_000),
            odd("long-text", "description (cut from 1048576 characters)", description="é" * 2**20),
            odd(
                "end-of-time",
                "",
                evidence=[process | {"processCreationTime": "9999-12-31T23:59:59.9999999Z"}],
            ),
            odd("end-of-numbers", "evidence[0].processId", evidence=[process | {"processId": 10**400}]),
            odd("a/b\\c#d?e%2F", ""),
        ]
    )
    mark = hashlib.sha256(b"nul\x00id").hexdigest()[:16]
    return made | {f"nul\ufffdid~{mark}": (raw_alert("nul\x00id", minutes_ago=160), "id")}


def unusable() -> list[Json]:
    """What has no id that a row could have."""
    whole = raw_alert("gone", minutes_ago=160)
    ids: list[Json] = [None, "", 7, ["x"], {"id": "x"}, "x" * 257]
    return [whole | {"id": each} for each in ids] + [{}, None, 17, "text", [whole]]


def page() -> list[Json]:
    """Good, broken and unusable ones by turns."""
    rest = [raw for raw, _ in broken().values()] + unusable()
    made: list[Json] = []
    for number, raw in enumerate(rest):
        made.append(raw)
        if number % 2 == 0:
            made.append(good(number // 2))
    return made


TELEMETRY: tuple[Row, ...] = tuple(
    started(PID, Instant.parse(ago(minutes)), "powershell.exe", DeviceId=DEVICE)
    for minutes in range(_NEWEST + 2, _NEWEST + 2 + len(GOOD))
)


@dataclass
class Listed:
    """A source that has one page, whatever the window."""

    items: list[Json]
    name: str = "defender"

    def updated_in(self, _: Window) -> AlertPage:
        return AlertPage(tuple(self.items), False)

    def created_in(self, _: Window) -> AlertPage:
        return AlertPage(tuple(self.items), False)

    def touched_in(self, _: Window) -> AlertPage:
        return AlertPage(tuple(self.items), False)

    def others_in(self, _: Window) -> None:
        return None

    def one(self, alert_id: str) -> object:
        for raw in self.items:
            if isinstance(raw, dict) and raw.get("id") == alert_id:
                return raw
        raise NotFound(alert_id)


@dataclass
class PageWorld(World):
    """The outside with that page, and the telemetry of the good ones."""

    items: list[Json] = field(default_factory=page)

    def __post_init__(self) -> None:
        self.hunt = lambda name, _: [] if name in ("alert-evidence", "device-known") else TELEMETRY

    def ports(self) -> Ports:
        return replace(super().ports(), source=Listed(self.items))
