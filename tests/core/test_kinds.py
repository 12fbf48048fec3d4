"""Each kind of evidence is read, looked up, hunted and shown as its declaration says, and no other way."""

from dataclasses import replace
from typing import assert_never

import pytest

from shared.core.alert.kinds import Entity, EvidenceKind, kind_of, use_of
from shared.core.alert.model import Account, Evidence
from shared.core.alert.normalize_graph import _PREFIX, _READERS
from shared.core.correlate.alert_evidence import evidence_by_alert
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.subject import subject_of
from shared.core.lookups import wanted_entities
from shared.core.lookups.entities import Enrichment
from shared.core.progress import Digests, digests
from shared.core.row.entities_json import entities_of
from shared.core.row.facts import Facts
from shared.core.row.ocsf_objects import evidences_of
from shared.core.values import Portal
from tests.builders import DEVICE, T0, alert
from tests.core.samples import raw, read

ALICE = Account(name="alice", domain="CONTOSO")
EVERYTHING = Evidence(
    kind=EvidenceKind.OTHER,
    kind_text="Odd",
    sha1="a" * 40,
    file_name="a.exe",
    ip_address="203.0.113.9",
    url="https://evil.example/x",
    registry_hive="HKLM",
    registry_key="Software\\Run",
    account=ALICE,
)
by_kind = pytest.mark.parametrize("kind", EvidenceKind)


def sample(kind: EvidenceKind) -> Evidence:
    """Evidence of this kind with all that the APIs give of it."""
    bare = Evidence(kind=kind, kind_text=kind.title())
    match kind:
        case EvidenceKind.PROCESS:
            return replace(bare, process_id=7, file_name="a.exe", sha1="a" * 40, account=ALICE)
        case EvidenceKind.FILE:
            return replace(bare, file_name="a.exe", folder_path="C:\\Temp", sha1="a" * 40)
        case EvidenceKind.USER:
            return replace(bare, account=ALICE)
        case EvidenceKind.IP:
            return replace(bare, ip_address="203.0.113.9")
        case EvidenceKind.URL:
            return replace(bare, url="https://evil.example/x")
        case EvidenceKind.REGISTRY:
            return replace(bare, registry_hive="HKLM", registry_key="Software\\Run")
        case EvidenceKind.DEVICE:
            return replace(bare, device_id=DEVICE, device_name="ws-0042")
        case EvidenceKind.OTHER:
            return EVERYTHING
        case _:
            assert_never(kind)


@by_kind
def test_it_is_read_from_every_word_that_an_api_has_for_it(kind: EvidenceKind) -> None:
    for word in use_of(kind).words:
        for spelled in (word, word.title(), word.upper()):
            body = raw("defender") | {"evidence": [{"entityType": spelled}]}
            assert [item.kind for item in read(body).evidence] == [kind]
            (item,) = evidence_by_alert([{"AlertId": "a", "EntityType": spelled}])["a"]
            assert item.kind is kind
    for named in use_of(kind).graph:
        body = raw("graph") | {"evidence": [{"@odata.type": _PREFIX + named}]}
        assert read(body, "graph").evidence[0].kind is kind


def test_every_type_of_graph_that_is_read_belongs_to_one_kind() -> None:
    named = [name for kind in EvidenceKind for name in use_of(kind).graph]
    assert sorted(named) == sorted({*_READERS, "deviceEvidence"})
    words = [word for kind in EvidenceKind for word in use_of(kind).words]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("word", ["", "KitchenTimer", "Process ", "process" * 9_000, "pro\u0441ess"])
def test_a_word_that_no_kind_has_is_other(word: str) -> None:
    assert kind_of(word) is EvidenceKind.OTHER


@by_kind
def test_what_it_names_is_looked_up(kind: EvidenceKind) -> None:
    wanted = wanted_entities(alert(evidence=(sample(kind),)))
    asked = {Entity.FILE: wanted.files, Entity.ADDRESS: wanted.addresses, Entity.DOMAIN: wanted.domains}
    assert tuple(entity for entity in Entity if asked[entity]) == use_of(kind).looked_up
    elsewhere = replace(sample(kind), device_id="b" * 40)
    assert wanted_entities(alert(evidence=(elsewhere,))).devices == (DEVICE, "b" * 40)


@by_kind
def test_rows_that_name_it_are_hunted(kind: EvidenceKind) -> None:
    item = sample(kind)
    subject = subject_of(alert(evidence=(item,)), (), T0.plus(9_000), HuntPolicy())
    assert {one.method.value for one in subject.indicators} == {one.value for one in use_of(kind).hunted}
    known = replace(item, process_created=T0)
    refs = subject_of(alert(evidence=(known,)), (), T0.plus(9_000), HuntPolicy()).processes
    assert bool(refs) == (kind is EvidenceKind.PROCESS)


@by_kind
def test_it_stands_in_the_finding_and_among_the_entities(kind: EvidenceKind) -> None:
    item = replace(sample(kind), extra={"minutes": 12})
    (artifact,) = evidences_of(alert(evidence=(item,)))
    assert use_of(kind).shown in artifact
    entries = entities_of(alert(evidence=(item,)), Facts(Enrichment()), Portal())
    shown = entries[-1]
    assert isinstance(shown, dict) and shown["kind"] == kind.value and len(shown) > 1


def test_an_alert_is_no_new_version_by_the_way_its_kinds_are_kept() -> None:
    """The digests that the first version stored: others would make a new version of every alert."""
    assert digests(read(raw("defender"))) == Digests(
        "ea3f4211034ae06e28c8c6c390718395", "29b71acd4e228bf15f54314f38013f5f"
    )
    assert digests(read(raw("graph"), "graph")) == Digests(
        "fb85ad52777a0fd6c8d5b6c4cd8f0a55", "e16acb93b9baa3cfc9d263630695c01c"
    )
