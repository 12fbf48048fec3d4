"""Which fields of a look-up reach a row; the others are only stored, and nothing joins them unseen."""

from dataclasses import fields, replace

import pytest

from shared.core.alert.model import Account
from shared.core.conclude import NO_RULES, conclude
from shared.core.lookups.entities import Device, Enrichment, File, LoggedOnUser, Lookup, Outcome, Prevalence
from shared.core.row import content
from shared.core.values.instant import Instant
from shared.core.values.records import Column
from tests.builders import DEVICE, T0, alert, evidence, finding, node

SHA1, SHA256, MD5, ADDRESS = "a" * 40, "b" * 64, "c" * 32, "203.0.113.9"
BARE: tuple[Device | LoggedOnUser | File | Prevalence, ...] = (
    Device(DEVICE, os="Linux"),
    LoggedOnUser(Account("bob")),
    File(MD5, global_prevalence=1),
    Prevalence(ADDRESS),
)
# Stored with every answer and never shown: the keys, by which it is found, and what nobody asked for yet.
STORED_ONLY = {
    "Device": {"id", "onboarding", "aad_device_id"},
    "LoggedOnUser": {"logon_types", "first_seen", "last_seen"},
    "File": {
        "key",
        "size",
        "issuer",
        "determination",
        "determination_value",
        "global_first_seen",
        "org_first_seen",
        "org_last_seen",
    },
    "Prevalence": {"key", "org_first_seen", "org_last_seen"},
}
# A value that each field can take: the first of its type that fits it.
VALUES: tuple[object, ...] = (
    "Windows11",
    "10.9.9.9",
    77,
    True,
    T0,
    Instant.parse("2020-01-01T00:00:00Z"),
    ("vip",),
    Account("carol"),
)


def rows_with(value: object) -> list[dict[str, Column]]:
    """Rows of an alert that names a device, a file (by either hash) and an address, with this answer."""
    return [_row(value, "md5", MD5), _row(value, "sha256", SHA256)]


def _row(value: object, name: str, digest: str) -> dict[str, Column]:
    device, user, file, prevalence = (value if type(value) is type(bare) else bare for bare in BARE)
    looked_up = Enrichment(
        devices={DEVICE: Lookup(Outcome.FOUND, device)},  # type: ignore[arg-type]  # in the order of BARE
        users={DEVICE: Lookup(Outcome.FOUND, (user,))},  # type: ignore[arg-type]
        files=dict.fromkeys((digest, SHA1), Lookup(Outcome.FOUND, file)),  # type: ignore[arg-type]
        addresses={ADDRESS: Lookup(Outcome.FOUND, prevalence)},  # type: ignore[arg-type]
    )
    items = (evidence("file", **{name: digest}), evidence("ip", ip_address=ADDRESS))
    about = alert(evidence=items, device_name=None)
    tied = finding(nodes=(node("a.exe", sha1=SHA1),))
    return content(about, looked_up, tied, conclude(about, looked_up, tied, NO_RULES), "")


@pytest.mark.parametrize("bare", BARE, ids=lambda bare: type(bare).__name__)
def test_a_field_of_a_look_up_is_shown_or_listed_here(
    bare: Device | LoggedOnUser | File | Prevalence,
) -> None:
    plain = rows_with(bare)
    unseen = set()
    for field in fields(bare):
        others = [
            replace(bare, **{field.name: value})  # type: ignore[arg-type]  # of the field's type
            for value in _fitting(str(field.type))
        ]
        assert others, f"no value here is {field.type}"
        if all(rows_with(other) == plain for other in others):
            unseen.add(field.name)
    assert unseen == STORED_ONLY[type(bare).__name__]


def _fitting(hint: str) -> list[object]:
    return [value for value in VALUES if type(value).__name__ in hint]
