"""DeviceNetworkEvents: a process connected, was refused, or listened."""

from shared.core.tables.cells import Row, text
from shared.core.tables.table import IMAGE_HASHES, IndicatorKind, Table, Told, words


def _told(who: str, action: str, row: Row) -> Told:
    where, port = text(row, "RemoteUrl") or text(row, "RemoteIP"), text(row, "RemotePort")
    did = "was refused by" if action == "ConnectionFailed" else "connected to"
    return (who, did, f"{where} port {port}" if port else where)


TABLE = Table(
    name="DeviceNetworkEvents",
    columns=words("RemoteIP RemotePort RemoteUrl RemoteIPType LocalIP LocalPort Protocol AdditionalFields"),
    rule_columns=("InitiatingProcessVersionInfoOriginalFileName",),
    names={
        IndicatorKind.FILE_HASH: IMAGE_HASHES,
        # A row may have an address where its column promises a URL.
        IndicatorKind.ADDRESS: ("RemoteIP", "RemoteUrl"),
        IndicatorKind.URL: ("RemoteUrl",),
    },
    told=_told,
    counted=("connection", "connections"),
    devices_by="RemoteIP",
    shown_as="network",
)
