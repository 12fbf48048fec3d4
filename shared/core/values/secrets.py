"""Secrets in text that others wrote: tokens, keys, passwords of headers, addresses, settings, command lines.

Each pattern reads a text in a time in step with its length: what may repeat is possessive or bounded. What is
found is what looks like a secret; nobody can find all, so this makes leaks rarer and promises none away.
"""

import json
import re
from collections.abc import Callable

_QUOTED = r"""(?:\\?"[^"]*+"?|\\?'[^']*+'?"""
VALUE = rf"""{_QUOTED}|[^\s"'&;,}}<>|]++)"""  # of a setting: up to what parts it from the next
WORD = rf"""{_QUOTED}|[^\s"'<>|]++)"""  # of a command line: up to the next blank
# Not the public half of a strong name, as .NET writes it everywhere.
_NAMES = (
    r"(?:(?:(?<![a-z])pass|password|passwd|passphrase|(?<![a-z])pwd|secret(?:[_-]?access[_-]?key)?|"
    r"(?<!publickey)token|api[_-]?key|access[_-]?key|account[_-]?key|shared[_-]?access[_-]?(?:key|signature)|"
    r"private[_-]?key|function[_-]?key|functions-key|subscription-key|client_assertion|identity-header|"
    r"(?<![a-z0-9])sig|(?<![a-z])credentials?|authorization|connection[_-]?string)|(?<=[?&])code)"
)
_SCHEMES = r"(?:basic|bearer|digest|negotiate|ntlm|sharedkey(?:lite)?)"
_LONG_OPTION = (
    r"(?:pass|password|passwd|passphrase|pwd|pw|token|secret|api-?key|access-?key|client-?secret|rp)"
)

# In each, what is not in a group of its own name is kept as it was.
_PATTERNS = (
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?P<pem>[^-]++)",
    rf"{_NAMES}\\?[\"']?\s*+[:=]\s*+(?:{_SCHEMES}\s++)?(?P<named>{VALUE})",
    r"(?P<bearer>bearer(?:\s|%20)++[\w.~+/=%-]++)",
    r"(?P<shared>sharedkey(?:lite)?\s++\S++)",
    # A word after "basic" that is no word of ours: with a digit, a sign, or capitals inside.
    r"basic\s++(?P<basic>(?=\S{0,200}?(?:[0-9=+/]|(?-i:[a-z][A-Z])))[\w+/=-]{6,}+)",
    r"(?P<jwt>eyJ[\w-]{8,}+(?:\.[\w-]*+)*+)",
    r"://[^\s/:@\"']{1,200}:(?P<userinfo>[^\s/@\"']{1,200})@",
    r"(?P<github>(?<![a-z0-9])gh[pousr]_[a-z0-9]{20,}+)",
    r"(?P<key>(?<![a-z0-9+/])[a-z0-9+/]{86}==)",  # 64 bytes, as a storage account's key
    rf"(?<!\S)(?:--?|/){_LONG_OPTION}(?:\s*+[:=]\s*+|\s++)(?P<option>{WORD})",
    rf"(?<!\S)(?-i:-p)\s++(?![-/\d])(?P<short>{WORD})",
    rf"(?<!\S)/p:(?P<slash>{WORD})",
    rf"(?:mysql|mariadb|sshpass|7z|rar)[^\n|&;]{{0,100}}?\s(?-i:-p)(?=[^\s])(?P<attached>{WORD})",
    rf"(?:sqlcmd|isql|bcp|osql)[^\n|&;]{{0,200}}?\s(?-i:-P)\s*+(?P<sql>{WORD})",
    rf"(?<!\S)(?:-u|--user|--proxy-user)[\s=]\s*+[\"']?[^\s:\"'\\/]{{1,200}}:(?![/\\])(?P<user>{WORD})",
    rf"(?<![a-z])net1?(?:\.exe)?[\"']?\s++user\s++[^\s/]{{1,200}}\s++(?!/)(?P<account>{WORD})",
    rf"(?<![a-z])net1?(?:\.exe)?[\"']?\s++use\s[^\n|&]{{0,300}}?/user:\S{{1,200}}\s++(?!/)(?P<share>{WORD})",
    rf"convertto-securestring\s++(?:-string\s++)?(?P<secure>{WORD})",
    rf"/v\s++\S{{0,100}}?password\S{{0,100}}\s++(?:/t\s++\S{{1,20}}\s++)?/d\s++(?P<registry>{WORD})",
)
# One of these is in every text in which a pattern finds anything; to look for them is much quicker.
_HINTS = (
    "pass", "pwd", "pw", "secret", "token", "key", "sig", "credential", "authoriz", "connection", "assertion",
    "code=", "identity-header", "bearer", "basic", "eyj", "@", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "==",
    "-p", "/p:", "/rp", "-rp", "-u", "net", "securestring",
)  # fmt: skip
_SECRETS = re.compile("|".join(_PATTERNS), re.IGNORECASE | re.ASCII)


def without_secrets(text: str, mark: Callable[[str], str] = lambda _: "[redacted]") -> str:
    """The text with `mark(secret)` in place of each thing in it that looks like a secret."""

    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return text

    def marked(found: re.Match[str]) -> str:
        name = found.lastgroup
        if name is None:
            return found[0]
        start, end = found.start(name) - found.start(), found.end(name) - found.start()
        return f"{found[0][:start]}{mark(found[name])}{found[0][end:]}"

    return _SECRETS.sub(marked, text)


def stars(secret: str) -> str:
    """As many as the secret has characters, ten at most: a text never grows by them."""
    return "*" * min(len(secret), 10)


def column_without_secrets(text: str, *, is_json: bool) -> str:
    """A column's text without secrets, never longer than it was; of JSON each text in it by itself, so that
    it stays JSON."""
    if not is_json:
        return without_secrets(text, stars)
    try:
        inside = json.loads(text)
    except (ValueError, RecursionError):
        return without_secrets(text, stars)
    return json.dumps(_inside(inside), ensure_ascii=True, separators=(",", ":"))


def _inside(value: object) -> object:
    if isinstance(value, str):
        return without_secrets(value, stars)
    if isinstance(value, dict):
        return {name: _inside(item) for name, item in value.items()}
    return [_inside(item) for item in value] if isinstance(value, list) else value
