"""What is imported or made when it is first asked for: names of a room's door, and ports.

A new instance waits for its imports, and most of a room is of no use to most functions: a fetch needs the
words in which a finding is stored, and nothing of what finds it. Whoever imports a name from a door imports
the module that the name stands in, and no other of the room. What is wanted in some runs only is imported by
none: who may want it imports the door, and names it where it is used.
"""

import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import cast


def names(door: str, **modules: str) -> Callable[[str], object]:
    """The `__getattr__` of the package `door`, which gives what its modules define: each keyword is one of
    them with the names it gives, blanks between. A module itself is given, too. Safe to use from threads.

    No module may be called like a name that another one gives: Python would put it in the name's place once
    it is imported. The type checker reads the imports beside the call; a test holds the two together.
    """
    homes = {name: module for module, given in modules.items() for name in given.split()}

    def found(name: str) -> object:
        if name in homes:
            value: object = getattr(import_module(f"{door}.{homes[name]}"), name)
        elif name in modules:
            value = import_module(f"{door}.{name}")
        else:
            raise AttributeError(f"module {door!r} has no attribute {name!r}", name=name)
        setattr(sys.modules[door], name, value)  # so that nobody asks here again
        return value

    return found


def made[T](make: Callable[[], T]) -> T:
    """What stands for the thing that `make` gives, and makes it at its first use: once, for all threads.

    It has the methods of that thing, and can be called if that can; an error of `make` is raised at the use,
    and the next use makes it anew.
    """
    return cast("T", _Made(make))


class _Made[T]:
    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._making = threading.Lock()
        self._it: T | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._there(), name)

    def __call__(self, *args: object) -> object:
        return cast("Callable[..., object]", self._there())(*args)

    def _there(self) -> T:
        if self._it is None:
            with self._making:
                if self._it is None:
                    self._it = self._make()
        return self._it
