"""When two outsides stand alike: whatever a next instance does over the one, it does over the other.

Names of etags say nothing but who wrote last. Of times, what is left is the second, and which of any two is
the earlier: a fake clock ticks by microseconds at each look, and nothing is measured so finely.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

_ETAG = re.compile(r'W/"\d+"')
_TIME = re.compile(
    r"datetime\.datetime\((?P<parts>[\d, ]+), tzinfo=datetime\.timezone\.utc\)"
    r"|(?P<second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<ticks>\d{1,7}))?Z"
)

type _Moment = tuple[str, str]  # up to the second, and the rest of it in ticks
type Standing = tuple[object, ...]


def standing_of(*parts: object) -> Standing:
    """Equal for parts that stand alike. A dictionary's order is none of it."""
    pieces = [_piece(text) for part in parts for text in _texts(part)]
    moments = [moment for _, inside in pieces for moment in inside]
    place = {moment: at for at, moment in enumerate(sorted(set(moments)))}
    return (tuple(rest for rest, _ in pieces), tuple((moment[0], place[moment]) for moment in moments))


def _texts(part: object) -> Iterable[str]:
    return sorted(map(repr, part.items())) if isinstance(part, dict) else [repr(part)]


@lru_cache(maxsize=20_000)
def _piece(text: str) -> tuple[str, tuple[_Moment, ...]]:
    """The text without its moments and the names of etags; and the moments."""
    moments = tuple(_moment(found) for found in _TIME.finditer(text))
    return _ETAG.sub("etag", _TIME.sub("moment", text)), moments


def _moment(found: re.Match[str]) -> _Moment:
    if found["parts"] is None:
        return found["second"], (found["ticks"] or "").ljust(7, "0")
    year, month, day, hour, minute, second, micro = [*map(int, found["parts"].split(",")), 0, 0][:7]
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}", f"{micro:06}0"
