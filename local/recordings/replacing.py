"""Names, accounts, addresses, hosts and paths of recorded JSON replaced, everything else left as it is.

The rule is not a list of what to hide, which would miss the name that stands in nobody's list: every word
that is not in the vocabulary is replaced, wherever it stands, in texts, in JSON within texts and in encoded
commands. So stay what rules and readers know: program names, folders of the system, options, action types.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local.recordings import people
from local.recordings.pseudonyms import Pseudonyms
from local.recordings.vocabulary import WORD, pieces, plain, words

type Json = Any

_HASH_SIZES = (32, 40, 64)
_HEX = re.compile(r"[0-9A-Fa-f]+", re.ASCII)
_KEPT = re.compile(r"0x[0-9a-f]{1,16}|[a-z]\d{1,2}", re.ASCII)
_RUNS = re.compile(r"[^\W\d_]+")
_MOST_DIGITS = 6  # of a number that stays: a port, a pid, a size; longer ones may be somebody's
_DISGUISED = r"[^\W_]+(?:(?:[\^`]+|\"\"|'')[^\W_]+)*"  # marks within a word that a shell drops
_PARTS = (
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z?)",
    r"(?<![0-9A-Za-z])(?P<guid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(?![0-9A-Za-z])",
    r"(?<![0-9A-Za-z])(?P<sid>[Ss]-1-\d+(?:-\d+)+)(?![0-9A-Za-z])",
    r"(?<![0-9A-Za-z])(?P<mac>[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5}))(?![0-9A-Za-z])",
    r"(?<![0-9A-Za-z:.])(?P<six>(?:[0-9A-Fa-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{1,4})?)(?![0-9A-Za-z:])",
    r"(?<![0-9A-Za-z.])(?P<four>\d{1,3}(?:\.\d{1,3}){3})(?![0-9A-Za-z]|\.\d)",
    r"(?<![A-Za-z0-9+/])(?P<encoded>[A-Za-z0-9+/]{16,}={0,2})(?![A-Za-z0-9+/=.:_-])",
    rf"(?P<word>{_DISGUISED})",
)
_WORDS = re.compile(_DISGUISED)
# Values that are Microsoft's words, and stay: enumerations of both APIs and of the hunting tables.
_ENUMERATED = frozenset(
    "severity status classification determination investigationState detectionSource "
    "serviceSource category categories entityType detectionStatus verdict remediationStatus roles "
    "mitreTechniques osPlatform healthStatus riskScore exposureLevel deviceValue onboardingStatus "
    "osArchitecture osProcessor defenderAvStatus managedBy managedByStatus determinationType "
    "logonTypes operationalStatus type @odata.type ActionType LogonType Protocol RemoteIPType "
    "LocalIPType RegistryValueType registryValueType registryHive ProcessIntegrityLevel "
    "ProcessTokenElevation InitiatingProcessIntegrityLevel InitiatingProcessTokenElevation "
    "InitiatingProcessSignatureStatus InitiatingProcessSignerType EntityType EvidenceRole "
    "FailureReason".split()
)
_ENUM = re.compile(r"[#A-Za-z0-9_.@-]{1,80}", re.ASCII)
_KEY = re.compile(r"[@A-Za-z][A-Za-z0-9_.@]{0,80}", re.ASCII)
_NUMBERED = frozenset(("incidentId", "investigationId", "rbacGroupId"))
_FREE = frozenset(("AdditionalFields", "customDetails", "additionalData"))  # their keys are anybody's


@dataclass(slots=True)
class Replacer:
    """Learns all of it first, is made ready, then replaces. `names` are what fields of identity hold."""

    pseudonyms: Pseudonyms
    names: set[str] = field(default_factory=set)
    system_hashes: set[str] = field(default_factory=set)
    _exact: dict[str, str] = field(default_factory=dict)
    _forced: frozenset[str] = frozenset()
    _pattern: re.Pattern[str] = re.compile("|".join(_PARTS))

    def learn(self, *values: Json) -> None:
        """Call it with everything that will be replaced, before anything is."""
        for value in values:
            self.names |= people.names_in(value)
            self.system_hashes |= people.system_hashes_in(value)
            for text in _texts(value):
                self.pseudonyms.originals.update(plain(word) for word in WORD.findall(text))
                self.pseudonyms.originals.update(re.findall(r"\d{1,3}(?:\.\d{1,3}){3}", text))

    def ready(self, exact: dict[str, str]) -> None:
        """From now on it replaces. `exact` are texts with what each becomes, whatever they look like. Names
        that are words of the vocabulary are replaced as names, wherever they stand whole."""
        self._exact = exact
        unchanged = [name for name in self.names if plain(self.text(name)) == plain(name)]
        self._forced = frozenset(plain(name) for name in unchanged)
        phrases = sorted({*exact, *unchanged}, key=lambda phrase: (-len(phrase), phrase))
        found = "|".join(re.escape(phrase) for phrase in phrases)
        first = [rf"(?<![^\W_])(?P<phrase>(?i:{found}))(?![^\W_])"] if phrases else []
        self._pattern = re.compile("|".join([*first, *_PARTS]))

    def replaced(self, value: Json, key: str = "", *, free: bool = False) -> Json:
        """The same value with other names; keys of the APIs, truth values and numbers stay."""
        if isinstance(value, dict):
            return {
                self.text(name) if free and not _is_known(name) else name: self.replaced(
                    one, name, free=free or name in _FREE
                )
                for name, one in value.items()
            }
        if isinstance(value, list):
            return [self.replaced(one, key, free=free) for one in value]
        if key in _NUMBERED and not isinstance(value, bool) and isinstance(value, int | str) and value:
            number = self.pseudonyms.number(re.sub(r"\D", "", str(value)) or "1", "numbers of incidents")
            return type(value)(number)
        if not isinstance(value, str) or (not free and is_enumerated(key, value)):
            return value
        nested = _nested(value)
        if nested is not None:
            return json.dumps(self.replaced(nested, key, free=True), separators=(",", ":"))
        return self.text(value)

    def text(self, text: str) -> str:
        """A text with the words in it replaced, its marks and the order of its parts kept."""
        return self._pattern.sub(self._part, text)

    def _part(self, match: re.Match[str]) -> str:
        kind, found = match.lastgroup or "", match[0]
        match kind:
            case "time":
                return found
            case "phrase":
                known = self._exact.get(found)
                return known or WORD.sub(lambda word: self.pseudonyms.word(word[0]), found)
            case "guid":
                return self.pseudonyms.guid(found)
            case "sid":
                return self.pseudonyms.sid(found)
            case "mac":
                return self.pseudonyms.mac(found)
            case "six" | "four":
                return self._address(found)
            case "encoded":
                return self._encoded(found)
        return self._disguised(found)

    def _address(self, found: str) -> str:
        try:
            return self.pseudonyms.address(found)
        except ValueError:
            return _WORDS.sub(lambda word: self._disguised(word[0]), found)

    def _encoded(self, found: str) -> str:
        decoded = None if _is_hash(found) else _decoded(found)
        if decoded is None:
            return _WORDS.sub(lambda word: self._disguised(word[0]), found)
        text, encoding = decoded
        self.pseudonyms.counts["encoded texts"] += 1
        padded = base64.b64encode(self.text(text).encode(encoding, "surrogatepass")).decode()
        return padded if found.endswith("=") else padded.rstrip("=")

    def _disguised(self, found: str) -> str:
        """A word with marks in it that a shell drops: known whole, or in its parts."""
        inside = re.sub(r"[\^`\"']", "", found)
        if inside == found:
            return self._word(found)
        if self._stays(inside):
            return found
        parts = WORD.findall(found)
        if sum(len(part) == 1 for part in parts) * 2 < len(parts):
            return WORD.sub(lambda word: self._word(word[0]), found)
        letters = iter(self.pseudonyms.word(inside))
        return "".join(mark if mark in "^`\"'" else next(letters, "x") for mark in found)

    def _word(self, word: str) -> str:
        if self._stays(word):
            return word
        if _is_hash(word):
            return self.pseudonyms.hexadecimal(word)
        return self.pseudonyms.number(word) if word.isdecimal() else self.pseudonyms.word(word)

    def _stays(self, word: str) -> bool:
        known = plain(word)
        if known in self._forced:
            return False
        if _is_hash(word):
            return known in self.system_hashes
        if word.isdecimal():
            return len(word) <= _MOST_DIGITS
        if (len(word) == 1 and word.isascii()) or known in words() or _KEPT.fullmatch(known):
            return True
        runs, digits = _RUNS.findall(known), re.sub(r"\D", "", known)
        return len(digits) <= _MOST_DIGITS and all(len(run) > 2 and run in words() for run in runs)


def is_enumerated(key: str, value: str) -> bool:
    """True for a value that is Microsoft's word, by the field that it stands in."""
    return key in _ENUMERATED and _ENUM.fullmatch(value) is not None


def _is_hash(word: str) -> bool:
    return len(word) in _HASH_SIZES and _HEX.fullmatch(word) is not None


def _is_known(name: str) -> bool:
    """True for the key of a bag that is a word, or words put together, of the vocabulary."""
    if not _KEY.fullmatch(name):
        return False
    parts = pieces(name)
    return plain(name) in words() or all(part in words() and not part.isdecimal() for part in parts)


def _nested(text: str) -> Json | None:
    """The object or list that the text is as JSON; None where it is none."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict | list) else None


def _decoded(found: str) -> tuple[str, str] | None:
    """(the text within Base64, its encoding); None where there is none. What was cut off in its middle is
    read up to there."""
    body = found.rstrip("=")
    body = body[: len(body) - 1] if len(body) % 4 == 1 else body
    try:
        content = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    for encoding, whole in (("utf-16-le", content[: len(content) // 2 * 2]), ("utf-8", content)):
        try:
            text = whole.decode(encoding)
        except UnicodeDecodeError:
            continue
        ordinary = sum(" " <= letter < "\u0250" or letter in "\r\n\t" for letter in text)
        if len(text) >= 6 and ordinary >= 0.9 * len(text):
            return text, encoding
    return None


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        nested = _nested(value)
        if nested is None:
            yield value
        else:
            yield from _texts(nested)
