"""What is known of a device or a file: the look-up's word, and the alert's own where that has none."""

from shared.core.alert import Evidence
from shared.core.lookups import Device, Enrichment, File, said, value_in
from shared.core.row.names import hashes_of

type _Known[T] = tuple[T | None, str]


class Facts:
    """Facts with their origin (`look-up`, `alert`, both or ""), read once for each piece of evidence."""

    __slots__ = ("_devices", "_files", "enrichment")

    def __init__(self, enrichment: Enrichment) -> None:
        self.enrichment = enrichment
        self._devices: dict[int, tuple[Evidence, _Known[Device]]] = {}  # the item keeps its id() its own
        self._files: dict[int, tuple[Evidence, _Known[File]]] = {}

    def device(self, item: Evidence) -> _Known[Device]:
        """What is known of the device that the item names."""
        if id(item) not in self._devices:
            known = value_in(self.enrichment.devices, item.device_id)
            self._devices[id(item)] = item, _joined(known, said.device_said(item) if item.extra else None)
        return self._devices[id(item)][1]

    def file(self, item: Evidence) -> _Known[File]:
        """The same of the item's file."""
        if not item.extra and not self.enrichment.files:
            return None, ""
        if id(item) not in self._files:
            looked_up = (value_in(self.enrichment.files, key) for key in hashes_of(item))
            known = next((file for file in looked_up if file is not None), None)
            self._files[id(item)] = item, _joined(known, said.file_said(item) if item.extra else None)
        return self._files[id(item)][1]


def _joined[T: (Device, File)](known: T | None, told: T | None) -> _Known[T]:
    origin = said.origin_of(known, told)
    if told is None or not origin.endswith("alert"):
        return known, origin
    return said.filled_up(known, told), origin
