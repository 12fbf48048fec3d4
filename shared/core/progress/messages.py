"""The two queue messages: a pointer to an alert's version, and a wake-up for HuntCorrelate.

A queue can be written to by others, so a text is taken only if it is, to the letter of its fields, one that
we write. An alert id travels with everything but plain characters as %XX, so that a raw slash is never ours.
"""

import json
import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote

from shared.core.values import json_from_outside
from shared.errors import BadMessage

VERSION = 1
MAX_BYTES = 8 * 1024
_MAX_ID = 300
_MAX_REASON = 200
_TENANT = re.compile(r"[A-Za-z0-9-][A-Za-z0-9._-]{0,63}")
_PLAIN = "-_~:@=,+"  # besides letters, digits and the dot, which `quote` never touches


@dataclass(frozen=True, slots=True)
class Pointer:
    """Names one version of an alert for EnrichAlert."""

    tenant: str
    alert_id: str
    generation: int

    def to_text(self) -> str:
        """The message. Raises BadMessage where `parse` would not take it."""
        fields = {"alert": _packed(self.alert_id), "generation": self.generation}
        text = _text(self.tenant, fields)
        Pointer.parse(text)
        return text

    @classmethod
    def parse(cls, text: str) -> Self:
        """The pointer in a message. Raises BadMessage for any text that `to_text` does not write."""
        fields = _fields(text, {"alert": str, "generation": int})
        packed, generation = fields["alert"], fields["generation"]
        if not isinstance(packed, str) or not isinstance(generation, int):
            raise BadMessage("a field of the wrong type")
        alert_id = unquote(packed, errors="replace")
        if not 1 <= len(alert_id) <= _MAX_ID or _packed(alert_id) != packed:
            raise BadMessage("not an alert id as we write it")
        if not 1 <= generation < 2**31:
            raise BadMessage("not a generation")
        return cls(str(fields["tenant"]), alert_id, generation)


@dataclass(frozen=True, slots=True)
class WakeUp:
    """Tells HuntCorrelate that the tenant has due work; `reason` is for the log."""

    tenant: str
    reason: str

    def to_text(self) -> str:
        """The message, the reason cut to what `parse` takes. Raises BadMessage for a tenant it does not."""
        reason = "".join(char if char.isprintable() else " " for char in self.reason[:_MAX_REASON])
        text = _text(self.tenant, {"reason": reason})
        WakeUp.parse(text)
        return text

    @classmethod
    def parse(cls, text: str) -> Self:
        """The wake-up in a message. Raises BadMessage for any text that `to_text` does not write."""
        fields = _fields(text, {"reason": str})
        reason = str(fields["reason"])
        if len(reason) > _MAX_REASON or not reason.isprintable():
            raise BadMessage("not a reason")
        return cls(str(fields["tenant"]), reason)


def tenant_of(text: str) -> str:
    """The tenant that a message of ours names; "" for any other text."""
    for kind in (Pointer, WakeUp):
        try:
            return kind.parse(text).tenant
        except BadMessage:
            continue
    return ""


def _text(tenant: str, fields: dict[str, object]) -> str:
    return json.dumps({"v": VERSION, "tenant": tenant, **fields}, separators=(",", ":"))


def _fields(text: str, types: dict[str, type]) -> dict[str, object]:
    """The message's fields, with exactly the names and types asked for besides version and tenant."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise BadMessage("longer than any message of ours")
    try:
        fields = json_from_outside(text)
    except ValueError as err:
        raise BadMessage("not JSON") from err
    wanted: dict[str, type] = {"v": int, "tenant": str, **types}
    if not isinstance(fields, dict) or fields.keys() != wanted.keys():
        raise BadMessage("not the fields of our messages")
    if any(type(fields[name]) is not kind for name, kind in wanted.items()):
        raise BadMessage("a field of the wrong type")
    if fields["v"] != VERSION:
        raise BadMessage(f"version {str(fields['v'])[:20]} is not {VERSION}")
    if not _TENANT.fullmatch(fields["tenant"]):
        raise BadMessage("not a tenant's name")
    return fields


def _packed(alert_id: str) -> str:
    try:
        packed = quote(alert_id, safe=_PLAIN)
    except UnicodeEncodeError as err:
        raise BadMessage("not an alert id: it is not Unicode") from err
    return packed.replace(".", "%2E") if not packed.strip(".") else packed
