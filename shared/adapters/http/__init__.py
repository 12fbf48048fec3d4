"""JSON over HTTPS to Defender and Graph: tokens, retries, limits on answers, pages."""

from shared.adapters.http.addresses import segment
from shared.adapters.http.answers import HttpAnswer
from shared.adapters.http.auth import Tokens, claims, own_credential
from shared.adapters.http.call_counts import CallCounts
from shared.adapters.http.json_api import AnswerTooLarge, Call, JsonApi, TimedOut
from shared.adapters.http.pages import read_list, read_one

__all__ = [
    "AnswerTooLarge",
    "Call",
    "CallCounts",
    "HttpAnswer",
    "JsonApi",
    "TimedOut",
    "Tokens",
    "claims",
    "own_credential",
    "read_list",
    "read_one",
    "segment",
]
