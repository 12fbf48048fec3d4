"""Enrichments and findings as compressed bytes and back, exactly; and any of our dataclasses as text.

Format: zlib over canonical JSON `{"v":1,"type":…,"body":…}`, ASCII, keys sorted, so that equal values have
equal bytes. Fields have the names that `formats` gives them. One that is None or empty, as its class makes it
by itself, is left out; an Instant is its seven-digit text.

Whatever can be read is read: names that we do not know are passed over, unknown words become what `formats`
says, and what lacks has its default. A text without one is ""; a moment or a number without one makes the
document unreadable. The reader and writer of each class are made once, from its type hints.
"""

import dataclasses
import functools
import json
import types
import typing
import zlib
from collections.abc import Callable, Mapping
from enum import StrEnum

from shared.core.correlate import Finding
from shared.core.lookups import Enrichment
from shared.core.progress.formats import KINDS, STORED, UNKNOWN, VERSION
from shared.core.values import Instant
from shared.errors import BadDocument

_FAST = 1  # zlib level: half the time of the usual 6 for a tenth more bytes on alerts

type _Hint = typing.Any  # a class, or what typing makes of one: `tuple[Evidence, ...]`, `Lookup[Device]`
type _Convert = Callable[[typing.Any], typing.Any]  # Any: one converter for each hint, picked at run time


def encode(value: Enrichment | Finding) -> bytes:
    """The value as compressed canonical JSON."""
    kind: _Hint = type(value)
    text = _dump({"v": VERSION, "type": KINDS[kind], "body": _writer(kind)(value)})
    return zlib.compress(text.encode("ascii"), _FAST)


def decode_enrichment(body: bytes) -> Enrichment:
    """The enrichment in `body`, of this version, the one before or the one after. Raises BadDocument."""
    found: Enrichment = _decode(Enrichment, body)
    return found


def decode_finding(body: bytes) -> Finding:
    """The finding in `body`, like `decode_enrichment`. Raises BadDocument."""
    found: Finding = _decode(Finding, body)
    return found


def plain(value: object) -> object:
    """A dataclass of ours in JSON's types, as `encode` writes it."""
    kind: _Hint = type(value)
    return _writer(kind)(value)


def to_text(hint: _Hint, value: object) -> str:
    """A value of type `hint` (a dataclass, or a tuple of them …) as canonical JSON text."""
    return _dump(_writer(hint)(value))


def from_text(hint: _Hint, text: str) -> typing.Any:
    """The value of type `hint` in a text of `to_text`. Raises BadDocument for any other text."""
    try:
        return _reader(hint)(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as err:
        raise BadDocument(f"not a {getattr(hint, '__name__', hint)}") from err


def _decode(kind: _Hint, body: bytes) -> typing.Any:
    try:
        envelope = json.loads(zlib.decompress(body))
        if envelope["v"] not in range(1, VERSION + 2) or envelope["type"] != KINDS[kind]:
            raise BadDocument(f"version {envelope['v']!r} of {envelope['type']!r} is not ours to read")
        return _reader(kind)(envelope["body"])
    except (zlib.error, ValueError, TypeError, KeyError, AttributeError, RecursionError) as err:
        raise BadDocument(f"not a {KINDS[kind]} as we write it: {err}") from err


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), sort_keys=True)


def _same(value: typing.Any) -> typing.Any:
    return value


@functools.cache
def _writer(hint: _Hint) -> _Convert:
    """Value of type `hint` -> JSON's types."""
    hint = _present(hint)
    kind, args = _taken_apart(hint)
    if kind is Instant:
        return Instant.text
    if dataclasses.is_dataclass(kind):
        return _class_writer(hint)
    if kind is tuple and _needs_work(args[0]):
        each = _writer(args[0])
        return lambda values: [each(value) for value in values]
    if kind in (dict, Mapping) and _needs_work(args[1]):
        inner = _writer(args[1])
        return lambda values: {key: inner(value) for key, value in values.items()}
    return _same


def _class_writer(hint: _Hint) -> _Convert:
    lacking, empty = _left_out(hint)
    stored = _stored_names(hint)
    fields = [
        (name, stored[name], name in lacking, name in empty, _field_writer(inner))
        for name, inner in _hints(hint).items()
    ]

    def write(value: typing.Any) -> dict[str, object]:
        written = {}
        for name, as_stored, may_lack, may_be_empty, convert in fields:
            found = getattr(value, name)
            if (may_lack and found is None) or (may_be_empty and not found):
                continue
            written[as_stored] = found if convert is None or found is None else convert(found)
        return written

    return write


def _field_writer(hint: _Hint) -> _Convert | None:
    """None where json writes the value as it is. A mapping may be of any class; json knows dict only."""
    if _needs_work(hint):
        return _writer(hint)
    return dict if _taken_apart(hint)[0] is Mapping else None


def _left_out(hint: _Hint) -> tuple[set[str], set[str]]:
    """(fields left out where None, fields left out where empty): what the class fills in by itself."""
    fields = dataclasses.fields(_class_of(hint))
    lacking = {field.name for field in fields if field.default is None}
    empty = {field.name for field in fields if field.default == () or field.default_factory is dict}
    return lacking, empty


@functools.cache
def _reader(hint: _Hint) -> _Convert:
    """JSON's types -> value of type `hint`."""
    hint = _present(hint)
    kind, args = _taken_apart(hint)
    if kind is Instant:
        return Instant.parse
    if dataclasses.is_dataclass(kind):
        return _class_reader(hint, typing.cast(type, kind))
    if _is_enum(kind):
        words, unknown = {str(word): word for word in kind}, UNKNOWN[kind]
        return lambda text: words.get(text, unknown)
    if kind is tuple:
        each = _reader(args[0]) if _needs_work(args[0]) else None
        return tuple if each is None else lambda values: tuple([each(value) for value in values])
    if kind in (dict, Mapping) and _needs_work(args[1]):
        inner = _reader(args[1])
        return lambda values: {key: inner(value) for key, value in values.items()}
    return _same


def _class_reader(hint: _Hint, kind: type) -> _Convert:
    hints, stored = _hints(hint), _stored_names(hint)
    readers = {
        stored[name]: (name, _reader(inner) if _needs_work(inner) or _is_tuple(inner) else _same)
        for name, inner in hints.items()
    }
    required = [
        (field.name, hints[field.name])
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]

    def read(raw: Mapping[str, typing.Any]) -> object:
        arguments = {}
        for as_stored, value in raw.items():
            if as_stored in readers:
                name, convert = readers[as_stored]
                arguments[name] = value if value is None else convert(value)
        for name, inner in required:
            if name not in arguments:
                arguments[name] = _neutral(inner)
        return kind(**arguments)

    return read


def _neutral(hint: _Hint) -> object:
    """What stands for a field that a document lacks. Raises ValueError where anything would be invented."""
    if hint is str:
        return ""
    if _is_enum(hint):
        return UNKNOWN[hint]
    if hint is not Instant and dataclasses.is_dataclass(_class_of(hint)):
        return _reader(hint)({})
    raise ValueError(f"a {hint} is missing")


def _stored_names(hint: _Hint) -> Mapping[str, str]:
    """Field name -> stored name. Raises TypeError where `formats` does not name each field."""
    kind = _class_of(hint)
    stored = STORED.get(kind, {})
    if missing := stored.keys() ^ {field.name for field in dataclasses.fields(kind)}:
        raise TypeError(f"{kind.__name__} {sorted(missing)}: formats.py must name each field as it is stored")
    return stored


def _hints(hint: _Hint) -> dict[str, typing.Any]:
    """Field name -> its type, with the class's own type parameters filled in (`Lookup[Device]`)."""
    origin = _class_of(hint)
    filled = dict(zip(getattr(origin, "__type_params__", ()), typing.get_args(hint), strict=False))
    named = typing.get_type_hints(origin)
    return {field.name: _filled(named[field.name], filled) for field in dataclasses.fields(origin)}


def _filled(hint: _Hint, filled: Mapping[_Hint, _Hint]) -> _Hint:
    return filled.get(_present(hint), hint)


def _class_of(hint: _Hint) -> _Hint:
    origin: _Hint = typing.get_origin(hint)
    return origin or hint


def _present(hint: _Hint) -> _Hint:
    """An optional type as what it is when it is there; any other type itself."""
    if _class_of(hint) not in (types.UnionType, typing.Union):
        return hint
    arms = [arm for arm in typing.get_args(hint) if arm is not type(None)]
    return arms[0] if len(arms) == 1 else hint


def _taken_apart(hint: _Hint) -> tuple[_Hint, tuple[_Hint, ...]]:
    """(class, arguments) of a type."""
    present = _present(hint)
    return _class_of(present), typing.get_args(present)


def _needs_work(hint: _Hint) -> bool:
    """True where JSON's own types are not enough to write and read the value exactly."""
    kind, args = _taken_apart(hint)
    if kind in (tuple, dict, Mapping):
        return _needs_work(args[0] if kind is tuple else args[1])
    return kind is Instant or dataclasses.is_dataclass(kind) or _is_enum(kind)


def _is_tuple(hint: _Hint) -> bool:
    return _taken_apart(hint)[0] is tuple


def _is_enum(kind: typing.Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)
