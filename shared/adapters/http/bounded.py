"""The body of an answer within a size and a time, however it is sent."""

import zlib
from collections.abc import Callable, Iterator

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

_BLOCK = 65_536
_ANY_HEADER = 47  # zlib's mark for "gzip or zlib, as its first bytes say"
_PACKED = ("gzip", "x-gzip", "deflate")


class TooLarge(Exception):
    """The body is over its bound, and was not read to its end."""


def content_of(
    response: requests.Response, *, most_bytes: int, seconds: float, monotonic: Callable[[], float]
) -> bytes:
    """The whole body, unpacked. `seconds` bounds all of it, so that one that drips is cut off.

    Raises TooLarge, requests.Timeout where it came too slowly, requests.ConnectionError where it broke off.
    """
    until = monotonic() + seconds
    blocks: list[bytes] = []
    size = 0
    try:
        for block in _unpacked(response, most_bytes):
            size += len(block)
            if size > most_bytes:
                raise TooLarge
            blocks.append(block)
            if monotonic() > until:
                raise requests.Timeout("the answer came too slowly")
    except ReadTimeoutError as err:
        raise requests.Timeout(err) from err
    except (HTTPError, zlib.error) as err:
        raise requests.ConnectionError(err) from err
    return b"".join(blocks)


def _unpacked(response: requests.Response, most_bytes: int) -> Iterator[bytes]:
    """The body's blocks as they come; an empty one where what came says nothing yet."""
    is_packed = response.headers.get("Content-Encoding", "").strip().lower() in _PACKED
    unpack = zlib.decompressobj(_ANY_HEADER)
    # `read1` gives what has come; `read` waits until a block is full, which takes days where a body drips.
    while block := response.raw.read1(_BLOCK, decode_content=False):
        if not is_packed:
            yield block
            continue
        while block:
            yield unpack.decompress(block, most_bytes + 1)
            block = unpack.unused_data
            if unpack.eof:
                unpack = zlib.decompressobj(_ANY_HEADER)  # a body may be several packed ones
