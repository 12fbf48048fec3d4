"""DeviceLogonEvents: somebody logged on to the device, or failed to. The actor is the process that saw it."""

from shared.core.tables.cells import Row, Target, account, text
from shared.core.tables.table import IndicatorKind, Table, Told, words


def _told(who: str, action: str, row: Row) -> Told:
    origin = _origin(row)
    did = "failed to log on" if action == "LogonFailed" else "logged on"
    return (text(row, "AccountName") or "somebody", did, f"from {origin}" if origin else "locally")


def _target(row: Row) -> tuple[Target, str]:
    origin = _origin(row)
    return Target.ACCOUNT, f"{account(row, 'Account')}{f' from {origin}' if origin else ''}"


def _origin(row: Row) -> str:
    return text(row, "RemoteIP") or text(row, "RemoteDeviceName")


TABLE = Table(
    name="DeviceLogonEvents",
    columns=words(
        "LogonType AccountName AccountDomain AccountSid Protocol FailureReason IsLocalAdmin LogonId "
        "RemoteDeviceName RemoteIP RemoteIPType RemotePort AdditionalFields"
    ),
    names={IndicatorKind.ADDRESS: ("RemoteIP",), IndicatorKind.ACCOUNT: ("AccountSid", "AccountName")},
    told=_told,
    target=_target,
    shown_as="logon",
)
