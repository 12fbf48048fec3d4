from dataclasses import fields, replace

import pytest

from shared.core.alert.model import Account, Alert, Comment, Severity
from shared.core.progress import versions
from shared.core.progress.versions import digests
from tests.builders import T0
from tests.core.samples import raw, read

ALERT = read(raw("defender"))
NEW = {
    "severity": Severity.HIGH,
    "first_event": T0,
    "last_event": T0,
    "resolved": None,
    "related_user": Account("root"),
    "logged_on_users": (Account("root"),),
    "comments": (*ALERT.comments, Comment("and again")),
    "techniques": ("T1486",),
    "domains": (),
    "evidence": ALERT.evidence[1:],
    "unreadable": ("title",),
    "created": T0,
    "last_update": T0,
    "extra": {"new": 1},
}


def altered(name: str) -> Alert:
    """The alert with another value in one field."""
    if name == "severity_text":
        return replace(ALERT, severity=Severity.UNKNOWN, severity_text="Dreadful")
    return replace(ALERT, **{name: NEW.get(name, "something else")})  # type: ignore[arg-type]  # named fields


def test_every_field_of_an_alert_belongs_to_one_digest_or_to_none_on_purpose() -> None:
    placed = [*versions.HUNT_FIELDS, *versions.STATUS_FIELDS, *versions.UNVERSIONED_FIELDS]
    assert sorted(placed) == sorted(field.name for field in fields(Alert))


@pytest.mark.parametrize("name", versions.HUNT_FIELDS)
def test_what_we_look_for_or_show_changes_the_hunt_alone(name: str) -> None:
    old, new = digests(ALERT), digests(altered(name))
    assert (old.hunt != new.hunt, old.status == new.status) == (True, True)


@pytest.mark.parametrize("name", versions.STATUS_FIELDS)
def test_what_needs_only_writing_changes_the_status_alone(name: str) -> None:
    old, new = digests(ALERT), digests(altered(name))
    assert (old.hunt == new.hunt, old.status != new.status) == (True, True) or name == "severity_text"


@pytest.mark.parametrize("name", versions.UNVERSIONED_FIELDS)
def test_an_update_that_means_nothing_costs_nothing(name: str) -> None:
    assert digests(altered(name)) == digests(ALERT)


def test_the_order_of_lists_means_nothing() -> None:
    turned = replace(
        ALERT,
        evidence=ALERT.evidence[::-1] + ALERT.evidence[:2],
        techniques=ALERT.techniques[::-1],
    )
    assert digests(turned) == digests(ALERT)


def test_evidence_differs_by_what_it_names_not_by_when_or_how_it_was_sent() -> None:
    first, *others = ALERT.evidence
    same = replace(first, created=T0, kind_text="processEvidence", extra={"tags": ["a"]})
    assert digests(replace(ALERT, evidence=(same, *others))) == digests(ALERT)
    for change in ({"process_id": 1}, {"process_created": T0}, {"verdict": "Malicious"}, {"account": None}):
        new = replace(first, **change)
        assert digests(replace(ALERT, evidence=(new, *others))).hunt != digests(ALERT).hunt


def test_evidence_of_an_unknown_kind_differs_by_all_it_carries() -> None:
    *others, unknown = ALERT.evidence
    assert unknown.kind == "other"
    new = replace(unknown, extra={**unknown.extra, "minutes": 13})
    assert digests(replace(ALERT, evidence=(*others, new))).hunt != digests(ALERT).hunt


def test_a_known_severity_is_the_same_in_either_spelling() -> None:
    assert digests(replace(ALERT, severity_text="medium")) == digests(ALERT)
    unknown = altered("severity_text")
    assert digests(unknown).status != digests(replace(unknown, severity_text="Awful")).status
