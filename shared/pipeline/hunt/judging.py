"""What people know and said of the alerts of one publication, and what goes back to them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from shared.core.alert import Alert
from shared.core.conclude import Sighting
from shared.core.known_benign import marks
from shared.core.progress import LedgerRow
from shared.core.row import Context
from shared.core.values import Columns, StoredRow
from shared.core.verdicts import detector_trait, record_text, sighting_of
from shared.core.write_back import wanted
from shared.pipeline.hunt import write_back
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports


class Judging:
    """One publication's. `found` are the sightings of the alerts' detectors, by trait."""

    def __init__(self, ports: Ports, policy: Policy, found: Mapping[str, Sequence[Sighting]]) -> None:
        self._ports = ports
        self._policy = policy
        self._found = found
        self._entries = ports.known_benign()
        self._shown: dict[str, tuple[LedgerRow, Alert, Columns, Columns]] = {}

    def context(self, context: Context, alert: Alert, now: datetime) -> Context:
        """The context with what is known beside the alert's own content."""
        mode = self._policy.write_back
        return replace(
            context,
            known_benign=lambda columns: marks(self._entries, columns, now),
            detector_record=record_text(self._found.get(trait_of(alert), ()), alert.id),
            write_back=lambda before, shown, is_history: wanted(mode, before, shown, is_history=is_history),
        )

    def decided(
        self, row: LedgerRow, alert: Alert, stored: StoredRow | None, columns: Columns | None
    ) -> None:
        """Remembers what the alert's row said, and with `columns` will say."""
        before = stored.columns if stored else {}
        self._shown[row.alert_id] = (row, alert, before, {**before, **(columns or {})})

    def verdicts(self) -> list[Sighting]:
        """What analysts said, to remember for other alerts of the same detectors."""
        said = (
            sighting_of(before, now, alert.id, alert.created)
            for _, alert, before, now in self._shown.values()
        )
        return [one for one in said if one is not None]

    def queue_writes(self) -> None:
        """Queues the comments that the rows say to be waiting; call it once the rows are written."""
        shown = [(row, alert, now) for row, alert, _, now in self._shown.values()]
        write_back.want(self._ports, self._policy, shown)


def trait_of(alert: Alert) -> str:
    """Under which key verdicts on alerts of its detector are remembered; "" where it names none."""
    return detector_trait(alert.detector_id or "")
