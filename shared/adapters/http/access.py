"""Why a service refused us, said once: the role that the call takes, what the token holds, and what to do."""

import threading

from shared import telemetry
from shared.adapters.clock import Clock
from shared.errors import AccessDenied, Denied

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
    "defender alert update": "Alert.ReadWrite.All",
    "graph alert update": "SecurityAlert.ReadWrite.All",
    "graph alert comment": "SecurityAlert.ReadWrite.All",
}
_AGAIN_AFTER = 3_600.0  # seconds


class Refusals:
    """Logs each refusal's diagnosis once an hour and instance, however many alerts meet it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[tuple[str, int | None], float] = {}
        self._lock = threading.Lock()

    def met(self, api: str, err: AccessDenied) -> None:
        """Says what is missing, unless that was said within the last hour."""
        now = self._clock.monotonic()
        with self._lock:
            last = self._said.get((api, err.status))
            if last is not None and now - last < _AGAIN_AFTER:
                return
            self._said[api, err.status] = now
        telemetry.error(
            "access denied",
            api=api,
            status=err.status,
            lacks=err.lacks,
            needed=err.needed,
            roles=err.roles,
            audience=err.audience,
            advice=_advice(err),
        )


def _advice(err: AccessDenied) -> str:
    match err.lacks:
        case Denied.ROLE:
            option = " --write-back" if ".ReadWrite." in err.needed else ""
            return (
                f"grant {err.needed} with infra/grant-roles{option}; the platform keeps tokens for "
                "about a day, so the role may show late"
            )
        case Denied.AUDIENCE:
            return (
                f"the service takes no token for the audience {err.audience or 'that it names'}: leave the "
                "scope settings unset and see CLOUD; `dev.py doctor` compares"
            )
        case Denied.LICENCE:
            return (
                "the token holds the role, so no grant helps: see that the tenant's licence covers the call "
                "(advanced hunting is not in Defender for Business), then the audience; see `dev.py doctor`"
            )
