"""Mutants of a module: its source with one small change each, as mutmut's operators make them.

mutmut's own command is not used: it changes functions alone and leaves out properties, defaults and
constants, has no sample by seed, and wants its settings and its results in the root of the project.
"""

from __future__ import annotations

import difflib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper
from mutmut.mutation.file_mutation import Mutation, MutationVisitor, deep_replace
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

type Change = tuple[str, str, str]
"""(file, lines taken out, lines put in), each line without its indent: a mutant's name, wherever it moves."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of `file`, at `line`; `source` is the whole module with it."""

    file: str
    line: int
    before: str
    after: str
    source: str

    @property
    def change(self) -> Change:
        """What the mutant is known by."""
        return self.file, self.before, self.after


class _Visitor(MutationVisitor):
    """mutmut's, which also goes into properties: here each mutant is a module of its own."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            return False
        return super()._skip_node_and_children(node)


def sample(root: Path, files: Sequence[str], count: int, seed: int) -> list[Mutant]:
    """`count` different mutants of the modules, the same for the same seed and source, in the order of their
    text; all where there are no more."""
    places = [(file, module, each) for file in files for module, each in _mutations(root, file)]
    random.Random(seed).shuffle(places)  # noqa: S311 - a sample, no secret
    texts = {file: root.joinpath(file).read_text("utf-8") for file in files}
    found: dict[tuple[str, str], Mutant] = {}
    for file, module, mutation in places:
        if len(found) == count:
            break
        source = _applied(module, mutation)
        if source != texts[file] and (file, source) not in found and _is_python(source):
            found[file, source] = _described(file, texts[file], source)
    return sorted(found.values(), key=lambda mutant: (files.index(mutant.file), mutant.line, mutant.source))


def _mutations(root: Path, file: str) -> list[tuple[cst.Module, Mutation]]:
    wrapper = MetadataWrapper(cst.parse_module(root.joinpath(file).read_text("utf-8")))
    visitor = _Visitor(mutation_operators, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    return [(wrapper.module, each) for each in visitor.mutations]


def _applied(module: cst.Module, mutation: Mutation) -> str:
    changed = deep_replace(module, mutation.original_node, mutation.mutated_node)
    if not isinstance(changed, cst.Module):
        raise TypeError(f"a mutant of a module is no module: {changed!r}")
    return changed.code


def _is_python(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _described(file: str, text: str, source: str) -> Mutant:
    old, new = text.splitlines(), source.splitlines()
    spans = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    changed = [span for span in spans if span[0] != "equal"]
    line = changed[0][1] + 1 if changed else 0
    before = _joined(old[index] for _, start, end, _, _ in changed for index in range(start, end))
    after = _joined(new[index] for _, _, _, start, end in changed for index in range(start, end))
    return Mutant(file, line, before, after, source)


def _joined(lines: Iterable[str]) -> str:
    return " ".join(line.strip() for line in lines)
