"""App settings as the host reads them: names in any case, `__` the same as `:`, `%NAME%` resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_REFERENCE = re.compile(r"%([^%]+)%")
_TRUE = ("true", "1")


class UnresolvedSetting(Exception):
    """A binding names a setting that is not set; the platform then refuses to index the function."""

    def __init__(self, name: str) -> None:
        super().__init__(f"'%{name}%' does not resolve to a value")
        self.name = name


class AppSettings:
    """The app settings of one function app."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {_canonical(name): value for name, value in values.items()}

    def get(self, name: str) -> str | None:
        return self._values.get(_canonical(name))

    def is_true(self, name: str) -> bool:
        return (self.get(name) or "").lower() in _TRUE

    def below(self, prefix: str) -> Iterator[tuple[list[str], str]]:
        """The settings under a prefix such as `AzureFunctionsJobHost`, each with the rest of its path."""
        start = _canonical(prefix) + ":"
        for name, value in self._values.items():
            if name.startswith(start):
                yield name.removeprefix(start).split(":"), value

    def resolve(self, text: str) -> str:
        """`text` with every `%NAME%` replaced; raises UnresolvedSetting for a setting that is not set."""
        return _REFERENCE.sub(self._value, text)

    def _value(self, reference: re.Match[str]) -> str:
        value = self.get(reference[1])
        if value is None:
            raise UnresolvedSetting(reference[1])
        return value


def _canonical(name: str) -> str:
    return name.replace("__", ":").lower()
