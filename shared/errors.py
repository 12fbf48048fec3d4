"""Every error this app raises, in classes by fate: stop, retry, or set aside."""

from enum import StrEnum
from typing import TypedDict, Unpack


class Answered(TypedDict, total=False):
    """Which service answered what, so that a support call can start there."""

    service: str
    status: int | None
    request_id: str


class AppError(Exception):
    """The root of our errors; carries who answered what."""

    def __init__(self, message: str, **answered: Unpack[Answered]) -> None:
        super().__init__(message)
        self.service = answered.get("service", "")
        self.status = answered.get("status")
        self.request_id = answered.get("request_id", "")


class Stop(AppError):
    """A person must act; nothing is lost and nothing moves meanwhile."""


class ConfigError(Stop):
    """The settings cannot be used; names each setting, never a value of a secret."""


class Denied(StrEnum):
    """What a refusal is for want of."""

    ROLE = "role"
    AUDIENCE = "audience"
    LICENCE = "licence"


class AccessDenied(Stop):
    """401 or 403 after one fresh token; `needed` is the role that the call takes where that is known, `roles`
    and `audience` are what the token had."""

    def __init__(
        self,
        message: str,
        *,
        roles: tuple[str, ...] = (),
        audience: str = "",
        needed: str = "",
        **answered: Unpack[Answered],
    ) -> None:
        super().__init__(message, **answered)
        self.roles = roles
        self.audience = audience
        self.needed = needed

    @property
    def lacks(self) -> Denied:
        """AUDIENCE where the service took no token, or there was none. Who was let in and refused lacks the
        role, or, with the role in its token, the licence: no answer says so, but little else is left."""
        if self.status != 403:
            return Denied.AUDIENCE
        # A role to write is one to read too.
        held = {*self.roles, *(role.replace(".ReadWrite.", ".Read.") for role in self.roles)}
        has_role = self.needed in held if self.needed else bool(held)
        return Denied.LICENCE if has_role else Denied.ROLE


class ForeignToken(Stop):
    """A token that is another tenant's than the one whose data it was asked for: it was not used."""


class Retryable(AppError):
    """The same call may succeed later."""


class Throttled(Retryable):
    """429 after our own patience; `retry_after` in seconds; `quota` is "calls" or "cpu"."""

    def __init__(
        self, message: str, *, retry_after: float, quota: str = "calls", **answered: Unpack[Answered]
    ) -> None:
        answered.setdefault("status", 429)
        super().__init__(message, **answered)
        self.retry_after = retry_after
        self.quota = quota


class Unavailable(Retryable):
    """Time-out, broken connection, unreadable body or 5xx after our own patience."""


class Unanswered(Unavailable):
    """A call that changes something ended so that nobody knows whether it was done: look before doing it
    again."""


class Conflict(Retryable):
    """Somebody else wrote the row first: read it again and decide anew."""


class SetAside(AppError):
    """Retrying cannot help this alert; it is published with the reason and the others go on."""


class BadAlert(SetAside):
    """A required field is missing or unreadable."""

    def __init__(self, alert_id: str, field: str, message: str = "") -> None:
        super().__init__(message or f"alert {alert_id!r}: field {field!r} cannot be read")
        self.alert_id = alert_id
        self.field = field


class BadMessage(SetAside):
    """A queue message that we did not write, or of a version we do not know."""


class QueryRejected(SetAside):
    """The service refused the text of our query with this name."""

    def __init__(self, query_name: str, message: str, **answered: Unpack[Answered]) -> None:
        answered.setdefault("service", "graph")
        answered.setdefault("status", 400)
        super().__init__(f"query {query_name!r} was refused: {message}", **answered)


class Lacking(QueryRejected):
    """The tenant's hunting has not what the query names, which is known from now on: ask again."""


class ResultTooLarge(QueryRejected):
    """The query's answer is over the service's size limits: ask for less at once."""


class UnexpectedResponse(SetAside):
    """The answer's shape is not the documented one; keeps status, request id and 500 redacted characters."""


class NotFound(SetAside):
    """The service does not know what was asked for."""


class BadDocument(SetAside):
    """A stored body that cannot be read back: broken, or written by another version of this app."""


class RunEnded(AppError):
    """Something that is no `Exception` came to a step's end: a cancelled future, `sys.exit`."""


def error_text(err: BaseException) -> str:
    """What went wrong, with its class: `ValueError: not a time`."""
    return f"{type(err).__name__}: {err}"
