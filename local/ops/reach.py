"""Whether a target's storage answers at all, found out in seconds.

The app's own client waits and asks again for most of a minute, as an app must; a person at a prompt is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import requests

SILENT = "no answer in time"
_PAUSE = 1.0  # seconds before the second try: one answer of 503 is nothing yet
_PATIENCE = (3.0, 4.0)  # seconds to connect, and for the first byte


class StorageAway(Exception):
    """The storage does not answer; the message says which address, how it failed, and the way out."""


def ask(addresses: list[str], way_out: str, pause: Callable[[float], None] = time.sleep) -> None:
    """Returns once every address answered anything but a server's error, a refusal included. Raises
    StorageAway, for each address within some five seconds."""
    for address in addresses:
        why = _failure(address)
        if why and why != SILENT:
            pause(_PAUSE)
            why = _failure(address)
        if why:
            raise StorageAway(f"the storage does not answer at {address}: {why}. {way_out}")


def _failure(address: str) -> str:
    """How one request failed, in a few words; "" where it did not. It bears no token: what is asked is only
    whether somebody is there."""
    try:
        with requests.Session() as session:
            # A trusted CA and a proxy of the environment count, a .netrc file does not.
            session.auth = lambda request: request
            answer = session.get(address, timeout=_PATIENCE, allow_redirects=False, stream=True)
    except OSError as err:
        return words_of(err)
    return f"HTTP {answer.status_code}" if answer.status_code >= 500 else ""


def words_of(err: OSError) -> str:
    """How a request of `requests` failed, in a few words; its own are a chain of objects."""
    match err:
        case requests.exceptions.SSLError():
            return "its certificate is not trusted here"
        case requests.Timeout():
            return SILENT
        case requests.exceptions.ProxyError():
            return "the proxy refuses"
        case requests.ConnectionError():
            return _connection(str(err))
        case requests.RequestException():
            return type(err).__name__
    return "the certificates to trust cannot be read"  # a stack's CA file goes with the stack


def _connection(text: str) -> str:
    if "NameResolution" in text or "getaddrinfo" in text:
        return "no host has this name"
    return "the connection is refused" if "refused" in text else "the connection breaks"
