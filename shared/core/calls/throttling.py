"""What a 429 says beyond its status: which quota is spent, and when it is open again if nobody says.

Texts: https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-errors and
https://github.com/MicrosoftDocs/microsoft-365-docs/issues/4616 (read 2026-11). Quotas:
https://learn.microsoft.com/en-us/graph/api/resources/security-api-overview (read 2026-11).
"""

from datetime import datetime

_CPU_WORDS = ("processing resources", "cpu", "resource consumption")
_CPU_CYCLE = 900.0  # seconds; the share of CPU is counted in cycles of a quarter of an hour
_MINUTE, _HOUR_WAIT = 60.0, 300.0


def quota_of(message: str) -> str:
    """`cpu` where the tenant's processing share is spent, else `calls`."""
    lowered = message.lower()
    return "cpu" if any(word in lowered for word in _CPU_WORDS) else "calls"


def default_wait(message: str, now: datetime) -> float:
    """Seconds to leave the service alone where it sent no Retry-After.

    The CPU share comes back with the next cycle, calls a minute within a minute; calls an hour come back
    bit by bit, so it is asked again after five minutes.
    """
    if quota_of(message) == "cpu":
        return _CPU_CYCLE - now.timestamp() % _CPU_CYCLE
    return _HOUR_WAIT if "01:00:00" in message else _MINUTE
