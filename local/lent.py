"""Environment variables lent to this process for the length of a block."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def lent(env: Mapping[str, str], without: Iterable[str] = ()) -> Iterator[None]:
    """This process has `env`, and not the names in `without`; afterwards all of them are as they were.

    Two that overlap in time on the same names must be nested or kept apart by a lock of their callers.
    """
    removed = [name for name in without if name not in env]
    before = {name: os.environ.get(name) for name in (*env, *removed)}
    for name in removed:
        os.environ.pop(name, None)
    os.environ.update(env)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
