"""An OCSF finding made to fit a column: JSON that stays valid, and that says what was left out."""

from collections.abc import Mapping
from typing import cast

from shared.core.reading import clean_text
from shared.core.row.text import cut, dumps

# Strings are cut first; then what has no room any more is left out, evidences before observables; and again
# with shorter strings where even that is not enough.
_STRING_LIMITS = (4_000, 1_000, 200, 60)
_LISTS = ("evidences", "observables")


def fit(finding: dict[str, object], limit: int) -> tuple[str, bool]:
    """(JSON of at most `limit` characters, whether anything was cut).

    What was cut is said in `metadata.is_truncated`, `metadata.untruncated_size` and `unmapped.left_out`. What
    is not in those lists is of bounded count, so the last round always fits; ValueError would mean that it
    does not.
    """
    clean = _cleaned(finding, None)
    whole = dumps(clean)
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
    metadata |= {"is_truncated": True, "untruncated_size": size}
    for name in ("metadata", "finding_info"):  # an id that was cut would be another alert's
        cast("dict[str, object]", made[name])["uid"] = cast("Mapping[str, object]", finding[name])["uid"]
    lists = {name: cast("list[object]", made.pop(name, [])) for name in _LISTS}
    left_out = {"strings_longer_than": strings, "evidences": 0, "observables": 0}
    made["unmapped"] = {**cast("Mapping[str, object]", made["unmapped"]), "left_out": left_out}
    room = limit - len(dumps(made)) - 60
    if room < 0:
        return None
    # Observables repeat what the evidences hold in a form to be searched for, so they are the last to go.
    observables, room = _that_fit(lists["observables"], room)
    evidences, _ = _that_fit(lists["evidences"], room)
    left_out["evidences"] = len(lists["evidences"]) - len(evidences)
    left_out["observables"] = len(lists["observables"]) - len(observables)
    for name, kept in (("evidences", evidences), ("observables", observables)):
        if kept:
            made[name] = kept
    return dumps(made)


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
