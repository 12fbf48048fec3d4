"""Microsoft's parser, asked once for all queries of one shape by all processes of this checkout.

To judge one of the app's long hunts takes the parser a fifth of a second of processor time, and every stack
hunts for the same alerts at other times. What differs between two queries of one shape are the values of
times and of the cells of datatables (translation.py), which the parser looks into no further than to see
which kind of literal they are. Verdicts of shapes that it accepts are kept in `out/judged`; what it refuses,
or spells out otherwise, is judged as it stands, each time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from local.simulator import gate, translation
from local.simulator.gate import Gate, Verdict
from local.simulator.kept_texts import OUT, KeptTexts

FOLDER = OUT / "judged"
_MADE_BY = (Path(gate.__file__), Path(translation.__file__), Path(__file__))
_MOST_KNOWN = 256  # shapes

type _Columns = tuple[tuple[str, str], ...]


class KeptGate(Gate):
    """As `Gate`, whose every answer it gives; the parser itself is started when it is asked."""

    def __init__(self, *, packages: Path | None = None, folder: Path = FOLDER) -> None:
        super().__init__(packages=packages)
        sources = "\n".join(file.read_text("utf-8") for file in _MADE_BY)
        self._kept = KeptTexts(folder, f"{self.made_of()}\n{sources}")
        self._known: OrderedDict[str, _Columns | None] = OrderedDict()
        self._knowing = threading.Lock()

    def __enter__(self) -> Self:
        self.prepare()
        return self

    def judge_all(self, queries: Sequence[str], lacking: Sequence[str] = ()) -> list[Verdict]:
        """The verdict on each query, in their order."""
        return [self._judged(kql, sorted(lacking)) for kql in queries]

    def _judged(self, kql: str, lacking: Sequence[str]) -> Verdict:
        shape, _, _ = translation.shape_of(kql)
        columns = self._columns(shape, lacking)
        if columns is None:
            [verdict] = super().judge_all([kql], lacking)
            return verdict
        return Verdict(ok=True, columns=columns, runnable=kql)

    def _columns(self, shape: str, lacking: Sequence[str]) -> _Columns | None:
        """The columns of a query of this shape; None where it must be judged as it stands."""
        key = "\n".join([shape, *lacking])
        with self._knowing:
            if key not in self._known:
                self._known[key] = self._found(key, shape, lacking)
                if len(self._known) > _MOST_KNOWN:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            return self._known[key]

    def _found(self, key: str, shape: str, lacking: Sequence[str]) -> _Columns | None:
        if (columns := _read(self._kept.find(key))) is not None:
            return columns
        [verdict] = super().judge_all([shape], lacking)
        if verdict.runnable != shape:
            return None
        self._kept.keep(key, verdict.columns)
        return verdict.columns


def _read(kept: Any) -> _Columns | None:
    try:
        return tuple((str(name), str(kind)) for name, kind in kept) or None
    except (TypeError, ValueError):
        return None
