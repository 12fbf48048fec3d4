"""What the table service answers where it does not do what was asked, and its fate in our words."""

import re
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.core.rest import HttpResponse

from shared.adapters.storage.wire import STORAGE_SCOPE
from shared.core.values import json_from_outside
from shared.errors import AccessDenied, AppError, Unavailable, UnexpectedResponse

_NO_TABLE = "TableNotFound"
_GONE = ("ResourceNotFound", "EntityNotFound")
_THERE = "EntityAlreadyExists"
_TABLE_THERE = "TableAlreadyExists"
_NOT_LET_IN = ("InvalidAuthenticationInfo", "AuthenticationFailed")
_CODE_IN_XML = re.compile(rb"<(?:m:)?code>([A-Za-z]{1,60})<", re.IGNORECASE)
_TEXT_IN_XML = re.compile(rb"<(?:m:)?message(?: [^<>]{1,100})?>([^<]{1,1000})<", re.IGNORECASE)
_INDEX = re.compile(r"(\d{1,3}):")
_MOST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was not carried out: `index` is the operation at fault, None where unsaid."""

    status: int
    code: str
    message: str
    index: int | None = None

    @property
    def lost_a_race(self) -> bool:
        """True where the row was not as the operation asked: there, gone, or changed."""
        return self.is_gone or self.status == 412 or (self.status == 409 and self.code == _THERE)

    @property
    def is_gone(self) -> bool:
        """True where the table has no such row; another's page of status 404 does not say so."""
        return self.status == 404 and self.code in _GONE

    @property
    def table_is_missing(self) -> bool:
        """True where nothing was ever written to the table."""
        return self.status == 404 and self.code == _NO_TABLE

    @property
    def table_is_there(self) -> bool:
        """True where a table that was to be made is there already."""
        return self.status == 409 and self.code == _TABLE_THERE


def refusal_of(response: HttpResponse) -> Refusal:
    """The refusal that an answer with an error status is."""
    return read_refusal(response.status_code, response.content, response.headers.get("x-ms-error-code", ""))


def read_refusal(status: int, content: bytes, code: str = "") -> Refusal:
    """The error in a body: `{"odata.error":{"code":…,"message":{"value":"3:what happened"}}}`.

    From in front of the table service an error may come as XML. `code` stands for one that the body lacks.
    """
    try:
        error: Any = json_from_outside(content)
        code, message = str(error["odata.error"]["code"]), str(error["odata.error"]["message"]["value"])
    except (ValueError, KeyError, TypeError):
        in_xml, text = _CODE_IN_XML.search(content), _TEXT_IN_XML.search(content)
        code = in_xml[1].decode("ascii") if in_xml else code
        message = (text[1] if text else content[:_MOST_TEXT]).decode("utf-8", "replace")
    index = _INDEX.match(message)
    return Refusal(status, code, message, int(index[1]) if index else None)


def refused(refusal: Refusal, table: str) -> AppError:
    """The refusal by its fate."""
    denied = refusal.code in _NOT_LET_IN
    said = f"{refusal.code}: {refusal.message[:_MOST_TEXT]}"
    return _by_fate(403 if denied else refusal.status, said, table)


def failed(err: AzureError, table: str) -> AppError:
    """An error of azure-core by its fate; it has waited and tried again already."""
    said = str(err).splitlines()[0][:_MOST_TEXT] if str(err) else type(err).__name__
    status = err.status_code if isinstance(err, HttpResponseError) else None
    return _by_fate(403 if isinstance(err, ClientAuthenticationError) else status, said, table)


def unreadable(err: ValueError, table: str) -> AppError:
    """An answer that is not what the service would say."""
    return UnexpectedResponse(f"table {table}: {err}", service="tables")


def _by_fate(status: int | None, said: str, table: str) -> AppError:
    message = f"table {table}: {said}"
    if status in (401, 403):
        return AccessDenied(message, service="tables", status=status, audience=STORAGE_SCOPE)
    if status is None or status in (408, 429) or status >= 500:
        return Unavailable(message, service="tables", status=status)
    return UnexpectedResponse(message, service="tables", status=status)
