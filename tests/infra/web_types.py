"""What Microsoft's management SDK says of Microsoft.Web: every property known and of its type."""

from __future__ import annotations

import enum
import functools
import inspect
import types
from collections.abc import Iterator, Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

from azure.mgmt.web import models
from azure.mgmt.web import types as web
from typing_extensions import is_typeddict

MODELS: dict[str, Any] = {
    "Microsoft.Web/serverfarms": web.AppServicePlan,
    "Microsoft.Web/sites": web.Site,
    "Microsoft.Web/sites/config": web.StringDictionary,
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": web.CsmPublishingCredentialsPoliciesEntity,
}
# The SDK's other models have the names of its types: only the enumerations may be found there.
_ENUMS = {
    name: one for name, one in vars(models).items() if inspect.isclass(one) and issubclass(one, enum.Enum)
}
_OURS = {"name", "parent", "scope", "dependsOn"}  # Bicep's own words


@functools.cache
def _fields(model: Any) -> dict[str, Any]:
    return get_type_hints(model, localns=_ENUMS)


def problems(model: Any, config: Mapping[str, Any]) -> list[str]:
    """A line for each property of the resource that the SDK does not know or has another type for."""
    body = {name: value for name, value in config.items() if name not in _OURS}
    return list(_of_object(model, body, ""))


def _of_object(model: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path} must be an object"
        return
    fields = _fields(model)
    for name, item in value.items():
        here = f"{path}.{name}".lstrip(".")
        if name not in fields:
            yield f"{here} is unknown to {model.__name__}"
        else:
            yield from _of_value(fields[name], item, here)


def _of_value(expected: Any, value: Any, path: str) -> Iterator[str]:
    origin, arguments = get_origin(expected), get_args(expected)
    if origin in (Union, types.UnionType):
        yield from _of_union(arguments, value, path)
    elif is_typeddict(expected):
        yield from _of_object(expected, value, path)
    elif origin is list:
        if not isinstance(value, list):
            yield f"{path} must be a list"
            return
        for index, item in enumerate(value):
            yield from _of_value(arguments[0], item, f"{path}[{index}]")
    elif origin is dict:
        if not isinstance(value, Mapping):
            yield f"{path} must be an object"
            return
        for name, item in value.items():
            yield from _of_value(arguments[1], item, f"{path}.{name}")
    elif expected in (str, int, bool) and type(value) is not expected:
        yield f"{path} must be {expected.__name__}, not {value!r}"


def _of_union(arguments: tuple[Any, ...], value: Any, path: str) -> Iterator[str]:
    words = [one for one in arguments if inspect.isclass(one) and issubclass(one, enum.Enum)]
    if words:
        known = [member.value for one in words for member in one]
        if value not in known:
            yield f"{path} is {value!r}, not one of {', '.join(known)}"
        return
    if value is None and type(None) in arguments:
        return
    rest = [one for one in arguments if one is not type(None)]
    if len(rest) == 1:
        yield from _of_value(rest[0], value, path)
