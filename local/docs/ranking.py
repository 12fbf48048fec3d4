"""Which of several things of an alert is shown first, as a table for people: `core.alert.ranking` decides."""

from typing import NamedTuple

from shared.core.alert import ranking

USERS = (
    "the user that the evidence names",
    "relatedUser",
    "the account of a process, the gravest process first",
    "the account of any other evidence",
    "the account of the tied process",
    "who is logged on to the device",
)

ADDRESSES = ("outside", "private", "link-local, loopback, multicast")
PERSONS = ("persons", "accounts of machines and services")
STATES = ("still there", "only Detected", "nothing said", "stopped")


class Order(NamedTuple):
    """How columns are chosen: by each list in turn, what stands first in it first; then the API's order."""

    columns: str
    by: tuple[tuple[str, ...], ...]


_BESIDE_LAST = ("what the alert is about", "devices, users and what was found clean")
_SAYS_LAST = ("words that say something", "None and Unknown")
TABLE = (
    Order("DetectionStatus", (_SAYS_LAST, _BESIDE_LAST, ranking.DETECTIONS)),
    Order("RemediationStatus", (_SAYS_LAST, _BESIDE_LAST, ranking.REMEDIATIONS)),
    Order("EvidenceVerdict", (("anything else", "devices and users"), ranking.VERDICTS)),
    Order("ProcessName …", (ranking.VERDICTS, ("with a pid", "without one"), STATES)),
    Order("FileName …", (ranking.VERDICTS, ("files", "images of processes"), STATES)),
    Order("ThreatName", (("the alert's own", "malware of the evidence"), ranking.VERDICTS, STATES)),
    Order(
        "DvcId, DvcHostname …",
        (("with Defender's id", "without it"), ranking.DEVICE_ROLES, ("of the alert's process", "others")),
    ),
    Order("Username …", (PERSONS, USERS, ranking.VERDICTS)),
    Order("IpAddr", (ranking.VERDICTS, ADDRESSES)),
    Order("Url", (("of the evidence", "the alert's domains"), ranking.VERDICTS, STATES)),
    Order("RegistryKey …", (ranking.VERDICTS, ("with a value's name", "without one"), STATES)),
)
