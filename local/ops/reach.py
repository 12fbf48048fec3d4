"""Whether a target's storage answers at all, found out in seconds.

The app's own client waits and asks again for most of a minute, as an app must; a person at a prompt is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import requests

_TRIES = 2  # one answer of 503 is nothing yet
_PAUSE = 1.0  # seconds
_PATIENCE = (3.0, 4.0)  # seconds to connect, and for the first byte


class StorageAway(Exception):
    """The storage does not answer; the message says which address, how it failed, and the way out."""


def ask(addresses: list[str], way_out: str, pause: Callable[[float], None] = time.sleep) -> None:
    """Returns once every address answered anything but a server's error, a refusal included. Raises
    StorageAway, at the latest after some 15 seconds."""
    for address in addresses:
        why = ""
        for number in range(_TRIES):
            if number:
                pause(_PAUSE)
            why = _failure(address)
            if not why:
                break
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
    except requests.exceptions.SSLError:
        return "its certificate is not trusted here"
    except requests.Timeout:
        return "no answer in time"
    except requests.ConnectionError as err:
        return _connection(err, urlsplit(address).hostname or "")
    except requests.RequestException as err:
        return type(err).__name__
    except OSError:  # of the CA file itself: a stack's goes with the stack
        return "the certificates to trust cannot be read"
    return f"HTTP {answer.status_code}" if answer.status_code >= 500 else ""


def _connection(err: requests.ConnectionError, host: str) -> str:
    text = str(err)
    if "NameResolution" in text or "getaddrinfo" in text:
        return f"no host of the name {host} is known"
    if isinstance(err, requests.exceptions.ProxyError):
        return "the proxy does not let us through"
    return "the connection is refused" if "refused" in text else "the connection breaks"
