"""What a hunt sees of its alerts in the rows received so far; each alert's tie is worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.core import correlate
from shared.core.correlate import HuntPolicy, Mentions, Proves, Ref, Subject, Telemetry, Tie, View


@dataclass(frozen=True, slots=True)
class Sight:
    """Rows by process and by what they name, as these alerts, by their ids, see them."""

    subjects: Mapping[str, Subject]
    view: View
    found: Mentions
    _ties: dict[str, Tie] = field(default_factory=dict)

    @classmethod
    def of(
        cls, telemetry: Telemetry, subjects: Mapping[str, Subject], policy: HuntPolicy, proves: Proves
    ) -> "Sight":
        """The rows as these alerts see them."""
        view = View(telemetry, _named_processes(subjects), policy, proves)
        return cls(subjects, view, Mentions(view))

    def tie(self, subject: Subject) -> Tie:
        """The strongest tie of one of the alerts: planning asks for it, and what is found is made of it."""
        tie = self._ties.get(subject.alert_id)
        if tie is None:
            tie = self._ties[subject.alert_id] = correlate.tie_of_subject(self.view, self.found, subject)
        return tie


def _named_processes(subjects: Mapping[str, Subject]) -> list[Ref]:
    return [ref for subject in subjects.values() for ref in subject.processes]
