"""How every stored row is changed: read, decide, write on condition, and again where another was first."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from shared.errors import Conflict, Unavailable

_TRIES = 8


class Kept(Protocol):
    """A row with the storage's mark."""

    @property
    def etag(self) -> str:
        """Which write it is of."""


def change[T: Kept, R](
    read: Callable[[], T],
    decide: Callable[[T], tuple[T | None, R]],
    write: Callable[[T], T],
    *,
    known: T | None = None,
) -> tuple[T, R]:
    """(the row as it stands then, what `decide` said beside the row to write; None is nothing to write).

    `known` is the row as last read. `decide` must be pure: it is asked again where the row has changed.
    Raises Unavailable once every try met another's write.
    """
    found = known or read()
    for _ in range(_TRIES):
        wanted, said = decide(found)
        if wanted is None:
            return found, said
        try:
            return write(wanted), said
        except Conflict:
            found = read()
        if is_same(found, wanted):
            return found, said  # ours: only the answer to the write was lost
    raise Unavailable("a row was written by others at every try", service="tables")


def settle[T](left: Sequence[T], attempt: Callable[[Sequence[T]], Sequence[T]]) -> None:
    """The same for many at once: `attempt` writes them and gives back those that lost a race."""
    for _ in range(_TRIES):
        if not left:
            return
        left = attempt(left)
    if left:
        raise Unavailable(f"{len(left)} rows were written by others at every try", service="tables")


def is_same(one: Kept, other: Kept) -> bool:
    """True where nothing but the storage's mark differs."""
    as_other: Any = replace(one, etag=other.etag)  # type: ignore[type-var]  # rows are dataclasses
    return bool(as_other == other)
