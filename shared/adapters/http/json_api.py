"""One JSON API over HTTPS: tokens, retries, bounds, and errors by their fate.

It never follows a redirect, never leaves its host, reads no more than it was told to, and lets no token into
an error or a log line. What to do after a failure is decided by `core.retry`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Protocol
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from shared import errors, telemetry
from shared.adapters.clock import Clock
from shared.adapters.http.access import ROLE_OF_CALL, Refusals
from shared.adapters.http.addresses import origin
from shared.adapters.http.answers import ErrorBody, HttpAnswer, read_error, read_json, request_id_of
from shared.adapters.http.auth import claims
from shared.adapters.http.bounded import TooLarge, content_of
from shared.adapters.http.call_counts import CallCounts
from shared.core.calls import default_wait, quota_of, retry
from shared.errors import Answered, AppError, Unavailable, UnexpectedResponse

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
_CONNECTIONS = 8


class TokenSource(Protocol):
    """Where tokens come from; `adapters.auth.Tokens` is one."""

    def token(self, scope: str, *, instead_of: str = "") -> str:
        """A token for `scope` other than `instead_of`."""


class AnswerTooLarge(UnexpectedResponse):
    """The answer was larger than the call allows, and was not read to its end."""


class TimedOut(Unavailable):
    """No answer within the call's read timeout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. `path` is quoted already, or an absolute link; `body` goes out as JSON by POST, or by
    `method`. Of a call that `writes`, the answer's body is not looked at, and it is not repeated where it may
    have been done.

    Answers with an error status in `accept` are given back instead of raised. `patience` bounds all waiting
    between attempts, `read_timeout` the waiting for the answer's next bytes, both in seconds.
    """

    api: str
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: object = None
    method: str = ""
    writes: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    accept: frozenset[int] = frozenset()
    heavy: bool = False
    patience: float = 20.0
    read_timeout: float = READ_TIMEOUT
    most_bytes: int = 64 * 2**20


@dataclass(frozen=True, slots=True)
class _Got:
    """One attempt's end: an answer, or how it broke."""

    answer: HttpAnswer | None = None
    broken: retry.Broken | None = None
    retry_after: float | None = None
    cause: Exception | None = None

    @property
    def error(self) -> ErrorBody:
        return (self.answer.error if self.answer else None) or ErrorBody()


class _Bearer(AuthBase):
    """Sets the header itself, so that no .netrc file of the machine can replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def new_session(connections: int = _CONNECTIONS) -> requests.Session:
    """Connections that are kept alive, so many to a host, for any number of threads and of APIs: it keeps
    neither cookies nor tokens, so nothing of one call is seen by another."""
    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=connections))
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


class JsonApi:
    """One service at one address; a session kept alive and shared by its threads, or by several APIs."""

    def __init__(
        self,
        service: str,
        base_url: str,
        scope: str,
        tokens: TokenSource,
        *,
        clock: Clock,
        counts: CallCounts | None = None,
        policy: retry.RetryPolicy | None = None,
        session: requests.Session | None = None,
    ) -> None:
        self.service = service
        self._base_url = base_url.rstrip("/")
        self._origin = origin(self._base_url)
        if self._origin is None:
            raise ValueError(f"{service}: not an https address")
        self._scope = scope
        self._tokens = tokens
        self._clock = clock
        self._counts = counts or CallCounts()
        self._refusals = Refusals(clock)
        self._policy = policy or retry.RetryPolicy()
        self._session = session or new_session()

    def send(self, call: Call) -> HttpAnswer:
        """The answer, of a 2xx status or one that the call accepts.

        Raises AccessDenied, Throttled, Unavailable, NotFound (404), AnswerTooLarge and UnexpectedResponse.
        """
        url = self._url(call)
        deadline = self._clock.monotonic() + call.patience
        token = self._tokens.token(self._scope)
        attempt, fresh = 1, False
        while True:
            got = self._attempt(call, url, token)
            answer = got.answer
            if answer is not None and (answer.error is None or answer.status in call.accept):
                return answer
            failure = retry.Failure(
                attempt=attempt,
                what=got.broken or (answer.status if answer else retry.Broken.CUT),
                retry_after=got.retry_after,
                time_left=deadline - self._clock.monotonic(),
                heavy=call.heavy,
                writes=call.writes,
                token_is_fresh=fresh,
                jitter=self._clock.jitter(),
            )
            match decision := retry.decide(failure, self._policy):
                case retry.NewToken():
                    token, fresh = self._tokens.token(self._scope, instead_of=token), True
                case retry.Wait(seconds):
                    self._clock.sleep(seconds)
                    attempt += 1
                case retry.GiveUp():
                    raise self._error(call, got, decision, token) from got.cause

    def _url(self, call: Call) -> str:
        """The address. Raises UnexpectedResponse for a link that leaves this host or https."""
        if call.path.startswith("/") and not call.path.startswith("//"):
            url = self._base_url + call.path
        elif origin(call.path) == self._origin:
            url = call.path
        else:
            where = urlsplit(call.path[:2_000])
            raise UnexpectedResponse(
                f"{self.service}: {call.api}: link to another place refused: "
                f"{telemetry.redacted(f'{where.scheme}://{where.netloc}')[:200]}",
                service=self.service,
            )
        return f"{url}?{urlencode(call.query, quote_via=quote, safe='$')}" if call.query else url

    def _attempt(self, call: Call, url: str, token: str) -> _Got:
        status: int | None = None
        try:
            with self._session.request(
                call.method or ("GET" if call.body is None else "POST"),
                url,
                data=None if call.body is None else json.dumps(call.body).encode("ascii"),
                headers={"Accept": "application/json", "Content-Type": "application/json", **call.headers},
                auth=_Bearer(token),
                timeout=(CONNECT_TIMEOUT, call.read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                status = response.status_code
                return self._read(call, response)
        except requests.RequestException as err:
            return _Got(broken=_how_it_broke(err), cause=err)
        finally:
            self._counts.called(call.api, status)

    def _read(self, call: Call, response: requests.Response) -> _Got:
        content = self._content(call, response)
        wait = retry.retry_after(response.headers.get("Retry-After"), self._clock.now())
        status = response.status_code
        if not 200 <= status < 300:
            error = read_error(content)
            named = request_id_of(response.headers, error)
            if status == 429 and wait is None:
                wait = default_wait(error.message, self._clock.now())
            return _Got(HttpAnswer(status, error=error, request_id=named), retry_after=wait)
        named = request_id_of(response.headers, None)
        if call.writes:
            return _Got(HttpAnswer(status, request_id=named))
        try:
            return _Got(HttpAnswer(status, read_json(content), request_id=named))
        except ValueError as err:
            error = ErrorBody(message=content[:4_000].decode("utf-8", "replace"))
            return _Got(HttpAnswer(status, error=error, request_id=named), retry.Broken.UNREADABLE, cause=err)

    def _content(self, call: Call, response: requests.Response) -> bytes:
        """The whole body, unpacked. Raises AnswerTooLarge; a body that drips is cut off as a broken one."""
        try:
            return content_of(
                response,
                most_bytes=call.most_bytes,
                seconds=2 * call.read_timeout,
                monotonic=self._clock.monotonic,
            )
        except TooLarge as err:
            raise AnswerTooLarge(
                f"{self.service}: {call.api}: the answer is over {call.most_bytes} bytes",
                service=self.service,
                status=response.status_code,
                request_id=request_id_of(response.headers, None),
            ) from err

    def _error(self, call: Call, got: _Got, end: retry.GiveUp, token: str) -> AppError:
        """The error of the call's fate, with what support and the operator need."""
        status = got.answer.status if got.answer else None
        ours: Answered = {"service": self.service, "request_id": got.answer.request_id if got.answer else ""}
        answered: Answered = {**ours, "status": status}
        how = f"answered {status}" if got.broken is None else str(got.broken)
        said = got.error.text or telemetry.redacted(str(got.cause or ""))[:300]
        message = f"{self.service}: {call.api}: {how}{': ' + said if said else ''}"
        if call.writes and not retry.is_answered(got.broken or status or retry.Broken.CUT):
            return errors.Unanswered(message, **answered)
        match end.fate:
            case retry.Fate.THROTTLED:
                text, wait = got.error.message, end.retry_after
                wait = default_wait(text, self._clock.now()) if wait is None else wait
                return errors.Throttled(message, retry_after=wait, quota=quota_of(text), **ours)
            case retry.Fate.DENIED:
                held, needed = claims(token), ROLE_OF_CALL.get(call.api, "")
                message += f" (the token has roles {', '.join(held.roles) or 'none'} for {held.audience})"
                denied = errors.AccessDenied(
                    message, roles=held.roles, audience=held.audience, needed=needed, **answered
                )
                self._refusals.met(call.api, denied)
                return denied
            case retry.Fate.UNAVAILABLE:
                timed_out = got.broken is retry.Broken.TIMEOUT
                return TimedOut(message, **answered) if timed_out else Unavailable(message, **answered)
            case retry.Fate.NOT_FOUND:
                return errors.NotFound(message, **answered)
            case _:
                return UnexpectedResponse(message, **answered)


def _how_it_broke(err: requests.RequestException) -> retry.Broken:
    if isinstance(err, requests.exceptions.ConnectTimeout):
        return retry.Broken.CONNECT
    if isinstance(err, requests.Timeout):
        return retry.Broken.TIMEOUT
    if isinstance(err, requests.ConnectionError):
        reason = getattr(err.args[0], "reason", None) if err.args else None
        # urllib3's MaxRetryError: it had no connection to send anything on.
        return retry.Broken.CUT if reason is None else retry.Broken.CONNECT
    return retry.Broken.CUT
