"""Routes of a service: which call is which API, with its roles and its quota."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local.simulator.answers import Answer, Refused, Request
from local.simulator.quotas import Limit

type Run = Callable[[Request, tuple[str, ...]], Answer]

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Route:
    """`template` names what stands for a value in braces: `/api/machines/{id}`. `run` gets those values."""

    method: str
    template: str
    roles: tuple[str, ...]
    limits: tuple[Limit, ...]
    run: Run

    @property
    def api(self) -> str:
        """The name that calls are counted under."""
        return f"{self.method} {self.template}"


def found(routes: Sequence[Route], method: str, parts: tuple[str, ...]) -> tuple[Route, tuple[str, ...]]:
    """The route of a call with the values in its path. Raises Refused with 404 or 405."""
    other_method = False
    for route in routes:
        values = _values(route.template, parts)
        if values is not None:
            if route.method == method:
                return route, values
            other_method = True
    if other_method:
        raise Refused(405, "MethodNotAllowed", f"The requested resource does not support '{method[:20]}'.")
    raise Refused(404, "NotFound", "No HTTP resource was found that matches the request URI.")


def _values(template: str, parts: tuple[str, ...]) -> tuple[str, ...] | None:
    wanted = template.strip("/").split("/")
    if len(wanted) != len(parts):
        return None
    values: list[str] = []
    for name, part in zip(wanted, parts, strict=True):
        if name.startswith("{"):
            if not part:
                return None
            values.append(part)
        elif name != part:
            return None
    return tuple(values)
