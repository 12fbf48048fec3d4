"""Every single value of an alert's JSON with the path to it, made safe, within bounds: what a row is held
against.

Whatever an API adds tomorrow is among them without anybody's reading it first. Objects and lists are those
that `json` makes, of no other class.
"""

from shared.core.alert.reading import CUT_MARK, clean_text

MOST_LEAVES = 20_000  # of one alert; far beyond what one that is no attack holds
MOST_DEPTH = 16
LONGEST = 2_000  # characters of a text
_LONGEST_KEY = 200
_LONGEST_PATH = 500
_ANNOTATION, _TYPE = "@odata.", "@odata.type"
_TOO_DEEP = f"[deeper than {MOST_DEPTH} levels]"
_TOO_MANY = f"[more than {MOST_LEAVES} values]"
_INT64 = 2**63

# (path, the key nearest to it, value). A text longer than LONGEST ends in a mark. A plain tuple: there are
# some hundred of them in an alert.
type Leaf = tuple[str, str, str | int | float | bool]


def leaves_of(raw: object) -> tuple[Leaf, ...]:
    """The leaves in the order they came, the first 20,000; one more, with the path "", says if there are others.

    Null, "" and empty lists and objects say nothing and are left out, as are the notes of OData
    (`@odata.context`, `tags@odata.type` …) but for `@odata.type` itself, which names a kind. What is deeper
    than 16 levels is one leaf that says so.
    """
    found: list[Leaf] = []
    if not _walk(raw, "", "", found, 0):
        found.append(("", "", _TOO_MANY))
    return tuple(found)


def _walk(value: object, path: str, name: str, found: list[Leaf], depth: int) -> bool:
    """Adds the leaves of `value`; False once there is no room."""
    if isinstance(value, dict) and depth < MOST_DEPTH:
        lead = f"{path}." if path else ""
        for key, inner in value.items():
            if inner is None or inner == "":
                continue
            if not key.isascii() or len(key) > _LONGEST_KEY or "\x00" in key:
                key = clean_text(key[:_LONGEST_KEY])
            if _ANNOTATION in key and key != _TYPE:
                continue
            if type(inner) is str:  # most are: no call for what is known already
                found.append(((lead + key)[:_LONGEST_PATH], key, _text(inner)))
            elif not _walk(inner, (lead + key)[:_LONGEST_PATH], key, found, depth + 1):
                return False
        return len(found) < MOST_LEAVES
    if isinstance(value, list) and depth < MOST_DEPTH:
        for at, inner in enumerate(value):
            if not _walk(inner, f"{path}[{at}]", name, found, depth + 1):
                return False
    elif value is not None and value != "":
        found.append((path, name, _plain(value)))
    return len(found) < MOST_LEAVES


def _text(text: str) -> str:
    if len(text) > LONGEST:
        text = text[: LONGEST - len(CUT_MARK)] + CUT_MARK
    return clean_text(text)


def _plain(value: object) -> str | int | float | bool:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return value if -_INT64 <= value < _INT64 else hex(value)[:_LONGEST_KEY]
    if isinstance(value, float):
        is_number = value - value == 0  # neither infinite nor no number, for which JSON has no word
        return value if is_number else str(value)
    return _TOO_DEEP
