"""Known agents: programs whose ordinary work looks like an attack, each named so that nothing else is meant.

An entry excuses a hit only where each part that it names is known of the row and equal. A signature, a path
or a parent that the row does not tell never excuses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.core.detections.view import View, leaf

SIGNED = "valid"  # InitiatingProcessSignatureStatus, in lower case
PARENT_FOLDER = "InitiatingProcessParentFolderPath"
"""No column of Defender's: where the caller knows the actor's parent by the tree, it adds the path so."""

PARTS = ("actor", "parent", "image", "actor_command", "command")


@dataclass(frozen=True, slots=True)
class Agent:
    """One entry. `excuses` are ids, rooms and techniques of rules; `parts` what it names, each by
    its key, where `*` stands for any characters of one part of a path, or any of a command."""

    name: str
    why: str
    excuses: frozenset[str]
    signers: frozenset[str]
    parts: tuple[tuple[str, re.Pattern[str]], ...]

    def covers(self, view: View) -> bool:
        """True where everything it names is known of the row and equal."""
        if self.signers and not self._is_signed(view):
            return False
        return all(pattern.fullmatch(_told(view, part, pattern.pattern)) for part, pattern in self.parts)

    def _is_signed(self, view: View) -> bool:
        status = view.text("InitiatingProcessSignatureStatus").lower()
        return status == SIGNED and view.text("InitiatingProcessSignerType").lower() in self.signers


def agent_of(kept: Mapping[str, Any]) -> Agent:
    """The entry as the compiled file holds it."""
    return Agent(
        kept["agent"],
        kept["why"],
        frozenset(kept["rules"]),
        frozenset(signer.lower() for signer in kept.get("signer", ())),
        tuple((part, _pattern(kept[part], part)) for part in PARTS if part in kept),
    )


def _pattern(text: str, part: str) -> re.Pattern[str]:
    any_text = ".*" if part.endswith("command") else r"[^\\/]*"
    return re.compile(any_text.join(re.escape(piece) for piece in text.lower().split("*")), re.DOTALL)


def _told(view: View, part: str, pattern: str) -> str:
    """What the row tells of this part, "" where it tells nothing: no entry is equal to that."""
    if part == "actor":
        return _path(view, "InitiatingProcess")
    if part == "image":
        return _path(view, "")
    if part == "parent":
        name = view.text("InitiatingProcessParentFileName").lower()
        folder = view.text(PARENT_FOLDER).lower()
        return folder if "\\\\" in pattern or "/" in pattern else leaf(name)
    column = "ProcessCommandLine" if part == "command" else "InitiatingProcessCommandLine"
    return view.text(column).lower()


def _path(view: View, prefix: str) -> str:
    """The full path of a program, "" where its folder is not told."""
    folder, name = view.text(f"{prefix}FolderPath").lower(), view.text(f"{prefix}FileName").lower()
    if not folder:
        return ""
    return (
        folder
        if not name or leaf(folder) == name
        else folder.rstrip("\\/") + ("/" if view.posix else "\\") + name
    )
