"""The words that are nobody's: those of the detection rules, of the product's own code and of the schemas.

A word that is none of them may be a name. So what a rule can match is known here, and nothing has to be kept
up by hand: a rule or a reader that is added brings its words with it.
"""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from local.simulator.engine import hunting_schema

_CORE = Path(__file__).parents[2] / "shared" / "core"
_COMPILED = _CORE / "detections" / "compiled.json"
WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Names that examples use, in our own texts too: a word for nobody there, somebody's name elsewhere.
_EXAMPLES = frozenset("alice bob carol dave eve mallory contoso fabrikam adatum northwind acme".split())
_COLUMNS = re.compile(r"columns_\w+\.py")  # whose descriptions show values as examples
# What every system, protocol, title and page is full of, beside what the rules know.
_COMMON = frozenset(
    "http https ftp smb www com net org io gov edu info biz html htm php aspx jpg png gif svg ico "
    "css js json xml csv txt log tmp bak old new local example test localhost volume "
    "harddiskvolume global system volatile noprofile nop noninteractive noni nologo noexit "
    "executionpolicy ep bypass unrestricted windowstyle hidden encodedcommand enc command file "
    "sta mta inputformat outputformat servername embedding processid version quiet silent install "
    "uninstall update upgrade restart force verbose help user password server domain host name "
    "path port key value type mode input output config profile service start stop run create "
    "delete query the and for with from into onto over under this that these those not are was "
    "has have been its were will can may might could should would did does done use uses used "
    "using observed detected suspicious possible potential potentially unusual malicious malware "
    "attempt attempted activity behavior behaviour executed execution process processes command "
    "line commands file files device devices account accounts user users alert alerts attack "
    "attacker attackers admins tool tools indicates indicate known unknown related through via by an a "
    "of on in to at or as is it be no one some other more most microsoft windows linux macos "
    "defender".split()
)


def plain(word: str) -> str:
    """The word as words are compared: in one form of its letters, and in lower case."""
    return unicodedata.normalize("NFKC", word).casefold()


@cache
def words() -> frozenset[str]:
    """Every word of the vocabulary, plain."""
    found = {plain(word) for text in _texts() for word in WORD.findall(text)}
    return frozenset((found | _COMMON) - _EXAMPLES)


@cache
def literals() -> frozenset[str]:
    """Addresses and GUIDs that rules name, in lower case."""
    return frozenset(
        match.lower()
        for text in _strings(json.loads(_COMPILED.read_text("utf-8")))
        for match in re.findall(
            r"\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", text
        )
    )


def pieces(name: str) -> list[str]:
    """The words within a name such as `processCommandLine`, plain."""
    return [plain(piece) for piece in _CAMEL.findall(name)]


@cache
def _texts() -> tuple[str, ...]:
    schema = [
        part
        for table, columns in hunting_schema().items()
        for name in (table, *columns)
        for part in (name, *_CAMEL.findall(name))
    ]
    code = [text for file in _sources() for text in _literals(ast.parse(file.read_text("utf-8")))]
    return tuple({*_strings(json.loads(_COMPILED.read_text("utf-8"))), *code, *schema})


def _sources() -> list[Path]:
    return [file for file in sorted(_CORE.rglob("*.py")) if not _COLUMNS.fullmatch(file.name)]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def _literals(tree: ast.Module) -> Iterator[str]:
    """The texts in the code but for docstrings, whose examples hold names."""
    told = set[int]()
    for node in ast.walk(tree):  # a definition comes before what is in it
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            if node.body and isinstance(node.body[0], ast.Expr):
                told.add(id(node.body[0].value))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value
