"""An OCSF finding made to fit a column: JSON that stays valid, and that says what was left out."""

from collections.abc import Mapping
from typing import cast

from shared.core.alert import clean_text
from shared.core.row.text import cut, dumps
from shared.core.values import number_of

# Strings are cut first. Then observables (what to search for) get half of the room, and evidences the rest;
# what has no room is left out from the end. Where even that is not enough, again with shorter strings.
_STRING_LIMITS = (4_000, 1_000, 200, 60)
_LISTS = ("evidences", "observables")


def fit(finding: dict[str, object], limit: int) -> tuple[str, bool]:
    """(JSON of at most `limit` characters, whether anything was cut).

    What was cut is said in `metadata.is_truncated`, `metadata.untruncated_size` and `unmapped.left_out`. What
    is not in those lists is of bounded count, so the last round always fits; ValueError would mean that it
    does not.
    """
    whole = dumps(finding)
    if not _is_clean(whole):
        whole = dumps(_cleaned(finding, None))
    if len(whole) <= limit:
        return whole, False
    for strings in _STRING_LIMITS:
        text = _shrunk(finding, strings, limit, len(whole))
        if text is not None:
            return text, True
    raise ValueError("an OCSF finding that cannot be made to fit")


def _shrunk(finding: dict[str, object], strings: int, limit: int, size: int) -> str | None:
    made = cast("dict[str, object]", _cleaned(finding, strings))
    metadata = cast("dict[str, object]", made["metadata"])
    metadata |= {"is_truncated": True, "untruncated_size": max(size, number_of(metadata, "untruncated_size"))}
    for name in ("metadata", "finding_info"):  # an id that was cut would be another alert's
        cast("dict[str, object]", made[name])["uid"] = cast("Mapping[str, object]", finding[name])["uid"]
    lists = {name: cast("list[object]", made.pop(name, [])) for name in _LISTS}
    unmapped = cast("dict[str, object]", made["unmapped"])
    earlier = cast("Mapping[str, object]", unmapped.get("left_out", {}))  # of a finding that was cut before
    left_out = {"strings_longer_than": strings, **{name: number_of(earlier, name) for name in _LISTS}}
    unmapped["left_out"] = left_out
    room = limit - len(dumps(made)) - 60
    if room < 0:
        return None
    observables, spare = _that_fit(lists["observables"], room // 2)
    evidences, _ = _that_fit(lists["evidences"], room - room // 2 + spare)
    for name, kept in (("evidences", evidences), ("observables", observables)):
        left_out[name] += len(lists[name]) - len(kept)
        if kept:
            made[name] = kept
    return dumps(made)


def _is_clean(whole: str) -> bool:
    """True where there is surely nothing to clean: neither null, nor NUL, nor any surrogate."""
    return "null" not in whole and "\\u0000" not in whole and "\\ud" not in whole


def _that_fit(items: list[object], room: int) -> tuple[list[object], int]:
    """(the items that have room, first come first served; the room then left)."""
    kept = []
    for item in items:
        needed = len(dumps(item)) + 1
        if needed > room:
            continue
        room -= needed
        kept.append(item)
    return kept, room


def _cleaned(value: object, limit: int | None) -> object:
    """A copy without NULs, lone surrogates and nulls, its strings cut to `limit` UTF-16 units."""
    if isinstance(value, str):
        safe = clean_text(value)
        return safe if limit is None else cut(safe, limit)
    if isinstance(value, Mapping):
        return {str(key): _cleaned(inner, limit) for key, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [_cleaned(inner, limit) for inner in value if inner is not None]
    return value
