"""JSON over HTTPS to Defender and Graph: tokens, retries, limits on answers, pages."""

from shared.adapters.http.addresses import segment
from shared.adapters.http.answers import HttpAnswer
from shared.adapters.http.auth import Tokens, claims, own_credential
from shared.adapters.http.call_counts import CallCounts
from shared.adapters.http.json_api import AnswerTooLarge, Call, JsonApi, TimedOut, new_session
from shared.adapters.http.pages import ListBounds, read_list, read_one
from shared.adapters.http.tenant_credential import tenant_credential
