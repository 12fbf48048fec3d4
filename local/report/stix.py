"""An incident's indicators as a STIX 2.1 bundle, made by OASIS's own library.

https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html (read 2026-11-30)
"""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from local.report.indicators import Indicator

_OURS = uuid.UUID("6a2f0f0e-7c5b-5d7f-9a55-0f3f1de7c0a4")  # the same value has the same id in every bundle
_PATHS = {
    "ipv4": ("ipv4-addr", ["value"]),
    "ipv6": ("ipv6-addr", ["value"]),
    "domain": ("domain-name", ["value"]),
    "url": ("url", ["value"]),
}


def bundle(
    title: str, indicators: list[Indicator], *, is_proven: bool, seen: dt.datetime, made: dt.datetime
) -> str:
    """The bundle's JSON: the indicators, and a grouping with the incident's title that names them; "" where
    there are none. `is_proven` calls them malicious, else anomalous; `seen` is when the activity began, and
    both times are aware. A value that cannot stand in a pattern is left out."""
    if not indicators:
        return ""
    title = _encodable(title)
    import stix2  # type: ignore[import-untyped]  # half a second, which a page without incidents does not need

    kind = "malicious-activity" if is_proven else "anomalous-activity"
    found = [made_of for one in indicators if (made_of := _indicator(stix2, one, kind, seen, made))]
    if not found:
        return ""
    ids = [one.id for one in found]
    grouping = stix2.Grouping(
        id=f"grouping--{uuid.uuid5(_OURS, title + chr(10) + chr(10).join(ids))}",
        name=title,
        context="suspicious-activity",
        object_refs=ids,
        created=made,
        modified=made,
    )
    name = f"bundle--{uuid.uuid5(_OURS, grouping.id + made.isoformat())}"
    text: str = stix2.Bundle(grouping, *found, id=name).serialize()
    return text


def _encodable(text: str) -> str:
    """Half of a pair, as a broken name may hold it, is written as an escape: UTF-8 has no form for it."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _indicator(stix2: Any, one: Indicator, kind: str, seen: dt.datetime, made: dt.datetime) -> Any:
    """The library's object; None where the library refuses the value."""
    one = replace(one, **{name: _encodable(text) for name, text in asdict(one).items()})
    with suppress(stix2.exceptions.STIXError):
        return stix2.Indicator(
            id=f"indicator--{uuid.uuid5(_OURS, one.kind + chr(10) + one.value)}",
            name=(one.name or one.value)[:250],
            description=f"{one.kind}, {one.origin}"[:500],
            indicator_types=[kind],
            pattern=str(_pattern(stix2, one)),
            pattern_type="stix",
            valid_from=min(seen, made),
            created=made,
            modified=made,
        )
    return None


def _pattern(stix2: Any, one: Indicator) -> Any:
    """The library writes the values into the pattern and escapes them."""
    if one.kind == "file":
        hashes = [
            ("SHA-256" if len(value) == 64 else "SHA-1", value) for value in (one.value, one.also) if value
        ]
        paths = [(stix2.ObjectPath("file", ["hashes", name]), value) for name, value in hashes]
    else:
        root, path = _PATHS[one.kind]
        paths = [(stix2.ObjectPath(root, path), one.value)]
    equal = [stix2.EqualityComparisonExpression(path, stix2.StringConstant(value)) for path, value in paths]
    whole = equal[0] if len(equal) == 1 else stix2.OrBooleanExpression(equal)
    return stix2.ObservationExpression(whole)
