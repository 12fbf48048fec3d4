"""What answers tell besides rows of telemetry: of alerts, of devices, of the tenant, and of the service."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.core.alert import Evidence
from shared.core.correlate import evidence_by_alert
from shared.core.hunting.alert_evidence_query import merged_devices
from shared.core.hunting.case import Answer
from shared.core.hunting.gaps import Gap
from shared.core.hunting.wants import DeviceKnown


@dataclass(frozen=True, slots=True)
class Told:
    """`more` is evidence of alerts by id, `devices` are those that hunting knows, `lacking` what the tenant's
    hunting has not, by alert id, `merged_into` the ids that devices have now, `is_served` where any question
    was answered."""

    more: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)
    devices: frozenset[str] = frozenset()
    lacking: Mapping[str, frozenset[Gap]] = field(default_factory=dict)
    merged_into: Mapping[str, str] = field(default_factory=dict)
    is_served: bool = False

    def plus(self, answer: Answer) -> "Told":
        """With this answer too."""
        told = replace(self, is_served=self.is_served or answer.failure is None)
        if answer.lacking:
            theirs = {
                alert_id: self.lacking.get(alert_id, frozenset()) | set(answer.lacking)
                for alert_id in answer.query.alert_ids
            }
            told = replace(told, lacking={**self.lacking, **theirs})
        if answer.query.name == "alert-evidence":
            return replace(told, more={**self.more, **evidence_by_alert(answer.rows)})
        if answer.query.name == "device-known":
            asked = {want.device_id for want in answer.query.wants if isinstance(want, DeviceKnown)}
            # Where the table that tells of devices is not there, none is called unknown.
            seen = {str(row.get("DeviceId", "")).lower() for row in answer.rows}
            return replace(
                told,
                devices=self.devices | (asked if answer.lacking else seen),
                merged_into={**self.merged_into, **merged_devices(answer.rows, asked)},
            )
        return told
