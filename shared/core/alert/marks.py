"""The mark that ends each comment of this app, by which it is known again: by this app and by any other.

`[correlator TENANT r1 9f3ab2c4]`: the name of the tenant, the form of the mark, and a digest of what the
comment says.
"""

import re

_MARK = re.compile(r"\[correlator [A-Za-z0-9-]{1,40} r\d{1,3} [0-9a-f]{8}\]\s*\Z", re.ASCII)
_LONGEST_END = 200


def mark(tenant: str, digest: str) -> str:
    """The last line of a comment; `digest` is 8 hexadecimal digits."""
    return f"[correlator {tenant} r1 {digest}]"


def is_marked(text: str) -> bool:
    """True for a comment that an app such as this one wrote, whichever installation it was."""
    return _MARK.search(text[-_LONGEST_END:]) is not None
