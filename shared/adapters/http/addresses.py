"""Parts of an address: text that becomes one segment of a path, and whose host a link names."""

import re
from urllib.parse import quote, urlsplit

from shared.errors import NotFound

_SLASHES = re.compile(r"[/\\]")


def segment(text: str) -> str:
    """`text` as one segment of a path. Raises NotFound where no path can hold it."""
    # "." and ".." are steps in a path; some servers look for them after taking %2F and %5C for slashes.
    if not text or not all(part.strip(".") for part in _SLASHES.split(text) if part):
        raise NotFound(f"{text[:100]!r} cannot be asked for")
    return quote(text, safe="", errors="replace")


def origin(url: str) -> tuple[str, int] | None:
    """(host, port) of an https address without credentials in it; None for anything else.

    `urlsplit` passes over control characters that `requests` does not: such an address could mean two hosts.
    """
    if not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or "\\" in url:
            return None
        return parts.hostname, parts.port or 443
    except ValueError:
        return None
