"""Why a service refused us, said once: the role that the call takes, what the token holds, and what to do."""

import threading

from shared import telemetry
from shared.adapters.clock import Clock

# https://learn.microsoft.com/en-us/defender-endpoint/api/exposed-apis-list and
# https://learn.microsoft.com/en-us/graph/permissions-reference (read 2026-11).
ROLE_OF_CALL = {
    "defender alerts": "Alert.Read.All",
    "defender alert": "Alert.Read.All",
    "defender machine": "Machine.Read.All",
    "defender machines": "Machine.Read.All",
    "defender logonusers": "User.Read.All",
    "defender file": "File.Read.All",
    "defender file stats": "File.Read.All",
    "defender ip stats": "Ip.Read.All",
    "defender domain stats": "Url.Read.All",
    "graph alerts": "SecurityAlert.Read.All",
    "graph alert": "SecurityAlert.Read.All",
    "graph hunting": "ThreatHunting.Read.All",
}
_AGAIN_AFTER = 3_600.0  # seconds


class Refusals:
    """Logs each refusal's diagnosis once an hour and instance, however many alerts meet it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[tuple[str, int | None], float] = {}
        self._lock = threading.Lock()

    def met(self, api: str, status: int | None, roles: tuple[str, ...], audience: str) -> None:
        """Says what is missing, unless that was said within the last hour."""
        now = self._clock.monotonic()
        with self._lock:
            last = self._said.get((api, status))
            if last is not None and now - last < _AGAIN_AFTER:
                return
            self._said[api, status] = now
        needed = ROLE_OF_CALL.get(api, "")
        telemetry.error(
            "access denied",
            api=api,
            status=status,
            needed=needed,
            roles=roles,
            audience=audience,
            advice=_advice(needed, roles),
        )


def _advice(needed: str, roles: tuple[str, ...]) -> str:
    if needed and needed not in roles:
        return (
            f"grant {needed} with infra/grant-roles; the platform keeps tokens for about a day, "
            "so the role may show late"
        )
    return "the token holds the role: compare its audience with the API's, and see `dev.py doctor`"
