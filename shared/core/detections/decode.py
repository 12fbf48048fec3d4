"""What an encoded command says: PowerShell's `-EncodedCommand`, `FromBase64String`, gzip inside, nested."""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass

MAX_LEVELS = 3
MAX_TEXT = 16_384  # characters of one decoded layer that are looked at

# powershell.exe takes any prefix of -EncodedCommand down to -e, with a dash or a slash
# (https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_powershell_exe).
_SWITCH = re.compile(
    r"(?i)(?:^|\s)[-/\u2013\u2014]e(?:c|n|nc|nco|ncod|ncode|ncoded|ncodedc\w*)?\s+[\"']?([A-Za-z0-9+/=]{8,})"
)
_CALL = re.compile(r"(?i)FromBase64String\s*\(\s*[\"']([A-Za-z0-9+/=\s]{8,})[\"']")
_SHELL = re.compile(r"(?i)\becho\s+[\"']?([A-Za-z0-9+/=]{12,})[\"']?\s*\|\s*base64\s+(?:-d|-D|--decode)")


@dataclass(frozen=True, slots=True)
class Decoded:
    """One layer: how it was encoded, and its text, at most 16,384 characters."""

    encoding: str
    text: str


def decoded(command_line: str | None) -> tuple[Decoded, ...]:
    """The layers inside a command line, outermost first; empty where nothing is encoded."""
    layers: list[Decoded] = []
    text = (command_line or "")[: 4 * MAX_TEXT]
    for _ in range(MAX_LEVELS):
        layer = _next_layer(text)
        if layer is None:
            break
        layers.append(layer)
        text = layer.text
    return tuple(layers)


def _next_layer(text: str) -> Decoded | None:
    for pattern in (_SWITCH, _CALL, _SHELL):
        for match in pattern.finditer(text):
            layer = _decode(match[1], utf16_first=pattern is _SWITCH)
            if layer is not None:
                return layer
    return None


def _decode(encoded: str, *, utf16_first: bool) -> Decoded | None:
    compact = re.sub(r"\s", "", encoded)[: 4 * MAX_TEXT]
    compact += "=" * (-len(compact) % 4)
    try:
        body = base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        return None
    encoding = "base64"
    if body[:2] == b"\x1f\x8b":
        unpacked = _gunzip(body)
        if unpacked is None:
            return None
        body, encoding = unpacked, "base64 gzip"
    text = _as_text(body, utf16_first=utf16_first)
    return None if text is None else Decoded(encoding, text[:MAX_TEXT])


def _gunzip(body: bytes) -> bytes | None:
    """The first 64 KiB inside, so that a bomb stays small."""
    try:
        return zlib.decompressobj(31).decompress(body, 65_536)
    except zlib.error:
        return None


def _reads_as_command(text: str) -> bool:
    """True for printable text that is at least half ASCII: random bytes read as UTF-16 are printable too."""
    printable = sum(char.isprintable() or char in "\r\n\t" for char in text)
    return bool(text) and printable >= 0.9 * len(text) and sum(map(str.isascii, text)) >= 0.5 * len(text)


def _as_text(body: bytes, *, utf16_first: bool) -> str | None:
    looks_wide = len(body) >= 4 and body[1::2].count(0) > len(body) // 4
    order = ("utf-16-le", "utf-8") if utf16_first or looks_wide else ("utf-8", "utf-16-le")
    for encoding in order:
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _reads_as_command(text):
            return text
    return None
