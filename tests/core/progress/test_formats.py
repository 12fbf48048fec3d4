"""Stored documents are a contract: with the version before, the one after, and our own names of today."""

import base64
import dataclasses
import json
import typing
import zlib
from collections.abc import Callable, Iterator
from enum import StrEnum

import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Comment, Evidence
from shared.core.alert.normalize import normalize
from shared.core.correlate.finding import Finding
from shared.core.lookups.entities import Device, Enrichment, File, LoggedOnUser, Lookup, Prevalence
from shared.core.progress import codec, formats
from shared.core.progress.versions import digests
from shared.core.values.instant import Instant
from tests.filled import filled
from tests.stored import golden

type Json = typing.Any

DOCUMENTS: dict[str, tuple[type, Callable[[bytes], object]]] = {
    "Finding": (Finding, codec.decode_finding),
    "Enrichment": (Enrichment, codec.decode_enrichment),
}
CACHED = {"device": Device, "users": tuple[LoggedOnUser, ...], "file": File, "address": Prevalence}
IN_DIGESTS = {"Evidence": Evidence, "Account": Account, "Comment": Comment}


def _stored(name: str) -> bytes:
    return base64.b64decode(golden("documents")["documents"][name]["bytes"])


def _plain(body: bytes) -> Json:
    return json.loads(zlib.decompress(body))


def _says(known: Json, says: Json) -> bool:
    """True where everything that is known is said as it was; more may be said."""
    if isinstance(known, dict):
        return all(name in says and _says(value, says[name]) for name, value in known.items())
    if isinstance(known, list):
        return len(known) == len(says) and all(map(_says, known, says))
    return bool(known == says)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_the_first_version_is_read_and_written_as_it_was(name: str) -> None:
    kind, decode = DOCUMENTS[name]
    found = decode(_stored(name))
    assert isinstance(found, kind)
    written = _plain(codec.encode(found))  # type: ignore[arg-type]  # one of the two
    assert _says(golden("documents")["documents"][name]["says"], written["body"])
    assert _says(_plain(_stored(name)), written)


@pytest.mark.parametrize("kind", CACHED)
def test_a_cached_answer_of_the_first_version_is_read_and_written_as_it_was(kind: str) -> None:
    text = golden("documents")["cached"][kind]
    written = codec.to_text(CACHED[kind], codec.from_text(CACHED[kind], text))
    assert _says(json.loads(text), json.loads(written))


def test_what_lies_in_a_digest_has_the_names_it_had() -> None:
    for name, says in golden("documents")["in a digest"].items():
        known = {**says, "kind": filled(EvidenceKind).value} if name == "Evidence" else says
        assert known.keys() == says.keys(), "the first version knew kinds as text; ours are of its words"
        assert _says(known, codec.plain(filled(IN_DIGESTS[name])))


@pytest.mark.parametrize("known", golden("digests"), ids=lambda known: str(known["source"]))
def test_an_alert_that_the_first_version_knew_is_no_news(known: Json) -> None:
    found = digests(normalize(known["raw"], known["source"], fallback=Instant(0)))
    assert (found.hunt, found.status) == (known["hunt"], known["status"])


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    """Every object inside, the outermost first."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


def _repacked(document: Json) -> bytes:
    return zlib.compress(json.dumps(document).encode())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_unknown_field_anywhere_is_passed_over(name: str) -> None:
    _, decode = DOCUMENTS[name]
    classes = [set(names.values()) for names in formats.STORED.values()]
    changed = 0
    for at, known in enumerate(_objects(_plain(_stored(name))["body"])):
        if set(known) in classes:  # else it is a mapping, whose names are data
            document = _plain(_stored(name))
            list(_objects(document["body"]))[at]["of a later version"] = {"x": [1]}
            assert decode(_repacked(document)) == decode(_stored(name))
            changed += 1
    assert changed >= 10


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_field_that_lacks_has_its_default(name: str) -> None:
    _, decode = DOCUMENTS[name]
    whole = decode(_stored(name))
    for field in _plain(_stored(name))["body"]:
        document = _plain(_stored(name))
        del document["body"][field]
        found = decode(_repacked(document))
        assert dataclasses.replace(found, **{field: getattr(whole, field)}) == whole  # type: ignore[type-var]


def test_every_enum_of_a_document_bears_a_word_that_it_does_not_know() -> None:
    words = {str(word): kind for kind in formats.UNKNOWN for word in kind if word}
    met: set[type[StrEnum]] = set()
    for name, (_, decode) in DOCUMENTS.items():
        for at, known in enumerate(_objects(_plain(_stored(name))["body"])):
            for field in [key for key, value in known.items() if isinstance(value, str) and value in words]:
                document = _plain(_stored(name))
                list(_objects(document["body"]))[at][field] = "of a later version"
                decode(_repacked(document))
                met.add(words[known[field]])
    assert met == set(formats.UNKNOWN)


@pytest.mark.parametrize(
    "kind", [kind for kind in formats.STORED if kind is not Lookup], ids=lambda k: k.__name__
)
def test_a_field_that_is_renamed_changes_nothing_that_is_stored(
    kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints = typing.get_type_hints(kind)
    fields = [
        (f"renamed_{field.name}", hints[field.name], dataclasses.field(**_default(field)))
        for field in dataclasses.fields(kind)
    ]
    twin = dataclasses.make_dataclass("Twin", fields, frozen=True, slots=True)
    names = {f"renamed_{name}": stored for name, stored in formats.STORED[kind].items()}
    monkeypatch.setitem(formats.STORED, twin, names)
    value = filled(kind)
    same = twin(**{f"renamed_{field.name}": getattr(value, field.name) for field in dataclasses.fields(kind)})
    text = codec.to_text(kind, value)
    assert codec.to_text(twin, same) == text
    if kind is not Evidence:  # it goes into digests alone, and is never read back
        assert codec.from_text(twin, text) == same


def _default(field: "dataclasses.Field[object]") -> dict[str, typing.Any]:
    if field.default is not dataclasses.MISSING:
        return {"default": field.default}
    return {} if field.default_factory is dataclasses.MISSING else {"default_factory": field.default_factory}


def test_a_field_without_a_stored_name_is_not_stored_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = dataclasses.make_dataclass("Grown", [("key", str), ("grown", str, "")])
    monkeypatch.setitem(formats.STORED, grown, {"key": "key"})
    with pytest.raises(TypeError, match="grown"):
        codec.to_text(grown, grown("k"))
