"""Values of our classes with something of its own in every field."""

import dataclasses
import types
import typing
from datetime import datetime
from enum import Enum

from shared.core.lookups.entities import Lookup, Outcome
from shared.core.values.instant import Instant


def filled(hint: typing.Any, name: str = "x") -> typing.Any:
    """A value of type `hint`, made of `name` and of the names of its fields."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        arms = [arm for arm in args if arm is not type(None)]
        return filled(str if str in arms else arms[0], name)
    if origin is tuple:
        return tuple(filled(args[0], f"{name}{n}") for n in (1, 2))
    if origin is Lookup:
        return Lookup(Outcome.FOUND, filled(args[0], name), name)
    if origin is not None:  # a mapping
        return {name: filled(str if args[1] is object else args[1], name)}
    number = sum(map(ord, name))
    if hint is Instant:
        return Instant.parse(f"2026-11-24T09:58:00.{number * 997:07d}Z")
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        values = {field.name: filled(hints[field.name], field.name) for field in dataclasses.fields(hint)}
        return typing.cast(type, hint)(**values)
    if hint is datetime:
        return datetime.fromisoformat(f"2026-11-24T10:00:00.{number * 97:06d}+00:00")
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[min(2, len(hint) - 1)]
    return {str: name, int: 100 + len(name), float: len(name) + 0.5, bool: True}[hint]
