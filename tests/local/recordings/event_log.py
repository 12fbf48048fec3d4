"""Writes a small Windows event log, so that the library that reads them has one to read.

Layout of file, chunk, record and binary XML: https://github.com/libyal/libevtx/blob/main/documentation/ and
[MS-EVEN6] 2.2.12 (read 2026-11).
"""

import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

_HEADER, _CHUNK = 4_096, 65_536
_FIRST = 512  # where a chunk's records begin
_FILETIME = 116_444_736_000_000_000  # of 1970


type Element = tuple[str, Mapping[str, str], "str | list[Element]"]


def write(file: Path, events: Iterable[Element]) -> Path:
    """The log with these events, in one chunk."""
    body, last, count = b"", _FIRST, 0
    for count, event in enumerate(events, start=1):
        last = _FIRST + len(body)
        body += _record(count, event, last)
    assert len(body) <= _CHUNK - _FIRST
    end = _FIRST + len(body)
    first = struct.pack("<8s4Q4I64xI", b"ElfChnk\0", 1, count, 1, count, 128, last, end, zlib.crc32(body), 0)
    tables = bytes(_FIRST - 128)
    chunk = first + struct.pack("<I", zlib.crc32(first[:120] + tables)) + tables + body
    head = struct.pack("<8s3QI4H76xI", b"ElfFile\0", 0, 0, count + 1, 128, 1, 3, _HEADER, 1, 0)
    head += struct.pack("<I", zlib.crc32(head[:120]))
    file.write_bytes(head.ljust(_HEADER, b"\0") + chunk.ljust(_CHUNK, b"\0"))
    return file


def event(system: Mapping[str, str], data: Mapping[str, str]) -> Element:
    """An event as Windows writes it: number, channel, computer and time in its head, named data below."""
    head: list[Element] = [
        ("Provider", {"Name": system["Provider"]}, []),
        ("EventID", {}, system["EventID"]),
        ("TimeCreated", {"SystemTime": system["SystemTime"]}, []),
        ("Channel", {}, system["Channel"]),
        ("Computer", {}, system["Computer"]),
    ]
    named: list[Element] = [("Data", {"Name": name}, text) for name, text in data.items()]
    return ("Event", {}, [("System", {}, head), ("EventData", {}, named)])


def _record(number: int, element: Element, at: int) -> bytes:
    head = struct.pack("<2Q", number, _FILETIME)
    fragment = b"\x0f\x01\x01\x00"
    xml = fragment + _element(element, at + 8 + len(head) + len(fragment)) + b"\x00"
    size = 8 + len(head) + len(xml) + 4
    return struct.pack("<2I", 0x2A2A, size) + head + xml + struct.pack("<I", size)


def _element(element: Element, at: int) -> bytes:
    """The element at this place of its chunk."""
    name, attributes, content = element
    start = b"\x41" if attributes else b"\x01"
    before = len(start) + 4  # its token and the size of what follows
    body = _name(name, at + before)
    if attributes:
        listed = b""
        for place, (key, value) in enumerate(attributes.items()):
            token = b"\x06" if place + 1 == len(attributes) else b"\x46"
            listed += token + _name(key, at + before + len(body) + 4 + len(listed) + 1) + _text(value)
        body += struct.pack("<I", len(listed)) + listed
    body += b"\x02"
    if isinstance(content, str):
        body += _text(content)
    else:
        for inner in content:
            body += _element(inner, at + before + len(body))
    body += b"\x04"
    return start + struct.pack("<I", len(body)) + body


def _name(name: str, at: int) -> bytes:
    """A name that stands where it is used: its own place, and the name itself."""
    value = 0
    for letter in name:
        value = (value * 65_599 + ord(letter)) & 0xFFFFFFFF
    return struct.pack("<IIHH", at + 4, 0, value & 0xFFFF, len(name)) + name.encode("utf-16-le") + b"\0\0"


def _text(text: str) -> bytes:
    return b"\x05\x01" + struct.pack("<H", len(text)) + text.encode("utf-16-le")
