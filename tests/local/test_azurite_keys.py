"""Azurite with its tables in the order of their keys answers as it does without, and says so of no other."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from local.azurite import NODE_MODULES, Azurite, AzuriteFailed
from local.certs import Certificates
from shared.adapters.storage.client import StorageTables, quoted
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.wire import Wire

# In the order of code units the face comes before the last letter, in the order of characters after it.
NAMES = st.sampled_from(
    ["", "a", "a|", "a|b", "a}", "A", "b'c", "%7C", "9", "10", "1e1", "ü", "\U0001f642", "\uffee"]
)
OWN = re.compile(
    r'"(?:odata\.etag|Timestamp)":"(?:[^"\\]|\\.)*"'
)  # what two writes of the same row differ in
OLD = "W/\"datetime'2020-01-01T00%3A00%3A00.0000000Z'\""
CONTINUATION = ("NextPartitionKey", "NextRowKey")
OPERATORS = st.sampled_from(["eq", "ne", "ge", "gt", "le", "lt"])
COMPARISONS = st.one_of(
    st.builds("{} {} {}".format, st.sampled_from(["PartitionKey", "RowKey"]), OPERATORS, NAMES.map(quoted)),
    st.builds(
        "{2} {1} {0}".format, st.sampled_from(["PartitionKey", "RowKey"]), OPERATORS, NAMES.map(quoted)
    ),
    st.builds(
        "{} {} {}".format, st.sampled_from(["X", "RowKey", "Y"]), OPERATORS, st.sampled_from(["3", "10"])
    ),
    st.just("Z"),
)
FILTERS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds("{} and {}".format, inner, inner),
        st.builds("({}) or {}".format, inner, inner),
        st.builds("not ({})".format, inner),
        st.builds("({})".format, inner),
    ),
    max_leaves=5,
)
COLUMNS = st.fixed_dictionaries({}, optional={"X": st.integers(0, 12), "Y": NAMES, "Z": st.booleans()})
WRITES = st.lists(
    st.tuples(st.sampled_from(Verb), NAMES, NAMES, COLUMNS, st.booleans()), min_size=1, max_size=8
)
type Write = tuple[Verb, str, str, Mapping[str, object], bool]


class _Table:
    """A table of an Azurite; etags are kept by key, for each Azurite has its own."""

    def __init__(self, azurite: Azurite, wire: Wire, name: str) -> None:
        self.azurite = azurite
        self.name = name
        self.wire = wire
        self.tables = StorageTables(wire)
        self.etags: dict[tuple[str, str], str] = {}

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """Which of them were carried out; those with an etag that does not hold fail their transaction."""
        operations = []
        for verb, partition, row_key, columns, is_held in writes:
            etag = (self.etags.get((partition, row_key)) if is_held else None) or OLD
            operations.append(
                Operation(verb, {"PartitionKey": partition, "RowKey": row_key, **columns}, etag)
            )
        ends = self.tables.apply(self.name, operations)
        self.etags |= {key[1:3]: end for key, end in zip(writes, ends, strict=True) if end}
        return [end is not None for end in ends]

    def pages(self, asked: Mapping[str, str]) -> Iterator[tuple[int, str, Mapping[str, str]]]:
        """Status, body and continuation of each page."""
        further: dict[str, str] = {}
        while True:
            answer = self.wire.get(f"{self.name}()?{urlencode({**asked, **further}, quote_via=quote)}")
            named = ((name, answer.headers.get(f"x-ms-continuation-{name}")) for name in CONTINUATION)
            before, further = further, {name: value for name, value in named if value is not None}
            text = answer.content.decode().replace(self.azurite.table_uri, "")
            yield answer.status_code, OWN.sub("", text) if answer.status_code == 200 else "", further
            if not further or further == before:
                return


@pytest.fixture(scope="module")
def both(certificates: Certificates) -> Iterator[list[tuple[Azurite, Wire]]]:
    """Ours and the unchanged one, each with the connections to it."""
    with (
        pytest.MonkeyPatch.context() as patch,
        Azurite(cert=certificates.cert, key=certificates.key) as ours,
        Azurite(cert=certificates.cert, key=certificates.key, in_key_order=False) as plain,
    ):
        patch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca))
        yield [
            (azurite, Wire.by_connection(azurite.connection_string, {"retry_total": 0}))
            for azurite in (ours, plain)
        ]


@settings(deadline=None, max_examples=25, phases=[Phase.generate])
@given(
    batches=st.lists(WRITES, min_size=1, max_size=4),
    asked=st.lists(st.tuples(FILTERS, st.integers(1, 4)), min_size=2, max_size=6),
)
def test_it_answers_as_the_unchanged_one_does(
    both: list[tuple[Azurite, Wire]], batches: Sequence[Sequence[Write]], asked: Sequence[tuple[str, int]]
) -> None:
    name = f"T{uuid.uuid4().hex}"
    ours, plain = (_Table(azurite, wire, name) for azurite, wire in both)
    for writes in batches:
        assert ours.write(writes) == plain.write(writes)
    for only, top in [("", 3), *asked]:
        question = {"$top": f"{top}", **({"$filter": only} if only else {})}
        assert list(ours.pages(question)) == list(plain.pages(question)), question


def test_an_unknown_version_is_refused_in_words(certificates: Certificates, tmp_path: Path) -> None:
    whole = NODE_MODULES / "azurite"
    other = tmp_path / "azurite"
    (other / "dist" / "src").mkdir(parents=True)
    (other / "dist" / "src" / "azurite.js").write_text("")
    package = json.loads((whole / "package.json").read_text("utf-8"))
    (other / "package.json").write_text(json.dumps(package | {"version": "3.99.0"}))
    azurite = Azurite(cert=certificates.cert, key=certificates.key, node_modules=tmp_path)
    with pytest.raises(AzuriteFailed, match=r"Azurite is 3\.99\.0, and local/azurite_keys\.js knows"):
        azurite.start()
