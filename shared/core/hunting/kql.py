"""KQL text: values in it, and links that open it in the portal.

Text from outside enters a query through `literal` and nowhere else.
"""

import base64
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from shared.core.tables import LOGONS, TABLES
from shared.core.values import Instant, Portal

MAX_LINK = 2_000  # characters; longer addresses are cut by chat clients and some browsers
_PORTAL = Portal()
_NOT_PLAIN = re.compile(r"[^ !#-\[\]-~]", re.ASCII)
_LONGEST = 2**63


def literal(text: str) -> str:
    r"""A KQL string literal whose value is `text`, in printable ASCII.

    Only `\"`, `\\` and `\uXXXX` (UTF-16 pairs above U+FFFF) are used, so that the same text is right in a
    plain literal and inside `dynamic([...])`; a lone surrogate becomes U+FFFD. Never cut: half a value
    matches other things.
    """
    # A long text has few characters that are not plain, each of them often.
    escapes = {ord(char): _escaped(char) for char in set(_NOT_PLAIN.findall(text))}
    return f'"{text.translate(escapes) if escapes else text}"'


def _escaped(char: str) -> str:
    code = ord(char)
    if char in '"\\':
        return "\\" + char
    if 0xD800 <= code <= 0xDFFF:
        return "\\uFFFD"
    if code <= 0xFFFF:
        return f"\\u{code:04X}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04X}\\u{0xDC00 + low:04X}"


def moment(instant: Instant) -> str:
    """A datetime literal with all seven sub-second digits."""
    return f"datetime({instant.text()})"


def number(value: int) -> str:
    """A long literal. Raises ValueError outside 64 bits."""
    if not -_LONGEST <= value < _LONGEST:
        raise ValueError("a number of more than 64 bits")
    return str(value) if value >= 0 else f"long({value})"


def strings(values: Iterable[str]) -> str:
    """The right side of `in`, `("a", "b")`: each value once, sorted. Raises ValueError for no value."""
    return _listed(literal(value) for value in sorted(set(values)))


def numbers(values: Iterable[int]) -> str:
    """The right side of `in`, `(1, 2)`: each value once, sorted. Raises ValueError for no value."""
    return _listed(number(value) for value in sorted(set(values)))


def _listed(texts: Iterable[str]) -> str:
    listed = ", ".join(texts)
    if not listed:
        raise ValueError("an empty list matches nothing: leave the query out")
    return f"({listed})"


def between(first: Instant, last: Instant) -> str:
    """The right side of a time filter, both ends included."""
    return f"between ({moment(first)} .. {moment(last)})"


def table(columns: str, rows: Sequence[Sequence[str]]) -> str:
    """A datatable of cells that are KQL already, a row a line; `columns` as `Name:type, Name:type`."""
    listed = ",\n".join("    " + ", ".join(cells) for cells in rows)
    return f"datatable({columns}) [\n{listed}\n]"


def union(branches: Iterable[str]) -> str:
    """All rows of the branches, each a query of its own."""
    return "union\n" + ",\n".join(indented(f"({branch})") for branch in branches)


def lines(*texts: str) -> str:
    """The texts, one below the other."""
    return "\n".join(texts)


def indented(text: str) -> str:
    """`text` with every line moved right."""
    return "    " + text.replace("\n", "\n    ")


@dataclass(frozen=True, slots=True)
class Link:
    """An address that opens a query in the portal; `is_shortened` where a shorter query had to stand in.

    `url` is "" where not even the shortest fits.
    """

    url: str
    is_shortened: bool = False


_SMALL, _LARGE = 16 + 12, 16 + 15  # gzip with windows of 4 and of 32 KB
_IN_SMALL = 3_800  # bytes, of which zlib sees each from each with the small one


def portal_link(*queries: str, portal: Portal = _PORTAL, days: int = 30) -> Link:
    """A link to the first of the queries whose address has at most 2,000 characters.

    The address's form is widely used in public tools and not documented: base64url of the gzip of UTF-16LE.
    """
    span = "day" if days <= 1 else "week" if days <= 7 else "month"
    for index, query in enumerate(queries):
        raw = query.encode("utf-16-le", "surrogatepass")
        # Gzip with a header that has no time in it; memory for a text as short as one that fits. A window no
        # larger than the text gives the same bytes in a third of the time.
        packer = zlib.compressobj(9, zlib.DEFLATED, _SMALL if len(raw) <= _IN_SMALL else _LARGE, 6)
        packed = packer.compress(raw) + packer.flush()
        text = base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
        url = portal.page("/v2/advanced-hunting", f"query={text}&timeRangeId={span}")
        if len(url) <= MAX_LINK:
            return Link(url, is_shortened=index > 0)
    return Link("", is_shortened=True)


def go_hunt(
    kind: str, value: str, around: Instant, *, device_id: str = "", created: Instant | None = None
) -> str:
    """A query for what is known of one entity within an hour of `around`, as the portal's Go hunt asks.

    `kind` is device, file, address, url, user or process. A file is given by its hash, a URL by its host, a
    user by SID or name, a process by its pid with `device_id` and `created`. Raises ValueError for anything
    else. The portal's own query uses `search`, its costliest operator; a union that names its tables is not.
    https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-go-hunt (read 2026-11)
    """
    tables, condition = _go_hunt(kind, value, device_id, created)
    return lines(
        f"union withsource=Table {tables}",
        f"| where Timestamp {between(around.plus(-3600), around.plus(3600))}",
        f"| where {condition}",
        "| sort by Timestamp asc",
        "| take 100",
    )


def _go_hunt(kind: str, value: str, device_id: str, created: Instant | None) -> tuple[str, str]:
    text = literal(value)
    if kind == "device":
        return _tables(), f"DeviceId == {text}"
    if kind == "file":
        column = "SHA256" if len(value) == 64 else "SHA1"
        return _tables(column), f"{column} =~ {text} or InitiatingProcess{column} =~ {text}"
    if kind == "address":
        return _tables("RemoteIP"), f"RemoteIP == {text}"
    if kind == "url":
        return _tables("RemoteUrl"), f"RemoteUrl has {text}"
    if kind == "user":
        column = "AccountSid" if value.upper().startswith("S-1-") else "AccountName"
        return _tables(column, first=LOGONS), f"{column} =~ {text} or InitiatingProcess{column} =~ {text}"
    if kind == "process" and device_id and created is not None:
        pid = number(int(value))
        span = between(created.plus(-2), created.plus(2))
        own = f"(ProcessId == {pid} and ProcessCreationTime {span})"
        done = f"(InitiatingProcessId == {pid} and InitiatingProcessCreationTime {span})"
        return _tables(), f"DeviceId == {literal(device_id)} and ({own} or {done})"
    raise ValueError(f"no hunting query for {kind!r}")


@cache
def _tables(column: str = "", first: str = "") -> str:
    """The tables that have the column, all for ""; `first` is the one to begin with."""
    names = [table.name for table in TABLES if not column or column in table.columns]
    return ", ".join(sorted(names, key=lambda name: name != first))
